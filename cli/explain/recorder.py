"""A track that keeps what was done to it: every operation, and where each skyrmion is after it."""

import dataclasses

import numpy as np
from numpy.typing import NDArray

from racelet.golden.racetrack.config import RacetrackConfig
from racelet.golden.racetrack.device import Fault, Outcome, Track
from racelet.golden.racetrack.operations import Counts, Operation, counts

NONE = -1
"""Where there is no skyrmion."""
MARKER = 0
"""Number of the skyrmion that marks the end of the track."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Step:
    """An operation, and what came of it.

    Parameters
    ----------
    operation : Operation
    bit : bool
        What a detection saw.
    fault : str or None
    effect : str
        In words.
    span : (int, int)
        Sites that were shifted, or the one that was looked at or changed: first, and behind the last.
    skyrmions : int64, shape (sites,)
        Number of the skyrmion at each site afterwards, or ``NONE``. A skyrmion keeps its number as it moves.
    counts : Counts
        Of this and all steps before.
    """

    operation: Operation
    bit: bool
    fault: Fault | None
    effect: str
    span: tuple[int, int]
    skyrmions: NDArray[np.int64]
    counts: Counts

    @property
    def words(self) -> str:
        """The operation, in words."""
        operation = self.operation
        if operation.kind == "shift":
            part = {"left": "left part", "right": "right part", "all": "all"}[operation.span]
            return f"shift {part} {operation.direction}"
        return f"detect -> {int(self.bit)}" if operation.kind == "detect" else operation.kind


class Recorder(Track):
    """A track that keeps every step.

    Parameters
    ----------
    config : RacetrackConfig

    Attributes
    ----------
    skyrmions : int64, shape (sites,)
        Numbers of the skyrmions, as of a step.
    steps : list of Step
    """

    def __init__(self, config: RacetrackConfig) -> None:
        super().__init__(config)
        self.skyrmions = np.full(config.sites, NONE, np.int64)
        self.steps: list[Step] = []

    def begin(self) -> NDArray[np.int64]:
        """Number the skyrmions that are there; returns the numbers, as those of a step."""
        self.skyrmions[self.sites] = np.arange(self.sites.sum())
        return self.skyrmions.copy()

    def apply(self, operation: Operation) -> Outcome:
        """Do something, and keep it."""
        site = self.site(operation.port)
        low, high = site, site + 1
        if operation.kind == "shift":
            low = site if operation.span == "right" else 0
            high = site + 1 if operation.span == "left" else len(self.sites)
        there = bool(self.sites[site])
        outcome = super().apply(operation)
        span = self.skyrmions[low:high]
        if operation.kind == "shift" and operation.direction == "right":
            span[:] = np.concatenate(([NONE], span[:-1]))
        elif operation.kind == "shift":
            span[:] = np.concatenate((span[1:], [NONE]))
        elif operation.kind == "insert":
            # A number that none before it had.
            span[:] = len(self.sites) + len(self.steps)
        elif operation.kind == "remove":
            span[:] = NONE
        step = Step(
            operation=operation,
            bit=outcome.bit,
            fault=outcome.fault,
            effect=_effect(operation, there, bool(self.sites[site])),
            span=(low, high),
            skyrmions=self.skyrmions.copy(),
            counts=counts([operation]) + (self.steps[-1].counts if self.steps else Counts()),
        )
        self.steps.append(step)
        return outcome


def _effect(operation: Operation, before: bool, after: bool) -> str:
    """What an operation did, from what was at the port before and after it."""
    if operation.kind == "detect":
        return "a skyrmion is at the port" if after else "the port is empty"
    if operation.kind == "insert":
        return "a skyrmion is made"
    if operation.kind == "remove":
        return "the skyrmion is deleted" if before else "nothing was there"
    bit = "one" if after else "zero"
    return {
        ("left", "right"): "next bit; empty site vanishes",
        ("all", "right"): "next bit; the one goes beyond" if before else "next bit comes to the port",
        ("right", "right"): "the one goes beyond",
        ("right", "left"): f"a {bit} comes from beyond",
        ("left", "left"): "bit goes home; a zero follows",
        ("all", "left"): f"bit goes home; a {bit} follows",
    }[operation.span, operation.direction]
