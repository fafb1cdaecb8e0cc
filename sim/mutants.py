"""Runs one bench against many mutants that are in one simulator, chosen by the value of an input.

The simulator starts once, with Python and the bench loaded; for each mutant it forks a child (:func:`fork_each`), which
sets the input and runs the tests until one fails. So a mutant costs what its simulation costs, not the start of a
simulator, and its state is that of a fresh one.
"""

import atexit
import contextlib
import dataclasses
import importlib
import json
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

SELECT = "racelet_mutant"
"""Name of the input that chooses a mutant; 0 is none."""

PROMISED = "promised"
"""Name of the output that tells whether the inputs keep to the component's contract, where it has one."""

_ORDER = "RACELET_MUTANTS"
_CHOSEN = "RACELET_MUTANT"
_ENTRIES = (
    "cocotb.logging:_configure",
    "cocotb._init:init_package_from_simulation",
    "racelet.sim.mutants:fork_each",
    "cocotb.regression:_run_regression",
)
"""What pygpi starts in the simulator: what cocotb itself does, with the forks before the tests."""
_SLOWER = 8
"""A mutant may take so many times the processor time of the unbroken component before it counts as hanging."""

_PATIENCE = 20
"""Seconds on the wall per second of processor time, for what waits and does not compute."""

Ending = Literal["passed", "failed", "hung", "crashed"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a bench said of a mutant.

    Parameters
    ----------
    mutant : int
    ending : {"passed", "failed", "hung", "crashed"}
        "hung": it took many times the processor time of the unbroken component. "crashed": the simulator ended early.
    test : str
        The test that failed first; empty if none did.
    message : str
        What it said.
    """

    mutant: int
    ending: Ending
    test: str = ""
    message: str = ""

    @property
    def killed(self) -> bool:
        """Whether the bench noticed."""
        return self.ending != "passed"


def run_mutants(
    folder: Path,
    request: Any,
    mutants: Sequence[int],
    *,
    seed: int,
    jobs: int = 1,
    least_s: int = 10,
) -> tuple[Verdict, ...]:
    """Run a bench against mutants; against the unbroken component first.

    Parameters
    ----------
    folder : Path
        A simulator of :func:`racelet.sim.runner.build_simulator` whose netlist has the input ``SELECT``.
    request : racelet.sim.runner.Request
        The bench and its parameters.
    mutants : sequence of int
        Values of the input.
    seed : int
        Of the bench, the same for each.
    jobs : int
        Mutants at a time.
    least_s : int
        Processor time in s that a mutant may take in any case, before it counts as hanging.

    Returns
    -------
    tuple of Verdict
        In the order of ``mutants``.

    Raises
    ------
    BenchFailure
        If the bench fails on the unbroken component, or the simulator ended without verdicts.
    """
    from racelet.sim.errors import BenchFailure
    from racelet.sim.runner import simulate, tell_bench

    with tempfile.TemporaryDirectory(prefix="racelet-") as place:
        work = Path(place)
        tell_bench(work, request.component, request.parameters)
        order = {"mutants": list(mutants), "jobs": jobs, "least_s": least_s, "folder": str(work)}
        (work / "order.json").write_text(json.dumps(order))
        environment = {
            _ORDER: str(work / "order.json"),
            "PYGPI_USERS": ",".join(_ENTRIES),
            "COCOTB_MAX_FAILURES": "1",
            "OPENBLAS_NUM_THREADS": "1",  # A child has no threads of its parent.
        }
        simulate(folder, request.bench, work, seed=seed, testcase=request.testcase, environment=environment)
        if not (work / "verdicts.json").exists():
            log = (work / "log").read_text(errors="replace") if (work / "log").exists() else ""
            raise BenchFailure(f"{request.bench} (seed {seed}): the simulator of the mutants ended early; log:\n{log}")
        found = [Verdict(**verdict) for verdict in json.loads((work / "verdicts.json").read_text())]
    unbroken, *verdicts = found
    if unbroken.killed:
        reason = f"{unbroken.ending} {unbroken.test}: {unbroken.message}"
        raise BenchFailure(f"{request.bench} (seed {seed}) fails on the component without a mutant: {reason}")
    return tuple(verdicts)


def write_waves(folder: Path, request: Any, mutant: int, *, seed: int, waves: Path) -> None:
    """Run a bench against one mutant and write the waveform.

    Parameters
    ----------
    folder : Path
        As for :func:`run_mutants`, of a simulator that can write waveforms.
    request : racelet.sim.runner.Request
    mutant, seed : int
    waves : Path
        File in VCD.
    """
    from racelet.sim.runner import simulate, tell_bench

    with tempfile.TemporaryDirectory(prefix="racelet-") as place:
        work = Path(place)
        tell_bench(work, request.component, request.parameters)
        entries = [entry.replace("fork_each", "choose") for entry in _ENTRIES]
        environment = {"PYGPI_USERS": ",".join(entries), _CHOSEN: str(mutant)}
        simulate(
            folder, request.bench, work, seed=seed, waves=waves, testcase=request.testcase, environment=environment
        )


def choose() -> None:
    """In the simulator, before the tests: switch on the one mutant that :func:`write_waves` names."""
    _select(int(os.environ[_CHOSEN]))


def fork_each() -> None:
    """In the simulator, before the tests: fork a child for each mutant; only children return."""
    order = json.loads(Path(os.environ[_ORDER]).read_text())
    for name in os.environ["COCOTB_TEST_MODULES"].split(","):
        importlib.import_module(name)  # Once, and not in every child.
    folder = Path(order["folder"])
    server = _Server(folder)
    if server.fork(0, None):
        return
    server.wait(1)
    verdicts = [server.verdicts[0]]
    if not verdicts[0].killed:
        limit = int(order["least_s"] + _SLOWER * server.cpu_s)
        for mutant in order["mutants"]:
            server.wait(order["jobs"])
            if server.fork(mutant, limit):
                return
        server.wait(1)
        verdicts += [server.verdicts[mutant] for mutant in order["mutants"]]
    part = folder / "verdicts.part"
    part.write_text(json.dumps([dataclasses.asdict(verdict) for verdict in verdicts]))
    part.rename(folder / "verdicts.json")
    # The runner looks for results; those of the mutants are in the verdicts.
    (folder / "results.xml").write_text("<testsuites/>")
    os._exit(0)


class _Server:
    """The parent of the children that run mutants."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: dict[int, int] = {}
        self.verdicts: dict[int, Verdict] = {}
        self.cpu_s = 0.0

    def fork(self, mutant: int, limit: int | None) -> bool:
        """Start a child; True in the child."""
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        child = os.fork()
        if child:
            self.running[child] = mutant
            return False
        _become(mutant, self._results(mutant), limit, parent)
        return True

    def wait(self, most: int) -> None:
        """Until fewer than ``most`` children run."""
        while len(self.running) >= most:
            child, status, usage = os.wait3(0)
            mutant = self.running.pop(child)
            self.cpu_s = usage.ru_utime + usage.ru_stime
            self.verdicts[mutant] = _verdict(mutant, status, self._results(mutant))

    def _results(self, mutant: int) -> Path:
        return self.folder / f"results-{mutant}.xml"


def _become(mutant: int, results: Path, limit: int | None, parent: int) -> None:
    """Turn this new process into the simulation of a mutant."""
    _end_with(parent)
    # Verilator's own end would wait for the threads of its pool, which only the parent has.
    atexit.register(os._exit, 0)
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    os.environ["COCOTB_RESULTS_FILE"] = str(results)
    if limit is not None:
        # Of processor time, so that a busy machine kills no mutant.
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
        signal.alarm(_PATIENCE * limit)
    _select(mutant)


def _select(mutant: int) -> None:
    import cocotb
    from cocotb.handle import Immediate

    top: Any = cocotb.top
    getattr(top, SELECT).value = Immediate(mutant)


def _end_with(parent: int) -> None:
    """Let the system end this process when its parent ends, where it can; a limit of time ends it elsewhere."""
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(1, int(signal.SIGKILL))
    if os.getppid() != parent:
        os._exit(1)


def _verdict(mutant: int, status: int, results: Path) -> Verdict:
    from racelet.sim.runner import read_results

    if os.WIFSIGNALED(status) and os.WTERMSIG(status) in {signal.SIGXCPU, signal.SIGALRM, signal.SIGKILL}:
        return Verdict(mutant=mutant, ending="hung")
    if not results.exists():
        return Verdict(mutant=mutant, ending="crashed", message=f"status {status}")
    tests = read_results(results)
    results.unlink()
    failed = [test for test in tests if not test.passed]
    if failed:
        return Verdict(mutant=mutant, ending="failed", test=failed[0].name, message=failed[0].message[:500])
    if not tests:
        return Verdict(mutant=mutant, ending="crashed", message="no test ran")
    return Verdict(mutant=mutant, ending="passed")
