"""What operations add up to: how many there were of each kind, their time, their energy."""

import dataclasses
from collections.abc import Sequence

from racelet.golden.racetrack.operations import ENERGY_FJ, LATENCY_NS, Counts, Kind


@dataclasses.dataclass(frozen=True, kw_only=True)
class Totals:
    """What the counters show.

    Parameters
    ----------
    detect, shift, remove, insert : int
        Operations of each kind.
    time : int
        Of all of them, in units of 0.1 ns, which all latencies are multiples of.
    energy : int
        Of all of them, in fJ.
    """

    detect: int = 0
    shift: int = 0
    remove: int = 0
    insert: int = 0
    time: int = 0
    energy: int = 0


def totals(counts: Counts, width: int = 64) -> Totals:
    """What counters show after so many operations.

    Parameters
    ----------
    counts : Counts
    width : int
        Bits of each counter, which begins anew at zero.

    Examples
    --------
    >>> totals(Counts(detect=3, shift=2, insert=1))
    Totals(detect=3, shift=2, remove=0, insert=1, time=23, energy=246)
    """
    time = sum(round(10 * LATENCY_NS[kind]) * counts.of(kind) for kind in LATENCY_NS)
    energy = sum(int(ENERGY_FJ[kind]) * counts.of(kind) for kind in ENERGY_FJ)
    values = {**{kind: counts.of(kind) for kind in LATENCY_NS}, "time": time, "energy": energy}
    return Totals(**{name: value % (1 << width) for name, value in values.items()})


def counted(done: Sequence[Kind | None], forgets: Sequence[int], width: int) -> list[Totals]:
    """What the counters show in each cycle.

    Parameters
    ----------
    done : sequence of str or None
        Operation that ends in each cycle.
    forgets : sequence of {0, 1}
        Whether all before that is forgotten.
    width : int
        Bits of each counter.

    Examples
    --------
    >>> [each.time for each in counted(["insert", "detect", None, "shift", None], [0, 0, 0, 1, 0], 8)]
    [0, 10, 11, 11, 5]
    """
    counts = Counts()
    shown: list[Totals] = []
    for kind, forget in zip(done, forgets, strict=True):
        shown.append(totals(counts, width))
        counts = Counts() if forget else counts
        counts = counts if kind is None else counts + Counts(**{kind: 1})
    return shown
