"""Running a tool as a child process that ends with us."""

import contextlib
import errno
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from racelet.sim.errors import ToolError, ToolTimeout

_LEAST_ROOM = 1 << 20
"""Bytes without which a build fails: an object file of a large design."""

_running: set[int] = set()
_lock = threading.Lock()


def run_tool(
    what: str,
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str] | None = None,
    *,
    seconds: float | None = None,
) -> str:
    """Run a tool to its end.

    Parameters
    ----------
    what : str
        Its name, for messages.
    command : sequence of str
    folder : Path
        Where it runs and keeps its temporary files, which go with the folder, however it ends.
    environment : mapping of str to str, optional
        All variables; by default those of this process.
    seconds : float, optional
        After which it is ended; by default never.

    Returns
    -------
    str
        What it printed.

    Raises
    ------
    ToolError
        If it fails, with the end of what it printed.
    ToolTimeout
        If it was ended.
    OSError
        If it failed because the disk is full.
    """
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**(os.environ if environment is None else environment), "TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as process:
        with _lock:
            _running.add(process.pid)
        try:
            printed, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as late:
            _kill(process.pid)
            raise ToolTimeout(f"{what} took more than {seconds:g} s.") from late
        except BaseException:
            # Make and Verilator start further processes, which would go on in a folder that is removed.
            _kill(process.pid)
            raise
        finally:
            with _lock:
                _running.discard(process.pid)
    if process.returncode:
        if _no_room(folder):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
        raise ToolError(f"{what} failed with status {process.returncode}.", "\n".join(printed.splitlines()[-30:]))
    return printed


def end_tools() -> None:
    """End the tools that other threads run, each of which then raises ToolError."""
    with _lock:
        for number in _running:
            _kill(number)


def _kill(number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(number, signal.SIGKILL)


def _no_room(folder: Path) -> bool:
    """Whether it is the disk that stopped a tool, of whose words the last ones say something else."""
    try:
        (folder / "room").write_bytes(bytes(_LEAST_ROOM))
        (folder / "room").unlink()
    except OSError as error:
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return False
