"""Where tracks are, as their controller knows it."""

from collections.abc import Iterable

from racelet.golden.racetrack.config import RacetrackConfig


def positions(events: Iterable[tuple[int, bool, int | None]], config: RacetrackConfig) -> list[int | None]:
    """How far the track of each cycle is from home, before what happens in that cycle.

    Parameters
    ----------
    events : iterable of (int, bool, int or None)
        Track; whether it is lost; where it is found, which goes before.
    config : RacetrackConfig

    Returns
    -------
    list of int or None
        None where it is not known.

    Examples
    --------
    >>> config = RacetrackConfig(word_bits=8, ports=1, tracks=2)
    >>> positions([(0, False, None), (0, False, 0), (1, False, 0), (0, True, None), (0, False, None)], config)
    [None, None, None, 0, None]
    """
    there: list[int | None] = [None] * config.tracks
    shown: list[int | None] = []
    for track, lost, found in events:
        shown.append(there[track])
        if found is not None or lost:
            there[track] = found
    return shown
