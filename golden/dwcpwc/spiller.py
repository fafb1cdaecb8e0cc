"""Spiller: words of channels cut into the beats of the spill stream, and when they are there."""

import dataclasses
from collections.abc import Sequence

from racelet.golden.dwcpwc.config import DwcPwcConfig

LATENCY = 1
"""Cycles from a word to its first beat."""
DONE = 1
"""Cycles from the taking of the last beat to ``done``."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class SpilledWord:
    """What the spiller uses of a window.

    Parameters
    ----------
    values : list of int
        int8, up to ``input_lanes`` neighbouring channels of one pixel.
    final : int
        1: the layer's last word.
    """

    values: list[int]
    final: int = 0


def spill(words: Sequence[SpilledWord], config: DwcPwcConfig) -> list[list[list[int]]]:
    """Cut words into beats.

    Parameters
    ----------
    words : sequence of SpilledWord
    config : DwcPwcConfig

    Returns
    -------
    list of list of list of int
        int8, ``bandwidth`` bytes of each beat of each word. Beats without any channel are left out, bytes without one
        are zero.

    Examples
    --------
    >>> spill([SpilledWord(values=[1, 2, 3, 4]), SpilledWord(values=[5])], DwcPwcConfig(bandwidth=2))
    [[[1, 2], [3, 4]], [[5, 0]]]
    """
    size = config.bandwidth
    return [
        [
            [*word.values[first : first + size], *[0] * (first + size - len(word.values))]
            for first in range(0, len(word.values), size)
        ]
        for word in words
    ]


def schedule(
    beats: Sequence[int], offered: Sequence[int], taken: Sequence[int], granted: int
) -> tuple[list[int], list[int]]:
    """Cycles in which words go in and beats are there.

    A word goes in when it is offered, but not before the last word but one has left, with its last beat. Its first beat
    is there in the cycle after at the earliest, but not before the last beat of the word before is taken, and not
    before the transfer is granted.

    Parameters
    ----------
    beats : sequence of int
        Beats of each word.
    offered : sequence of int
        First cycle in which each word is offered.
    taken : sequence of int
        Cycle in which each beat is taken.
    granted : int
        First cycle in which beats may be given.

    Returns
    -------
    accepted : list of int
        Cycle of each word.
    given : list of int
        First cycle of each beat.

    Examples
    --------
    >>> schedule([2, 1, 1, 1], [0, 1, 2, 3], [3, 5, 6, 7, 8], 3)
    ([0, 1, 6, 7], [3, 4, 6, 7, 8])
    """
    accepted: list[int] = []
    left: list[int] = []
    given: list[int] = []
    for count, offer in zip(beats, offered, strict=True):
        accepted.append(max([offer, *(cycle + 1 for cycle in left[-2:-1])]))
        first = max([accepted[-1] + LATENCY, granted, *(cycle + 1 for cycle in left[-1:])])
        for number in range(count):
            given.append(taken[len(given) - 1] + 1 if number else first)
        left += taken[len(given) - 1 : len(given)] if count else []
    return accepted, given
