"""Reading all words of a track at once, out and back in turn: nothing is put back between two readings."""

import numpy as np
from numpy.typing import NDArray

from racelet.golden.racetrack.device import Track
from racelet.golden.racetrack.operations import Counts, Direction, Operation


class Sweep:
    """A track that is read at all ports at a time, and remembers where it is.

    All sites of a segment pass its port: outwards the first time, which takes as many shifts as there are sites; then
    backwards from where it is, outwards again, and so on, with one shift less. A shift moves the whole track, so that
    one stands for all ports; a detection is made at each.

    Parameters
    ----------
    track : Track
        At home.

    Attributes
    ----------
    displacement : int
        How far the track is from home.
    outwards : bool
        Direction of the next sweep.
    pulses : Counts
        Operations so far; a detection at all ports counts once.

    Examples
    --------
    >>> from racelet.golden.racetrack.config import RacetrackConfig
    >>> track = Track(RacetrackConfig(word_bits=8, ports=2))
    >>> track.store(0, 0, 0x12), track.store(1, 0, 0x34)
    (None, None)
    >>> sweep = Sweep(track)
    >>> [[hex(word) for word in sweep.read()[:, 0]] for _ in range(2)], sweep.pulses
    ([['0x12', '0x34'], ['0x12', '0x34']], Counts(detect=16, shift=15, remove=0, insert=0))
    """

    def __init__(self, track: Track) -> None:
        self.track = track
        self.displacement = 0
        self.outwards = True
        self.pulses = Counts()

    def read(self) -> NDArray[np.uint64]:
        """All words.

        Returns
        -------
        uint64, shape (ports, words_per_port)
            The word beside the port first.
        """
        config = self.track.config
        bits = np.zeros((config.segment, config.ports), np.bool_)
        places = range(config.segment) if self.outwards else reversed(range(config.segment))
        for place in places:
            # A site is at the port when the track has been moved by one more than it is away from the site beside it.
            if self.displacement != place + 1:
                self._shift("right" if self.outwards else "left")
            for port in range(config.ports):
                bits[place, port] = self.track.apply(Operation(kind="detect", port=port)).bit
            self.pulses += Counts(detect=1)
        self.outwards = not self.outwards
        words = bits.reshape(config.words_per_port, config.word_bits, config.ports).astype(np.uint64)
        weights = np.uint64(1) << np.arange(config.word_bits, dtype=np.uint64)
        return (words * weights[:, np.newaxis]).sum(axis=1, dtype=np.uint64).T

    def home(self) -> None:
        """Bring the track home; the next sweep is one outwards."""
        while self.displacement:
            self._shift("left")
        self.outwards = True

    def _shift(self, direction: Direction) -> None:
        self.track.apply(Operation(kind="shift", span="all", direction=direction))
        self.displacement += 1 if direction == "right" else -1
        self.pulses += Counts(shift=1)
