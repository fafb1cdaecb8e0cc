"""``racelet run``: what it prints, writes and refuses."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import racelet.cli.run
from racelet.cli.main import main
from racelet.nn.fold import fold
from racelet.nn.models import digits
from racelet.nn.tflite import read_tflite
from racelet.nn.tflite_writer import write_tflite
from racelet.sim.dwcpwc.accelerator import AcceleratorSimulator, Inferences
from tests.models import NetworkBuilder, with_idle_channels

KEYS = {
    "model",
    "inputs",
    "bit_exact",
    "accuracy",
    "outputs_sha256",
    "cycles",
    "ideal_cycles",
    "multipliers",
    "external_bytes",
    "layers",
    "config",
    "simulated_cycles_per_second",
}


def _run(*arguments: object) -> int:
    return main(["run", *(str(argument) for argument in arguments)])


def _refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert _run(*arguments) == 2
    error = capsys.readouterr().err.strip()
    assert "\n" not in error
    return error


def test_json_has_every_number(tmp_path: Path) -> None:
    file, saved = tmp_path / "result.json", tmp_path / "outputs.npy"
    assert _run("digits", "--count", 5, "--json", file, "--outputs", saved) == 0
    result = json.loads(file.read_text())
    assert result.keys() >= KEYS
    assert (result["model"], result["inputs"], result["bit_exact"]) == ("digits", 5, True)
    assert result["cycles"]["per_inference"] == result["cycles"]["predicted"] < result["cycles"]["first"]
    assert {"index", "op", "macs", "cycles", "ideal_cycles", "external_bytes"} <= result["layers"][0].keys()
    assert sum(layer["cycles"] for layer in result["layers"]) == result["cycles"]["per_inference"]
    bytes_ = result["external_bytes"]
    assert bytes_["weights"] + bytes_["activations"] == bytes_["total"]
    outputs = np.load(saved)
    assert (outputs.shape, outputs.dtype) == ((5, 10), np.int8)


def test_plan_prints_the_layers_and_simulates_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(racelet.cli.run, "_simulator", None)
    assert _run("digits", "--plan") == 0
    printed = capsys.readouterr().out
    assert "DEPTHWISE_CONV_2D + CONV_2D" in printed
    assert len(printed.splitlines()) == 9
    assert "bytes across the edge: 4,978 (4,904 program, 64 input, 10 output), 1.122 x the lower bound" in printed


def test_inputs_come_from_a_folder_an_array_or_a_file(tmp_path: Path) -> None:
    images = np.load(digits().inputs)[:3]
    np.save(tmp_path / "images.npy", images)
    folder = tmp_path / "images"
    folder.mkdir()
    for number, image in enumerate(images):
        image.tofile(folder / f"image{number}_7.dat")
    hashes = []
    for source, arguments in (
        (tmp_path / "images.npy", []),
        (folder, ["--labels", "from-name"]),
        (folder / "image0_7.dat", []),
    ):
        file = tmp_path / "result.json"
        assert _run(digits().model, "--inputs", source, *arguments, "--json", file) == 0
        result = json.loads(file.read_text())
        hashes.append((result["inputs"], result["outputs_sha256"], result["accuracy"] is None))
    assert hashes[0][:2] == hashes[1][:2]
    assert [number for number, _, _ in hashes] == [3, 3, 1]
    assert [no_labels for _, _, no_labels in hashes] == [True, False, True]


def _idle_model(folder: Path) -> Path:
    """A network with constant and unused channels, written to a file."""
    builder = NetworkBuilder(seed=3, shape=(6, 5, 3))
    builder.conv(16, kernel=(3, 3), stride=(2, 2), activation="RELU", zero_point=-128)
    for _ in range(2):
        builder.depthwise(activation="RELU", zero_point=-128)
        builder.conv(20, activation="RELU6", zero_point=-128)
    builder.average_pool((builder.shape[0], builder.shape[1]))
    builder.reshape((20,))
    builder.fully_connected(4)
    builder.softmax()
    model = folder / "idle.tflite"
    model.write_bytes(write_tflite(with_idle_channels(builder.graph(), 3)))
    return model


def test_folding_changes_the_work_and_no_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, results, printed = _idle_model(tmp_path), [], []
    for option in ([], ["--no-fold"]):
        file = tmp_path / "result.json"
        assert _run(model, "--count", 3, *option, "--json", file) == 0
        results.append(json.loads(file.read_text()))
        printed.append(capsys.readouterr().out)
    folded, whole = results
    assert folded["outputs_sha256"] == whole["outputs_sha256"]
    assert folded["bit_exact"]
    assert folded["cycles"]["per_inference"] < whole["cycles"]["per_inference"]
    assert (folded["folding"]["enabled"], whole["folding"]["enabled"]) == (True, False)
    for key in ("channels", "macs", "weights", "compulsory_bytes"):
        before, after = folded["folding"][key]["before"], folded["folding"][key]["after"]
        assert after < before
        assert whole["folding"][key] == {"before": before, "after": before}
    assert folded["macs"] == folded["folding"]["macs"]["after"]
    assert f"left after folding: {folded['folding']['channels']['after']:,} of " in printed[0]
    assert "folding" not in printed[1]


def test_a_difference_names_the_channel_of_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    make: Callable[..., AcceleratorSimulator] = racelet.cli.run._simulator
    model = _idle_model(tmp_path)
    kept = fold(read_tflite(model)).kept
    first = read_tflite(model).operators[0].outputs[0]
    # Byte 2 of all layers' outputs is channel 2, of those left, of the first pixel of the first layer.
    monkeypatch.setattr(racelet.cli.run, "_simulator", lambda *arguments: _Faulty(make(*arguments), 2))
    file = tmp_path / "result.json"
    assert _run(model, "--json", file) == 1
    assert kept[first][2] != 2
    assert f"channel) (0, 0, {kept[first][2]}): expected" in json.loads(file.read_text())["first_difference"]


class _Faulty:
    """An accelerator that changes one byte of the outputs of every inference."""

    def __init__(self, simulator: AcceleratorSimulator, byte: int) -> None:
        self._simulator, self._byte = simulator, byte
        self.load = simulator.load

    def infer(self, inputs: np.ndarray, **settings: Any) -> Inferences:
        done = self._simulator.infer(inputs, **settings)
        done.outputs[:, self._byte % done.outputs.shape[1]] ^= 1
        return done


def test_a_difference_is_named_with_layer_position_and_values(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make: Callable[..., AcceleratorSimulator] = racelet.cli.run._simulator
    # Byte 1030 of all layers' outputs is byte 6 of the second layer's: pixel (0, 0), channel 6.
    monkeypatch.setattr(racelet.cli.run, "_simulator", lambda *arguments: _Faulty(make(*arguments), 1030))
    file = tmp_path / "result.json"
    assert _run("digits", "--count", 2, "--json", file) == 1
    result = json.loads(file.read_text())
    assert not result["bit_exact"]
    told = result["first_difference"]
    assert "input 0: layer 1 (operator 2, DEPTHWISE_CONV_2D + CONV_2D)" in told
    assert "(0, 0, 6): expected" in told
    assert told in capsys.readouterr().out


def test_a_difference_beyond_the_layerwise_inputs_is_named_as_well(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    make: Callable[..., AcceleratorSimulator] = racelet.cli.run._simulator
    monkeypatch.setattr(racelet.cli.run, "_simulator", lambda *arguments: _Faulty(make(*arguments), 3))
    file = tmp_path / "result.json"
    assert _run("digits", "--count", 2, "--layerwise", 0, "--json", file) == 1
    assert "input 0: layer 0 (operator 0, CONV_2D)" in json.loads(file.read_text())["first_difference"]


def test_a_difference_that_the_second_run_does_not_show_still_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    make: Callable[..., AcceleratorSimulator] = racelet.cli.run._simulator

    class OnlyFirstRunWrong(_Faulty):
        runs = 0

        def infer(self, inputs: np.ndarray, **settings: Any) -> Inferences:
            self.runs += 1
            return super().infer(inputs, **settings) if self.runs == 1 else self._simulator.infer(inputs, **settings)

    monkeypatch.setattr(racelet.cli.run, "_simulator", lambda *arguments: OnlyFirstRunWrong(make(*arguments), 3))
    file = tmp_path / "result.json"
    assert _run("digits", "--count", 2, "--layerwise", 0, "--json", file) == 1
    result = json.loads(file.read_text())
    assert not result["bit_exact"]
    assert "input 0: layer 5 (operator 9, FULLY_CONNECTED)" in result["first_difference"]
    assert "(0, 0, 3): expected" in result["first_difference"]


def test_few_descriptors_compare_layer_after_layer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    make: Callable[..., AcceleratorSimulator] = racelet.cli.run._simulator

    class SecondRunWrong(_Faulty):
        runs = 0

        def infer(self, inputs: np.ndarray, **settings: Any) -> Inferences:
            self.runs += 1
            return super().infer(inputs, **settings) if self.runs == 2 else self._simulator.infer(inputs, **settings)

    monkeypatch.setattr(racelet.cli.run, "_simulator", lambda *arguments: SecondRunWrong(make(*arguments), 5))
    file = tmp_path / "result.json"
    # Six layers with loading and giving out take eight descriptors; the ninth gives out one more layer per run.
    assert _run("digits", "--count", 1, "--set", "layers=9", "--json", file) == 1
    assert "layer 1 (operator 2" in json.loads(file.read_text())["first_difference"]
    assert "(0, 0, 5)" in json.loads(file.read_text())["first_difference"]


def test_an_interrupted_run_keeps_what_is_done(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    make: Callable[..., AcceleratorSimulator] = racelet.cli.run._simulator
    monkeypatch.setattr("racelet.cli.inference.CHUNK", 4)

    class Stopped(_Faulty):
        def infer(self, inputs: np.ndarray, **settings: Any) -> Inferences:
            self._byte += 1
            if self._byte == 3:
                raise KeyboardInterrupt
            return self._simulator.infer(inputs, **settings)

    monkeypatch.setattr(racelet.cli.run, "_simulator", lambda *arguments: Stopped(make(*arguments), 0))
    file, saved = tmp_path / "result.json", tmp_path / "outputs.npy"
    status = _run("digits", "--count", 20, "--layerwise", 0, "--json", file, "--outputs", saved)
    result = json.loads(file.read_text())
    assert (status, result["interrupted"], result["inputs"]) == (130, True, 8)
    assert np.load(saved).shape == (8, 10)


def test_what_cannot_be_run_is_refused_in_one_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "absent.tflite" in _refused(capsys, tmp_path / "absent.tflite")
    (tmp_path / "text.tflite").write_text("no model")
    assert "text.tflite" in _refused(capsys, tmp_path / "text.tflite")
    assert "--inputs" in _refused(capsys, "digits", "--inputs", tmp_path / "absent")
    np.save(tmp_path / "float.npy", np.zeros((1, 8, 8, 1), np.float32))
    assert _refused(capsys, "digits", "--inputs", tmp_path / "float.npy").endswith("must be int8, not float32")
    np.save(tmp_path / "size.npy", np.zeros((2, 8, 7, 1), np.int8))
    assert _refused(capsys, "digits", "--inputs", tmp_path / "size.npy").endswith(
        "must have shape (n, 8, 8, 1), not (2, 8, 7, 1)"
    )
    (tmp_path / "short.dat").write_bytes(bytes(63))
    assert _refused(capsys, "digits", "--inputs", tmp_path / "short.dat").endswith("must have 64 bytes (int8), not 63")
    assert "input_lanes must be one of" in _refused(capsys, "digits", "--set", "input_lanes=5")
    assert "weight_bytes must be at least" in _refused(
        capsys, "digits", "--plan", "--preset", "large", "--set", "weight_bytes=256"
    )
    assert "--outputs" in _refused(capsys, "digits", "--outputs", tmp_path / "absent/o.npy")
    assert "--labels" in _refused(capsys, digits().model, "--labels", "from-name")
    images = np.load(digits().inputs)[:1]
    images.tofile(tmp_path / "image.dat")
    assert "image.dat" in _refused(capsys, "digits", "--inputs", tmp_path / "image.dat", "--labels", "from-name")
    assert "no label for image.dat" in _refused(
        capsys, "digits", "--inputs", tmp_path / "image.dat", "--labels", digits().labels
    )


@pytest.mark.parametrize("simulator", ["batch", "cocotb"])
def test_both_simulators_give_the_same_result(simulator: str, tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    assert _run("digits", "--count", 1, "--simulator", simulator, "--json", file) == 0
    result = json.loads(file.read_text())
    assert result["outputs_sha256"] == "cebe5f96080bb8a0c07cea50c408fa307da442bd26f74f3b2a3e6dc6e3d0cc1f"
    assert result["cycles"]["per_inference"] == 2_554
