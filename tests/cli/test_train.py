"""``racelet train``: what it refuses, what it writes, and how it ends."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from racelet.cli.main import main
from racelet.train.adc import images, results
from tests.train.adc import synthetic

QUICK = ("--epochs", "1", "--seeds", "1", "--batch", "32")


@pytest.fixture
def no_sklearn_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyTorch is needed; the images are not those of scikit-learn."""
    pytest.importorskip("torch", reason="PyTorch is not installed: make setup EXTRAS=train")
    monkeypatch.setattr(images, "load_images", lambda *_: synthetic.digits())


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main(["train", "adc", *(str(argument) for argument in arguments)]) == 2
    error = capsys.readouterr().err
    assert "Traceback" not in error
    return error


@pytest.mark.parametrize(("module", "package"), [("torch", "PyTorch"), ("sklearn", "scikit-learn"), ("PIL", "Pillow")])
def test_a_missing_package_is_named(
    module: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if module != "torch":
        pytest.importorskip("torch", reason="PyTorch is not installed: make setup EXTRAS=train")
    for name in (module, f"{module}.datasets", f"{module}.Image"):
        monkeypatch.setitem(sys.modules, name, None)
    (tmp_path / images.JPEG_FILE).touch()
    dataset = "cifar10" if module == "PIL" else "digits"
    said = refused(capsys, "--dataset", dataset, "--data", tmp_path, "--out", tmp_path / "out", *QUICK)
    assert said == (
        f"racelet: training needs {package}, which is not installed: make setup EXTRAS=train, "
        "or install racelet[train]\n"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--epochs", "0"], "racelet: epochs must be in 1..10000, not 0\n"),
        (["--sigma", "-1"], "racelet: sigma must be above 0 and at most 64, not -1.0\n"),
        (["--levels", "33"], "racelet: levels must be a power of two in 4..256 (2 to 8 bits), not 33\n"),
        (["--picture", "a.png"], "--picture must be a file name ending in .svg"),
        (["--json", "nowhere/a.json"], "--json nowhere/a.json: its folder does not exist"),
        (["--method", "best"], "'best' is not one of 'ste', 'noise', 'concrete', 'concrete-st', 'all'"),
        (["--seeds", "0"], "0 is not in the range 1<=x<=1000"),
    ],
)
def test_an_option_that_cannot_be_is_named(
    options: list[str], named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert named in refused(capsys, *options)
    assert not list(tmp_path.iterdir())


def test_a_folder_without_the_images_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed: make setup EXTRAS=train")
    assert "cifar10 needs --data DIR" in refused(capsys, "--dataset", "cifar10")
    assert "nowhere is not there" in refused(capsys, "--dataset", "cifar10", "--data", tmp_path / "nowhere")


@pytest.mark.usefixtures("no_sklearn_needed")
def test_results_are_written_told_and_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, rows, picture = tmp_path / "out", tmp_path / "rows.json", tmp_path / "a.svg"
    arguments = ["--method", "ste", "--method", "noise", "--seeds", "2", "--epochs", "1", "--batch", "32"]
    assert main(["train", "adc", *arguments, "-o", str(out), "--json", str(rows), "--picture", str(picture)]) == 0
    printed = capsys.readouterr().out
    assert "ste" in printed
    assert " ± " in printed
    found = json.loads(rows.read_text(encoding="utf-8"))
    assert not found["interrupted"]
    assert [(run["recipe"]["method"], run["recipe"]["seed"]) for run in found["runs"]] == [
        ("ste", 0),
        ("ste", 1),
        ("noise", 0),
        ("noise", 1),
    ]
    assert all(run["date"] and run["versions"]["torch"] for run in found["runs"])
    assert {each["seeds"] for each in found["summary"]} == {2}
    assert sorted(path.suffix for path in out.iterdir()) == [".json"] * 4 + [".npz"] * 4
    assert picture.read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.usefixtures("no_sklearn_needed")
def test_json_alone_goes_to_standard_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "adc", *QUICK, "-o", str(tmp_path), "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"][0]["recipe"]["method"] == "noise"


@pytest.mark.usefixtures("no_sklearn_needed")
def test_results_are_kept_where_benches_read_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path / "results")
    assert main(["train", "adc", *QUICK, "-o", str(tmp_path), "--update"]) == 0
    (run,) = results.kept("digits")
    assert run["recipe"]["epochs"] == 1
    assert sorted(path.name for path in (tmp_path / "results").iterdir()) == ["digits-group.json", "digits-group.npz"]


@pytest.mark.usefixtures("no_sklearn_needed")
def test_results_of_another_recipe_are_not_mixed_with_kept_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path / "results")
    assert main(["train", "adc", *QUICK, "-o", str(tmp_path), "--update"]) == 0
    said = refused(capsys, *QUICK, "--sigma", "3", "-o", tmp_path, "--update")
    assert said == "racelet: --update: kept results were trained with another recipe: sigma=6.0 and 3.0\n"


def test_an_interrupted_run_says_how_to_go_on(tmp_path: Path) -> None:
    for package in ("torch", "sklearn"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed: make setup EXTRAS=train")
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from racelet.train.adc import training; training._SAVE_S = 0.0; "
        "from racelet.cli.main import main; sys.exit(main())"
    )
    command = [sys.executable, "-c", code, "train", "adc", "--epochs", "10000", "-o", str(tmp_path)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=dict(os.environ))
    limit = time.monotonic() + 120
    while not list(tmp_path.glob("*.checkpoint")) and time.monotonic() < limit:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "0 of 3 networks are trained; the same command goes on from there" in error
    assert "Traceback" not in error
    assert [path.suffix for path in tmp_path.iterdir()] == [".checkpoint"]
