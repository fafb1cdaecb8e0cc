"""Channels that operators of every kind can do without."""

import numpy as np
import pytest

from racelet.nn.graph import Graph, Operator, Tensor
from racelet.nn.intervals import CodeIntervals
from racelet.nn.removable import needed_channels

SCALE = np.array([0.5])
CHANNELS = 4


def _network(kind: str, middle: int, weights: list[int], axes: list[int] | None = None) -> Graph:
    """Convolution, an operator of ``kind``, convolution whose weights by input channel are ``weights``.

    With ``middle`` 2, the operator in the middle has two convolutions of x as its inputs.
    """
    shape = (1, 2, 2, CHANNELS)
    names = ("x", "a", "b", "middle", "y")
    tensors = [Tensor(name=name, shape=shape, scales=SCALE) for name in names]
    square = np.ones((CHANNELS, 1, 1, CHANNELS), np.int8)
    last = np.array(weights, np.int8).reshape(1, 1, 1, CHANNELS) * square
    extra = np.array(axes or [0], np.int32)
    tensors += [
        Tensor(name="constant", shape=data.shape, scales=SCALE, data=data) for data in (square, square, last, extra)
    ]
    inputs = {1: (1,), 2: (1, 2)}[middle] + ((8,) if axes else ())
    return Graph(
        tensors=tuple(tensors),
        operators=(
            Operator(index=0, kind="CONV_2D", inputs=(0, 5), outputs=(1,)),
            Operator(index=1, kind="CONV_2D", inputs=(0, 6), outputs=(2,)),
            Operator(index=2, kind=kind, inputs=inputs, outputs=(3,)),
            Operator(index=3, kind="CONV_2D", inputs=(3, 7), outputs=(4,)),
        ),
        input=0,
        output=4,
    )


def _needed(graph: Graph) -> list[list[bool]]:
    anything = CodeIntervals(low=np.full(CHANNELS, -128), high=np.full(CHANNELS, 127))
    needed = needed_channels(graph, dict.fromkeys(range(5), anything))
    return [needed[index].tolist() for index in (1, 2, 3)]


SECOND_ONLY = [False, True, False, False]


@pytest.mark.parametrize("kind", ["AVERAGE_POOL_2D", "MAX_POOL_2D", "PAD", "DEPTHWISE_CONV_2D", "RESHAPE"])
def test_channels_that_are_not_read_go_through(kind: str) -> None:
    first, _, middle = _needed(_network(kind, 1, [0, 3, 0, 0]))
    assert first == middle == SECOND_ONLY


def test_both_operands_of_an_addition_keep_the_channels_of_the_sum() -> None:
    assert _needed(_network("ADD", 2, [0, 3, 0, 0])) == [SECOND_ONLY] * 3


def test_an_operand_that_is_needed_elsewhere_keeps_its_channels_in_the_sum() -> None:
    graph = _network("ADD", 2, [0, 3, 0, 0])
    reader = Operator(index=4, kind="CONV_2D", inputs=(2, 9), outputs=(10,))
    data = np.array([0, 0, 0, 7], np.int8).reshape(1, 1, 1, CHANNELS)
    tensors = (
        *graph.tensors,
        Tensor(name="constant", shape=data.shape, scales=SCALE, data=data),
        Tensor(name="z", shape=(1, 2, 2, 1), scales=SCALE),
    )
    graph = Graph(tensors=tensors, operators=(*graph.operators, reader), input=0, output=10)
    intervals = {
        index: CodeIntervals(low=np.full(size, -128), high=np.full(size, 127))
        for index, size in ((0, 4), (1, 4), (2, 4), (3, 4), (4, 4), (10, 1))
    }
    needed = needed_channels(graph, intervals)
    # Nothing reads the last but one convolution: it keeps a single channel, and so does what feeds it alone.
    assert needed[4].tolist() == [True, False, False, False]
    assert [needed[index].tolist() for index in (1, 2, 3)] == [[False, True, False, True]] * 3


def test_a_mean_over_space_keeps_channels_apart_and_one_over_channels_does_not() -> None:
    assert _needed(_network("MEAN", 1, [0, 3, 0, 0], axes=[1, 2]))[0] == SECOND_ONLY
    assert all(_needed(_network("MEAN", 1, [0, 3, 0, 0], axes=[-1]))[0])


@pytest.mark.parametrize("kind", ["SOFTMAX", "CONCATENATION"])
def test_other_kinds_need_everything(kind: str) -> None:
    assert _needed(_network(kind, 1, [0, 3, 0, 0]))[0] == [True] * CHANNELS


def test_no_tensor_is_left_empty() -> None:
    assert _needed(_network("PAD", 1, [0, 0, 0, 0])) == [[True, False, False, False]] * 3
