"""Subjects of the proofs: which components there are, in which shape, and what is shown of each."""

import dataclasses
import functools
import importlib
import pkgutil
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from amaranth.hdl import Const, Value
from amaranth.lib import wiring

from racelet.synth.prove import machines, slices, streams
from racelet.synth.prove.harness import Harness

MULTIPLIERS = "top.dut*/t:$mul r:A_WIDTH>=8 %i r:B_WIDTH>=8 %i"
"""Selection of the multipliers of data; those of small counts stay."""

Make = Callable[[], wiring.Component]
Describe = Callable[[Harness, Any], None]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Subject:
    """A component and what is to be shown of it.

    Parameters
    ----------
    block : str
        Folder in ``hw``.
    name : str
        As on the command line.
    make : callable
        Makes the component, in a small shape.
    describe : callable or None
        Adds assumptions and properties to those that hold for every component.
    forgets : callable or None
        From the component, when it may take back what it offered.
    drops : Mapping
        From the component, when it may take back what it offered in a stream, by the stream's name.
    meaning : Mapping
        From the component, what of a stream's payload means something; of streams that are not named, all.
    terminal : collection of str
        States of its state machines that only a clear ends.
    abstract : sequence of str
        Yosys selections of cells whose outputs are taken to be anything where something is to be shown for every run:
        what holds then, holds with them too.
    apart : sequence of str
        Submodules that are left out: their outputs are taken to be anything, in runs that are looked for too.
    arrays : bool
        Memories are arrays to the solver; else registers, which suits small ones that are read in long runs.
    depth : int
        Cycles of the longest induction that is tried.
    bound : int
        Cycles in which is looked for a counterexample to what no induction shows.
    reach : int
        Cycles within which everything that can come to pass has to.
    """

    block: str
    name: str
    make: Make
    describe: Describe | None = None
    forgets: Callable[[Any], Value] | None = None
    drops: Mapping[str, Callable[[Any], Value]] = dataclasses.field(default_factory=dict)
    meaning: Mapping[str, Callable[[Any], Value]] = dataclasses.field(default_factory=dict)
    terminal: Collection[str] = ()
    abstract: Sequence[str] = ()
    apart: Sequence[str] = ()
    arrays: bool = True
    depth: int = 4
    bound: int = 12
    reach: int = 12

    def harness(self) -> Harness:
        """The component with all its properties."""
        component = self.make()
        harness = Harness(component)
        forgets = Const(0) if self.forgets is None else self.forgets(component)
        drops, meaning = (
            {name: each(component) for name, each in streams_.items()} for streams_ in (self.drops, self.meaning)
        )
        streams.hold(harness, forgets, drops, meaning)
        machines.resets(harness, self.apart)
        slices.in_turn(harness, self.apart)
        machines.lead_on(harness, self.terminal, self.apart)
        if self.describe is not None:
            self.describe(harness, component)
        return harness


def start(component: Any) -> Value:
    """For ``forgets`` of components that a new layer's start brings back to their beginning."""
    return component.start


@functools.cache
def subjects() -> tuple[Subject, ...]:
    """All of them: the lists ``SUBJECTS`` of the modules below ``racelet.synth.prove``, by block and name."""
    found: list[Subject] = []
    package = importlib.import_module("racelet.synth.prove")
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        found += getattr(importlib.import_module(module.name), "SUBJECTS", [])
    return tuple(sorted(found, key=lambda subject: (subject.block, subject.name)))
