"""A little of what ``python -m tests.fuzz`` does, and models as large as a file can say."""

import dataclasses
import resource
from collections.abc import Callable

import numpy as np
import pytest

from racelet.nn.errors import ModelError
from racelet.nn.graph import Graph, Operator, Tensor
from racelet.nn.tflite import parse_tflite
from racelet.nn.tflite_writer import write_tflite
from tests.fuzz.compile import CONFIGS, LARGEST, Fault, compile_model, guarded
from tests.fuzz.loop import fuzz
from tests.fuzz.mutate import packed, unpacked
from tests.models import NetworkBuilder

SCALE = np.array([0.5])


@pytest.mark.parametrize("seed", [1, 2])
def test_a_thousand_odd_models_end_in_a_sentence_or_are_right(seed: int) -> None:
    report = fuzz(500, seed)
    assert not report.faults, report.details
    assert report.endings["done"] > 10
    assert report.litert["equal"] > 5


def test_a_fault_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("depth")

    monkeypatch.setattr("tests.fuzz.compile.plan", broken)
    report = fuzz(60, 1, litert=False)
    assert [where for where in report.faults if "KeyError" in where and where.startswith("plan folded")]


def chain(*shapes: tuple[int, ...], kind: str = "AVERAGE_POOL_2D") -> Graph:
    """Operators that keep their shapes, without constants."""
    tensors = tuple(Tensor(name=f"t{number}", shape=shape, scales=SCALE) for number, shape in enumerate(shapes))
    operators = tuple(
        Operator(
            index=number,
            kind=kind,
            inputs=(number,) * (1 + (kind == "ADD")),
            outputs=(number + 1,),
            kernel=(1, 1),
            stride=(1, 1),
        )
        for number in range(len(shapes) - 1)
    )
    return Graph(tensors=tensors, operators=operators, input=0, output=len(shapes) - 1)


def dense(inner: int, outer: int) -> Graph:
    x, y = Tensor(name="x", shape=(1, inner), scales=SCALE), Tensor(name="y", shape=(1, outer), scales=SCALE)
    w = Tensor(name="w", shape=(outer, inner), scales=SCALE, data=np.ones((outer, inner), np.int8))
    op = Operator(index=0, kind="FULLY_CONNECTED", inputs=(0, 2), outputs=(1,))
    return Graph(tensors=(x, y, w), operators=(op,), input=0, output=1)


def wide_window(size: int) -> Graph:
    builder = NetworkBuilder(seed=1, shape=(size, size, 1))
    builder.depthwise(kernel=(255, 255), multiplier=8)
    return builder.graph()


def conv(height: int, width: int, inner: int, outer: int, kernel: int) -> Graph:
    x = Tensor(name="x", shape=(1, height, width, inner), scales=SCALE)
    y = dataclasses.replace(x, name="y", shape=(1, height, width, outer))
    data = np.ones((outer, kernel, kernel, inner), np.int8)
    w = Tensor(name="w", shape=data.shape, scales=SCALE, data=data)
    op = Operator(
        index=0, kind="CONV_2D", inputs=(0, 2), outputs=(1,), kernel=(kernel, kernel), stride=(1, 1), padding="SAME"
    )
    return Graph(tensors=(x, y, w), operators=(op,), input=0, output=1)


IMAGE = (1, 4095, 4095, 1)
LARGE: dict[str, Callable[[], Graph]] = {
    "image of 4095 x 4095": lambda: chain(IMAGE, IMAGE),
    "4095 x 4095 x 8": lambda: chain((1, 4095, 4095, 8), (1, 4095, 4095, 8)),
    "65504 channels": lambda: chain((1, 1, 1, 65504), (1, 1, 1, 65504)),
    "65536 channels": lambda: chain((1, 1, 1, 65536), (1, 1, 1, 65536)),
    "sum of 4096 x 4095": lambda: chain((1, 4096, 4095, 1), (1, 4096, 4095, 1), kind="ADD"),
    "1000 poolings": lambda: chain(*[(1, 300, 300, 10)] * 1000),
    "1000 reshapes": lambda: chain(*[(1, 300, 300, 10)] * 1000, kind="RESHAPE"),
    "matrix with 2**24 rows": lambda: dense(1 << 24, 1),
    "matrix with 2**24 columns": lambda: dense(1, 1 << 24),
    "matrix of 4 MiB": lambda: dense(2048, 2048),
    "matrix with 4096 columns": lambda: dense(64, 4096),
    "window of 255 x 255": lambda: wide_window(40),
    "convolution of 4095 x 4095": lambda: conv(4095, 4095, 1, 1, 3),
    "convolution of 1024 channels": lambda: conv(8, 8, 1024, 1024, 1),
    "convolution of 1000 x 1000": lambda: conv(1000, 1000, 4, 4, 5),
}


@pytest.mark.parametrize("make", LARGE.values(), ids=LARGE)
def test_a_legal_but_enormous_model_is_planned_or_refused_in_bounds(
    make: Callable[[], Graph], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In 1 GiB and bounded time, which compile_model watches: it plans and lowers twice."""
    monkeypatch.setattr("tests.fuzz.compile.SECONDS", 60.0)
    data = write_tflite(make())
    for config in (CONFIGS[1], LARGEST):
        with guarded():
            ending = compile_model(data, config, traced=False)
        assert ending.stage == "done" or ending.sentence


def test_time_and_memory_are_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    data = write_tflite(chain((1, 3, 3, 1), (1, 3, 3, 1)))

    def greedy(*_: object) -> None:
        np.ones(3 << 30, np.uint8)

    def slow(*_: object) -> None:
        while True:
            pass

    monkeypatch.setattr("tests.fuzz.compile.plan", greedy)
    with guarded(), pytest.raises(Fault, match="MemoryError"):
        compile_model(data, LARGEST)
    monkeypatch.setattr("tests.fuzz.compile.SECONDS", 0.2)
    monkeypatch.setattr("tests.fuzz.compile.plan", slow)
    with guarded(), pytest.raises(Fault, match="plan folded: more than"):
        compile_model(data, LARGEST)
    assert resource.getrlimit(resource.RLIMIT_AS)[0] != 0


def scaled(value: float) -> bytes:
    model = unpacked(write_tflite(chain((1, 3, 3, 1), (1, 3, 3, 1))))
    for tensor in model.subgraphs[0].tensors:
        tensor.quantization.scale = [value]
    return packed(model)


def test_a_scale_too_small_for_an_activation_is_named() -> None:
    parse_tflite(scaled(2.0**-100))
    with pytest.raises(ModelError, match=r"input \(tensor 0\) must have a scale of at least 2\*\*-100, not 1.17549435"):
        parse_tflite(scaled(2.0**-126), "net")


def test_what_a_descriptor_cannot_tell_names_the_operator() -> None:
    narrow = dataclasses.replace(LARGEST, input_lanes=4, depthwise_lanes=1, requantizers=1, weight_beat_bytes=4)
    with guarded():
        wide = dense(80_000, 2)
        image = dataclasses.replace(wide.tensors[0], shape=(1, 1, 2, 40_000))
        wide = dataclasses.replace(wide, tensors=(image, *wide.tensors[1:]))
        ending = compile_model(write_tflite(wide), narrow, traced=False)
        assert ending.sentence.startswith("operator 0 (FULLY_CONNECTED): LayerConfig.words must be in 0..")
        ending = compile_model(write_tflite(dense(1, 4097)), narrow, traced=False)
    assert ending.sentence == "operator 0 (FULLY_CONNECTED): up to 4096 outputs are supported, not 4097"
