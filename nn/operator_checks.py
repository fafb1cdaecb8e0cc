"""Checks of one operator: its constants, shapes and scales."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.addition import addition_parameters
from racelet.golden.dwcpwc.padding import window_padding
from racelet.nn.errors import ModelError
from racelet.nn.graph import Graph, Operator, Tensor

MAX_WINDOW = 1024
"""Rows or columns of a pooling window, whose padding would otherwise take any amount of memory."""

ABSENT = -1
"""Tensor index of a bias that is not there."""

SCALE_TOLERANCE = 1e-6
"""Largest difference of two scales that must be equal, as in TensorFlow Lite's pooling.cc."""


def positive(tensor: Tensor, where: str) -> None:
    """Check that a tensor's scales are real numbers above zero.

    Parameters
    ----------
    tensor : Tensor
    where : str
        What messages call it.

    Raises
    ------
    ModelError
        If they are not.
    """
    if not (np.isfinite(tensor.scales).all() and (tensor.scales > 0).all()):
        raise ModelError(f"{where} must have finite scales above zero")


def _ends(graph: Graph, op: Operator) -> tuple[Tensor, Tensor]:
    return graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]


def _constants(graph: Graph, op: Operator, where: str, channels: int, fan: tuple[int, ...]) -> None:
    """Weights of shape ``fan`` with a scale per tensor or per channel, and the bias."""
    weights = graph.tensors[op.inputs[1]]
    if weights.data is None or weights.data.dtype != np.int8:
        raise ModelError(f"{where}: weights (tensor {op.inputs[1]}) must be an INT8 constant")
    if weights.shape != fan:
        raise ModelError(f"{where}: weights must have shape {fan}, not {weights.shape}")
    if weights.zero_point != 0:
        raise ModelError(f"{where}: weights must be symmetric (zero point 0), not zero point {weights.zero_point}")
    if weights.scales.shape not in ((1,), (channels,)):
        raise ModelError(f"{where}: weights must have 1 or {channels} scales, not {weights.scales.size}")
    positive(weights, f"{where}: weights (tensor {op.inputs[1]})")
    if len(op.inputs) < 3 or op.inputs[2] == ABSENT:
        return
    bias = graph.tensors[op.inputs[2]]
    if bias.data is None or bias.data.dtype != np.int32 or bias.shape != (channels,):
        raise ModelError(f"{where}: bias must be an INT32 constant of shape {(channels,)}, not {bias.shape}")


def _window(graph: Graph, op: Operator, where: str, channels: int) -> None:
    """Input, stride, window and output of a sliding window."""
    x, y = _ends(graph, op)
    if min(op.stride) < 1:
        raise ModelError(f"{where}: stride must be at least 1, not {op.stride[0]}x{op.stride[1]}")
    size = [window_padding(x.shape[1 + axis], op.kernel[axis], op.stride[axis], op.padding)[0] for axis in (0, 1)]
    if y.shape != (1, *size, channels):
        raise ModelError(f"{where}: output must have shape {(1, *size, channels)}, not {y.shape}")


def _planes(graph: Graph, op: Operator, where: str) -> int:
    """Channels of an input of rows, columns and channels."""
    x, _ = _ends(graph, op)
    if len(x.shape) != 4:
        raise ModelError(f"{where}: input must have four dimensions, not shape {x.shape}")
    return x.shape[3]


def _conv(graph: Graph, op: Operator, where: str) -> None:
    inner = _planes(graph, op, where)
    channels = graph.tensors[op.inputs[1]].shape[0]
    _constants(graph, op, where, channels, (channels, *op.kernel, inner))
    _window(graph, op, where, channels)


def _depthwise(graph: Graph, op: Operator, where: str) -> None:
    inner = _planes(graph, op, where)
    channels = graph.tensors[op.inputs[1]].shape[3]
    if channels != inner * op.depth_multiplier:
        raise ModelError(f"{where}: depth multiplier must be {channels}/{inner}, not {op.depth_multiplier}")
    _constants(graph, op, where, channels, (1, *op.kernel, channels))
    _window(graph, op, where, channels)


def _pool(graph: Graph, op: Operator, where: str) -> None:
    channels = _planes(graph, op, where)
    if min(op.kernel) < 1 or max(op.kernel) > MAX_WINDOW:
        raise ModelError(f"{where}: window must be in 1..{MAX_WINDOW}, not {op.kernel[0]}x{op.kernel[1]}")
    _same_quantisation(graph, op, where)
    _window(graph, op, where, channels)


def _same_quantisation(graph: Graph, op: Operator, where: str) -> None:
    x, y = _ends(graph, op)
    if abs(x.scales[0] - y.scales[0]) > SCALE_TOLERANCE or x.zero_point != y.zero_point:
        raise ModelError(f"{where}: output must have the input's scale and zero point")


