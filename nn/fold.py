"""Folding: constant channels of a network go into biases, unused ones go altogether, and no output byte changes."""

import dataclasses
from collections import Counter
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from racelet.nn.errors import ModelError
from racelet.nn.evaluate import constants
from racelet.nn.graph import Graph, Operator, Tensor
from racelet.nn.intervals import CodeIntervals, code_intervals
from racelet.nn.removable import needed_channels
from racelet.nn.windows import channel_taps, window_sums


@dataclasses.dataclass(frozen=True, kw_only=True)
class Folded:
    """A network with the channels that it needs.

    Parameters
    ----------
    graph : Graph
        Activations have the indices of the network that was folded.
    kept : dict of int to int64 array (channels of ``graph``,)
        Channels, of the network that was folded, that are left of each activation; rising.
    intervals : dict of int to CodeIntervals
        Proven codes of all channels of the network that was folded.
    """

    graph: Graph
    kept: dict[int, NDArray[np.int64]]
    intervals: dict[int, CodeIntervals]

    def select(self, values: Mapping[int, NDArray[np.int8]]) -> dict[int, NDArray[np.int8]]:
        """Take the kept channels of activations of the whole network, and check what was proven of all of them.

        Parameters
        ----------
        values : mapping of int to int8 array (..., channels)
            Activations of the network that was folded, by tensor index.

        Returns
        -------
        dict of int to int8 array (..., kept channels)
            What the smaller network must give.

        Raises
        ------
        ModelError
            If a code is not one that its channel can have: then folding is not allowed.

        Examples
        --------
        >>> once = CodeIntervals(low=np.array([-128, 5]), high=np.array([127, 5]))
        >>> folded = Folded(graph=Graph(tensors=(), operators=(), input=0, output=0), kept={0: np.array([0])},
        ...                 intervals={0: once})
        >>> folded.select({0: np.array([[7, 5], [8, 5]], np.int8)})[0].tolist()
        [[7], [8]]
        >>> folded.select({0: np.array([[7, 6]], np.int8)})
        Traceback (most recent call last):
        ...
        racelet.nn.errors.ModelError: tensor 0, channel 1: 6 is not in 5..5, which was proven for folding
        """
        for index, codes in values.items():
            bounds = self.intervals[index]
            wrong = np.argwhere((codes < bounds.low) | (codes > bounds.high))
            if len(wrong):
                channel = int(wrong[0][-1])
                raise ModelError(
                    f"tensor {index}, channel {channel}: {codes[tuple(wrong[0])]} is not in "
                    f"{bounds.low[channel]}..{bounds.high[channel]}, which was proven for folding"
                )
        return {index: codes[..., self.kept[index]] for index, codes in values.items()}


def fold(graph: Graph) -> Folded:
    """Remove every channel that is constant or unused, where all operators allow it.

    Parameters
    ----------
    graph : Graph
        A valid network. It is not changed.

    Returns
    -------
    Folded
        Its network's input and output are those of ``graph``, byte for byte and for every input, and so are all
        channels that are kept.

    Examples
    --------
    >>> scale = np.array([0.5])
    >>> shapes = {"x": (1, 1), "y": (1, 2), "z": (1, 1)}
    >>> x, y, z = (Tensor(name=name, shape=shape, scales=scale) for name, shape in shapes.items())
    >>> w = Tensor(name="w", shape=(2, 1), scales=scale, data=np.array([[1], [0]], np.int8))
    >>> b = Tensor(name="b", shape=(2,), scales=scale, data=np.array([0, 40], np.int32))
    >>> v = Tensor(name="v", shape=(1, 2), scales=scale, data=np.array([[3, 4]], np.int8))
    >>> first = Operator(index=0, kind="FULLY_CONNECTED", inputs=(0, 3, 4), outputs=(1,))
    >>> second = Operator(index=1, kind="FULLY_CONNECTED", inputs=(1, 5), outputs=(2,))
    >>> graph = Graph(tensors=(x, y, z, w, b, v), operators=(first, second), input=0, output=2)
    >>> small = fold(graph).graph
    >>> small.tensors[1].shape, small.tensors[small.operators[1].inputs[2]].data.tolist()
    ((1, 1), [80])
    """
    intervals = code_intervals(graph)
    kept = {index: np.flatnonzero(mask) for index, mask in needed_channels(graph, intervals).items()}
    return Folded(graph=_rewritten(graph, kept, intervals), kept=kept, intervals=intervals)


