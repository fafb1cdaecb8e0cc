"""Weights by channel and tap, and their sums over the windows of an image, of which some lack taps at its borders."""

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.padding import window_padding
from racelet.nn.evaluate import constants
from racelet.nn.graph import Graph, Operator


def channel_taps(graph: Graph, op: Operator) -> NDArray[np.int64]:
    """Weights of an operator by output channel, input channel and tap.

    Parameters
    ----------
    graph : Graph
    op : Operator
        A CONV_2D, DEPTHWISE_CONV_2D or FULLY_CONNECTED of the graph.

    Returns
    -------
    int64, shape (out, in, rows, columns)
        DEPTHWISE_CONV_2D: ``in`` is 1. FULLY_CONNECTED: the positions of its input are the rows.

    Examples
    --------
    >>> from racelet.nn.graph import Tensor
    >>> x, y = (Tensor(name=name, shape=shape, scales=np.ones(1)) for name, shape in (("x", (1, 3, 2)), ("y", (1, 1))))
    >>> w = Tensor(name="w", shape=(1, 6), scales=np.ones(1), data=np.array([[1, 2, 3, 4, 5, 6]], np.int8))
    >>> dense = Operator(index=0, kind="FULLY_CONNECTED", inputs=(0, 1), outputs=(2,))
    >>> channel_taps(Graph(tensors=(x, w, y), operators=(dense,), input=0, output=2), dense)[0, :, :, 0].tolist()
    [[1, 3, 5], [2, 4, 6]]
    """
    weights = constants(graph, op)[0].astype(np.int64)
    if op.kind == "CONV_2D":
        return weights.transpose(0, 3, 1, 2)
    if op.kind == "DEPTHWISE_CONV_2D":
        return weights.transpose(3, 0, 1, 2)
    channels = graph.tensors[op.inputs[0]].shape[-1]
    return weights.reshape(weights.shape[0], -1, channels, 1).swapaxes(1, 2)


def window_sums(graph: Graph, op: Operator, taps: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sum over those taps of a window that lie inside the input, for all windows.

    Parameters
    ----------
    graph : Graph
    op : Operator
        A CONV_2D, DEPTHWISE_CONV_2D or FULLY_CONNECTED of the graph.
    taps : int64, shape (..., rows, columns)
        A number for every tap.

    Returns
    -------
    int64, shape (..., windows)
        One sum for each different set of taps: windows at the borders lack some of them.

    Examples
    --------
    >>> from racelet.nn.graph import Tensor
    >>> x = Tensor(name="x", shape=(1, 1, 9, 1), scales=np.ones(1))
    >>> op = Operator(index=0, kind="CONV_2D", inputs=(0, 1), outputs=(2,), kernel=(1, 3), padding="SAME")
    >>> window_sums(Graph(tensors=(x,), operators=(op,), input=0, output=2), op, np.array([[1, 10, 100]])).tolist()
    [11, 111, 110]
    """
    rows, columns = taps.shape[-2:]
    inside = [np.array([[0, rows]]), np.array([[0, columns]])]
    if op.kind != "FULLY_CONNECTED":
        size = graph.tensors[op.inputs[0]].shape[1:3]
        inside = [_inside(size[axis], (rows, columns)[axis], op, axis) for axis in (0, 1)]
    total = np.zeros((*taps.shape[:-2], rows + 1, columns + 1), np.int64)
    np.cumsum(np.cumsum(taps, axis=-2), axis=-1, out=total[..., 1:, 1:])
    (top, bottom), (left, right) = inside[0].T[..., np.newaxis], inside[1].T[:, np.newaxis]
    sums = total[..., bottom, right] - total[..., top, right] - total[..., bottom, left] + total[..., top, left]
    return sums.reshape(*taps.shape[:-2], len(inside[0]) * len(inside[1]))


def _inside(size: int, kernel: int, op: Operator, axis: int) -> NDArray[np.int64]:
    """First tap inside the input and first one behind it, for each different window along one axis."""
    out, before, _ = window_padding(size, kernel, op.stride[axis], op.padding)
    starts = np.arange(out) * op.stride[axis] - before
    return np.unique(np.stack([np.maximum(-starts, 0), np.minimum(size - starts, kernel)], axis=1), axis=0)
