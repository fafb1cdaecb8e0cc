import json
import stat
import sys
from pathlib import Path

import numpy as np
import pytest

from racelet.bench.row import Row
from racelet.cli.config import ConfigError
from racelet.cli.output import print_table, progress_bar, write_json, write_whole


def test_json_holds_numpy_numbers_dataclasses_and_paths(tmp_path: Path) -> None:
    target = tmp_path / "r.json"
    write_json({"a": np.int64(3), "b": np.arange(2), "c": [Row("n", 1.5, "x")], "d": Path("p")}, str(target))
    assert json.loads(target.read_text()) == {
        "a": 3,
        "b": [0, 1],
        "c": [{"name": "n", "value": 1.5, "unit": "x"}],
        "d": "p",
    }


def test_json_goes_to_standard_output_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    write_json({"a": 1}, "-")
    assert json.loads(capsys.readouterr().out) == {"a": 1}


def test_what_is_no_json_leaves_the_older_file(tmp_path: Path) -> None:
    target = tmp_path / "r.json"
    target.write_text("old")
    with pytest.raises(TypeError, match="object cannot be written as JSON"):
        write_json({"a": object()}, str(target))
    with pytest.raises(ValueError, match="nan"):
        write_json({"a": float("nan")}, str(target))
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_a_failed_write_leaves_the_older_file_and_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "r.json"
    target.write_text("old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match=r"r\.json") as raised:
        write_whole(target, b"new")
    assert raised.value.errno == 28
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_a_new_file_can_be_read_by_others_and_an_older_one_keeps_its_mode(tmp_path: Path) -> None:
    target = tmp_path / "r.json"
    plain = tmp_path / "plain"
    plain.write_text("")
    write_whole(target, b"")
    assert stat.S_IMODE(target.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
    target.chmod(0o600)
    write_whole(target, b"")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    write_whole(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"new"


def test_a_folder_is_no_file_to_write(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder"):
        write_whole(tmp_path, b"")


def test_a_table_in_a_pipe_is_aligned_text(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["row", "value"], [("kws", 37384), ("a longer name", 9760)])
    assert capsys.readouterr().out.splitlines() == [
        "row             value",
        "kws            37,384",
        "a longer name   9,760",
    ]


@pytest.mark.parametrize("terminal", [False, True])
def test_a_table_shows_every_value_with_and_without_a_terminal(
    terminal: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    print_table(["row", "value"], [("[bold]", 1.25), ("none", None)])
    shown = capsys.readouterr().out
    assert all(text in shown for text in ("row", "value", "[bold]", "1.25", "none"))
    assert ("─" in shown) is terminal


@pytest.mark.parametrize("terminal", [False, True])
def test_a_progress_bar_is_for_a_terminal_only(
    terminal: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    with progress_bar("work") as progress:
        progress(1, 2, "first")
        progress(2, 2)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert bool(printed.err) is terminal
