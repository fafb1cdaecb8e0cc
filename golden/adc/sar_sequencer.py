"""SAR sequencer: a code by bisection, on any table, and how long it takes."""
# Ref: W. Kester (ed.), The Data Conversion Handbook, Analog Devices 2005, section 3.2.

import dataclasses
from collections.abc import Callable, Sequence

from racelet.golden.adc.config import VOTES, AdcConfig
from racelet.golden.adc.thresholds import monotonic

Compare = Callable[[int], int]
"""Says 1 if the current is not below that of a DAC code; asked anew for every comparison."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Search:
    """A conversion.

    Parameters
    ----------
    code : int
        From 0.
    path : tuple of (int, int)
        DAC code and what the comparator said, for every comparison, in order.
    non_monotonic : bool
        Whether the table is not monotonic. The code is what the search came to all the same.
    """

    code: int
    path: tuple[tuple[int, int], ...]
    non_monotonic: bool = False


def search(table: Sequence[int], compare: Compare, config: AdcConfig) -> Search:
    """Find a code, from its highest bit to its lowest one.

    A bit is tried as 1: it stays if the current is not below the threshold of that code. With ``vote`` the last bit is
    compared three times, and two must agree.

    Parameters
    ----------
    table : sequence of int, ``thresholds`` of them
        DAC codes; that of code k at ``k - 1``.
    compare : callable
    config : AdcConfig

    Returns
    -------
    Search

    Examples
    --------
    >>> search([5, 9, 7], lambda code: 8 >= code, AdcConfig(bits=2))
    Search(code=1, path=((9, 0), (5, 1)), non_monotonic=True)
    >>> search([5, 6, 7], lambda code: 6 >= code, AdcConfig(bits=2, vote=True)).path
    ((6, 1), (7, 0), (7, 0), (7, 0))
    """
    found = _bisect(config.bits, lambda code: table[code - 1], compare, config.vote)
    return dataclasses.replace(found, non_monotonic=not monotonic(table))


def raw_search(compare: Compare, config: AdcConfig) -> Search:
    """Find the DAC code itself that a current is worth: the highest one that it is not below; without votes.

    A flash does so with the DAC of one of its comparators.

    Parameters
    ----------
    compare : callable
    config : AdcConfig

    Returns
    -------
    Search
        Its code is a DAC code, 0 where the current is below all others.

    Examples
    --------
    >>> raw_search(lambda code: 99 >= code, AdcConfig()).code
    99
    """
    return _bisect(config.dac_bits, lambda code: code, compare, False)


def _bisect(bits: int, threshold: Callable[[int], int], compare: Compare, vote: bool) -> Search:
    code, path = 0, []
    for bit in reversed(range(bits)):
        tried = threshold(code | 1 << bit)
        said = [compare(tried) for _ in range(VOTES if vote and not bit else 1)]
        path += [(tried, each) for each in map(int, said)]
        if 2 * sum(said) > len(said):
            code |= 1 << bit
    return Search(code=code, path=tuple(path))


def comparison_cycles(config: AdcConfig, *, raw: bool = False) -> list[int]:
    """Cycles, from the start of a conversion, in which its comparator is looked at: in the last of a bit's cycles.

    For a vote it is looked at in that one and the two after it, as the DAC stays where it is.

    Parameters
    ----------
    config, raw
        As of :func:`conversion_cycles`.

    Returns
    -------
    list of int
        One for each comparison, in order.

    Examples
    --------
    >>> comparison_cycles(AdcConfig(bits=3)), comparison_cycles(AdcConfig(bits=3, settle=1, vote=True))
    ([1, 2, 3], [2, 4, 6, 7, 8])
    """
    bits = config.dac_bits if raw else config.bits
    last = bits * (1 + config.settle)
    cycles = [(1 + config.settle) * (number + 1) for number in range(bits)]
    return cycles + ([last + vote for vote in range(1, VOTES)] if config.vote and not raw else [])


def conversion_cycles(config: AdcConfig, *, raw: bool = False) -> int:
    """Cycles in which a conversion has its DAC: ``1 + settle`` for every bit, two more for a vote.

    Parameters
    ----------
    config : AdcConfig
    raw : bool
        Whether it is the DAC code itself that is searched.

    Examples
    --------
    >>> [conversion_cycles(AdcConfig(settle=settle, vote=vote)) for settle, vote in ((0, False), (2, False), (2, True))]
    [5, 15, 17]
    >>> conversion_cycles(AdcConfig(), raw=True)
    8
    """
    if raw:
        return config.dac_bits * (1 + config.settle)
    return config.bits * (1 + config.settle) + (VOTES - 1 if config.vote else 0)


def conversion_interval(config: AdcConfig, *, raw: bool = False) -> int:
    """Cycles from one conversion to the next, and from its start to its code.

    Parameters
    ----------
    config, raw
        As of :func:`conversion_cycles`.

    Examples
    --------
    >>> conversion_interval(AdcConfig()), conversion_interval(AdcConfig(vote=True))
    (6, 8)
    """
    return conversion_cycles(config, raw=raw) + 1


def schedule(
    offered: Sequence[int], taken: Sequence[int], config: AdcConfig, raw: Sequence[bool] | None = None
) -> tuple[list[int], list[int]]:
    """When conversions begin and have their codes.

    A code waits until it is taken; the next conversion can begin in that cycle.

    Parameters
    ----------
    offered : sequence of int
        First cycle in which each conversion is asked for.
    taken : sequence of int
        Cycle in which each code is taken.
    config : AdcConfig
    raw : sequence of bool or None
        Which of them search the DAC code itself; None: none of them.

    Returns
    -------
    (list of int, list of int)
        Cycle in which each begins; first cycle in which its code is there.

    Examples
    --------
    >>> schedule([0, 0, 20], [6, 15, 26], AdcConfig())
    ([0, 6, 20], [6, 12, 26])
    """
    accepted: list[int] = []
    given: list[int] = []
    free = 0
    for first, leaves, is_raw in zip(offered, taken, raw or [False] * len(offered), strict=True):
        accepted.append(max(first, free))
        given.append(accepted[-1] + conversion_interval(config, raw=is_raw))
        free = leaves
    return accepted, given
