"""From attempts to a verdict on every property of a subject."""
# Ref: Flanagan and Leino, "Houdini, an annotation assistant for ESC/Java", FME 2001: the largest set of properties that
# hold inductively together is what remains when those that fail the step are left out until none does.

import dataclasses
from pathlib import Path
from typing import Literal

from racelet.synth.prove.attempt import Attempt, Mode, Outcome, Prover
from racelet.synth.prove.harness import Property
from racelet.synth.prove.subject import Subject

Result = Literal["proved", "bounded", "covered", "failed", "unreached"]

GOOD: tuple[Result, ...] = ("proved", "bounded", "covered")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is known about a property.

    Parameters
    ----------
    block, component, name : str
    result : {"proved", "bounded", "covered", "failed", "unreached"}
        "proved": holds in every run. "bounded": holds in the first ``depth`` cycles of every run. "covered": comes to
        pass in a run of ``depth`` cycles. "failed": does not hold in the last cycle of a run of ``depth`` cycles.
        "unreached": comes to pass in no run of ``depth`` cycles.
    depth : int
        Cycles; of "proved" those of the induction's base.
    trace : Path or None
        Waveform of that run.
    """

    block: str
    component: str
    name: str
    result: Result
    depth: int
    trace: Path | None = None


class Judge:
    """Find the verdicts on a subject.

    Parameters
    ----------
    prover : Prover
    limit_s : int
        Seconds for each attempt.
    """

    def __init__(self, prover: Prover, limit_s: int) -> None:
        self.prover = prover
        self.limit_s = limit_s

    def verdicts(self, subject: Subject, bound: int | None = None) -> list[Verdict]:
        """One for each property that is no assumption, in their order.

        Parameters
        ----------
        subject : Subject
        bound : int or None
            In place of the subject's own.
        """
        harness = subject.harness()
        trial = _Trial(self, subject, harness.netlist(), harness.properties)
        if any(each.kind == "cover" for each in harness.properties):
            trial.reach(subject.reach)
        trial.induct(subject.depth)
        trial.search(bound or subject.bound)
        return [trial.found[each.cell] for each in harness.properties if each.kind != "assume"]


class _Trial:
    """The properties of one subject, as they are settled."""

    def __init__(self, judge: Judge, subject: Subject, netlist: str, properties: list[Property]) -> None:
        self.judge = judge
        self.subject = subject
        self.netlist = netlist
        self.names = {each.cell: each.name for each in properties if each.kind != "assume"}
        self.covers = {each.cell for each in properties if each.kind == "cover"}
        self.checks = set(self.names) - self.covers
        self.found: dict[str, Verdict] = {}

    def reach(self, depth: int) -> None:
        """Look for a run to each cover."""
        outcome = self._attempt("cover", depth, self.covers)
        for event in outcome.events:
            if event.status == "PASS" and event.trace is not None:
                trace = None if outcome.folder is None else outcome.folder / Path(event.trace).name
                self._settle(event.cell, "covered", event.step + 1, trace)
        for cell in self.covers - set(self.found):
            self._settle(cell, "unreached", self._done(outcome, depth))

    def induct(self, depth: int) -> None:
        """Settle the largest set of checks that hold inductively together, and those that fail at once."""
        candidates = set(self.checks)
        while candidates:
            outcome = self._attempt("prove", depth, candidates)
            if outcome.status == "PASS":
                for cell in candidates:
                    self._settle(cell, "proved", depth)
                return
            failed = self._failures(outcome)
            candidates -= failed or {event.cell for event in outcome.events if event.case == "induction"} or candidates

    def search(self, bound: int) -> None:
        """Look for counterexamples to the checks that are not settled."""
        while open_ := self.checks - set(self.found):
            outcome = self._attempt("bmc", bound, open_)
            if not self._failures(outcome):
                for cell in open_:
                    self._settle(cell, "bounded", self._done(outcome, bound))

    def _done(self, outcome: Outcome, depth: int) -> int:
        """Cycles that were looked at."""
        if outcome.status != "TIMEOUT":
            return depth
        return max((event.step for event in outcome.events if event.trace is None), default=-1) + 1

    def _failures(self, outcome: Outcome) -> set[str]:
        """Settle the checks that an outcome has a run against."""
        failed: set[str] = set()
        for event in outcome.events:
            real = event.case != "induction" and event.trace is not None
            if event.status == "FAIL" and real and event.cell in self.checks:
                trace = None if outcome.folder is None else outcome.folder / Path(event.trace or "").name
                self._settle(event.cell, "failed", event.step + 1, trace)
                failed.add(event.cell)
        return failed

    def _attempt(self, mode: Mode, depth: int, cells: set[str]) -> Outcome:
        return self.judge.prover.run(
            Attempt(
                netlist=self.netlist,
                mode=mode,
                depth=depth,
                cells=cells,
                without=set(self.names) - cells,
                abstract=[
                    *(f"t:top.dut.{name}" for name in self.subject.apart),
                    *([] if mode == "cover" else self.subject.abstract),
                ],
                arrays=self.subject.arrays,
                limit_s=self.judge.limit_s,
            )
        )

    def _settle(self, cell: str, result: Result, depth: int, trace: Path | None = None) -> None:
        self.found[cell] = Verdict(
            block=self.subject.block,
            component=self.subject.name,
            name=self.names[cell],
            result=result,
            depth=depth,
            trace=trace,
        )
