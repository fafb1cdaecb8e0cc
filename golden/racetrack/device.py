"""A track and what operations do to it."""

import dataclasses
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from racelet.golden.racetrack.config import RacetrackConfig
from racelet.golden.racetrack.operations import Counts, Operation, counts

Fault = Literal["PUSHED_OUT", "INSERT_ON_ONE", "REMOVE_ON_ZERO"]

HOME = -1
"""Number of the home port, at the first site, where the marker is."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Outcome:
    """What comes of an operation.

    Parameters
    ----------
    bit : bool
        What a detection saw; False of any other.
    bits : int
        What it would have seen at every port, port 0 in the lowest bit.
    fault : str or None
        ``PUSHED_OUT``: a skyrmion was moved past the end of what was shifted, and is lost. ``INSERT_ON_ONE``: there was
        one already. ``REMOVE_ON_ZERO``: there was none.
    """

    bit: bool = False
    bits: int = 0
    fault: Fault | None = None


class Track:
    """A racetrack: sites with a skyrmion or without.

    Parameters
    ----------
    config : RacetrackConfig

    Attributes
    ----------
    sites : bool, shape (config.sites,)
        Where there is a skyrmion. At first only the marker, at home.
    trace : list of Operation
        All that was done.
    faults : list of (int, str)
        What went wrong: number of the operation, and fault.

    Examples
    --------
    >>> track = Track(RacetrackConfig(word_bits=8, ports=1))
    >>> track.store(0, 0, 0b10000011)
    >>> track.apply(Operation(kind="shift", span="all", direction="right"))
    Outcome(bit=False, bits=0, fault=None)
    >>> track.apply(Operation(kind="detect", port=0)).bit
    True
    """

    def __init__(self, config: RacetrackConfig) -> None:
        self.config = config
        self.sites: NDArray[np.bool_] = np.zeros(config.sites, np.bool_)
        self.sites[0] = True
        self.trace: list[Operation] = []
        self.faults: list[tuple[int, Fault]] = []

    @property
    def counts(self) -> Counts:
        """How many operations there were."""
        return counts(self.trace)

    def site(self, port: int) -> int:
        """Where a port is."""
        return 0 if port == HOME else self.config.port_sites[port]

    def apply(self, operation: Operation) -> Outcome:
        """Do something.

        Parameters
        ----------
        operation : Operation

        Returns
        -------
        Outcome
        """
        outcome = self._effect(operation)
        if outcome.fault is not None:
            self.faults.append((len(self.trace), outcome.fault))
        self.trace.append(operation)
        return outcome

    def peek(self, operation: Operation) -> Outcome:
        """What would come of it; nothing is done.

        Parameters
        ----------
        operation : Operation

        Returns
        -------
        Outcome
        """
        before = self.sites.copy()
        outcome = self._effect(operation)
        self.sites[:] = before
        return outcome

    def _effect(self, operation: Operation) -> Outcome:
        """Change the sites."""
        site = self.site(operation.port)
        if operation.kind == "detect":
            bits = sum(int(self.sites[each]) << port for port, each in enumerate(self.config.port_sites))
            return Outcome(bit=bool(self.sites[site]), bits=bits)
        if operation.kind == "shift":
            return Outcome(fault="PUSHED_OUT" if self._shift(operation, site) else None)
        there = bool(self.sites[site])
        self.sites[site] = operation.kind == "insert"
        if operation.kind == "insert" and there:
            return Outcome(fault="INSERT_ON_ONE")
        return Outcome(fault="REMOVE_ON_ZERO" if operation.kind == "remove" and not there else None)

    def _shift(self, operation: Operation, site: int) -> bool:
        """Move a span by a site; tells whether a skyrmion was lost."""
        low = site if operation.span == "right" else 0
        high = site + 1 if operation.span == "left" else len(self.sites)
        span = self.sites[low:high]
        if operation.direction == "right":
            lost = bool(span[-1])
            span[1:] = span[:-1].copy()
            span[0] = False
        else:
            lost = bool(span[0])
            span[:-1] = span[1:].copy()
            span[-1] = False
        return lost

    def word_sites(self, port: int, slot: int) -> slice:
        """Sites of a word while the track is at home, the most significant bit first."""
        end = self.site(port) - slot * self.config.word_bits
        return slice(end - self.config.word_bits, end)

    def store(self, port: int, slot: int, word: int) -> None:
        """Put a word into its sites, as if it had been written; the track must be at home.

        Parameters
        ----------
        port : int
        slot : int
            Number of the word left of the port; 0 is beside it.
        word : int
        """
        places = np.arange(self.config.word_bits - 1, -1, -1)
        self.sites[self.word_sites(port, slot)] = [(word >> int(place)) & 1 for place in places]

    def load(self, port: int, slot: int) -> int:
        """A word as it lies in its sites; the track must be at home."""
        return int("".join("01"[int(bit)] for bit in self.sites[self.word_sites(port, slot)]), 2)

    @property
    def displacement(self) -> int | None:
        """How far the marker is from home; None if there is no skyrmion left of the first word that could be it."""
        there = np.flatnonzero(self.sites)
        return int(there[0]) if there.size else None
