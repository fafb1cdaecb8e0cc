"""Post-training quantisation: codes, their limits, and the network they make."""

import dataclasses

import numpy as np
import pytest

from racelet.nn.evaluate import effective_scales, evaluate
from racelet.nn.graph import Graph
from racelet.train.float_network import FloatLayer, FloatNetwork, forward
from racelet.train.quantize import activation_codes, quantize, weight_codes
from tests.litert import assert_equals_litert

RNG = np.random.default_rng(5)
IMAGES = RNG.random((40, 8, 8, 1))


def network() -> FloatNetwork:
    """A convolution, a separable block of stride 2 and a classifier, with random weights."""

    def layer(name: str, kind: str, *shape: int, stride: int = 1) -> FloatLayer:
        channels = shape[3] if kind == "DEPTHWISE_CONV_2D" else shape[0]
        weights, bias = RNG.normal(size=shape), RNG.normal(size=channels) * 0.3
        match kind:
            case "DEPTHWISE_CONV_2D" | "CONV_2D" | "FULLY_CONNECTED":
                return FloatLayer(name=name, kind=kind, weights=weights, bias=bias, stride=stride)
        raise AssertionError(kind)

    return FloatNetwork(
        convolutions=(
            layer("conv", "CONV_2D", 4, 3, 3, 1),
            layer("depthwise", "DEPTHWISE_CONV_2D", 1, 3, 3, 4, stride=2),
            layer("pointwise", "CONV_2D", 6, 1, 1, 4),
        ),
        classifier=layer("logits", "FULLY_CONNECTED", 10, 6),
    )


def codes(values: np.ndarray, graph: Graph) -> np.ndarray:
    entry = graph.tensors[graph.input]
    return np.clip(np.rint(values / entry.scales[0]) + entry.zero_point, -128, 127).astype(np.int8)


def test_quantised_network_follows_the_float_network() -> None:
    model = network()
    graph = quantize(model, IMAGES, 1 / 255, -128)
    values = evaluate(graph, codes(IMAGES, graph))
    expected = forward(model, IMAGES)
    made = [op.outputs[0] for op in graph.operators if op.kind not in {"AVERAGE_POOL_2D", "RESHAPE", "SOFTMAX"}]
    assert [graph.tensors[index].name for index in made] == ["conv", "depthwise", "pointwise", "logits"]
    for index, real in zip(made, expected, strict=True):
        tensor = graph.tensors[index]
        difference = (values[index].astype(float) - tensor.zero_point) * tensor.scales[0] - real
        assert np.abs(difference).max() <= 5 * tensor.scales[0], tensor.name


def test_quantised_network_runs_on_litert() -> None:
    graph = quantize(network(), IMAGES, 1 / 255, -128)
    assert_equals_litert(graph, codes(IMAGES[:3], graph))


def test_zero_is_exact_and_the_range_is_spanned() -> None:
    for values in ([0.0, 3.0], [-2.0, 5.0], [-4.0, -1.0], [2.0, 6.0]):
        scale, zero_point = activation_codes(np.array(values))
        low, high = (-128 - zero_point) * scale, (127 - zero_point) * scale
        assert low - scale / 2 <= min(*values, 0.0)
        assert high + scale / 2 >= max(*values, 0.0)
        assert scale == np.float32(scale)
    assert activation_codes(np.zeros(3)) == (1.0, -128)
    assert activation_codes(np.array([0.0, 1.0]))[1] == -128


def test_weights_have_a_scale_per_output_channel() -> None:
    weights = np.zeros((1, 1, 2, 3))
    weights[0, 0] = [[1.0, 20.0, 0.3], [-2.0, 10.0, 0.1]]
    layer = FloatLayer(name="d", kind="DEPTHWISE_CONV_2D", weights=weights, bias=np.array([1.0, -2.0, 0.0]))
    quantised, bias, scales = weight_codes(layer, 0.5)
    np.testing.assert_allclose(scales, np.array([2, 20, 0.3]) / 127, rtol=1e-6)
    assert quantised[0, 0].tolist() == [[64, 127, 127], [-127, 64, 42]]
    np.testing.assert_allclose(bias * scales * 0.5, layer.bias, atol=0.04)


def test_a_channel_without_weights_keeps_a_bias_that_fits() -> None:
    weights = np.zeros((2, 1, 1, 1))
    weights[0] = 1.0
    layer = FloatLayer(name="p", kind="CONV_2D", weights=weights, bias=np.array([0.5, 1e6]))
    quantised, bias, scales = weight_codes(layer, 0.01)
    assert quantised.ravel().tolist() == [127, 0]
    assert np.abs(bias.astype(np.int64)).max() <= 2**30 + 2**8
    np.testing.assert_allclose(bias * scales * 0.01, layer.bias, rtol=1e-4)
    _, bias, scales = weight_codes(dataclasses.replace(layer, bias=np.zeros(2)), 0.01)
    assert scales.min() > 0
    assert bias.tolist() == [0, 0]


def test_requantise_factors_are_below_1() -> None:
    graph = quantize(network(), IMAGES, 1 / 255, -128)
    factors = [effective_scales(graph, op).max() for op in graph.operators if len(op.inputs) == 3]
    assert len(factors) == 4
    assert max(factors) < 1


def test_a_layer_whose_sums_are_coarser_than_its_outputs_is_named() -> None:
    quiet = np.full((1, 2, 2, 1), 1e-3)
    loud = FloatLayer(name="loud", kind="CONV_2D", weights=np.full((1, 1, 1, 1), 100.0), bias=np.zeros(1))
    dense = FloatLayer(name="d", kind="FULLY_CONNECTED", weights=np.ones((1, 1)), bias=np.zeros(1))
    with pytest.raises(ValueError, match=r"^loud: input_scale \* weight_scale / output_scale must be below 1"):
        quantize(FloatNetwork(convolutions=(loud,), classifier=dense), quiet, 1 / 255, -128)
