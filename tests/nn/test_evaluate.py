"""Every operator and every intermediate tensor against LiteRT's reference kernels."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from racelet.nn.evaluate import effective_scales, evaluate
from racelet.nn.graph import Activation, Graph, Operator, Padding, Tensor
from racelet.nn.tflite import read_tflite
from tests.litert import assert_equals_litert
from tests.models import NetworkBuilder, random_inputs, random_network

ACTIVATIONS: tuple[Activation, ...] = ("NONE", "RELU", "RELU6")
PADDINGS: tuple[Padding, ...] = ("SAME", "VALID")
ZERO_POINTS = (-128, 127, 0, None)


def drawn(seed: int) -> tuple[np.random.Generator, NetworkBuilder, dict]:
    """A builder with an input of random shape, and random options of a window that fits."""
    rng = np.random.default_rng((seed, 3))
    size = [int(n) for n in rng.integers(1, 14, 2)]
    builder = NetworkBuilder(seed, (*size, int(rng.integers(1, 21))), ZERO_POINTS[seed % 4])
    padding = PADDINGS[seed // 2 % 2]
    most = size if padding == "VALID" else [10, 10]
    options = {
        "kernel": tuple(int(rng.integers(1, min(10, n) + 1)) for n in most),
        "stride": tuple(int(n) for n in rng.integers(1, 3, 2)),
        "padding": padding,
        "activation": ACTIVATIONS[seed % 3],
    }
    return rng, builder, options


@pytest.mark.parametrize("seed", range(48))
def test_conv_2d_equals_litert(seed: int) -> None:
    rng, builder, options = drawn(seed)
    zero_point = ZERO_POINTS[seed // 4 % 4]
    builder.conv(int(rng.integers(1, 21)), **options, zero_point=zero_point, dead=0.2)
    assert_equals_litert(builder.graph(), random_inputs(builder.graph(), 4, seed))


@pytest.mark.parametrize("multiplier", [1, 2, 8])
@pytest.mark.parametrize("seed", range(32))
def test_depthwise_conv_2d_equals_litert(seed: int, multiplier: int) -> None:
    _, builder, options = drawn(seed)
    zero_point = ZERO_POINTS[seed // 4 % 4]
    builder.depthwise(**options, multiplier=multiplier, zero_point=zero_point, dead=0.2, bias=seed % 5 != 0)
    assert_equals_litert(builder.graph(), random_inputs(builder.graph(), 4, seed))


@pytest.mark.parametrize("seed", range(32))
def test_average_pool_2d_equals_litert(seed: int) -> None:
    _, builder, options = drawn(seed)
    builder.average_pool(**options)
    assert_equals_litert(builder.graph(), random_inputs(builder.graph(), 4, seed))


@pytest.mark.parametrize("seed", range(48))
def test_max_pool_2d_equals_litert(seed: int) -> None:
    _, builder, options = drawn(seed)
    builder.max_pool(**options)
    inputs = random_inputs(builder.graph(), 4, seed)
    inputs[0] //= 8  # A padded tap of zero would win over these, were it not for their sign.
    inputs[0] -= 100
    assert_equals_litert(builder.graph(), inputs)


@pytest.mark.parametrize("seed", range(32))
def test_pad_equals_litert(seed: int) -> None:
    rng, builder, _ = drawn(seed)
    rows, columns = rng.integers(0, 5, (2, 2)).tolist()
    builder.pad((rows[0], rows[1]), (columns[0], columns[1]))
    assert_equals_litert(builder.graph(), random_inputs(builder.graph(), 4, seed))


def every_sum(
    scales: tuple[float, float, float], zero_points: tuple[int, int, int], activation: Activation
) -> tuple[Graph, NDArray[np.int8]]:
    """ADD of every pair of codes: two convolutions split pairs and give them any scale and zero point."""
    plane = (1, 256, 256)
    tensors = [Tensor(name="pairs", shape=(*plane, 2), scales=np.ones(1))]
    operators = []
    for branch, (scale, zero_point) in enumerate(zip(scales[:2], zero_points[:2], strict=True)):
        picked = np.eye(2, dtype=np.int8)[branch].reshape(1, 1, 1, 2)
        bias = np.array([-zero_point], np.int32)
        tensors += [
            Tensor(name="weights", shape=picked.shape, scales=np.array([scale]), data=picked),
            Tensor(name="bias", shape=(1,), scales=np.array([scale]), data=bias),
            Tensor(name="codes", shape=(*plane, 1), scales=np.array([scale]), zero_point=zero_point),
        ]
        last = len(tensors) - 1
        operators.append(Operator(index=branch, kind="CONV_2D", inputs=(0, last - 2, last - 1), outputs=(last,)))
    tensors.append(Tensor(name="sum", shape=(*plane, 1), scales=np.array(scales[2:]), zero_point=zero_points[2]))
    operators.append(Operator(index=2, kind="ADD", inputs=(3, 6), outputs=(7,), activation=activation))
    codes = np.arange(-128, 128)
    pairs = np.stack(np.meshgrid(codes, codes), axis=-1).astype(np.int8)
    return Graph(tensors=tuple(tensors), operators=tuple(operators), input=0, output=7), pairs[np.newaxis]


def float32(value: float) -> float:
    return float(np.float32(value))


SUMS = [
    ((0.05, 0.05, 0.05), (-128, -128, -128), "NONE"),
    ((0.05, 0.05, 0.1), (127, -128, 0), "RELU"),
    ((0.1, 0.0001, 0.1), (-128, 127, 127), "NONE"),
    ((1e-12, 0.1, 0.1), (5, -7, 3), "NONE"),
    ((0.1, 0.1, 0.0001), (1, -1, 0), "NONE"),
    ((0.1, 0.2, 50.0), (127, 127, -128), "NONE"),
    ((1.0, 0.5, 2.0**-18), (0, 0, 0), "RELU6"),
    ((3.0, 2.0, 4.0), (127, -128, -128), "RELU6"),
]


@pytest.mark.parametrize(("scales", "zero_points", "activation"), SUMS)
def test_every_sum_equals_litert(
    scales: tuple[float, float, float], zero_points: tuple[int, int, int], activation: Activation
) -> None:
    assert_equals_litert(
        *every_sum((float32(scales[0]), float32(scales[1]), float32(scales[2])), zero_points, activation)
    )


@pytest.mark.parametrize("seed", range(24))
def test_every_sum_of_random_scales_equals_litert(seed: int) -> None:
    rng = np.random.default_rng(seed)
    first, second, output = (float32(value) for value in np.exp(rng.uniform(-5, 1, 3)))
    a, b, c = (int(value) for value in rng.integers(-128, 128, 3))
    graph, pairs = every_sum((first, second, output), (a, b, c), ACTIVATIONS[seed % 3])
    assert (evaluate(graph, pairs)[3].ravel() == pairs[..., 0].ravel()).all()
    assert_equals_litert(graph, pairs)


def test_an_activation_added_to_itself_equals_litert() -> None:
    builder = NetworkBuilder(4, (9, 9, 8))
    builder.add(builder.mark(), "RELU")
    assert_equals_litert(builder.graph(), random_inputs(builder.graph(), 4, 4))


AXES = ((1, 2), (2, 1), (-2, -3), (1, -2))


@pytest.mark.parametrize("seed", range(96))
def test_mean_equals_litert(seed: int) -> None:
    """Sums over the whole range, from one code to thousands; scales alike, near each other and far apart."""
    rng = np.random.default_rng(seed)
    size = [int(n) for n in rng.integers(1, 90 if seed % 8 == 0 else 13, 2)]
    builder = NetworkBuilder(seed, (*size, 300), ZERO_POINTS[seed % 4])
    source = builder.graph().tensors[0]
    ratio = (1.0, 1.0, np.exp(rng.uniform(-2, 2)), np.exp(rng.uniform(-2, 2)), np.exp(rng.uniform(-16, 12)))[seed % 5]
    zero_point = source.zero_point if seed % 5 == 0 else ZERO_POINTS[seed // 4 % 4]
    scale = float32(source.scales[0] * ratio)
    builder.mean(seed % 2 == 0, AXES[seed // 2 % 4], zero_point, scale)
    centres = rng.uniform(-140, 140, (4, 1, 1, 300))
    codes = centres + rng.normal(0, 1, (4, *size, 300)) * rng.choice([1, 8, 60], (4, 1, 1, 300))
    assert_equals_litert(builder.graph(), np.clip(codes.round(), -128, 127).astype(np.int8))


MEANS_NEAR_TIES = [
    ("0x1.ffe590p-8", "0x1.82d256p-8", 22, (51, 35), 18364),
    ("0x1.2dd86ep-7", "0x1.827c34p-7", 121, (23, 58), 85406),
    ("0x1.222838p-2", "0x1.08daf4p-2", 64, (44, 51), -72481),
    ("0x1.890c92p-6", "0x1.765e58p-6", -73, (58, 63), 114353),
    ("0x1.00f4fap-2", "0x1.4cb714p-2", -6, (63, 54), -423469),
    ("0x1.418dbap-2", "0x1.1b207ep-2", -20, (48, 21), -96043),
    ("0x1.0a6344p-6", "0x1.179d36p-6", -16, (47, 51), 264827),
    ("0x1.8ab38ep-4", "0x1.eead00p-4", -48, (44, 54), -267405),
]
"""Scales, sizes and sums where a multiplier one greater changes an output byte, found by search."""


@pytest.mark.parametrize(("scale", "output_scale", "zero_point", "size", "total"), MEANS_NEAR_TIES)
def test_mean_equals_litert_near_ties(
    scale: str, output_scale: str, zero_point: int, size: tuple[int, int], total: int
) -> None:
    x = Tensor(name="x", shape=(1, *size, 1), scales=np.array([float.fromhex(scale)]), zero_point=zero_point)
    axes = Tensor(name="axes", shape=(2,), scales=np.empty(0), data=np.array([1, 2], np.int32))
    y = Tensor(name="y", shape=(1, 1), scales=np.array([float.fromhex(output_scale)]))
    op = Operator(index=0, kind="MEAN", inputs=(0, 1), outputs=(2,))
    count = size[0] * size[1]
    codes = np.full(count, total // count)
    codes[: total % count] += 1
    assert_equals_litert(
        Graph(tensors=(x, axes, y), operators=(op,), input=0, output=2), codes.astype(np.int8).reshape(1, *size, 1)
    )


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (512, 512), (4096, 4096)])
@pytest.mark.parametrize("ratio", [2.0**-40, 2.0**-33, 2.0**-31, 1.0, 3.0 * 2.0**12])
def test_mean_of_extreme_sizes_and_scales_equals_litert(size: tuple[int, int], ratio: float) -> None:
    """Vanishing factors, shifts up, and sums that do not fit 32 bits once the zero point is taken off."""
    builder = NetworkBuilder(1, (*size, 1), zero_point=-128)
    builder.mean(zero_point=3, scale=float32(builder.graph().tensors[0].scales[0] / ratio))
    codes = [np.full((1, *size, 1), value, np.int8) for value in (127, -128, -100)]
    assert_equals_litert(builder.graph(), np.concatenate(codes))


@pytest.mark.parametrize("per_channel", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_fully_connected_equals_litert(seed: int, per_channel: bool) -> None:
    rng = np.random.default_rng(seed)
    builder = NetworkBuilder(seed, (int(rng.integers(1, 2000)),), ZERO_POINTS[seed % 4])
    zero_point = ZERO_POINTS[seed // 4 % 4]
    builder.fully_connected(
        int(rng.integers(1, 200)), ACTIVATIONS[seed % 3], zero_point, per_channel=per_channel, bias=seed % 5 != 0
    )
    assert_equals_litert(builder.graph(), random_inputs(builder.graph(), 30, seed))


def test_fully_connected_of_planes_equals_litert() -> None:
    builder = NetworkBuilder(1, (3, 4, 5))
    builder.fully_connected(7)
    assert_equals_litert(builder.graph(), random_inputs(builder.graph(), 30, 1))


@pytest.mark.parametrize("seed", range(24))
def test_softmax_equals_litert(seed: int) -> None:
    rng = np.random.default_rng(seed)
    builder = NetworkBuilder(seed, (int(rng.integers(1, 40)),))
    builder.softmax(beta=float(np.float32(rng.choice([0.1, 1.0, 1.0, 7.3, 500.0]))))
    inputs = random_inputs(builder.graph(), 100, seed)
    narrow = rng.integers(1, 128, (len(inputs), 1))
    inputs[::2] = (inputs[::2] % narrow[::2]).astype(np.int8)
    assert_equals_litert(builder.graph(), inputs)


NEAR_TIES = [
    ("0x1.9b0b9000p-7", [-6, 12, -34]),
    ("0x1.0113f000p-5", [73, 83, 114]),
    ("0x1.d0ddc800p-8", [-29, 25, 106]),
    ("0x1.8f2c6a00p-7", [87, 127, 44]),
    ("0x1.51f06c00p-7", [-79, 13, -86]),
    ("0x1.17300400p-6", [-64, -33, 126]),
    ("0x1.15ef8400p-4", [59, 127, 119]),
    ("0x1.10992400p-7", [-6, 107, 49]),
    ("0x1.2f202c00p-6", [-126, -18, -26]),
    ("0x1.b79d1a00p-8", [-21, 2, 57]),
    ("0x1.830bbe00p-6", [89, 126, 107]),
    ("0x1.b946cc00p-8", [51, 117, -52]),
    ("0x1.d5cdd000p-6", [69, 76, 107]),
    ("0x1.4ac97400p-7", [94, -110, 31]),
    ("0x1.6ab3c000p-8", [-117, -80, -61]),
]
"""Input scales and logits where one step of 2**-31 inside SOFTMAX changes an output byte, found by search."""


@pytest.mark.parametrize(("scale", "logits"), NEAR_TIES)
def test_softmax_equals_litert_near_ties(scale: str, logits: list[int]) -> None:
    x = Tensor(name="x", shape=(1, 3), scales=np.array([float.fromhex(scale)]))
    y = Tensor(name="y", shape=(1, 3), scales=np.array([1 / 256]), zero_point=-128)
    op = Operator(index=0, kind="SOFTMAX", inputs=(0,), outputs=(1,))
    assert_equals_litert(
        Graph(tensors=(x, y), operators=(op,), input=0, output=1), np.array([logits, logits[::-1]], np.int8)
    )


def test_reshape_equals_litert() -> None:
    builder = NetworkBuilder(1, (4, 3, 2))
    builder.reshape((2, 12))
    builder.reshape((24,))
    assert_equals_litert(builder.graph(), random_inputs(builder.graph(), 2, 1))


@pytest.mark.parametrize("seed", range(60))
def test_networks_equal_litert(seed: int) -> None:
    graph = random_network(seed, depth_multipliers=(1, 2), separable=seed % 3 == 0)
    assert_equals_litert(graph, random_inputs(graph, 6, seed))


@pytest.mark.parametrize("seed", range(100))
def test_extended_networks_equal_litert(seed: int) -> None:
    graph = random_network(seed, blocks=4, depth_multipliers=(1, 2), extended=True)
    assert_equals_litert(graph, random_inputs(graph, 6, seed))


def test_keyword_spotting_equals_litert(kws_model: Path, kws_inputs: NDArray[np.int8]) -> None:
    assert_equals_litert(kws_model.read_bytes(), kws_inputs)


def test_keyword_spotting_recognises_its_inputs(kws_model: Path, kws_inputs: NDArray[np.int8]) -> None:
    graph = read_tflite(kws_model)
    expected = [0, 1, 2, 3, 4, 5, 6, 10, 7, 11, 8, 9]
    assert evaluate(graph, kws_inputs)[graph.output].argmax(axis=-1).tolist() == expected


def test_person_detection_equals_litert(vww_model: Path, vww_inputs: NDArray[np.int8]) -> None:
    assert_equals_litert(vww_model.read_bytes(), vww_inputs)


def test_a_batch_equals_its_inputs_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = random_network(7)
    inputs = random_inputs(graph, 5, 7)
    whole = evaluate(graph, inputs)
    monkeypatch.setattr("racelet.nn.evaluate._CHUNK_BYTES", 1)
    chunked = evaluate(graph, inputs)
    for index, values in whole.items():
        assert values.shape == (5, *graph.tensors[index].shape[1:])
        np.testing.assert_array_equal(values, chunked[index])
        for position in range(5):
            np.testing.assert_array_equal(values[position], evaluate(graph, inputs[position])[index][0])


def test_a_batch_of_a_graph_with_branches_equals_its_inputs() -> None:
    builder = NetworkBuilder(2, (5, 4, 3))
    start = builder.mark()
    builder.conv(3, (3, 3))
    builder.add(start)
    builder.mean(keep_dims=True)
    graph = builder.graph()
    inputs = random_inputs(graph, 5, 7)
    whole = evaluate(graph, inputs)
    for index, values in whole.items():
        assert values.shape == (5, *graph.tensors[index].shape[1:])
        for position in range(5):
            np.testing.assert_array_equal(values[position], evaluate(graph, inputs[position])[index][0])


def test_two_roundings_of_fully_connected_are_a_choice() -> None:
    builder = NetworkBuilder(3, (50,))
    builder.fully_connected(400)
    graph = builder.graph()
    inputs = random_inputs(graph, 100, 3)
    once, twice = evaluate(graph, inputs)[graph.output], evaluate(graph, inputs, roundings=2)[graph.output]
    assert np.abs(once.astype(int) - twice).max() == 1


def test_effective_scales_are_multiplied_from_left_to_right() -> None:
    builder = NetworkBuilder(3, (4, 4, 3))
    builder.conv(5)
    graph = builder.graph()
    op = graph.operators[0]
    x, w, y = (graph.tensors[index].scales for index in (op.inputs[0], op.inputs[1], op.outputs[0]))
    assert effective_scales(graph, op).tolist() == [float(x[0]) * float(scale) / float(y[0]) for scale in w]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (np.zeros(24), r"^inputs must be int8, not float64$"),
        (np.zeros(25, np.int8), r"^inputs must have a multiple of 24 elements \(shape \(1, 4, 3, 2\)\), not 25$"),
        (np.zeros(0, np.int8), r"^inputs must have a multiple of 24 elements \(shape \(1, 4, 3, 2\)\), not 0$"),
    ],
)
def test_wrong_inputs_are_named(inputs: NDArray, message: str) -> None:
    builder = NetworkBuilder(1, (4, 3, 2))
    builder.conv(1)
    with pytest.raises(ValueError, match=message):
        evaluate(builder.graph(), inputs)
