"""Wide accumulator: the exact sum of passes over a dot product, word by word, and how long it takes."""
# Ref: U. Kulisch, "Computer arithmetic and validity", de Gruyter 2013, chapter 8.

import dataclasses
from collections.abc import Sequence

from racelet.golden.bitlet.config import WORD, AccumulatorConfig, NumberFormat

LATENCY = 3
"""Cycles from the reading of a sum's last word to its record."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class SumRecord:
    """What is needed of an exact sum to round it.

    Parameters
    ----------
    magnitude : int
        The highest word of the sum's magnitude that is not zero, and below it the next lower one.
    top : int
        Index of that highest word, from 0.
    sticky : bool
        A word below these two is not zero.
    negative, zero : bool
        Of the sum.
    """

    magnitude: int
    top: int
    sticky: bool
    negative: bool
    zero: bool


def split_pass(total: int, place: int, config: AccumulatorConfig) -> tuple[int, tuple[int, ...]]:
    """What is added to which words.

    Parameters
    ----------
    total : int
        Of ``total_width`` bits, signed.
    place : int
        Power of two of its last bit, in units of the accumulator's last bit.
    config : AccumulatorConfig

    Returns
    -------
    (int, tuple of int)
        Index of the first word; summands of this and the following ones, all but the last of which are in
        0..2 ** WORD - 1.

    Examples
    --------
    >>> config = AccumulatorConfig(total_width=34)
    >>> split_pass(5, 63, config), split_pass(-1, 4, config)
    ((1, (2147483648, 2, 0)), (0, (4294967280, 4294967295, -1)))
    """
    first, offset = divmod(place, WORD)
    shifted = total << offset
    count = config.pass_words
    parts = [shifted >> WORD * k & ((1 << WORD) - 1) for k in range(count - 1)]
    return first, (*parts, shifted >> WORD * (count - 1))


def record(total: int) -> SumRecord:
    """The record of a sum.

    Parameters
    ----------
    total : int
        The sum, in units of the accumulator's last bit.

    Examples
    --------
    >>> record(-(2**70) - 1)
    SumRecord(magnitude=274877906944, top=2, sticky=True, negative=True, zero=False)
    >>> record(0)
    SumRecord(magnitude=0, top=0, sticky=False, negative=False, zero=True)
    """
    magnitude = abs(total)
    top = max(magnitude.bit_length() - 1, 0) // WORD
    # Of a sum of one word there is none below.
    kept, below = divmod(magnitude << WORD, 1 << WORD * top)
    return SumRecord(magnitude=kept, top=top, sticky=below != 0, negative=total < 0, zero=total == 0)


def pass_cycles(config: AccumulatorConfig) -> int:
    """Cycles of a pass: one for each word that it touches.

    Examples
    --------
    >>> pass_cycles(AccumulatorConfig(total_width=33)), pass_cycles(AccumulatorConfig(total_width=34))
    (2, 3)
    """
    return config.pass_words


def drain_words(form: NumberFormat, config: AccumulatorConfig) -> int:
    """Words that are drained of a sum, and the cycles it takes: one for each.

    Examples
    --------
    >>> config = AccumulatorConfig(guard=7, terms=4096)
    >>> [drain_words(form, config) for form in config.forms]
    [4, 17, 18]
    """
    return config.words(form)


def record_latency(form: NumberFormat, config: AccumulatorConfig) -> int:
    """Cycles from the taking of a dot product's last pass to its record, if the one before was taken in time.

    Examples
    --------
    >>> config = AccumulatorConfig(total_width=39)
    >>> record_latency(config.forms[2], config)
    24
    """
    return pass_cycles(config) + drain_words(form, config) + LATENCY


def schedule(
    offered: Sequence[int], forms: Sequence[NumberFormat | None], taken: Sequence[int], config: AccumulatorConfig
) -> tuple[list[int], list[int]]:
    """When passes are taken and records are given.

    Parameters
    ----------
    offered : sequence of int
        First cycle in which each pass is offered.
    forms : sequence of NumberFormat or None
        Of the dot product that the pass is the last of; None: it is not.
    taken : sequence of int
        Cycle in which each record is taken. A dot product is drained when the record of the one before has been.
    config : AccumulatorConfig

    Returns
    -------
    (list of int, list of int)
        Cycle in which each pass is taken; first cycle in which each record is offered.

    Examples
    --------
    >>> config = AccumulatorConfig(formats=("fp16",))
    >>> schedule([0, 0, 0], [None, config.forms[0], config.forms[0]], [13, 20], config)
    ([0, 3, 10], [13, 20])
    """
    accepted: list[int] = []
    given: list[int] = []
    free = 0
    for first, form in zip(offered, forms, strict=True):
        accepted.append(max(first, free))
        free = accepted[-1] + pass_cycles(config)
        if form is not None:
            begin = max(free + 1, taken[len(given) - 1] + 1) if given else free + 1
            free = begin + drain_words(form, config) - 1
            given.append(free + LATENCY)
    return accepted, given
