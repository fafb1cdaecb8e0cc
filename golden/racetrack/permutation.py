"""A word becomes another one as its skyrmions are packed at one side of the port, and taken from there."""
# Ref: S. Yang et al., "Permutation-Write", DAC 2020, of which "cw" leaves out two shifts at the turn, inserts and
# removes, as the words have as many ones.

from racelet.golden.racetrack.access_port import AccessPort
from racelet.golden.racetrack.config import Engine


class Permutation:
    """Write a word by moving what is left of a port and what is right of it apart.

    On the way out ones are packed right of the port and zeros vanish; on the way back ones are taken from there for the
    ones of the new word. If there are too few, they are inserted; what is left over is removed: only ``pw`` lets that
    happen, in words of constant weight it mends an old word of another weight.

    Parameters
    ----------
    at : AccessPort
    word : int
        The new one.
    engine : str
        Other than "naive" and "dcw".
    ones : int
        Of engines of constant weight: ones of both words.
    old : int
        Of ``cw_known``: the word that is there.
    trust : bool
        Ones that are packed already are not known: take one for each that is wanted.

    Attributes
    ----------
    seen : int
        Ones that were found.

    Examples
    --------
    >>> from racelet.golden.racetrack.config import RacetrackConfig
    >>> from racelet.golden.racetrack.device import Track
    >>> track = Track(RacetrackConfig(word_bits=8, ports=1))
    >>> track.store(0, 0, 0b1100)
    >>> permutation = Permutation(AccessPort(track, 0), 0b1010, "cw_known", ones=2, old=0b1100)
    >>> permutation.run(), permutation.settle()
    (None, None)
    >>> bin(track.load(0, 0)), track.counts
    ('0b1010', Counts(detect=0, shift=7, remove=0, insert=0))
    """

    def __init__(
        self, at: AccessPort, word: int, engine: Engine, *, ones: int = 0, old: int = 0, trust: bool = False
    ) -> None:
        self.at, self.word, self.engine = at, word, engine
        self.ones, self.old, self.trust = ones, old, trust
        self.seen = 0
        self._packed = 0

    @property
    def needless(self) -> bool:
        """Whether it is known before the first operation that nothing is to be done."""
        return self._turns(0)

    @property
    def other_weight(self) -> bool:
        """Whether the old word turned out to have more or fewer ones than it should."""
        return self.engine in ("cw", "cw_early") and not self.trust and self.seen != self.ones

    def _turns(self, step: int) -> bool:
        """Whether all is left as it is beyond so many sites."""
        if self.engine == "cw_early":
            # Of a word that has too many, all are brought out.
            nothing_left = not self.word >> step and self.seen == self.ones
        else:
            nothing_left = self.engine == "cw_known" and not (self.old ^ self.word) >> step
        return nothing_left or step == self.at.width

    def run(self, *, start: bool = False) -> None:
        """Go out and come back, up to the last shift.

        Parameters
        ----------
        start : bool
            There is a skyrmion at the port, which is taken along.
        """
        reach, bit = self._pack(start)
        place = reach - 1
        if self.engine == "pw":
            # Beyond the whole word, so that the turn is no other step than those that follow.
            self._push(bit, counts=True)
        else:
            self._turn(bit, bool(self.word >> place & 1))
            place -= 1
        for each in reversed(range(place + 1)):
            wanted = bool(self.word >> each & 1)
            self.at.shift("all" if wanted and self._some else "left", "left")
            if wanted:
                self._take()

    def _pack(self, start: bool) -> tuple[int, bool]:
        """Bring bits past the port until the turn; returns how many, and the last one, which is at the port."""
        bit, step = start, 0
        while not self._turns(step):
            self._push(bit, counts=step > 0)
            bit = bool(self.old >> step & 1) if self.engine == "cw_known" else self.at.detect()
            self.seen += bit
            step += 1
        return step, bit

    def _push(self, bit: bool, *, counts: bool) -> None:
        """Make room at the port: a one goes right, a zero vanishes."""
        self.at.shift("all" if bit else "left", "right")
        self._packed += bit and counts

    def _turn(self, bit: bool, wanted: bool) -> None:
        """Exchange the bit at the port for the one that belongs there."""
        if bit and not wanted:
            self.at.shift("right", "right")
            self._packed += 1
        elif wanted and not bit:
            if self._some:
                self.at.shift("right", "left")
            self._take()

    @property
    def _some(self) -> bool:
        return self.trust or self._packed > 0

    def _take(self) -> None:
        """Count one that came from the right, or insert it."""
        if self._some:
            self._packed -= 1
        else:
            self.at.insert()

    def settle(self, *, finish: bool = False) -> None:
        """The last shift; then remove what is left over.

        Parameters
        ----------
        finish : bool
            There was a skyrmion at the port, which is brought back.
        """
        surplus = 0 if self.trust else self._packed
        self.at.shift("all" if finish and not surplus else "left", "left")
        self.clear(finish=finish)

    def clear(self, *, finish: bool = False) -> None:
        """What :meth:`settle` does after its shift."""
        if self.trust or not self._packed:
            return
        while self._packed:
            self.at.shift("right", "left")
            self.at.remove()
            self._packed -= 1
        if finish:
            self.at.shift("right", "left")