def _matrix(graph: Graph, op: Operator, where: str) -> None:
    x, y = _ends(graph, op)
    weights = graph.tensors[op.inputs[1]]
    channels = weights.shape[0] if weights.shape else 0
    _constants(graph, op, where, channels, (channels, math.prod(x.shape)))
    if y.shape != (1, channels):
        raise ModelError(f"{where}: output must have shape {(1, channels)}, not {y.shape}")


def _reshape(graph: Graph, op: Operator, where: str) -> None:
    x, y = _ends(graph, op)
    if math.prod(x.shape) != math.prod(y.shape):
        elements = math.prod(x.shape)
        raise ModelError(f"{where}: output shape must keep the input's {elements} elements, not {y.shape}")
    _same_quantisation(graph, op, where)


def _softmax(graph: Graph, op: Operator, where: str) -> None:
    x, y = _ends(graph, op)
    if y.shape != x.shape:
        raise ModelError(f"{where}: output must have the input's shape {x.shape}, not {y.shape}")
    if y.scales[0] != 1 / 256 or y.zero_point != -128:
        raise ModelError(
            f"{where}: output must have scale 1/256 and zero point -128, not {y.scales[0]} and {y.zero_point}"
        )
    if not 0 < op.beta < math.inf:
        raise ModelError(f"{where}: beta must be above zero, not {op.beta}")


def _add(graph: Graph, op: Operator, where: str) -> None:
    first, second, y = (graph.tensors[index] for index in (*op.inputs, op.outputs[0]))
    if first.shape != second.shape:
        raise ModelError(f"{where}: both inputs must have one shape, not {first.shape} and {second.shape}")
    if y.shape != first.shape:
        raise ModelError(f"{where}: output must have the inputs' shape {first.shape}, not {y.shape}")
    try:
        addition_parameters((float(first.scales[0]), float(second.scales[0])), float(y.scales[0]))
    except ValueError as error:
        raise ModelError(f"{where}: {error}") from error


def _operand(graph: Graph, op: Operator, where: str, name: str, shape: tuple[int, ...]) -> NDArray[np.integer]:
    """The second input, an INT32 constant."""
    tensor = graph.tensors[op.inputs[1]]
    if tensor.data is None or tensor.data.dtype != np.int32 or tensor.shape != shape:
        raise ModelError(
            f"{where}: {name} (tensor {op.inputs[1]}) must be an INT32 constant of shape {shape}, not {tensor.shape}"
        )
    return tensor.data


def _mean(graph: Graph, op: Operator, where: str) -> None:
    channels = _planes(graph, op, where)
    given = tuple(_operand(graph, op, where, "axes", (2,)).tolist())
    if sorted(axis + 4 if axis < 0 else axis for axis in given) != [1, 2]:
        raise ModelError(f"{where}: axes must be rows and columns, (1, 2), not {given}")
    _, y = _ends(graph, op)
    shape = (1, 1, 1, channels) if op.keep_dims else (1, channels)
    if y.shape != shape:
        raise ModelError(f"{where}: output must have shape {shape}, not {y.shape}")


def _pad(graph: Graph, op: Operator, where: str) -> None:
    channels = _planes(graph, op, where)
    batch, rows, columns, depth = (tuple(pair) for pair in _operand(graph, op, where, "paddings", (4, 2)).tolist())
    if any((*batch, *depth)):
        raise ModelError(
            f"{where}: paddings of rows and columns are supported, not {batch} of batch, {depth} of channels"
        )
    if min(*rows, *columns) < 0:
        raise ModelError(f"{where}: paddings must be at least 0, not {rows} of rows, {columns} of columns")
    if op.pads != (rows, columns):
        raise ModelError(f"{where}: pads must be those of tensor {op.inputs[1]}, {(rows, columns)}, not {op.pads}")
    x, y = _ends(graph, op)
    shape = (1, x.shape[1] + sum(rows), x.shape[2] + sum(columns), channels)
    if y.shape != shape:
        raise ModelError(f"{where}: output must have shape {shape}, not {y.shape}")
    _same_quantisation(graph, op, where)


CHECKS: dict[str, Callable[[Graph, Operator, str], None]] = {
    "CONV_2D": _conv,
    "DEPTHWISE_CONV_2D": _depthwise,
    "ADD": _add,
    "AVERAGE_POOL_2D": _pool,
    "MAX_POOL_2D": _pool,
    "MEAN": _mean,
    "FULLY_CONNECTED": _matrix,
    "RESHAPE": _reshape,
    "PAD": _pad,
    "SOFTMAX": _softmax,
}
"""What checks shapes, constants and scales of a kind, given the graph, the operator and what messages call it."""

OPERANDS = {
    "CONV_2D": (3, 1),
    "DEPTHWISE_CONV_2D": (3, 1),
    "ADD": (2, 0),
    "AVERAGE_POOL_2D": (1, 0),
    "MAX_POOL_2D": (1, 0),
    "MEAN": (2, 0),
    "FULLY_CONNECTED": (3, 1),
    "RESHAPE": (2, 1),
    "PAD": (2, 0),
    "SOFTMAX": (1, 0),
}
"""Most inputs of a kind, and how many of them may be left out."""