def keep_all(graph: Graph) -> Folded:
    """Fold nothing.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    Folded
        ``graph`` itself; of its codes nothing is claimed.

    Examples
    --------
    >>> x = Tensor(name="x", shape=(1, 3), scales=np.array([0.5]))
    >>> keep_all(Graph(tensors=(x,), operators=(), input=0, output=0)).kept[0].tolist()
    [0, 1, 2]
    """
    sizes = {
        index: graph.tensors[index].shape[-1] for index in (graph.input, *(op.outputs[0] for op in graph.operators))
    }
    return Folded(
        graph=graph,
        kept={index: np.arange(size) for index, size in sizes.items()},
        intervals={
            index: CodeIntervals(low=np.full(size, -128), high=np.full(size, 127)) for index, size in sizes.items()
        },
    )


def _rewritten(graph: Graph, kept: dict[int, NDArray[np.int64]], intervals: dict[int, CodeIntervals]) -> Graph:
    tensors = list(graph.tensors)
    for index, channels in kept.items():
        whole = graph.tensors[index]
        tensors[index] = dataclasses.replace(whole, shape=(*whole.shape[:-1], channels.size))
    users = Counter(index for op in graph.operators for index in set(op.inputs))
    operators = []
    for op in graph.operators:
        inputs = list(op.inputs)
        for position, tensor in _operands(graph, op, kept, intervals).items():
            old = inputs[position] if position < len(inputs) else -1
            if users[old] == 1 and old != -1 and old not in kept:
                tensors[old] = tensor
                continue
            # There was none, or another operator reads the same constant and keeps other channels of it.
            tensors.append(tensor)
            inputs[position : position + 1] = [len(tensors) - 1]
        operators.append(dataclasses.replace(op, inputs=tuple(inputs)))
    return dataclasses.replace(graph, tensors=tuple(tensors), operators=tuple(operators))


def _operands(
    graph: Graph, op: Operator, kept: dict[int, NDArray[np.int64]], intervals: dict[int, CodeIntervals]
) -> dict[int, Tensor]:
    """Constants of an operator that change, by their position among its inputs."""
    source, target = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    rows, columns = kept[op.outputs[0]], kept[op.inputs[0]]
    if rows.size == target.shape[-1] and columns.size == source.shape[-1]:
        return {}
    if op.kind == "RESHAPE":
        shape = (*target.shape[:-1], rows.size)
        return {1: Tensor(name="shape", shape=(len(shape),), scales=np.empty(0), data=np.array(shape, np.int32))}
    if op.kind in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
        return _weights_and_bias(graph, op, rows, columns, intervals[op.inputs[0]])
    return {}


def _weights_and_bias(
    graph: Graph, op: Operator, rows: NDArray[np.int64], columns: NDArray[np.int64], source: CodeIntervals
) -> dict[int, Tensor]:
    weights, bias = constants(graph, op)
    if op.kind == "CONV_2D":
        weights = weights[rows][..., columns]
    elif op.kind == "DEPTHWISE_CONV_2D":
        weights = weights[..., rows]
    else:
        weights = weights.reshape(len(weights), -1, source.low.size)[rows][..., columns].reshape(rows.size, -1)
    if op.kind != "DEPTHWISE_CONV_2D":
        bias = _folded_bias(graph, op, bias, columns, source)
    tensor = graph.tensors[op.inputs[1]]
    scales = tensor.scales[rows] if tensor.scales.size > 1 else tensor.scales
    changed = {1: dataclasses.replace(tensor, shape=weights.shape, scales=scales, data=weights)}
    if bias.any() or len(op.inputs) > 2:
        scales = graph.tensors[op.inputs[0]].scales * scales
        changed[2] = Tensor(name=f"{tensor.name} bias", shape=(rows.size,), scales=scales, data=bias[rows])
    return changed


def _folded_bias(
    graph: Graph, op: Operator, bias: NDArray[np.int32], columns: NDArray[np.int64], source: CodeIntervals
) -> NDArray[np.int32]:
    """Bias with what the constant channels that go add to every window.

    Both the bias and the sums wrap at 32 bits, in LiteRT as in the hardware; addition modulo 2**32 does not mind in
    which order terms are added, so every sum is the one that it was.
    """
    gone = np.setdiff1d(np.flatnonzero(source.constant), columns)
    codes = source.low[gone] - graph.tensors[op.inputs[0]].zero_point
    # For the outputs that are kept, all windows agree where this matters.
    sums = window_sums(graph, op, channel_taps(graph, op)[:, gone])[..., 0]
    return (bias.astype(np.int64) + sums @ codes).astype(np.int32)
