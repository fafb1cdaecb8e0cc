import re
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import click
import pytest

from racelet.cli import main as module
from racelet.cli.main import VERBS, main

MAIN = [sys.executable, "-m", "racelet.cli.main"]


def test_the_group_lists_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {verb} " in shown and line in shown for verb, (_, line) in VERBS.items())


@pytest.mark.parametrize(
    "verb", [verb for verb in VERBS if verb != "run" or Path(module.__file__, "../run.py").exists()]
)
def test_every_verb_has_help_with_an_example_and_json(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb, "--help"]) == 0
    shown = capsys.readouterr().out
    assert re.search(rf"Examples?:\n +racelet {verb}", shown)
    assert "--json FILE" in shown


def test_help_does_not_import_the_tools() -> None:
    heavy = ["amaranth", "numpy", "cocotb", "rich", "ai_edge_litert", "tflite", "matplotlib"]
    code = f"""
import sys
from racelet.cli.main import main
main(['--help'])
sys.exit(len(set({heavy}) & set(sys.modules)))
"""
    start = time.perf_counter()
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
    assert time.perf_counter() - start < 5


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"racelet {version('racelet')}\n"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["lst"], "lst"),
        (["list", "--jsn"], "--jsn"),
        (["generate", "dwcpwc"], "--output"),
        (["verify", "dwcpwc", "--seed", "-1"], "0<=x<=2147483647"),
        (["generate", "dac", "-o", "out"], "BLOCK must be one of dwcpwc, bitlet, racetrack, adc, not dac"),
        (["verify", "dwcpwc", "--preset", "smal"], "did you mean small?"),
        (["list", "--json", "nowhere/a.json"], "nowhere/a.json: its folder does not exist"),
    ],
)
def test_a_wrong_request_is_one_sentence_and_two(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert named in printed.err
    assert printed.out == ""
    assert "Traceback" not in printed.err


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Make `racelet list` raise an error."""

    def fail_with(error: BaseException) -> None:
        @click.command
        def command() -> None:
            raise error

        monkeypatch.setattr(module.Verbs, "get_command", lambda *_: command)

    return fail_with


class OddError(RuntimeError):
    """An error of some layer of racelet's."""


OddError.__module__ = "racelet.sim.errors"


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (ValueError("Config.width must be in 1..8, not 9"), 2, "racelet: Config.width must be in 1..8, not 9\n"),
        (OddError("g++ is missing: install g++."), 2, "racelet: g++ is missing: install g++.\n"),
        (PermissionError(13, "Permission denied", "a.v"), 2, "racelet: a.v: permission denied\n"),
        (OSError(28, "No space left on device"), 2, "racelet: no space left on device\n"),
        (IndexError("3"), 2, "racelet: a fault of racelet's own: IndexError: 3 (RACELET_DEBUG=1 shows where)\n"),
        (KeyboardInterrupt(), 130, "racelet: interrupted\n"),
        (BrokenPipeError(32, "Broken pipe"), 0, ""),
    ],
)
def test_an_error_becomes_a_sentence(
    error: BaseException,
    status: int,
    said: str,
    failing: Callable[[BaseException], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    failing(error)
    assert main(["list"]) == status
    assert capsys.readouterr().err.lstrip("\n") == said


def test_debug_shows_where_an_error_came_from(
    failing: Callable[[BaseException], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(IndexError("3"))
    monkeypatch.setenv("RACELET_DEBUG", "1")
    with pytest.raises(IndexError):
        main(["list"])


def test_a_reader_that_stops_reading_is_no_error() -> None:
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", '"$@" list --json - | head -c 1', "bash", *MAIN],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "{", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is of Linux")
@pytest.mark.parametrize("arguments", [["list"], ["list", "--json", "-"], ["list", "--json", "/dev/full"]])
def test_a_full_disk_is_a_sentence(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*MAIN, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert re.fullmatch(r"racelet: (/dev/full: )?no space left on device\n", done.stderr)
