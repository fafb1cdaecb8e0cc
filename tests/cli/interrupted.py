"""Runs of the command line that a signal ends."""

import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

START = """
import os, signal, sys
# A test run in the background of a shell has Ctrl-C ignored, and so have its children.
signal.signal(signal.SIGINT, signal.default_int_handler)
from racelet.cli.start import start
os.write({pipe}, b".")
sys.exit(start())
"""
MARK = "RACELET_TEST_MARK"
PATIENCE_S = 120
"""Most that a run has for its end, once it was sent a signal."""
BUILD_S = 600
"""Most that a whole run has: it may build a simulator beside others that do."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ended:
    """What is left of a run.

    Parameters
    ----------
    status : int
    out, err : str
    orphans : list of str
        Commands of processes that it started and that still run.
    """

    status: int
    out: str
    err: str
    orphans: list[str]


def interrupted(
    arguments: Sequence[object],
    after_s: float | None,
    folder: Path,
    *,
    number: int = signal.SIGINT,
    environment: Mapping[str, str] | None = None,
) -> Ended:
    """Run ``racelet``, and send it a signal.

    Parameters
    ----------
    arguments : sequence
    after_s : float or None
        When, counted from where the process can know of signals; None: never.
    folder : Path
        Where it runs.
    number : int
        The signal. Only the process itself gets it, not what it started.
    environment : mapping
        On top of this process's.

    Returns
    -------
    Ended
    """
    mark = uuid.uuid4().hex
    begun, begin = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", START.format(pipe=begin), *(str(argument) for argument in arguments)],
        cwd=folder,
        env={**os.environ, **(environment or {}), MARK: mark},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        pass_fds=[begin],
    ) as process:
        os.close(begin)
        os.read(begun, 1)
        os.close(begun)
        if after_s is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(after_s) if after_s > 1 else time.sleep(after_s)
            process.send_signal(number)
        out, err = process.communicate(timeout=BUILD_S if after_s is None else PATIENCE_S)
    return Ended(status=process.returncode, out=out, err=err, orphans=_marked(mark))


def _marked(mark: str) -> list[str]:
    """Commands of the processes that have inherited a mark; those that are just ending have a moment to do so."""
    found: list[str] = []
    for _ in range(20):
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if f"{MARK}={mark}".encode() in (process / "environ").read_bytes():
                    found.append((process / "cmdline").read_text().replace("\0", " ")[:200])
        if not found:
            break
        time.sleep(0.05)
    return found
