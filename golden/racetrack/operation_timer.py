"""How long an operation is held."""

from collections.abc import Iterable

from racelet.golden.racetrack.config import RacetrackConfig
from racelet.golden.racetrack.operations import Kind


def strobes(kinds: Iterable[tuple[Kind, int]], config: RacetrackConfig) -> list[bool]:
    """Marks of the last cycle of operations, one after the other.

    Parameters
    ----------
    kinds : iterable of (str, int)
        Operations, and cycles by which each is made longer.
    config : RacetrackConfig

    Returns
    -------
    list of bool
        One for each cycle.

    Examples
    --------
    >>> strobes([("detect", 0), ("shift", 1)], RacetrackConfig(clock_ghz=4))
    [True, False, False, True]
    """
    return [mark for kind, more in kinds for mark in [False] * (config.operation_cycles(kind) - 1 + more) + [True]]
