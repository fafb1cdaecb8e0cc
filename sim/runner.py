"""Runs cocotb benches on Verilator for Amaranth components."""

import contextlib
import contextvars
import dataclasses
import json
import os
import secrets
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import cocotb_tools.config
import cocotb_tools.runner
import find_libpython
import numpy as np
from amaranth.lib import wiring

from racelet.hw.lib.verilog import clocks, ports
from racelet.sim import build
from racelet.sim.bench import VARIABLE
from racelet.sim.errors import BenchFailure, ToolError
from racelet.sim.netlists import verilog

TAIL_LINES = 60
"""Lines of the log in the message of a failure."""
_REWRITTEN = "racelet/sim/*.py tests/*.py"
"""Files whose assertions tell what they compared. Left to itself, cocotb rewrites all libraries, every time."""
RANDOM_CYCLES = 12
"""Cycles of random inputs before each reset, so that it must lead to the same state from any."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class TestResult:
    """Outcome of one test of a bench.

    Parameters
    ----------
    name : str
        Function name, with its parameters where it is parametrized.
    passed : bool
    message : str
        Why it failed; empty if it passed.
    simulated_ns : float
        Simulated time, in ns: ten per clock cycle.
    seconds : float
        Wall-clock time.
    """

    __test__ = False

    name: str
    passed: bool
    message: str
    simulated_ns: float
    seconds: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class BenchResult:
    """Outcome of one bench.

    Parameters
    ----------
    bench : str
        Module name of the bench.
    seed : int
        To repeat this very run.
    tests : tuple[TestResult, ...]
        In the order they ran.
    log : str
        What the simulator wrote.
    waves : Path or None
        Waveform file, where one was asked for.
    """

    bench: str
    seed: int
    tests: tuple[TestResult, ...]
    log: str
    waves: Path | None

    @property
    def failed(self) -> tuple[TestResult, ...]:
        """The tests that failed."""
        return tuple(test for test in self.tests if not test.passed)

    def raise_for_failures(self) -> None:
        """Do nothing if every test passed.

        Raises
        ------
        BenchFailure
            If a test failed or none ran, naming bench, seed and tests, with the tail of the log.
        """
        if self.tests and not self.failed:
            return
        what = "no test ran" if not self.tests else f"{len(self.failed)} of {len(self.tests)} tests failed"
        lines = [f"{self.bench} (seed {self.seed}): {what}"]
        lines += [f"  {test.name}: {test.message}" for test in self.failed]
        raise BenchFailure("\n".join([*lines, "log:", *self.log.splitlines()[-TAIL_LINES:]]))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Request:
    """What :func:`run_bench` was asked to run.

    Parameters
    ----------
    component : wiring.Component
        Not elaborated yet.
    bench : str
        Module name of the bench.
    parameters : Mapping[str, Any]
    testcase : str or sequence of str, optional
    """

    component: wiring.Component
    bench: str
    parameters: Mapping[str, Any]
    testcase: str | Sequence[str] | None


_collected: contextvars.ContextVar[list[Request] | None] = contextvars.ContextVar("collected", default=None)


def run_bench(
    component: wiring.Component,
    bench_module: str,
    *,
    parameters: Mapping[str, Any] | None = None,
    seed: int | None = None,
    waves: Path | None = None,
    testcase: str | Sequence[str] | None = None,
    check: bool = True,
    netlist: str | None = None,
) -> BenchResult:
    """Run the tests of a bench module against a component, simulated by Verilator.

    The simulator is built once per netlist and cached, so further benches, seeds and parameters start at once. Every
    run has a private folder; runs may be parallel. Inside the bench, only ports can be seen.

    Parameters
    ----------
    component : wiring.Component
        The hardware. Elaborated by this call, once.
    bench_module : str
        Importable name of the module with the cocotb tests, such as ``racelet.sim.dwcpwc.tb_requantizer``.
    parameters : Mapping[str, Any], optional
        For :func:`racelet.sim.bench.bench_parameters`: anything JSON can hold, and dataclasses of such.
    seed : int, optional
        For every random number of the bench. By default a new one. Printed either way, on stderr.
    waves : Path, optional
        Where to write a waveform of all signals, in VCD. Its simulator is a build of its own.
    testcase : str or sequence of str, optional
        Names of the only tests to run: all parameter sets of a test, or one as its result names it.
    check : bool
        Raise if a test fails; else leave that to the caller.
    netlist : str, optional
        Verilog to simulate instead of the component's own; it must have the same ports.

    Returns
    -------
    BenchResult

    Raises
    ------
    BenchFailure
        If a test failed and ``check`` is set, if no test ran, or if the simulator ended without results.
    ToolError
        If a tool is missing or refuses the netlist.
    ValueError
        If ``waves`` has another suffix than ``.vcd``.
    """
    if waves is not None and waves.suffix != ".vcd":
        raise ValueError(f"waves must be a file name ending in .vcd, not {waves}")
    if (collected := _collected.get()) is not None:
        request = Request(component=component, bench=bench_module, parameters=dict(parameters or {}), testcase=testcase)
        collected.append(request)
        return BenchResult(bench=bench_module, seed=seed or 0, tests=(), log="", waves=None)
    seed = secrets.randbelow(1 << 31) if seed is None else seed
    print(f"{bench_module}: seed {seed}", file=sys.stderr)
    folder = build_simulator(component, waves=waves is not None, netlist=netlist)
    with tempfile.TemporaryDirectory(prefix="racelet-") as place:
        work = Path(place)
        tell_bench(work, component, parameters or {})
        simulate(folder, bench_module, work, seed=seed, waves=waves, testcase=testcase)
        log = (work / "log").read_text(errors="replace") if (work / "log").exists() else ""
        if not (work / "results.xml").exists():
            tail = "\n".join(log.splitlines()[-TAIL_LINES:])
            raise BenchFailure(f"{bench_module} (seed {seed}): the simulator ended without results; log:\n{tail}")
        tests = read_results(work / "results.xml")
    result = BenchResult(bench=bench_module, seed=seed, tests=tests, log=log, waves=waves)
    if check or not tests:
        result.raise_for_failures()
    return result


@contextlib.contextmanager
def collected_requests() -> Generator[list[Request]]:
    """Within the block, :func:`run_bench` runs nothing, but adds what it was asked to the list.

    So whoever wants to run the benches of a component in another way, on broken hardware for one, learns what they are
    without a second description of them.

    Yields
    ------
    list of Request
    """
    requests: list[Request] = []
    token = _collected.set(requests)
    try:
        yield requests
    finally:
        _collected.reset(token)


def tell_bench(
    work: Path, component: wiring.Component, parameters: Mapping[str, Any], *, random_cycles: int = RANDOM_CYCLES
) -> None:
    """Write what the bench in the simulator wants to know, for :mod:`racelet.sim.bench`, into a folder."""
    inputs = [port.name for port in ports(component) if port.direction == "in"]
    told = {"parameters": dict(parameters), "inputs": inputs, "random_cycles": random_cycles}
    (work / "bench.json").write_text(json.dumps(told, default=_as_json))


def build_simulator(
    component: wiring.Component,
    *,
    waves: bool = False,
    netlist: str | None = None,
    further: Sequence[str] = (),
    flags: Sequence[str] = (),
) -> Path:
    """Build the cocotb simulator of a component, or find it in the cache.

    Parameters
    ----------
    component : wiring.Component
    waves : bool
        Whether it can write waveforms, which makes it slower.
    netlist : str, optional
        Verilog to simulate instead of the component's own; it must have the same ports.
    further : sequence of str
        Ports of the netlist that the component does not have.
    flags : sequence of str
        Further options of Verilator.

    Returns
    -------
    Path
        Folder with the program ``top``.

    Raises
    ------
    ToolError
        If a tool is missing or refuses the netlist.
    """
    netlist = netlist or verilog(component)
    names = [*(port.name for port in ports(component)), *clocks(netlist), *further]
    # Ports only: making every signal visible (--public-flat-rw) would forbid most optimisations.
    visible = "".join(f'public_flat_rw -module "top" -var "{name}"\n' for name in names)
    main = Path(cocotb_tools.config.share_dir) / "lib" / "verilator" / "verilator.cpp"
    libraries = cocotb_tools.config.libs_dir
    recipe = build.Recipe(
        target="top",
        sources={"main.cpp": main.read_text(), "visible.vlt": f"`verilator_config\n{visible}"},
        verilator_flags=("--vpi", *(("--trace-vcd",) if waves else ()), *flags),
        linker_flags=(f"-Wl,-rpath,{libraries}", f"-L{libraries}", "-lcocotbvpi_verilator"),
    )
    return build.build("cocotb", netlist, recipe)


def simulate(
    folder: Path,
    bench_module: str,
    work: Path,
    *,
    seed: int,
    waves: Path | None = None,
    testcase: str | Sequence[str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run a simulator of :func:`build_simulator` once.

    Parameters
    ----------
    folder : Path
        Of the simulator.
    bench_module : str
    work : Path
        Folder with ``bench.json``; ``log`` and ``results.xml`` are written there, the latter only by a run that ended.
    seed, waves, testcase
        As for :func:`run_bench`.
    environment : mapping of str to str, optional
        Further variables for the simulator.

    Raises
    ------
    ToolError
        If Python's shared library is missing.
    """
    if find_libpython.find_libpython() is None:
        major, minor = sys.version_info[:2]
        raise ToolError(f"Python's shared library is missing: install the Debian package libpython{major}.{minor}.")
    runner = cocotb_tools.runner.get_runner("verilator")
    arguments: list[str] = []
    if waves is not None:
        waves.parent.mkdir(parents=True, exist_ok=True)
        arguments = ["--trace", "--trace-file", str(waves.resolve())]
    try:
        runner.test(
            bench_module,
            "top",
            hdl_toplevel_lang="verilog",
            testcase=testcase,
            seed=seed,
            test_args=arguments,
            extra_env={
                VARIABLE: str(work / "bench.json"),
                "COCOTB_REWRITE_ASSERTION_FILES": _REWRITTEN,
                **(environment or {}),
            },
            build_dir=folder,
            test_dir=work,
            results_xml=str(work / "results.xml"),
            log_file=work / "log",
        )
    except (SystemExit, RuntimeError):
        # Failed tests and a crash look alike here; the results file tells them apart.
        return


def read_results(path: Path) -> tuple[TestResult, ...]:
    """Outcomes of the tests in a ``results.xml``."""
    found: list[TestResult] = []
    for case in ET.parse(path).getroot().iter("testcase"):
        if case.find("skipped") is not None:
            continue
        problem = case.find("failure")
        problem = case.find("error") if problem is None else problem
        message = (
            "" if problem is None else (problem.get("message") or problem.get("error_msg") or problem.text or "failed")
        )
        found.append(
            TestResult(
                name=case.get("name", ""),
                passed=problem is None,
                message=message.strip(),
                simulated_ns=float(case.get("sim_time_ns", 0)),
                seconds=float(case.get("time", 0)),
            )
        )
    return tuple(found)


def _as_json(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"run_bench parameters must be JSON values or dataclasses of them, not {type(value).__name__}")
