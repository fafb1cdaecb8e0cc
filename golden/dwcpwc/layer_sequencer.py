"""Layer sequencer: which layers run, when they start, and what their cycle counts are."""

import dataclasses
from collections.abc import Sequence

from racelet.golden.dwcpwc.layer_config import DESCRIPTOR_WORDS, LayerKind

FETCH = DESCRIPTOR_WORDS + 3
"""Cycles from ``go`` to the start of the first layer."""
TURN = 3
"""Cycles from the end of a layer to the start of the next, if its descriptor is there."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class SequencerTimes:
    """When the sequencer does what.

    Parameters
    ----------
    starts : list of int
        Cycle of each layer's start pulse; after an error or a layer that does not end there are no more.
    counts : list of int
        Cycle count of each layer.
    given : list of int
        First cycle of each count.
    stopped : int
        First cycle that is not busy, or in which the error is high.
    """

    starts: list[int]
    counts: list[int]
    given: list[int]
    stopped: int


def runs(kinds: Sequence[int], last: Sequence[int]) -> tuple[int, str]:
    """Layers that a program runs, and what stops it.

    Parameters
    ----------
    kinds, last : sequence of int
        The fields ``kind`` and ``last`` of all descriptors that can be kept.

    Returns
    -------
    layers : int
        Layers that start.
    error : {"NONE", "KIND", "UNFINISHED"}
        KIND: the next one's kind is none of those there are. UNFINISHED: it is the last place and not the last layer.

    Examples
    --------
    >>> runs([0, 4, 1], [0, 0, 1]), runs([0, 7, 1], [0, 0, 1]), runs([0, 4, 1], [0, 0, 0])
    ((3, 'NONE'), (1, 'KIND'), (2, 'UNFINISHED'))
    """
    for number, (kind, ends) in enumerate(zip(kinds, last, strict=True)):
        if kind > max(LayerKind):
            return number, "KIND"
        if ends:
            return number + 1, "NONE"
    return len(kinds) - 1, "UNFINISHED"


def schedule(go: int, lengths: Sequence[int], taken: Sequence[int], *, fails: bool = False) -> SequencerTimes:
    """Cycles of a program.

    The count of a layer is made in the cycle after its end, once the count before is taken, and given in the next. The
    descriptor of a layer is fetched from one cycle before the start of the layer before it.

    Parameters
    ----------
    go : int
        Cycle of the go pulse.
    lengths : sequence of int
        Cycles from each layer's start pulse to its end.
    taken : sequence of int
        Cycle in which each count is taken.
    fails : bool
        After these layers the next descriptor is refused.

    Returns
    -------
    SequencerTimes

    Examples
    --------
    >>> times = schedule(0, [40, 2], [59, 75])
    >>> times.starts, times.counts, times.stopped
    ([17, 60], [58, 5], 76)
    """
    starts: list[int] = []
    counts: list[int] = []
    given: list[int] = []
    start, counted = go + FETCH, go
    for number, length in enumerate(lengths):
        starts.append(start)
        before = taken[number - 1] if number else 0
        made = max(start + length + 1, before)
        counts.append(made - counted)
        given.append(made + 1)
        counted = made
        start = max(made + TURN - 1, start + FETCH - 1)
    stopped = start if fails or not lengths else taken[len(lengths) - 1] + 1
    return SequencerTimes(starts=starts, counts=counts, given=given, stopped=stopped)
