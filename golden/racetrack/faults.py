"""Tracks on which something goes wrong."""

import dataclasses
from collections.abc import Sequence
from typing import Literal, get_args

from racelet.golden.racetrack.config import RacetrackConfig
from racelet.golden.racetrack.device import Outcome, Track
from racelet.golden.racetrack.operations import Operation

Wrong = Literal["short", "long", "reversed", "lost", "gained", "cut"]
WRONGS: tuple[Wrong, ...] = get_args(Wrong)


class PowerCut(Exception):
    """Power is lost before an operation; tracks and journal stay as they are."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Injection:
    """Something that goes wrong, once.

    Parameters
    ----------
    wrong : str
        "short": a shift moves nothing. "long": it moves two sites. "reversed": it moves the other way. "lost": the
        skyrmion of a site vanishes. "gained": one appears. "cut": power is lost, and the operation not done.
    operation : int
        At which operation of the track, counted from 0; what is lost or gained is so before it.
    site : int
        Where a skyrmion is lost or gained.
    """

    wrong: Wrong
    operation: int
    site: int = 0


class FaultyTrack(Track):
    """A track on which things go wrong.

    Parameters
    ----------
    config : RacetrackConfig
    injections : sequence of Injection
        Those of shifts do nothing at other operations.

    Examples
    --------
    >>> config = RacetrackConfig(word_bits=8, ports=1)
    >>> track = FaultyTrack(config, [Injection(wrong="long", operation=0)])
    >>> track.apply(Operation(kind="shift")), track.displacement
    (Outcome(bit=False, bits=0, fault=None), 2)
    """

    def __init__(self, config: RacetrackConfig, injections: Sequence[Injection] = ()) -> None:
        super().__init__(config)
        self.injections = list(injections)

    def _effect(self, operation: Operation) -> Outcome:
        now = [each for each in self.injections if each.operation == len(self.trace)]
        for each in now:
            if each.wrong == "cut":
                raise PowerCut
            if each.wrong in ("lost", "gained"):
                self.sites[each.site] = each.wrong == "gained"
        wrong = next((each.wrong for each in now if each.wrong in ("short", "long", "reversed")), None)
        if operation.kind != "shift" or wrong is None:
            return super()._effect(operation)
        if wrong == "short":
            return Outcome()
        if wrong == "reversed":
            other = "left" if operation.direction == "right" else "right"
            return super()._effect(dataclasses.replace(operation, direction=other))
        first = super()._effect(operation)
        second = super()._effect(operation)
        return first if first.fault is not None else second
