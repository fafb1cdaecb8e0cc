"""A graph on the bit-exact operators, every tensor kept."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.addition import add, addition_parameters
from racelet.golden.dwcpwc.mean import mean, mean_parameters
from racelet.golden.dwcpwc.operators import (
    activation_range,
    conv2d,
    depthwise_conv2d,
    fully_connected,
)
from racelet.golden.dwcpwc.padding import frame
from racelet.golden.dwcpwc.pooling import average_pool_2d, max_pool_2d
from racelet.golden.dwcpwc.requantize import quantize_multiplier
from racelet.golden.dwcpwc.softmax import softmax
from racelet.nn.graph import Graph, Operator

_CHUNK_BYTES = 1 << 20
"""Activation bytes evaluated at once: the wide sums of more would leave the processor's caches."""


def evaluate(graph: Graph, inputs: NDArray[np.int8], roundings: Literal[1, 2] = 1) -> dict[int, NDArray[np.int8]]:
    """Run a graph on one input or a batch.

    Parameters
    ----------
    graph : Graph
        A valid network.
    inputs : int8
        One input of any shape with the right number of elements, or a batch of shape (n, ...), n of them.
    roundings : {1, 2}
        Roundings of FULLY_CONNECTED: 1 as LiteRT 2, 2 as TFLM.

    Returns
    -------
    dict of int to int8 array
        Every activation by tensor index: the graph's shape with n, the batch, in place of its leading 1.

    Raises
    ------
    ValueError
        If the inputs are not int8 or not a whole number of them is given.

    Examples
    --------
    >>> from racelet.nn.graph import Tensor
    >>> scale = np.array([0.5])
    >>> x = Tensor(name="x", shape=(1, 4), scales=scale, zero_point=3)
    >>> y = Tensor(name="y", shape=(1, 2, 2, 1), scales=scale, zero_point=3)
    >>> reshape = Operator(index=0, kind="RESHAPE", inputs=(0,), outputs=(1,))
    >>> graph = Graph(tensors=(x, y), operators=(reshape,), input=0, output=1)
    >>> evaluate(graph, np.arange(8, dtype=np.int8))[1].shape
    (2, 2, 2, 1)
    """
    shape = graph.tensors[graph.input].shape
    elements = int(np.prod(shape))
    if inputs.dtype != np.int8:
        raise ValueError(f"inputs must be int8, not {inputs.dtype}")
    if inputs.size == 0 or inputs.size % elements:
        raise ValueError(f"inputs must have a multiple of {elements} elements (shape {shape}), not {inputs.size}")
    batch = inputs.reshape(-1, *shape[1:])
    largest = max(int(np.prod(graph.tensors[op.outputs[0]].shape)) for op in graph.operators)
    count = max(1, _CHUNK_BYTES // max(largest, elements))
    chunks = [_evaluate(graph, batch[start : start + count], roundings) for start in range(0, len(batch), count)]
    return {index: np.concatenate([chunk[index] for chunk in chunks]) for index in chunks[0]}


def effective_scales(graph: Graph, op: Operator) -> NDArray[np.float64]:
    """Real factors between an operator's int32 sums and its output codes.

    Parameters
    ----------
    graph : Graph
    op : Operator
        A CONV_2D, DEPTHWISE_CONV_2D or FULLY_CONNECTED of the graph.

    Returns
    -------
    float64, shape (out,)
        ``input_scale * weight_scale / output_scale`` of every output channel, from left to right in double.

    Examples
    --------
    >>> from racelet.nn.graph import Tensor
    >>> x, y = (Tensor(name=n, shape=(1, 1), scales=np.array([s])) for n, s in (("x", 0.5), ("y", 2.0)))
    >>> w = Tensor(name="w", shape=(1, 1), scales=np.array([0.25]), data=np.ones((1, 1), np.int8))
    >>> op = Operator(index=0, kind="FULLY_CONNECTED", inputs=(0, 1), outputs=(2,))
    >>> effective_scales(Graph(tensors=(x, w, y), operators=(op,), input=0, output=2), op).tolist()
    [0.0625]
    """
    x, weights, y = (graph.tensors[index] for index in (op.inputs[0], op.inputs[1], op.outputs[0]))
    channels = weights.shape[3] if op.kind == "DEPTHWISE_CONV_2D" else weights.shape[0]
    return np.broadcast_to(x.scales * weights.scales / y.scales, (channels,))


def constants(graph: Graph, op: Operator) -> tuple[NDArray[np.int8], NDArray[np.int32]]:
    """Weights and bias of an operator.

    Parameters
    ----------
    graph : Graph
    op : Operator
        A CONV_2D, DEPTHWISE_CONV_2D or FULLY_CONNECTED of the graph.

    Returns
    -------
    weights : int8, shape as in the graph
    bias : int32, shape (out,)
        Zero if the operator has none.
    """
    weights = graph.tensors[op.inputs[1]].data
    assert weights is not None
    bias = graph.tensors[op.inputs[2]].data if len(op.inputs) > 2 and op.inputs[2] != -1 else None
    if bias is None:
        bias = np.zeros(effective_scales(graph, op).size, np.int32)
    return weights.astype(np.int8, copy=False), bias.astype(np.int32, copy=False)


def evaluate_operator(
    graph: Graph, op: Operator, inputs: Sequence[NDArray[np.int8]], roundings: Literal[1, 2] = 1
) -> NDArray[np.int8]:
    """Run one operator of a graph on a batch.

    Parameters
    ----------
    graph : Graph
        A valid network.
    op : Operator
        An operator of the graph.
    inputs : sequence of int8 arrays
        Its activations, as many as ``op.activations``: the graph's shapes with n, the batch, in place of the leading 1.
    roundings : {1, 2}
        As :func:`evaluate`.

    Returns
    -------
    int8
        The output's shape with n in place of its leading 1.

    Examples
    --------
    >>> from racelet.nn.graph import Tensor
    >>> x, y = (Tensor(name=name, shape=(1, 2), scales=np.array([0.5])) for name in "xy")
    >>> op = Operator(index=0, kind="ADD", inputs=(0, 0), outputs=(1,))
    >>> batch = np.array([[1, 2], [3, -4]], np.int8)
    >>> evaluate_operator(Graph(tensors=(x, y), operators=(op,), input=0, output=1), op, [batch, batch]).tolist()
    [[2, 4], [6, -8]]
    """
    x = inputs[0]
    source, target = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    scales = float(source.scales[0]), float(target.scales[0])
    low, high = activation_range(op.activation, scales[1], target.zero_point)
    if op.kind == "RESHAPE":
        return x.reshape(len(x), *target.shape[1:])
    if op.kind == "SOFTMAX":
        return softmax(x, scales[0], op.beta)
    if op.kind == "PAD":
        return frame(x, op.pads, target.zero_point)
    if op.kind in {"AVERAGE_POOL_2D", "MAX_POOL_2D"}:
        pool = average_pool_2d if op.kind == "AVERAGE_POOL_2D" else max_pool_2d
        return pool(x, op.kernel, op.stride, op.padding, low, high)
    if op.kind == "MEAN":
        parameters = mean_parameters(*scales, source.zero_point, x.shape[1] * x.shape[2])
        return mean(x, parameters, output_zero_point=target.zero_point, keep_dims=op.keep_dims)
    if op.kind == "ADD":
        other = graph.tensors[op.inputs[1]]
        return add(
            x,
            inputs[1],
            addition_parameters((scales[0], float(other.scales[0])), scales[1]),
            input_zero_points=(source.zero_point, other.zero_point),
            output_zero_point=target.zero_point,
            low=low,
            high=high,
        )
    weights, bias = constants(graph, op)
    eff = effective_scales(graph, op)
    codes = {"input_zero_point": source.zero_point, "output_zero_point": target.zero_point, "low": low, "high": high}
    if op.kind == "FULLY_CONNECTED":
        return fully_connected(x.reshape(len(x), -1), weights, bias, eff, **codes, roundings=roundings)
    convolve = {"CONV_2D": conv2d, "DEPTHWISE_CONV_2D": depthwise_conv2d}[op.kind]
    return convolve(x, weights, bias, *quantize_multiplier(eff), stride=op.stride, padding=op.padding, **codes)


def _evaluate(graph: Graph, inputs: NDArray[np.int8], roundings: Literal[1, 2]) -> dict[int, NDArray[np.int8]]:
    values = {graph.input: inputs}
    for op in graph.operators:
        values[op.outputs[0]] = evaluate_operator(graph, op, [values[index] for index in op.activations], roundings)
    return values
