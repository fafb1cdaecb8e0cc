"""Folded networks: smaller, and every byte of what is left equal."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.ideal import ideal_cycles
from racelet.nn.errors import ModelError
from racelet.nn.evaluate import evaluate
from racelet.nn.fold import Folded, fold, keep_all
from racelet.nn.graph import Activation, Graph, Padding
from racelet.nn.layers import build_network
from racelet.nn.models import digits
from racelet.nn.reference import LiteRtReference
from racelet.nn.tflite import parse_tflite, read_tflite
from racelet.nn.tflite_writer import write_tflite
from racelet.nn.validate import validate
from tests.models import NetworkBuilder, random_inputs, random_network, with_idle_channels


def _assert_equal(expected: dict[int, NDArray[np.int8]], got: dict[int, NDArray[np.int8]]) -> None:
    assert expected.keys() == got.keys()
    for index, values in expected.items():
        np.testing.assert_array_equal(values, got[index], f"tensor {index}")


def _folded_exactly(graph: Graph, inputs: NDArray[np.int8]) -> Folded:
    inputs = np.concatenate([inputs, np.full_like(inputs[:1], -128), np.full_like(inputs[:1], 127)])
    folded = fold(graph)
    validate(folded.graph)
    whole, got = evaluate(graph, inputs), evaluate(folded.graph, inputs)
    _assert_equal(folded.select(whole), got)
    np.testing.assert_array_equal(whole[graph.output], got[graph.output])
    assert min(channels.size for channels in folded.kept.values()) > 0
    return folded


def _channels(folded: Folded) -> list[int]:
    """Channels left, operator after operator."""
    return [folded.kept[op.outputs[0]].size for op in folded.graph.operators]


def _with(graph: Graph, operator: int, *, weights: dict | None = None, bias: dict | None = None) -> Graph:
    """Constants of one operator changed, by index."""
    op, tensors = graph.operators[operator], list(graph.tensors)
    for index, changes in ((op.inputs[1], weights), (op.inputs[2], bias)):
        data = tensors[index].data
        assert data is not None
        data = data.copy()
        for place, value in (changes or {}).items():
            data[place] = value
        tensors[index] = dataclasses.replace(tensors[index], data=data)
    return dataclasses.replace(graph, tensors=tuple(tensors))


@pytest.mark.parametrize("seed", range(150))
def test_random_networks_fold_exactly(seed: int) -> None:
    graph = random_network(
        seed, blocks=4, depth_multipliers=(1, 1, 2, 3), separable=seed % 3 == 0, classifier=seed % 4 != 0
    )
    graph = with_idle_channels(graph, seed, share=(0.2, 0.5, 0.9)[seed % 5 % 3])
    _folded_exactly(graph, random_inputs(graph, 4, seed))


@pytest.mark.parametrize("seed", range(100))
def test_networks_of_every_kind_fold_exactly(seed: int) -> None:
    graph = random_network(seed, blocks=5, depth_multipliers=(1, 2), extended=True, classifier=seed % 4 != 0)
    graph = with_idle_channels(graph, seed, share=(0.3, 0.6, 0.9)[seed % 3])
    _folded_exactly(graph, random_inputs(graph, 4, seed))


@pytest.mark.parametrize("seed", range(20))
def test_networks_of_every_kind_folded_equal_litert(seed: int) -> None:
    graph = with_idle_channels(random_network(seed, blocks=5, extended=True), seed, share=0.6)
    _assert_equals_litert(write_tflite(graph), random_inputs(graph, 4, seed))


def test_random_networks_lose_a_good_part_of_their_channels() -> None:
    before = after = 0
    for seed in range(20):
        graph = with_idle_channels(random_network(seed), seed)
        before, after = before + sum(_channels(keep_all(graph))), after + sum(_channels(fold(graph)))
    assert after < 0.8 * before


@pytest.mark.parametrize("seed", range(20))
def test_flattened_images_lose_the_columns_of_their_channels(seed: int) -> None:
    builder = NetworkBuilder(seed, (5, 4, 3))
    builder.conv(9, kernel=(3, 3), stride=(1, 2), activation="RELU6")
    builder.depthwise(kernel=(3, 3), multiplier=1 + seed % 2)
    builder.reshape((int(np.prod(builder.shape)),))
    builder.fully_connected(11, activation="RELU", bias=seed % 3 != 0, per_channel=seed % 2 == 0)
    builder.fully_connected(6)
    graph = with_idle_channels(builder.graph(), seed, share=0.5)
    _folded_exactly(graph, random_inputs(graph, 10, seed))


def test_a_flattened_image_folds_into_a_matrix_without_a_bias() -> None:
    builder = NetworkBuilder(1, (2, 3, 2), zero_point=5)
    builder.conv(3, zero_point=7)
    builder.reshape((18,))
    builder.fully_connected(4, bias=False)
    graph = _with(builder.graph(), 0, weights={1: 0}, bias={1: 3000})
    folded = _folded_exactly(graph, random_inputs(graph, 30, 1))
    assert _channels(folded) == [2, 12, 4]
    assert len(folded.graph.operators[-1].inputs) == 3


@pytest.mark.parametrize("seed", range(8))
def test_a_matrix_of_planes_folds(seed: int) -> None:
    builder = NetworkBuilder(seed, (3, 4, 5))
    builder.conv(7)
    builder.fully_connected(7)
    graph = with_idle_channels(builder.graph(), seed, share=0.6)
    folded = _folded_exactly(graph, random_inputs(graph, 10, seed))
    assert _channels(folded)[0] < 7


def _padded(constant: str, padding: Padding, kernel: int = 3) -> Graph:
    """A constant channel that a window reads: the zero point, or another code."""
    builder = NetworkBuilder(3, (6, 6, 2))
    builder.conv(4, zero_point=-20)
    builder.conv(5, kernel=(kernel, kernel), padding=padding)
    return _with(builder.graph(), 0, weights={2: 0}, bias={2: 0 if constant == "zero point" else 4000})


@pytest.mark.parametrize(
    ("constant", "padding", "kernel", "left"),
    [
        ("zero point", "SAME", 3, 3),
        ("zero point", "VALID", 3, 3),
        ("another", "SAME", 3, 4),
        ("another", "VALID", 3, 3),
        ("another", "SAME", 1, 3),
    ],
)
def test_a_constant_folds_into_a_window_that_reads_the_same_everywhere(
    constant: str, padding: Padding, kernel: int, left: int
) -> None:
    graph = _padded(constant, padding, kernel)
    assert _channels(_folded_exactly(graph, random_inputs(graph, 10, 3))) == [left, 5]


def test_a_constant_folds_into_a_padded_window_whose_outer_weights_are_zero() -> None:
    graph = _padded("another", "SAME")
    centre = np.zeros((3, 3), np.int8)
    centre[1, 1] = 77
    graph = _with(graph, 1, weights={(..., 2): centre})
    assert _channels(_folded_exactly(graph, random_inputs(graph, 10, 3))) == [3, 5]


@pytest.mark.parametrize("activation", ["RELU", "RELU6"])
def test_channels_that_saturate_at_either_end_fold(activation: Activation) -> None:
    builder = NetworkBuilder(4, (5, 5, 3))
    builder.conv(6, activation=activation, zero_point=-100)
    builder.depthwise(kernel=(3, 3), padding="VALID")
    builder.conv(4)
    graph = _with(builder.graph(), 0, bias={1: 2**30, 4: -(2**30)})
    assert _channels(_folded_exactly(graph, random_inputs(graph, 10, 4))) == [4, 4, 4]


def test_a_constant_that_varies_after_a_padded_depthwise_stays() -> None:
    builder = NetworkBuilder(5, (5, 5, 3))
    builder.conv(6, zero_point=-20)
    builder.depthwise(kernel=(3, 3), padding="SAME")
    builder.conv(4)
    graph = _with(builder.graph(), 0, weights={2: 0}, bias={2: 4000})
    assert _channels(_folded_exactly(graph, random_inputs(graph, 10, 5))) == [6, 6, 4]


@pytest.mark.parametrize(("idle", "left"), [((4, 5), [3, 6, 4]), ((4,), [4, 8, 4])])
def test_a_depth_multiplier_keeps_or_loses_all_channels_of_an_input(idle: tuple[int, ...], left: list[int]) -> None:
    builder = NetworkBuilder(6, (5, 5, 3))
    builder.conv(4)
    builder.depthwise(multiplier=2)
    builder.conv(4)
    graph = _with(builder.graph(), 2, weights={(..., channel): 0 for channel in idle})
    assert _channels(_folded_exactly(graph, random_inputs(graph, 10, 6))) == left


def test_what_only_unused_channels_read_goes_as_well() -> None:
    builder = NetworkBuilder(7, (4, 4, 3))
    builder.conv(5)
    builder.conv(6)
    builder.conv(4)
    graph = _with(builder.graph(), 2, weights={(..., channel): 0 for channel in range(1, 6)})
    graph = _with(graph, 1, weights={(0, 0, 0, channel): 0 for channel in range(2)})
    assert _channels(_folded_exactly(graph, random_inputs(graph, 10, 7))) == [3, 1, 4]


def test_a_network_of_constants_keeps_a_channel_everywhere() -> None:
    builder = NetworkBuilder(8, (4, 4, 3))
    builder.conv(5)
    builder.conv(6)
    builder.average_pool((4, 4))
    builder.reshape((6,))
    builder.fully_connected(3)
    graph = _with(builder.graph(), 0, weights={...: 0})
    assert _channels(_folded_exactly(graph, random_inputs(graph, 10, 8))) == [1, 1, 1, 1, 3]


def test_biases_wrap_as_before() -> None:
    builder = NetworkBuilder(9, (4, 4, 3), zero_point=-128)
    builder.conv(5, zero_point=-128)
    builder.conv(4)
    graph = _with(builder.graph(), 0, bias={0: 2**30, 1: 2**30})
    # The constants alone take every sum of output 0 beyond the wrap; a bias that saturates would not.
    weights = {(0, ..., channel): value for channel, value in enumerate((100, 100, -1, -1, -1))}
    graph = _with(graph, 1, weights=weights, bias={0: 2**31 - 1, 1: -(2**31), 2: 2**31 - 5000})
    assert _channels(_folded_exactly(graph, random_inputs(graph, 20, 9))) == [3, 4]


def test_operators_that_share_constants_keep_their_own() -> None:
    builder = NetworkBuilder(10, (4, 4, 4))
    for _ in range(3):
        builder.conv(4)
    graph = builder.graph()
    shared = graph.operators[0].inputs[1:]
    operators = tuple(dataclasses.replace(op, inputs=(op.inputs[0], *shared)) for op in graph.operators)
    graph = _with(dataclasses.replace(graph, operators=operators), 0, weights={1: 0}, bias={1: 3000})
    folded = _folded_exactly(graph, random_inputs(graph, 10, 10))
    # The network's output keeps the channel, those before it do not.
    assert _channels(folded) == [3, 3, 4]


def test_nothing_folds_where_nothing_is_idle(kws_model: Path) -> None:
    for path in (digits().model, kws_model):
        graph = read_tflite(path)
        folded = fold(graph)
        assert folded.graph == graph
        inputs = random_inputs(graph, 2, 1)
        _assert_equal(folded.select(evaluate(graph, inputs)), keep_all(graph).select(evaluate(graph, inputs)))


def test_person_detection_folds_to_half_its_work(vww_model: Path) -> None:
    graph = read_tflite(vww_model)
    shapes = build_network(_folded_exactly(graph, random_inputs(graph, 6, 1)).graph).shapes
    assert sum(shape.macs for shape in build_network(graph).shapes) == 7_489_664
    assert (sum(shape.macs for shape in shapes), sum(shape.weights for shape in shapes)) == (3_727_313, 29_066)


@pytest.mark.parametrize(
    ("lanes", "depthwise_lanes", "cycles"), [(4, 1, 199_284), (8, 1, 83_619), (8, 2, 58_347), (16, 8, 18_709)]
)
def test_person_detection_folded_has_the_ideal_that_was_worked_out_for_it(
    vww_model: Path, lanes: int, depthwise_lanes: int, cycles: int
) -> None:
    config = DwcPwcConfig(input_lanes=lanes, output_lanes=lanes, depthwise_lanes=depthwise_lanes)
    shapes = build_network(fold(read_tflite(vww_model)).graph).shapes
    assert sum(ideal_cycles(shape, config) for shape in shapes) == cycles


def _assert_equals_litert(model: bytes, inputs: NDArray[np.int8]) -> None:
    """The folded network here, the whole one in LiteRT; then the folded one in LiteRT, too."""
    folded = fold(parse_tflite(model))
    ours = evaluate(folded.graph, inputs)
    reference, small = LiteRtReference(model), LiteRtReference(write_tflite(folded.graph))
    for position, values in enumerate(inputs):
        expected = folded.select(reference.run(values))
        _assert_equal(expected, {index: codes[position : position + 1] for index, codes in ours.items()})
        _assert_equal(expected, {index: codes for index, codes in small.run(values).items() if index in expected})


def test_person_detection_folded_equals_litert(vww_model: Path, vww_inputs: NDArray[np.int8]) -> None:
    _assert_equals_litert(
        vww_model.read_bytes(), np.concatenate([vww_inputs, random_inputs(read_tflite(vww_model), 2, 1)])
    )


@pytest.mark.parametrize("seed", range(20))
def test_random_networks_folded_equal_litert(seed: int) -> None:
    graph = with_idle_channels(random_network(seed, depth_multipliers=(1, 2)), seed)
    _assert_equals_litert(write_tflite(graph), random_inputs(graph, 4, seed))


def test_a_code_that_was_ruled_out_is_named() -> None:
    builder = NetworkBuilder(11, (1, 1, 3))
    builder.conv(2)
    builder.conv(2)
    graph = _with(builder.graph(), 0, weights={1: 0}, bias={1: 0})
    folded = fold(graph)
    index = graph.operators[0].outputs[0]
    code = graph.tensors[index].zero_point
    assert folded.intervals[index].low[0] <= code <= folded.intervals[index].high[0]
    wrong = np.array([[[[code, code ^ 1]]]], np.int8)
    with pytest.raises(ModelError) as caught:
        folded.select({index: wrong})
    assert str(caught.value) == (
        f"tensor {index}, channel 1: {code ^ 1} is not in {code}..{code}, which was proven for folding"
    )


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_model_is_refused_or_folds_exactly(seed: int) -> None:
    model, rng = digits().model.read_bytes(), np.random.default_rng(seed)
    inputs = np.load(digits().inputs)[:1]
    read = 0
    for _ in range(150):
        data = bytearray(model)
        for place in rng.integers(0, len(data), 3):
            data[place] = rng.integers(0, 256)
        try:
            graph = parse_tflite(bytes(data))
        except ModelError:
            continue
        read += 1
        elements = int(np.prod(graph.tensors[graph.input].shape))
        if elements == inputs.size:
            _folded_exactly(graph, inputs.reshape(1, *graph.tensors[graph.input].shape[1:]))
        else:
            fold(graph)
    assert read > 10


def test_the_network_given_is_not_changed() -> None:
    graph = with_idle_channels(random_network(3), 3)
    copies = [None if tensor.data is None else tensor.data.copy() for tensor in graph.tensors]
    shapes = [tensor.shape for tensor in graph.tensors]
    fold(graph)
    assert shapes == [tensor.shape for tensor in graph.tensors]
    for tensor, copy in zip(graph.tensors, copies, strict=True):
        np.testing.assert_array_equal(tensor.data, copy)
