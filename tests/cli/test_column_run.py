"""``racelet run`` of a network on a column path: what it prints, writes and refuses."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from racelet.bench.columns.networks import kept_digits
from racelet.cli.main import main
from racelet.nn.models import digits
from racelet.sim.adc import path_simulator
from racelet.train.adc.deployed import Deployed
from racelet.train.adc.results import kept_file

NETWORK = str(kept_file("digits", "slices").with_suffix(".npz"))


def told(file: Path, *arguments: str) -> dict[str, Any]:
    assert main(["run", *arguments, "--simulator", "golden", "--json", str(file)]) == 0
    return json.loads(file.read_text(encoding="utf-8"))


def test_the_network_that_ships_is_equal_to_numpy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = tmp_path / "results.npy"
    found = told(tmp_path / "r.json", "digits-adc", "--outputs", str(saved))
    shown = capsys.readouterr().out
    assert "equal to numpy        every result" in shown
    assert "accuracy              97.22 %" in shown
    assert "on the golden model alone" in shown
    assert "equal to golden" not in shown
    assert (found["inputs"], found["equal_to_numpy"], found["misreads"], found["errors"]) == (360, True, 0, [])
    assert found["accuracy"] == found["accuracy_numpy"]
    network, inputs, _ = kept_digits()
    expected = network.run(inputs, 0.0, np.random.default_rng(0))
    np.testing.assert_array_equal(np.load(saved), expected)
    assert [layer["macs"] for layer in found["layers"]] == [360 * each for each in (8192, 8192, 640)]
    assert found["cycles"] == sum(layer["cycles"] for layer in found["layers"])


def test_noise_misreads_and_seeds_differ(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [
        told(tmp_path / "r.json", NETWORK, "--count", "20", "--noise", "1", "--set", "kind=flash", "--seed", seed)
        for seed in ("1", "1", "2")
    ]
    misreads = [each["misreads"] for each in runs]
    assert misreads[0] == misreads[1] != misreads[2]
    assert 0.5 < misreads[0] / runs[0]["conversions"] < 0.65
    assert runs[0]["equal_to_numpy"] is None
    assert "equal to numpy" not in capsys.readouterr().out
    assert (runs[0]["noise"], runs[0]["config"]["kind"]) == (1.0, "flash")


def test_a_calibration_makes_up_for_offsets(tmp_path: Path) -> None:
    macro = ["--macro", "low_spread=0.1", "offset_spread=0.5", "--noise", "0.15"]
    plain, calibrated = (
        told(tmp_path / "r.json", "digits-adc", "--count", "40", *macro, *more) for more in ([], ["--calibrate"])
    )
    assert plain["macro"]["offset_spread"] == 0.5
    assert plain["misreads"] > 3 * calibrated["misreads"]


def test_inputs_are_activations_of_the_first_layer(tmp_path: Path) -> None:
    _, inputs, labels = kept_digits(30)
    np.save(tmp_path / "inputs.npy", inputs.astype(np.int8))
    arguments = ("--inputs", str(tmp_path / "inputs.npy"), "--labels", str(digits().labels), "--count", "25")
    found = told(tmp_path / "r.json", NETWORK, *arguments)
    network, _, _ = kept_digits(1)
    expected = network.run(inputs[:25], 0.0, np.random.default_rng(0)).argmax(axis=1)
    assert found["accuracy"] == np.mean(expected == labels[:25])


@pytest.mark.simulation
def test_the_hardware_is_equal_to_golden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "r.json"
    # Two ADCs, so that the simulator is soon built.
    arguments = ["run", "digits-adc", "--count", "1", "--noise", "1", "--seed", "3", "--set", "output_lanes=1"]
    assert main([*arguments, "--json", str(file)]) == 0
    assert "equal to golden       every sum and every cycle" in capsys.readouterr().out
    hardware = json.loads(file.read_text(encoding="utf-8"))
    golden = told(file, *arguments[1:])
    assert golden == hardware | {"simulator": "golden"}
    capsys.readouterr()
    monkeypatch.setattr(path_simulator, "path_cycles", lambda *_: 9000)
    assert main(arguments) == 1
    # 128 outputs one by one, two groups of rows each; twelve cycles a beat, and what is behind.
    assert capsys.readouterr().err == "racelet: 256 beats took 3081 cycles, the formula says 9000\n"


def test_a_result_that_differs_is_one(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run = Deployed.run

    def other(self: Deployed, *arguments: Any) -> Any:
        return run(self, *arguments) + 1

    monkeypatch.setattr(Deployed, "run", other)
    assert main(["run", "digits-adc", "--count", "3", "--simulator", "golden"]) == 1
    assert "equal to numpy        NO" in capsys.readouterr().out


def test_a_network_of_other_images_needs_inputs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = kept_digits(1).network
    for dataset, arguments, message in (
        ("cifar10", [], "--inputs is needed: no images ship"),
        ("none", ["--inputs", "inputs.npy"], "the network was trained on none, whose images are of no known shape"),
    ):
        file = tmp_path / f"{dataset}.npz"
        file.write_bytes(dataclasses.replace(network, recipe={"dataset": dataset}).content())
        assert main(["run", str(file), *arguments]) == 2
        assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["digits-adc", "--plan"], "--plan does not apply to a network on a column path"),
        (["digits-adc", "--preset", "tiny"], "--preset does not apply to a network on a column path"),
        (["digits-adc", "--no-fold"], "--fold does not apply to a network on a column path"),
        (["digits", "--noise", "1"], "--noise needs a network on a column path"),
        (["digits", "--calibrate"], "--calibrate needs a network on a column path"),
        (["digits-adc", "--simulator", "cocotb"], "must be batch or golden for a network on a column path, not cocotb"),
        (["digits-adc", "--waves", "w.txt"], "--waves must be a file name ending in .vcd"),
        (["digits-adc", "--simulator", "golden", "--waves", "w.vcd"], "with --simulator batch, not w.vcd"),
        (["digits", "--simulator", "golden"], "--simulator must be batch or cocotb for the accelerator, not golden"),
        (["digits-adc", "--noise", "-1"], "--noise must be in 0..64, not -1.0"),
        (["digits-adc", "--noise", "nan"], "--noise must be in 0..64, not nan"),
        (["digits-adc", "--noise", "1", "--set", "noise=false"], "--noise needs a path with noise"),
        (
            ["digits-adc", "--macro", "sense_noise=1"],
            "--macro sense_noise must be 0: the noise of comparators is --noise",
        ),
        (["digits-adc", "--macro", "low_spred=1"], "did you mean low_spread?"),
        (["digits-adc", "--macro", "relative_noise=0.1"], "MacroConfig.relative_noise must be 0"),
        (["digits-adc", "--set", "output_lanes=99"], "AdcConfig.output_lanes must be in 1..64, not 99"),
        (["digits-adc", "--set", "word_lines=16"], "word_lines must be at least 32"),
        (["digits-adc", "--set", "dac_shift=0", "--set", "dac_bits=10"], "whose thresholds are beyond the DAC's range"),
        ([str(kept_file("digits").with_suffix(".npz"))], "train the network with --readout slices"),
        (["digits-adc", "--labels", "from-name"], "--labels needs --inputs"),
        (["nowhere.npz"], "nowhere.npz: no such file or directory"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", *arguments]) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.err.count("\n") == 1


def test_activations_out_of_range_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "inputs.npy", np.full((2, 1, 8, 8), 4, np.int8))
    arguments = ["--inputs", str(tmp_path / "inputs.npy"), "--simulator", "golden"]
    assert main(["run", "digits-adc", *arguments]) == 2
    assert "activations must be in 0..3 (input_bits=2), not 4..4" in capsys.readouterr().err
