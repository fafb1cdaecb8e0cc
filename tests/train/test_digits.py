"""The shipped digits network: its accuracy, its structure, its data, and the script that makes it."""

import csv
import importlib.util
import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from racelet.nn.evaluate import effective_scales
from racelet.nn.models import digits as shipped
from racelet.nn.reference import LiteRtReference
from racelet.nn.tflite import parse_tflite
from racelet.train import digits
from racelet.train.digits_data import DigitsData, hold_out, load_data, quantize_images, real_images
from tests.litert import assert_equals_litert

NAMES = ("digits.tflite", "inputs.npy", "labels.csv")


def shipped_labels() -> list[tuple[str, int, int]]:
    """Rows of the shipped labels: name, classes, label."""
    with shipped().labels.open(encoding="utf-8", newline="") as file:
        return [(row["name"], int(row["classes"]), int(row["label"])) for row in csv.DictReader(file)]


def train(folder: Path, *options: str) -> str:
    """Run the script in a process of its own, as its settings have to come before PyTorch, and give what it prints."""
    for package in ("torch", "sklearn"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed: make setup EXTRAS=train")
    command = [sys.executable, "-m", "racelet.train.digits", "--out", str(folder), *options]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def synthetic_data() -> DigitsData:
    """Random images of nothing, in the shape of the data set."""
    labels = np.arange(1000) % 10
    kept, held = hold_out(np.arange(1000), labels, 36, "test")
    images = np.random.default_rng(1).integers(0, 17, (1000, 8, 8)).astype(np.uint8)
    return DigitsData(images=images, labels=labels, train=kept, test=held)


def test_shipped_network_reads_97_percent_of_the_test_images() -> None:
    files = shipped()
    inputs, rows = np.load(files.inputs), shipped_labels()
    reference, output = LiteRtReference(files.model), parse_tflite(files.model.read_bytes()).output
    right = [reference.run(x)[output].argmax() == label for x, (_, _, label) in zip(inputs, rows, strict=True)]
    assert len(right) == 360
    assert np.mean(right) >= 0.97


def test_shipped_network_has_three_separable_blocks_one_of_stride_2() -> None:
    interpreter = Interpreter(str(shipped().model), experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    shapes = {tensor["index"]: tensor["shape"].tolist() for tensor in interpreter.get_tensor_details()}
    ops = [op for op in interpreter._get_ops_details() if op["op_name"] != "DELEGATE"]
    strides = []
    for depthwise, pointwise in itertools.pairwise(ops):
        if (depthwise["op_name"], pointwise["op_name"]) == ("DEPTHWISE_CONV_2D", "CONV_2D"):
            assert pointwise["inputs"][0] == depthwise["outputs"][0]
            assert shapes[pointwise["inputs"][1]][1:3] == [1, 1]
            strides.append(shapes[depthwise["inputs"][0]][1] // shapes[depthwise["outputs"][0]][1])
    assert len(strides) >= 3
    assert strides.count(2) == 1
    kinds = {"CONV_2D", "DEPTHWISE_CONV_2D", "AVERAGE_POOL_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX"}
    assert {op["op_name"] for op in ops} == kinds


def test_shipped_network_has_int8_codes_as_tflite_prescribes() -> None:
    interpreter = Interpreter(str(shipped().model), experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    (entry,), (end,) = interpreter.get_input_details(), interpreter.get_output_details()
    assert entry["dtype"] == end["dtype"] == np.int8
    assert entry["quantization"] == (np.float32(1 / 240), -128)
    assert end["quantization"] == (1 / 256, -128)
    graph = parse_tflite(shipped().model.read_bytes())
    for op in graph.operators:
        if op.kind in {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"}:
            weights, bias = (graph.tensors[index] for index in op.inputs[1:])
            assert effective_scales(graph, op).max() < 0.5
            assert weights.data is not None
            assert weights.data.min() >= -127
            scales = graph.tensors[op.inputs[0]].scales * weights.scales
            np.testing.assert_allclose(bias.scales, scales, rtol=1e-6)


def test_shipped_network_equals_litert_on_our_operators() -> None:
    assert_equals_litert(shipped().model.read_bytes(), np.load(shipped().inputs)[:20])


def test_shipped_inputs_and_labels_belong_together() -> None:
    inputs, rows = np.load(shipped().inputs), shipped_labels()
    assert (inputs.dtype, inputs.shape) == (np.dtype(np.int8), (360, 8, 8, 1))
    assert not ((inputs.astype(int) + 128) % 15).any()
    assert len(np.unique(inputs.reshape(360, -1), axis=0)) == 360
    names, classes, labels = zip(*rows, strict=True)
    assert list(names) == sorted(set(names))
    assert set(classes) == {10}
    assert np.bincount(labels).tolist() == [36] * 10


def test_shipped_inputs_and_labels_are_scikit_learns_test_split() -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed: make setup EXTRAS=train")
    data, rows = load_data(), shipped_labels()
    positions = np.array([int(name.removeprefix("digit_")) for name, _, _ in rows])
    np.testing.assert_array_equal(positions, data.test)
    np.testing.assert_array_equal(np.load(shipped().inputs), quantize_images(data.images[positions]))
    np.testing.assert_array_equal([label for _, _, label in rows], data.labels[positions])
    assert shipped().labels.read_text(encoding="utf-8") == digits.make_labels(data, data.test)


def test_no_test_image_is_trained_on() -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed: make setup EXTRAS=train")
    data = load_data()
    assert sorted([*data.train, *data.test]) == list(range(1797))
    test_images = {image.tobytes() for image in data.images[data.test]}
    assert not test_images & {image.tobytes() for image in data.images[data.train]}


@pytest.mark.slow
def test_training_gives_the_shipped_bytes(tmp_path: Path) -> None:
    printed = train(tmp_path)
    assert "int8 accuracy" in printed
    for name in NAMES:
        assert (tmp_path / name).read_bytes() == (shipped().model.parent / name).read_bytes(), name


def test_training_for_an_epoch_gives_a_valid_network_and_the_same_bytes_twice(tmp_path: Path) -> None:
    first, second, other = (tmp_path / name for name in ("first", "second", "other"))
    printed = train(first, "--epochs", "1", "--seed", "7")
    assert train(second, "--epochs", "1", "--seed", "7") == printed
    train(other, "--epochs", "1", "--seed", "8")
    assert sorted(path.name for path in first.iterdir()) == sorted(NAMES)
    for name in NAMES:
        assert (first / name).read_bytes() == (second / name).read_bytes()
    assert (first / "digits.tflite").read_bytes() != (other / "digits.tflite").read_bytes()
    assert_equals_litert((first / "digits.tflite").read_bytes(), np.load(first / "inputs.npy")[:4])


@pytest.mark.parametrize(("module", "package"), [("torch", "PyTorch"), ("sklearn", "scikit-learn")])
def test_a_missing_package_is_named(
    module: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, f"{module}.datasets", None)
    if module == "torch":
        monkeypatch.setattr(digits, "load_data", synthetic_data)
    assert digits.main(["--out", str(tmp_path)]) == 2
    assert f"training needs {package}, which is not installed" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--epochs", "0"], "epochs must be in 1..10000, not 0"),
        (["--epochs", "10001"], "epochs must be in 1..10000, not 10001"),
        (["--seed", "-1"], "seed must be in 0..9223372036854775807"),
    ],
)
def test_an_option_out_of_range_is_named(
    options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert digits.main(["--out", str(tmp_path), *options]) == 2
    assert message in capsys.readouterr().err


def test_an_unwritable_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digits, "load_data", synthetic_data)
    (tmp_path / "file").touch()
    assert digits.main(["--out", str(tmp_path / "file")]) == 2


def test_either_a_folder_or_validation_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        digits.main([])
    assert stopped.value.code == 2
    assert "--out" in capsys.readouterr().err


def test_hold_out_takes_as_many_of_every_class_and_not_the_first() -> None:
    data = synthetic_data()
    assert np.bincount(data.labels[data.test]).tolist() == [36] * 10
    assert sorted([*data.train, *data.test]) == list(range(1000))
    assert data.test.max() > 900
    _, other = hold_out(np.arange(1000), data.labels, 36, "validation")
    assert other.tolist() != data.test.tolist()


def test_every_grey_level_is_exact() -> None:
    levels = np.arange(17, dtype=np.uint8).reshape(1, 1, 17)
    codes: NDArray[np.int8] = quantize_images(levels)
    np.testing.assert_allclose((codes.astype(float) + 128) / 240, real_images(levels), atol=1e-15)
