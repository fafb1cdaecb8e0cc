"""Machines that lack a tool, room or rights, or on which Racelet is stopped: a sentence, and nothing half-written."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest

from racelet.sim import cache
from tests.cli.interrupted import Ended, interrupted

TINY = ["run", "digits", "--preset", "tiny", "--count", 3]
"""A run whose simulator is built soonest."""


def run(folder: Path, *arguments: object, **environment: str) -> Ended:
    return interrupted(arguments, None, folder, environment=environment)


def said(ended: Ended) -> str:
    """The one sentence of a verb that ended with 2."""
    lines = [line for line in ended.err.splitlines() if not line.startswith("digits: ")]
    assert (ended.status, len(lines)) == (2, 1), ended
    return lines[0].removeprefix("racelet: ")


def path_without(tool: str, folder: Path) -> str:
    """A folder with links to all programs but one."""
    folder.mkdir()
    for place in reversed(os.environ["PATH"].split(os.pathsep)):
        for program in Path(place).glob("*"):
            with contextlib.suppress(FileExistsError):
                (folder / program.name).symlink_to(program)
    for name in (tool, "verilator"):
        (folder / name).unlink(missing_ok=True)
    return str(folder)


@pytest.mark.parametrize("tool", ["g++", "make", "perl"])
def test_a_missing_tool_is_named_with_its_debian_package(tool: str, tmp_path: Path) -> None:
    path = path_without(tool, tmp_path / "bin")
    ended = run(tmp_path, *TINY, "--json", "r.json", PATH=path, RACELET_CACHE=str(tmp_path / "cache"))
    assert said(ended) == f"{tool} is missing: install the Debian package {tool}."
    assert [file.name for file in tmp_path.iterdir()] == ["bin"]


def test_a_cache_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in ("/dev/null/cache", "/proc/cache", str(tmp_path / "file")):
        assert said(run(tmp_path, *TINY, RACELET_CACHE=place)).startswith(f"The build cache {place} cannot be used: ")


@pytest.mark.parametrize("place", ["file/r.json", "absent/r.json"])
def test_a_folder_that_is_none_is_named(place: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for verb in (["list"], ["run", "digits"], ["bench"], ["verify", "dwcpwc"], ["generate", "dwcpwc", "-o", "out"]):
        assert said(run(tmp_path, *verb, "--json", place)) == f"--json {place}: its folder does not exist"
    assert said(run(tmp_path, "generate", "dwcpwc", "-o", "file")) == "file is a file; name a folder"
    assert "--report must be a folder" in said(run(tmp_path, "run", "digits", "--plan", "--report", "file"))
    assert "--outputs must be" in said(run(tmp_path, "run", "digits", "--outputs", "file/o.npy"))
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


@pytest.fixture
def full(tmp_path: Path) -> Generator[Path]:
    """A file system of 96 KiB with 16 of them free."""
    place = tmp_path / "full"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root can mount a small file system")
    try:
        (place / "fill").write_bytes(bytes(80 << 10))
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_is_named_and_nothing_half_written(full: Path) -> None:
    reason = "no space left on device"
    assert said(run(full, "generate", "dwcpwc", "-o", "out")) == f"out: {reason}"
    assert said(run(full, "run", "digits", "--plan", "--report", "page")) == f"page: {reason}"
    (full / "fill").write_bytes(bytes(96 << 10))
    assert said(run(full, "list", "--json", "r.json")) == f"r.json: {reason}"
    assert said(run(full, "run", "digits", "--plan", "--json", "r.json")) == f"r.json: {reason}"
    assert said(run(full, *TINY, "--outputs", "o.npy")) == f"o.npy: {reason}"
    assert [file.name for file in full.iterdir()] == ["fill"]


@pytest.mark.slow
@pytest.mark.simulation
def test_a_full_cache_or_waveform_is_named(full: Path) -> None:
    ended = run(full, *TINY, RACELET_CACHE=str(full / "cache"))
    assert said(ended) == f"The build cache {full / 'cache'} cannot be used: No space left on device."
    assert not [file for file in (full / "cache").rglob("*") if file.is_file() and file.suffix != ".lock"]
    shutil.rmtree(full / "cache")
    assert said(run(full, *TINY, "--waves", "w.vcd")) == "w.vcd: no space left on device"
    assert said(run(full, *TINY, "--waves", "/dev/full/w.vcd")).startswith("/dev/full")
    assert [file.name for file in full.iterdir()] == ["fill"]


@pytest.mark.slow
@pytest.mark.simulation
def test_a_damaged_simulator_is_built_again_by_one_of_two_runs(tmp_path: Path) -> None:
    place = str(tmp_path / "cache")
    begun = run(tmp_path, *TINY, "--json", "first.json", RACELET_CACHE=place)
    assert begun.status == 0, begun
    library = next((tmp_path / "cache" / "builds").glob("batch-*/top.so"))
    content = library.read_bytes()
    library.write_bytes(content[: len(content) // 2])
    command = [sys.executable, "-m", "racelet.cli.start", *(str(word) for word in TINY), "--json"]
    environment = {**os.environ, "RACELET_CACHE": place}
    both = [subprocess.Popen([*command, tmp_path / f"{number}.json"], env=environment) for number in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    hashes = {json.loads((tmp_path / f"{name}.json").read_text())["outputs_sha256"] for name in ("first", "0", "1")}
    assert len(hashes) == 1
    assert cache.is_whole(library.parent)
    assert list((tmp_path / "cache" / "work").iterdir()) == []


def stopped(ended: Ended, number: int = signal.SIGINT) -> None:
    """It said so in its last line, left nobody behind, and was no accident."""
    word = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}[signal.Signals(number)]
    assert ended.orphans == []
    assert "Traceback" not in ended.err
    if ended.status != 0:
        assert ended.status == 128 + number, ended
        assert [line for line in ended.err.splitlines() if line and not line.startswith("digits: ")] == [
            f"racelet: {word}"
        ]


def files(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


@pytest.mark.simulation
@pytest.mark.parametrize(
    ("after_s", "number"),
    [
        (0.01, signal.SIGINT),
        (0.3, signal.SIGINT),
        (3.0, signal.SIGINT),
        (8.0, signal.SIGINT),
        (1.0, signal.SIGTERM),
        (5.0, signal.SIGTERM),
    ],
)
def test_a_build_that_is_stopped_leaves_nothing(after_s: float, number: int, tmp_path: Path) -> None:
    work, temporary = tmp_path / "work", tmp_path / "temporary"
    work.mkdir()
    temporary.mkdir()
    environment = {"RACELET_CACHE": str(tmp_path / "cache"), "TMPDIR": str(temporary)}
    ended = interrupted([*TINY, "--json", "r.json"], after_s, work, number=number, environment=environment)
    stopped(ended, number)
    if ended.status:
        assert files(work) == []
    assert list(temporary.iterdir()) == []
    assert list((tmp_path / "cache").glob("work/*")) == []
    assert all(cache.is_whole(entry) for entry in (tmp_path / "cache").glob("builds/*"))


@pytest.mark.simulation
def test_a_simulation_that_is_stopped_keeps_what_it_finished(tmp_path: Path) -> None:
    np.save(tmp_path / "many.npy", np.zeros((20_000, 8, 8, 1), np.int8))
    arguments = ["run", "digits", "--preset", "tiny", "--inputs", "many.npy", "--layerwise", 1]
    arguments += ["--json", "r.json", "--outputs", "o.npy", "--report", "page"]
    assert run(tmp_path, *TINY).status == 0  # The simulator is in the cache now.
    # As long as the first inputs take, and not all of them.
    after_s = 4.0
    while True:
        ended = interrupted(arguments, after_s, tmp_path)
        stopped(ended)
        result = json.loads((tmp_path / "r.json").read_text()) if (tmp_path / "r.json").exists() else {"inputs": 0}
        if result["inputs"]:
            break
        after_s *= 1.5
    assert (ended.status, result["interrupted"], result["bit_exact"]) == (130, True, True)
    assert 0 < result["inputs"] < 20_000
    assert np.load(tmp_path / "o.npy").shape == (result["inputs"], 10)
    assert files(tmp_path) == ["many.npy", "o.npy", "page/index.html", "page/result.json", "r.json"]
    assert f"inputs                   {result['inputs']} (interrupted)" in ended.out


@pytest.mark.parametrize(
    ("verb", "moments"),
    [
        (["generate", "dwcpwc", "-o", "out"], (0.05, 0.5, 1.5, 3.0)),
        (["verify", "dwcpwc", "--bench", "requantizer", "--bench", "layer_sequencer", "--jobs", "2"], (0.5, 2.0, 4.0)),
        (["bench", "simulators", "--json", "r.json"], (0.2, 1.5)),
        (["list"], (0.02, 0.05, 0.1)),
    ],
    ids=["generate", "verify", "bench", "list"],
)
def test_every_verb_stops_at_once(verb: list[str], moments: tuple[float, ...], tmp_path: Path) -> None:
    for after_s in moments:
        began = time.monotonic()
        ended = interrupted(verb, after_s, tmp_path)
        stopped(ended)
        if ended.status:
            assert files(tmp_path) == []
            assert time.monotonic() - began < 60
        shutil.rmtree(tmp_path / "out", ignore_errors=True)


def test_an_ignored_signal_stays_ignored(tmp_path: Path) -> None:
    """As it is in what a shell runs in the background."""
    code = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); os.kill(os.getpid(), signal.SIGINT)"
    code += "; from racelet.cli.start import start; os.kill(os.getpid(), signal.SIGINT); sys.exit(start())"
    done = subprocess.run(
        [sys.executable, "-c", code, "list"], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search("^dwcpwc", done.stdout)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-", "2>&- | head -0"])
@pytest.mark.parametrize(("verb", "status"), [("list", 0), ("lst", 2)])
def test_closed_streams_are_no_error(closed: str, verb: str, status: int, tmp_path: Path) -> None:
    command = f'"$0" -m racelet.cli.start {verb} {closed}; exit "${{PIPESTATUS[0]}}"'
    done = subprocess.run(
        ["bash", "-c", command, sys.executable], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    assert files(tmp_path) == []
