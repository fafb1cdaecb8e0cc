"""Layers made of operators: what is fused, what is refused and in which words."""

import dataclasses

import pytest

from racelet.nn.errors import ModelError
from racelet.nn.graph import Graph
from racelet.nn.layers import build_network
from tests.models import NetworkBuilder


def _separable(stride: tuple[int, int] = (1, 1)) -> Graph:
    builder = NetworkBuilder(seed=1, shape=(6, 6, 4))
    builder.depthwise(kernel=(3, 3), stride=stride)
    builder.conv(8)
    return builder.graph()


def test_depthwise_and_pointwise_are_one_layer() -> None:
    (layer,) = build_network(_separable()).layers
    assert layer.name == "DEPTHWISE_CONV_2D + CONV_2D"
    assert (layer.shape.kind, layer.shape.macs) == ("fused", 36 * (4 * 9 + 4 * 8))


def test_depthwise_before_a_larger_kernel_stays_alone() -> None:
    builder = NetworkBuilder(seed=1, shape=(6, 6, 4))
    builder.depthwise(kernel=(3, 3))
    builder.conv(8, kernel=(3, 3))
    assert [layer.shape.kind for layer in build_network(builder.graph()).layers] == ["depthwise", "convolution"]


def test_depthwise_whose_output_is_the_network_s_stays_alone() -> None:
    graph = _separable()
    early = dataclasses.replace(graph, operators=graph.operators[:1], output=graph.operators[0].outputs[0])
    assert [layer.shape.kind for layer in build_network(early).layers] == ["depthwise"]


def test_a_flattened_image_meets_a_kernel_of_its_size() -> None:
    builder = NetworkBuilder(seed=2, shape=(3, 5, 2))
    builder.conv(4)
    builder.reshape((60,))
    builder.fully_connected(7)
    dense = build_network(builder.graph()).layers[-1]
    assert (dense.shape.kernel_rows, dense.shape.kernel_columns, dense.shape.depth) == (3, 5, 60)


def test_softmax_is_left_to_the_host() -> None:
    builder = NetworkBuilder(seed=3, shape=(1, 1, 8))
    builder.reshape((8,))
    builder.fully_connected(5)
    builder.softmax()
    network = build_network(builder.graph())
    assert [layer.name for layer in network.layers] == ["FULLY_CONNECTED"]
    assert network.output == builder.graph().operators[1].outputs[0]


def test_a_reshaped_input_is_stored_as_its_user_sees_it() -> None:
    builder = NetworkBuilder(seed=4, shape=(24,))
    builder.reshape((2, 3, 4))
    builder.conv(3)
    network = build_network(builder.graph())
    assert network.planes[network.input] == (2, 3, 4)


def test_a_depth_multiplier_becomes_a_convolution() -> None:
    builder = NetworkBuilder(seed=5, shape=(6, 6, 1))
    builder.depthwise(multiplier=8)
    (layer,) = build_network(builder.graph()).layers
    assert (layer.shape.kind, layer.shape.depth, layer.shape.out_channels) == ("convolution", 9, 8)


def test_a_depth_multiplier_that_makes_too_many_weights_is_refused() -> None:
    builder = NetworkBuilder(seed=5, shape=(4, 4, 1200))
    builder.depthwise(multiplier=2, kernel=(3, 3))
    with pytest.raises(ModelError) as caught:
        build_network(builder.graph())
    assert str(caught.value) == (
        "operator 0 (DEPTHWISE_CONV_2D): with depth multiplier 2, up to 4194304 rows x columns x input x output "
        "channels are supported, not 3x3x1200x2400"
    )


def test_a_pad_is_part_of_the_convolutions_behind_it() -> None:
    builder = NetworkBuilder(seed=5, shape=(6, 6, 4))
    builder.pad((1, 2), (0, 3))
    builder.depthwise(kernel=(3, 3), padding="VALID")
    builder.conv(3)
    (layer,) = build_network(builder.graph()).layers
    assert layer.name == "DEPTHWISE_CONV_2D + CONV_2D"
    assert (layer.source, layer.pad_top, layer.pad_left) == (0, 1, 0)
    assert (layer.shape.height, layer.shape.out_height, layer.shape.out_width) == (6, 7, 7)


def test_a_pad_before_anything_else_is_a_layer() -> None:
    builder = NetworkBuilder(seed=5, shape=(6, 6, 4))
    builder.pad((1, 2), (0, 3))
    builder.average_pool((2, 2))
    assert [layer.shape.kind for layer in build_network(builder.graph()).layers] == ["pad", "average_pool"]


def test_an_addition_reads_the_larger_scale_first() -> None:
    builder = NetworkBuilder(seed=5, shape=(6, 6, 4))
    start = builder.mark()
    builder.conv(4)
    builder.add(start)
    network = build_network(builder.graph())
    scales = [network.graph.tensors[index].scales[0] for index in network.layers[-1].sources]
    assert scales == sorted(scales, reverse=True)
    assert set(network.layers[-1].sources) == {0, network.layers[0].output}


def test_a_stride_of_four_is_refused() -> None:
    with pytest.raises(ModelError) as caught:
        build_network(_separable(stride=(4, 4)))
    assert str(caught.value) == "operator 0 (DEPTHWISE_CONV_2D): strides 1..3 are supported, not (4, 4)"


def test_an_image_that_is_reshaped_into_another_is_refused() -> None:
    builder = NetworkBuilder(seed=6, shape=(4, 4, 3))
    builder.conv(2)
    builder.reshape((2, 8, 2))
    builder.conv(3)
    with pytest.raises(ModelError, match=r"operator 2 \(CONV_2D\): its input, stored as \(4, 4, 2\)"):
        build_network(builder.graph())
