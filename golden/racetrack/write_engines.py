"""How a word is written into a track: which operations, one after the other."""
# Ref: S. Yang et al., "Permutation-Write", DAC 2020. The engines "cw" write words that have as many ones as those that
# they replace, and move skyrmions only.

from collections.abc import Callable

from racelet.golden.racetrack.access_port import AccessPort
from racelet.golden.racetrack.config import CONSTANT_WEIGHT, Engine
from racelet.golden.racetrack.device import Track
from racelet.golden.racetrack.permutation import Permutation


class WriteError(ValueError):
    """A word that cannot be written: its ones are not as many as they must be."""


def write(
    track: Track,
    port: int,
    word: int,
    engine: Engine,
    *,
    slot: int = 0,
    ones: int | None = None,
    old: int | None = None,
) -> None:
    """Write a word, and leave everything else as it was.

    Parameters
    ----------
    track : Track
        At home; changed.
    port : int
    word : int
        In 0..2 ** word_bits - 1.
    engine : str
        Of :data:`racelet.golden.racetrack.config.Engine`.
    slot : int
        Number of the word left of the port. The track is moved by as many words before, and back after: that takes
        ``2 * slot * word_bits`` shifts more. What is at the port then is the highest bit of the word before. Engines
        that permute look at it, which is a detection more, take it with them and bring it back.
    ones : int or None
        Of engines of constant weight: ones of the word that is there, and of the new one.
    old : int or None
        Of ``cw_known``: the word that is there.

    Raises
    ------
    WriteError
        If the new word has not as many ones as it must have. Nothing is done then.

    Examples
    --------
    >>> from racelet.golden.racetrack.config import RacetrackConfig
    >>> track = Track(RacetrackConfig(word_bits=8, ports=2))
    >>> track.store(1, 0, 0b00001111)
    >>> write(track, 1, 0b10101010, "cw", ones=4)
    >>> bin(track.load(1, 0)), track.counts
    ('0b10101010', Counts(detect=8, shift=17, remove=0, insert=0))
    """
    width = track.config.word_bits
    if not 0 <= word < 1 << width:
        raise WriteError(f"a word must have {width} bits, not be {word:#x}")
    if engine in CONSTANT_WEIGHT and word.bit_count() != ones:
        raise WriteError(f"a word must have {ones} ones, not {word.bit_count()}")
    at = AccessPort(track, port)
    if engine in IN_PLACE:
        at.shift("all", "right", slot * width)
        back = IN_PLACE[engine](at, word)
        at.shift("all", "left", back + slot * width)
        return
    permutation = Permutation(at, word, engine, ones=ones or 0, old=old or 0)
    if permutation.needless:
        return
    at.shift("all", "right", slot * width)
    edge = bool(slot) and at.detect()
    permutation.run(start=edge)
    permutation.settle(finish=edge)
    at.shift("all", "left", slot * width)


def read(track: Track, port: int, *, slot: int = 0) -> int:
    """Read a word: out past the port, and back.

    Parameters
    ----------
    track : Track
        At home.
    port, slot
        As of :func:`write`.

    Examples
    --------
    >>> from racelet.golden.racetrack.config import RacetrackConfig
    >>> track = Track(RacetrackConfig(word_bits=8, ports=2))
    >>> track.store(0, 0, 0x5A)
    >>> read(track, 0), track.counts
    (90, Counts(detect=8, shift=16, remove=0, insert=0))
    """
    at = AccessPort(track, port)
    at.shift("all", "right", slot * at.width)
    word = take_out(at)
    at.shift("all", "left", (slot + 1) * at.width)
    return word


def take_out(at: AccessPort) -> int:
    """Bring a word past the port, and see it.

    Examples
    --------
    >>> from racelet.golden.racetrack.config import RacetrackConfig
    >>> track = Track(RacetrackConfig(word_bits=8, ports=1))
    >>> track.store(0, 0, 0x5A)
    >>> take_out(AccessPort(track, 0)), track.displacement
    (90, 8)
    """
    word = 0
    for place in range(at.width):
        at.shift("all", "right")
        word |= at.detect() << place
    return word


def _naive(at: AccessPort, word: int) -> int:
    """Clear every bit on the way out, whether or not it is there; insert ones on the way back."""
    for _ in range(at.width):
        at.shift("all", "right")
        at.remove(blind=True)
    for place in reversed(range(at.width)):
        if word >> place & 1:
            at.insert()
        if place:
            at.shift("all", "left")
    return 1


def _what_differs(at: AccessPort, word: int) -> int:
    """Look at every bit on the way out, and change it there where it differs."""
    for place in range(at.width):
        at.shift("all", "right")
        old, new = at.detect(), bool(word >> place & 1)
        if old and not new:
            at.remove()
        if new and not old:
            at.insert()
    return at.width


IN_PLACE: dict[Engine, Callable[[AccessPort, int], int]] = {"naive": _naive, "dcw": _what_differs}
"""Engines that change bits where they are; they tell how far the word is from where it belongs in the end."""
