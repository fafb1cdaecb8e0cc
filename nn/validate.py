"""Checks that a graph is a network the operators are defined for."""

import math
from collections.abc import Callable

import numpy as np

from racelet.golden.dwcpwc.padding import window_padding
from racelet.nn.errors import ModelError
from racelet.nn.graph import Graph, Operator, Tensor

MAX_ELEMENTS = 1 << 24
"""Elements of one activation: more than any configuration's activation buffer holds."""

MAX_WINDOW = 1024
"""Rows or columns of a pooling window, whose padding would otherwise take any amount of memory."""

_ABSENT = -1
"""Tensor index of a bias that is not there."""

SCALE_TOLERANCE = 1e-6
"""Largest difference of two scales that must be equal, as in TensorFlow Lite's pooling.cc."""


def validate(graph: Graph) -> None:
    """Check order, types, shapes and scales of a graph.

    Parameters
    ----------
    graph : Graph
        As read from a file, or made.

    Raises
    ------
    ModelError
        Naming the first operator that is wrong, its kind, and what is supported.

    Examples
    --------
    >>> x = Tensor(name="x", shape=(1, 4), scales=np.array([0.5]))
    >>> y = Tensor(name="y", shape=(1, 5), scales=np.array([0.5]))
    >>> reshape = Operator(index=0, kind="RESHAPE", inputs=(0,), outputs=(1,))
    >>> validate(Graph(tensors=(x, y), operators=(reshape,), input=0, output=1))
    Traceback (most recent call last):
    ...
    racelet.nn.errors.ModelError: operator 0 (RESHAPE): output shape must keep the input's 4 elements, not (1, 5)
    """
    if not graph.operators:
        raise ModelError("the network has no operators")
    _activation(graph.tensors[graph.input], f"input (tensor {graph.input})")
    ready = {graph.input}
    for op in graph.operators:
        where = f"operator {op.index} ({op.kind})"
        if op.kind not in _CHECKS:
            raise ModelError(f"{where} is not supported; supported are {', '.join(KINDS)}")
        inputs, constants = _INPUTS[op.kind]
        if not inputs - constants <= len(op.inputs) <= inputs or len(op.outputs) != 1:
            given = f"{len(op.inputs)} inputs and {len(op.outputs)} outputs"
            raise ModelError(f"{where} must have {inputs - constants}..{inputs} inputs and 1 output, not {given}")
        if _ABSENT in (*op.inputs[:2], *op.outputs):
            raise ModelError(f"{where}: only a bias may be left out")
        if op.inputs[0] not in ready:
            raise ModelError(f"{where}: input (tensor {op.inputs[0]}) must be made by an earlier operator")
        if op.outputs[0] in ready or graph.tensors[op.outputs[0]].data is not None:
            raise ModelError(f"{where}: output (tensor {op.outputs[0]}) must be made by no other operator")
        ready.add(op.outputs[0])
        _activation(graph.tensors[op.outputs[0]], f"{where}: output (tensor {op.outputs[0]})")
        _CHECKS[op.kind](graph, op, where)
    if graph.output not in ready:
        raise ModelError(f"output (tensor {graph.output}) must be made by an operator")


def _activation(tensor: Tensor, where: str) -> None:
    if tensor.data is not None:
        raise ModelError(f"{where} must be an activation, not a constant")
    if not tensor.shape or min(tensor.shape) < 1 or math.prod(tensor.shape) > MAX_ELEMENTS:
        raise ModelError(f"{where} must have 1..{MAX_ELEMENTS} elements, not shape {tensor.shape}")
    if tensor.shape[0] != 1:
        raise ModelError(f"{where} must have batch size 1, not {tensor.shape[0]}")
    if tensor.scales.shape != (1,):
        raise ModelError(
            f"{where} must have one scale, not {tensor.scales.size}; a network quantised to INT8 is supported"
        )
    _positive(tensor, where)
    if not -128 <= tensor.zero_point <= 127:
        raise ModelError(f"{where} must have a zero point in -128..127, not {tensor.zero_point}")


def _positive(tensor: Tensor, where: str) -> None:
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
    _positive(weights, f"{where}: weights (tensor {op.inputs[1]})")
    if len(op.inputs) < 3 or op.inputs[2] == _ABSENT:
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


_CHECKS: dict[str, Callable[[Graph, Operator, str], None]] = {
    "CONV_2D": _conv,
    "DEPTHWISE_CONV_2D": _depthwise,
    "AVERAGE_POOL_2D": _pool,
    "FULLY_CONNECTED": _matrix,
    "RESHAPE": _reshape,
    "SOFTMAX": _softmax,
}
_INPUTS = {
    "CONV_2D": (3, 1),
    "DEPTHWISE_CONV_2D": (3, 1),
    "AVERAGE_POOL_2D": (1, 0),
    "FULLY_CONNECTED": (3, 1),
    "RESHAPE": (2, 1),
    "SOFTMAX": (1, 0),
}
"""Most inputs of a kind, and how many of them may be left out."""

KINDS = tuple(_CHECKS)
"""Supported operator kinds."""
