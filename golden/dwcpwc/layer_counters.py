"""Cycle counts of layers, kept for software to read."""

import dataclasses
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True, kw_only=True)
class Counters:
    """What is shown of the last run that ended, and of all.

    Parameters
    ----------
    cycles : list of int
        Count of each layer of that run, as far as there are places.
    layers : int
        How many it had.
    last : int
        Their sum, modulo 2**64.
    total : int
        Sum of all counts, those of runs that go on or were abandoned too, modulo 2**64.
    """

    cycles: list[int]
    layers: int
    last: int
    total: int


def counters(events: Sequence[int | str], places: int) -> Counters:
    """Follow counts and ends of runs.

    Parameters
    ----------
    events : sequence of int, "end" or "abandon"
        A layer's count; the end of a run; its abandonment.
    places : int
        Layers of a run whose counts are kept.

    Examples
    --------
    >>> counters([5, 7, 9, "end", 3, "abandon", 4], places=2)
    Counters(cycles=[5, 7], layers=3, last=21, total=28)
    """
    shown: list[int] = []
    running: list[int] = []
    total = 0
    for event in events:
        if isinstance(event, int):
            running.append(event)
            total += event
            continue
        if event == "end":
            shown = running
        running = []
    return Counters(cycles=shown[:places], layers=len(shown), last=sum(shown) % 2**64, total=total % 2**64)
