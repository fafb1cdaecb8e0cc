"""Rewriting of a graph into one that the accelerator runs, with the same bytes in every tensor."""

import dataclasses

import numpy as np

from racelet.nn.errors import ModelError
from racelet.nn.graph import Graph, Operator, Tensor

MAX_WEIGHTS = 1 << 22
"""Weights of one convolution that stands for a depthwise one: as many as the largest weight store holds."""


def expand_depth_multipliers(graph: Graph) -> Graph:
    """Replace every DEPTHWISE_CONV_2D with a depth multiplier above 1 by a CONV_2D that gives the same bytes.

    Its kernels are zero but in the one channel that they read. With one input channel, the usual case, nothing is
    zero; with more, zeros are multiplied in place of a depthwise engine that would read every channel several times.

    Parameters
    ----------
    graph : Graph
        A valid network.

    Returns
    -------
    Graph
        Tensor indices stay; new weights come behind them.

    Raises
    ------
    ModelError
        If such a convolution would have more weights than any weight store holds.

    Examples
    --------
    >>> x, y = (Tensor(name=n, shape=(1, 2, 2, c), scales=np.array([0.5])) for n, c in (("x", 1), ("y", 2)))
    >>> w = Tensor(name="w", shape=(1, 1, 1, 2), scales=np.array([0.1]), data=np.array([[[[3, 4]]]], np.int8))
    >>> op = Operator(index=0, kind="DEPTHWISE_CONV_2D", inputs=(0, 2), outputs=(1,), depth_multiplier=2)
    >>> expanded = expand_depth_multipliers(Graph(tensors=(x, y, w), operators=(op,), input=0, output=1))
    >>> expanded.operators[0].kind, expanded.tensors[3].shape
    ('CONV_2D', (2, 1, 1, 1))
    """
    tensors, operators = list(graph.tensors), []
    for op in graph.operators:
        if op.kind == "DEPTHWISE_CONV_2D" and op.depth_multiplier > 1:
            tensors.append(_dense(op, graph.tensors[op.inputs[1]]))
            inputs = (op.inputs[0], len(tensors) - 1, *op.inputs[2:])
            operators.append(dataclasses.replace(op, kind="CONV_2D", inputs=inputs, depth_multiplier=1))
        else:
            operators.append(op)
    return dataclasses.replace(graph, tensors=tuple(tensors), operators=tuple(operators))


def _dense(op: Operator, weights: Tensor) -> Tensor:
    """Weights of shape (out, rows, columns, in)."""
    _, rows, columns, channels = weights.shape
    inner = channels // op.depth_multiplier
    if channels * rows * columns * inner > MAX_WEIGHTS:
        raise ModelError(
            f"operator {op.index} ({op.kind}): with depth multiplier {op.depth_multiplier}, up to {MAX_WEIGHTS} "
            f"rows x columns x input x output channels are supported, not {rows}x{columns}x{inner}x{channels}"
        )
    assert weights.data is not None
    dense = np.zeros((channels, rows, columns, inner), np.int8)
    out = np.arange(channels)
    dense[out, :, :, out // op.depth_multiplier] = weights.data[0].transpose(2, 0, 1)
    return dataclasses.replace(weights, shape=dense.shape, data=dense)
