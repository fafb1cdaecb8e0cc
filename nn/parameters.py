"""Requantise parameters: nine bytes per channel."""

import itertools
import struct

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.addition import AdditionParameters, addition_parameters
from racelet.golden.dwcpwc.mean import mean_parameters
from racelet.golden.dwcpwc.operators import activation_range
from racelet.golden.dwcpwc.requantize import exact_single_rounding, quantize_multiplier
from racelet.nn.errors import ModelError
from racelet.nn.evaluate import constants, effective_scales
from racelet.nn.graph import Graph, Operator
from racelet.nn.layers import Layer


def dot_parameters(graph: Graph, op: Operator) -> list[bytes]:
    """Bias, multiplier and shift of every output channel of a CONV_2D or FULLY_CONNECTED.

    Parameters
    ----------
    graph : Graph
    op : Operator

    Returns
    -------
    list of bytes
        One record per channel; the bias includes the input's zero point.

    Raises
    ------
    ModelError
        If a scale is beyond what the requantisers do.
    """
    weights, plain = constants(graph, op)
    rows = weights.reshape(weights.shape[0], -1).astype(np.int64)
    bias = _folded(graph, op, plain, rows.sum(1))
    if op.kind != "FULLY_CONNECTED":
        return _records(op, bias, *quantize_multiplier(effective_scales(graph, op)))
    output = graph.tensors[op.outputs[0]]
    low, high = activation_range(op.activation, float(output.scales[0]), output.zero_point)
    largest = np.minimum(np.abs(bias) + 128 * np.abs(rows).sum(1), 1 << 31)
    pairs = []
    for channel, (eff, bound) in enumerate(zip(effective_scales(graph, op), largest, strict=True)):
        try:
            pairs.append(exact_single_rounding(float(eff), low, high, output.zero_point, int(bound)))
        except ValueError as error:
            raise ModelError(f"operator {op.index} ({op.kind}), channel {channel}: {error}") from error
    mult = np.array([pair[0] for pair in pairs], np.int64)
    shift = np.array([pair[1] for pair in pairs], np.int64)
    return _records(op, bias, mult, shift)


def depthwise_parameters(graph: Graph, op: Operator) -> list[bytes]:
    """Bias, multiplier and shift of every channel of a DEPTHWISE_CONV_2D.

    Parameters
    ----------
    graph : Graph
    op : Operator

    Returns
    -------
    list of bytes
        One record per channel; the bias includes the input's zero point.

    Raises
    ------
    ModelError
        If a scale is beyond what the requantisers do.
    """
    weights, plain = constants(graph, op)
    bias = _folded(graph, op, plain, weights.astype(np.int64).sum((0, 1, 2)))
    return _records(op, bias, *quantize_multiplier(effective_scales(graph, op)))


def shared_parameters(graph: Graph, layer: Layer) -> dict[int, bytes]:
    """Parameters of a layer that uses the same for all channels of a pixel.

    Parameters
    ----------
    graph : Graph
    layer : Layer
        Without weights.

    Returns
    -------
    dict of int to bytes
        Records by row, counted from the layer's first.

    Raises
    ------
    ModelError
        If a scale is beyond what the requantisers do.
    """
    op = layer.window
    if op.kind == "AVERAGE_POOL_2D":
        return reciprocals(layer)
    if op.kind == "ADD":
        scales = addition(graph, layer)
        return {0: struct.pack("<iIB", 0, scales.output_mult, -scales.output_shift)}
    if op.kind == "MEAN":
        source, output = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
        count = layer.shape.taps
        found = mean_parameters(float(source.scales[0]), float(output.scales[0]), source.zero_point, count)
        bias, mult, shift = (np.array([value]) for value in (found.bias, found.mult, found.shift))
        return {0: _records(op, bias, mult, shift)[0]}
    # Bytes that stay as they are: (2**31 - 1) / 2**31 is near enough to one.
    return {0: struct.pack("<iIB", 0, (1 << 31) - 1, 0)}


def addition(graph: Graph, layer: Layer) -> AdditionParameters:
    """Scales of an ADD, in the order of the layer's sources: the larger scale first, which is multiplied with one half.

    Parameters
    ----------
    graph : Graph
    layer : Layer

    Returns
    -------
    AdditionParameters
    """
    output = graph.tensors[layer.output]
    first, second = (float(graph.tensors[index].scales[0]) for index in layer.addends)
    return addition_parameters((first, second), float(output.scales[0]))


def reciprocals(layer: Layer) -> dict[int, bytes]:
    """Reciprocals of the window sizes that an average pooling meets.

    A mean ``s / n`` rounded half away from zero is ``s * ceil(2**(31 + e) / n)`` rounded once at bit ``31 + e``: the
    ceiling puts ties where they belong, and its error stays below the distance of any other sum from a tie as long as
    ``n`` is below 2**22.

    Parameters
    ----------
    layer : Layer
        An AVERAGE_POOL_2D.

    Returns
    -------
    dict of int to bytes
        Records by row, counted from the layer's first.
    """
    shape = layer.shape
    lacking = [
        _lacking(size, kernel, stride, pad, out)
        for size, kernel, stride, pad, out in (
            (shape.height, shape.kernel_rows, shape.stride, layer.pad_top, shape.out_height),
            (shape.width, shape.kernel_columns, shape.column_stride, layer.pad_left, shape.out_width),
        )
    ]
    records = {}
    for rows, columns in itertools.product(*lacking):
        count = (shape.kernel_rows - rows) * (shape.kernel_columns - columns)
        shift = (count - 1).bit_length() - 1 if count > 1 else 0
        mult = min(-(-(1 << 31 + shift) // count), (1 << 31) - 1)
        records[(rows << pool_shift(layer)) + columns] = struct.pack("<iIB", 0, mult, shift)
    return records


def pool_shift(layer: Layer) -> int:
    """Bits for the columns that a pooling's window can lack; none where all means share a divisor."""
    shape = layer.shape
    if layer.window.kind != "AVERAGE_POOL_2D":
        return 0
    columns = _lacking(shape.width, shape.kernel_columns, shape.column_stride, layer.pad_left, shape.out_width)
    return max(columns).bit_length()


def _lacking(size: int, kernel: int, stride: int, pad: int, out: int) -> set[int]:
    """Numbers of taps that windows along one axis have outside."""
    starts = [position * stride - pad for position in range(out)]
    return {max(-start, 0) + max(start + kernel - size, 0) for start in starts}


def _folded(graph: Graph, op: Operator, bias: NDArray[np.int32], sums: NDArray[np.int64]) -> NDArray[np.int64]:
    """Bias minus zero point times weights, wrapped as int32 wraps."""
    folded = bias - graph.tensors[op.inputs[0]].zero_point * sums
    return folded.astype(np.int32).astype(np.int64)


def _records(op: Operator, bias: NDArray[np.int64], mult: NDArray[np.int64], shift: NDArray[np.int64]) -> list[bytes]:
    if np.any(shift > 0):
        channel = int(np.argmax(shift > 0))
        raise ModelError(
            f"operator {op.index} ({op.kind}), channel {channel}: input scale times weight scale over output scale "
            f"must be below 1, not 2**{int(shift[channel]) - 1} or more"
        )
    return [struct.pack("<iIB", int(b), int(m), int(-s)) for b, m, s in zip(bias, mult, shift, strict=True)]
