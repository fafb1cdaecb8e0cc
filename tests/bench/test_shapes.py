"""Tables of published networks: their products, weights and sizes are those that the papers tell."""

import itertools
from typing import Any

import pytest

from racelet.bench.shapes import network_graph, published, published_network
from racelet.nn.layers import build_network

MACS = {
    # Of the papers: 569 million, 300 million, 3.8 billion.
    "mobilenetv1": 568_740_352,
    "mobilenetv2": 300_774_272,
    "resnet50": 3_857_973_248,
}
PARAMETERS = {
    # Of the papers: 4.2 million, 3.4 million (which rounds down); without biases and normalisation.
    "mobilenetv1": 4_209_088,
    "mobilenetv2": 3_469_760,
    "resnet50": 25_502_912,
}
STAGES = {
    # Rows and channels behind every change, as in the papers' tables.
    "mobilenetv1": [
        *((112, 32), (112, 64), (56, 64), (56, 128), (28, 128), (28, 256), (14, 256), (14, 512), (7, 512), (7, 1024)),
        (1, 1024),
        (1, 1000),
    ],
    "resnet50": [
        *((112, 64), (56, 64), (56, 256), (28, 512), (14, 1024), (7, 2048), (1, 2048), (1, 1000)),
    ],
    "mobilenetv2": [
        *((112, 32), (112, 16), (56, 24), (28, 32), (14, 64), (14, 96), (7, 160), (7, 320), (7, 1280)),
        *((1, 1280), (1, 1000)),
    ],
}


def test_all_published_networks_are_told() -> None:
    assert published() == list(MACS)


@pytest.mark.parametrize("name", MACS)
def test_products_and_weights_are_the_published_ones(name: str) -> None:
    shapes = build_network(published_network(name).graph).shapes
    assert sum(shape.macs for shape in shapes) == MACS[name]
    assert sum(shape.weights for shape in shapes) == PARAMETERS[name]


@pytest.mark.parametrize("name", STAGES)
def test_sizes_are_those_of_the_papers_tables(name: str) -> None:
    graph = published_network(name).graph
    shapes = [graph.tensors[op.outputs[0]].shape for op in graph.operators]
    found = [(shape[1] if len(shape) == 4 else 1, shape[-1]) for shape in shapes]
    stages = iter(key for key, _ in itertools.groupby(found))
    assert [stage for stage in STAGES[name] if stage not in stages] == []
    assert found[-1] == STAGES[name][-1]


def test_operations_of_resnet50_are_as_many_times_mobilenetv2s_as_the_article_says() -> None:
    assert MACS["resnet50"] / MACS["mobilenetv2"] == pytest.approx(12.8, abs=0.05)


def test_a_residual_block_halves_the_image_in_its_first_convolution() -> None:
    line = {"kind": "residual", "channels": 8, "inner": 2, "stride": 2}
    operators = network_graph({"input": [8, 8, 4], "activation": "RELU", "layers": [line]}).operators
    assert [op.stride for op in operators] == [(2, 2), (1, 1), (1, 1), (2, 2), (1, 1)]


def test_blocks_are_added_where_shapes_agree() -> None:
    lines: list[dict[str, Any]] = [
        {"kind": "inverted", "channels": 8, "expansion": 6, "stride": 2, "repeat": 2},
        {"kind": "inverted", "channels": 12, "expansion": 6},
        {"kind": "residual", "channels": 16, "inner": 4, "repeat": 2},
    ]
    graph = network_graph({"input": [12, 12, 8], "activation": "RELU6", "layers": lines})
    kinds = [op.kind for op in graph.operators]
    separable = ["CONV_2D", "DEPTHWISE_CONV_2D", "CONV_2D"]
    bottleneck = ["CONV_2D"] * 3
    assert kinds == [*separable, *separable, "ADD", *separable, *bottleneck, "CONV_2D", "ADD", *bottleneck, "ADD"]
    linear = [op.index for op in graph.operators if op.activation == "NONE"]
    assert linear == [2, 5, 6, 9, 12, 13, 17]


def test_an_unknown_kind_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"kind must be one of conv, .*, not lstm"):
        network_graph({"input": [8, 8, 4], "activation": "RELU", "layers": [{"kind": "lstm"}]})
