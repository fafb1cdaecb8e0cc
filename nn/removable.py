"""Channels that a network can do without: constant ones and ones that nothing depends on."""

import numpy as np
from numpy.typing import NDArray

from racelet.nn.graph import Graph, Operator
from racelet.nn.intervals import CodeIntervals
from racelet.nn.windows import channel_taps, window_sums


def needed_channels(graph: Graph, intervals: dict[int, CodeIntervals]) -> dict[int, NDArray[np.bool_]]:
    """Find the fewest channels with which every operator can still make those of its outputs that are needed.

    A need, once there, stays: the search begins with those of the network's input and output and ends when no operator
    adds one. What is left out satisfies every operator at once, so all of it can go together.

    Parameters
    ----------
    graph : Graph
        A valid network.
    intervals : dict of int to CodeIntervals
        Of every activation, from :func:`~racelet.nn.intervals.code_intervals`.

    Returns
    -------
    dict of int to bool array (channels,)
        By tensor index, at least one channel each, all of the network's input and output.

    Examples
    --------
    >>> from racelet.nn.graph import Tensor
    >>> from racelet.nn.intervals import code_intervals
    >>> scale = np.array([0.5])
    >>> shapes = {"x": (1, 1, 1, 2), "y": (1, 1, 1, 2), "z": (1, 1, 1, 1)}
    >>> x, y, z = (Tensor(name=name, shape=shape, scales=scale) for name, shape in shapes.items())
    >>> w = Tensor(name="w", shape=(2, 1, 1, 2), scales=scale, data=np.array([[[[1, 2]]], [[[3, 4]]]], np.int8))
    >>> v = Tensor(name="v", shape=(1, 1, 1, 2), scales=scale, data=np.array([[[[5, 0]]]], np.int8))
    >>> first = Operator(index=0, kind="CONV_2D", inputs=(0, 3), outputs=(1,))
    >>> second = Operator(index=1, kind="CONV_2D", inputs=(1, 4), outputs=(2,))
    >>> graph = Graph(tensors=(x, y, z, w, v), operators=(first, second), input=0, output=2)
    >>> needed_channels(graph, code_intervals(graph))[1].tolist()
    [True, False]
    """
    search = _Search(graph, intervals)
    while True:
        before = search.count()
        for op in reversed(graph.operators):
            _RULES.get(op.kind, _Search.everything)(search, op)
        if search.count() == before:
            empty = next((mask for mask in search.needed.values() if not mask.any()), None)
            if empty is None:
                return search.needed
            # No tensor may be empty; its other channels can still go.
            empty[0] = True


class _Search:
    """Channels found to be needed so far, and one method per kind of operator that adds what it needs to them."""

    def __init__(self, graph: Graph, intervals: dict[int, CodeIntervals]) -> None:
        self.graph = graph
        self.needed = {index: np.zeros(len(found.low), np.bool_) for index, found in intervals.items()}
        self.needed[graph.input][:] = self.needed[graph.output][:] = True
        self._varying = {
            op.outputs[0]: _varying(graph, op, intervals[op.inputs[0]])
            for op in graph.operators
            if op.kind in ("CONV_2D", "FULLY_CONNECTED")
        }

    def count(self) -> int:
        """Channels needed."""
        return sum(int(mask.sum()) for mask in self.needed.values())

    def dot(self, op: Operator) -> None:
        """Of the channels whose sum makes the output, those that a bias cannot stand for."""
        self.needed[op.inputs[0]] |= self._varying[op.outputs[0]][self.needed[op.outputs[0]]].any(0)

    def depthwise(self, op: Operator) -> None:
        """An input channel stays or goes with all of its output channels: each has ``depth_multiplier`` of them."""
        source, target = self.needed[op.inputs[0]], self.needed[op.outputs[0]]
        source |= target.reshape(-1, op.depth_multiplier).any(1)
        target |= np.repeat(source, op.depth_multiplier)

    def channel_by_channel(self, op: Operator) -> None:
        """Inputs and output have the same channels, and keep the same ones."""
        activations = [index for index in (*op.inputs, *op.outputs) if index in self.needed]
        operands = len(op.inputs) if op.kind == "ADD" else 1
        alike = len({self.needed[index].size for index in activations}) == 1
        if len(activations) != operands + 1 or not alike or self._averages_channels(op):
            self.everything(op)
            return
        together = np.any([self.needed[index] for index in activations], axis=0)
        for index in activations:
            self.needed[index] |= together

    def _averages_channels(self, op: Operator) -> bool:
        axes = self.graph.tensors[op.inputs[1]].data if op.kind == "MEAN" else None
        rank = len(self.graph.tensors[op.inputs[0]].shape)
        return axes is not None and rank - 1 in axes.reshape(-1) % rank

    def reshape(self, op: Operator) -> None:
        """A channel of one side is needed if one of its elements is part of a needed channel of the other side.

        Then exactly the elements of needed channels are left on both sides, and in the same order.
        """
        x, y = op.inputs[0], op.outputs[0]
        shapes = self.graph.tensors[x].shape, self.graph.tensors[y].shape
        for here, there, (shape, other) in ((x, y, shapes), (y, x, shapes[::-1])):
            elements = np.broadcast_to(self.needed[here], shape).reshape(-1, other[-1])
            self.needed[there] |= elements.any(0)

    def everything(self, op: Operator) -> None:
        """Nothing is known of the kind, or it mixes channels."""
        for index in (*op.inputs, *op.outputs):
            if index in self.needed:
                self.needed[index][:] = True


def _varying(graph: Graph, op: Operator, source: CodeIntervals) -> NDArray[np.bool_]:
    """Where an input channel adds to an output channel what a bias cannot: bool (out, in).

    A constant channel adds the same to every window only if the windows at the borders, whose padded taps read the
    zero point and not the constant, do not differ: they have all taps, or the constant is the zero point, or the
    weights sum up alike.
    """
    taps = channel_taps(graph, op)
    varying = (taps != 0).any((2, 3))
    varying[:, source.constant & (source.low == graph.tensors[op.inputs[0]].zero_point)] = False
    others = np.flatnonzero(source.constant & varying.any(0))
    sums = window_sums(graph, op, taps[:, others])
    varying[:, others] = sums.min(2) != sums.max(2)
    return varying


_RULES = {
    "CONV_2D": _Search.dot,
    "FULLY_CONNECTED": _Search.dot,
    "DEPTHWISE_CONV_2D": _Search.depthwise,
    "AVERAGE_POOL_2D": _Search.channel_by_channel,
    "MAX_POOL_2D": _Search.channel_by_channel,
    "PAD": _Search.channel_by_channel,
    "MEAN": _Search.channel_by_channel,
    "ADD": _Search.channel_by_channel,
    "RESHAPE": _Search.reshape,
}
