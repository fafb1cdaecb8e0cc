"""Bounds of codes: never exceeded, and exact where all inputs can be tried."""

import dataclasses

import numpy as np
import pytest

from racelet.nn.evaluate import evaluate
from racelet.nn.graph import Activation, Graph, Padding
from racelet.nn.intervals import code_intervals
from tests.models import NetworkBuilder, random_inputs, random_network, with_idle_channels

ACTIVATIONS: tuple[Activation, ...] = ("NONE", "RELU", "RELU6")
PADDINGS: tuple[Padding, ...] = ("SAME", "VALID")


def _assert_within(graph: Graph, seed: int, count: int = 30) -> None:
    inputs = random_inputs(graph, count, seed)
    inputs[0], inputs[1] = -128, 127
    # Codes of the two extremes only, alike over an image or over a channel, come nearest to the bounds.
    extreme = np.where(inputs[2:] >= 0, np.int8(127), np.int8(-128))
    inputs[2::3] = extreme[::3]
    inputs[3::3] = extreme[1::3][..., :1, :1, :] if inputs.ndim == 4 else extreme[1::3]
    bounds = code_intervals(graph)
    for index, codes in evaluate(graph, inputs).items():
        by_channel = codes.reshape(-1, codes.shape[-1])
        assert (by_channel.min(0) >= bounds[index].low).all(), index
        assert (by_channel.max(0) <= bounds[index].high).all(), index


@pytest.mark.parametrize("seed", range(60))
def test_codes_stay_within_their_bounds(seed: int) -> None:
    graph = random_network(seed, depth_multipliers=(1, 2, 3), separable=seed % 3 == 0)
    _assert_within(with_idle_channels(graph, seed) if seed % 2 else graph, seed)


@pytest.mark.parametrize("seed", range(60))
def test_codes_of_every_kind_stay_within_their_bounds(seed: int) -> None:
    graph = random_network(seed, blocks=5, depth_multipliers=(1, 2), extended=True)
    _assert_within(with_idle_channels(graph, seed) if seed % 2 else graph, seed)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("kind", ["conv", "depthwise", "average_pool"])
def test_bounds_are_exact_over_all_inputs(kind: str, activation: Activation, padding: Padding) -> None:
    """Two pixels of one channel have 65,536 codes."""
    codes = np.indices((256, 256)).reshape(2, -1).T.reshape(-1, 2, 1, 1) - 128
    for seed, zero_point in enumerate((-128, 127, 0, 37)):
        builder = NetworkBuilder(seed, (2, 1, 1), zero_point)
        size = 3 if padding == "SAME" else 2
        window = {"kernel": (size, 1), "stride": (1, 1), "padding": padding, "activation": activation}
        if kind == "conv":
            builder.conv(5, **window, dead=0.2)
        elif kind == "depthwise":
            builder.depthwise(**window, multiplier=5, dead=0.2)
        else:
            builder.average_pool(**window)
        graph = builder.graph()
        values = evaluate(graph, codes.astype(np.int8))[graph.output]
        by_channel = values.reshape(-1, values.shape[-1])
        bounds = code_intervals(graph)[graph.output]
        np.testing.assert_array_equal(by_channel.min(0), bounds.low)
        np.testing.assert_array_equal(by_channel.max(0), bounds.high)


@pytest.mark.parametrize("per_channel", [False, True])
def test_bounds_of_a_matrix_are_exact_over_all_inputs(per_channel: bool) -> None:
    codes = np.indices((256, 256)).reshape(2, -1).T - 128
    builder = NetworkBuilder(5, (2,), 11)
    builder.fully_connected(9, "RELU6", per_channel=per_channel)
    graph = builder.graph()
    values = evaluate(graph, codes.astype(np.int8))[graph.output]
    bounds = code_intervals(graph)[graph.output]
    np.testing.assert_array_equal(values.min(0), bounds.low)
    np.testing.assert_array_equal(values.max(0), bounds.high)


def _biased(graph: Graph, bias: int, scale: float, weight: int | None = None) -> Graph:
    """The first operator with another bias and weight scale, all channels alike, and other weights if given."""
    op = graph.operators[0]
    tensors = list(graph.tensors)
    weights = tensors[op.inputs[1]]
    data = weights.data if weight is None else np.full(weights.shape, weight, np.int8)
    tensors[op.inputs[1]] = dataclasses.replace(weights, scales=np.array([scale]), data=data)
    full = np.full(tensors[op.inputs[2]].shape, bias, np.int32)
    tensors[op.inputs[2]] = dataclasses.replace(tensors[op.inputs[2]], data=full)
    return dataclasses.replace(graph, tensors=tuple(tensors))


@pytest.mark.parametrize("bias", [2**31 - 1, 2**31 - 20_000, -(2**31), -(2**31) + 5, 2**30, 0])
@pytest.mark.parametrize("scale", [1e-12, 1e-9, 1e-3, 1.0, 40.0, 2.0**20, 2.0**60])
@pytest.mark.parametrize("kind", ["conv", "fully_connected"])
def test_sums_that_wrap_stay_within_their_bounds(kind: str, bias: int, scale: float) -> None:
    builder = NetworkBuilder(8, (3,) if kind == "fully_connected" else (1, 1, 3))
    getattr(builder, kind)(6)
    _assert_within(_biased(builder.graph(), bias, scale), 8, count=300)


@pytest.mark.parametrize("scale", [1e-9, 1e-3, 40.0])
def test_a_sum_that_cannot_vary_is_constant_however_large(scale: float) -> None:
    builder = NetworkBuilder(9, (4, 4, 3))
    builder.conv(2, kernel=(3, 3))
    graph = _biased(builder.graph(), 2**31 - 1, scale, weight=0)
    assert code_intervals(graph)[graph.output].constant.all()
    _assert_within(graph, 9)


def test_padding_makes_a_constant_channel_vary() -> None:
    """Of a constant that is not the zero point, a window at the border reads less."""
    builder = NetworkBuilder(10, (5, 5, 1))
    builder.conv(1)
    builder.depthwise(kernel=(3, 3), padding="SAME")
    builder.depthwise(kernel=(3, 3), padding="VALID")
    graph = _biased(builder.graph(), 30_000, 1e-4, weight=0)
    tensors = [op.outputs[0] for op in graph.operators]
    assert [bool(code_intervals(graph)[index].constant[0]) for index in tensors[:2]] == [True, False]
