"""How a word is written into a track: which operations, one after the other."""
# Ref: S. Yang et al., "Permutation-Write", DAC 2020. The engine "cw" writes words that have as many ones as those that
# they replace, and moves skyrmions only.

from collections.abc import Callable

from racelet.golden.racetrack.config import Engine, Known
from racelet.golden.racetrack.device import Track
from racelet.golden.racetrack.operations import Direction, Operation, Span, detect, insert, remove, shift


class WriteError(ValueError):
    """A word that cannot be written: its ones are not as many as they must be."""


def write(
    track: Track, port: int, word: int, engine: Engine, *, slot: int = 0, ones: int | None = None, known: Known = "full"
) -> None:
    """Write a word, and leave everything else as it was.

    Parameters
    ----------
    track : Track
        At home; changed.
    port : int
    word : int
        In 0..2 ** word_bits - 1.
    engine : {"naive", "dcw", "pw", "cw"}
        Clear and insert; write what differs; permute, and insert or remove what is too few or too many; permute.
    slot : int
        Number of the word left of the port. The track is moved by as many words before, and back after: that takes
        ``2 * slot * word_bits`` shifts more, and of engines that permute two to make room at the port.
    ones : int or None
        Of ``cw``: ones of the word that is there, and of the new one.
    known : {"full", "early", "known"}
        Of ``cw``: how far it goes: over the whole word; until no one is left of it in the old and the new word, which
        it knows by counting; or to the leftmost bit that differs, as the old word is known.

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
    if engine == "cw" and word.bit_count() != ones:
        raise WriteError(f"a word must have {ones} ones, not {word.bit_count()}")
    run = _Run(track, port)
    for _ in range(slot * width):
        run.shift("all", "right")
    # Engines that permute begin with an empty port; what is there belongs to the word before.
    room = slot > 0 and engine in ("pw", "cw")
    if room:
        run.shift("right", "right")
    if engine == "cw":
        assert ones is not None
        _constant_weight(run, word, ones, known)
    else:
        _ENGINES[engine](run, word)
    if room:
        run.shift("right", "left")
    for _ in range(slot * width):
        run.shift("all", "left")


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
    run, word = _Run(track, port), 0
    width = track.config.word_bits
    for _ in range(slot * width):
        run.shift("all", "right")
    for place in range(width):
        run.shift("all", "right")
        word |= run.detect() << place
    for _ in range((slot + 1) * width):
        run.shift("all", "left")
    return word


class _Run:
    """Operations on a track at one port."""

    def __init__(self, track: Track, port: int) -> None:
        self.track, self.port = track, port
        self.width = track.config.word_bits

    def _do(self, operation: Operation) -> bool:
        return self.track.apply(operation).bit

    def shift(self, span: Span, direction: Direction) -> None:
        """Move a span at the port."""
        self._do(shift(self.port, span, direction))

    def detect(self) -> bool:
        """Whether there is a skyrmion at the port."""
        return self._do(detect(self.port))

    def insert(self) -> None:
        """Create one."""
        self._do(insert(self.port))

    def remove(self) -> None:
        """Delete one."""
        self._do(remove(self.port))


def _naive(run: _Run, word: int) -> None:
    """Clear every bit on the way out, whether or not it is there; insert ones on the way back."""
    for _ in range(run.width):
        run.shift("all", "right")
        run.remove()
    for place in reversed(range(run.width)):
        if word >> place & 1:
            run.insert()
        run.shift("all", "left")


def _what_differs(run: _Run, word: int) -> None:
    """Look at every bit on the way out, and change it there where it differs."""
    for place in range(run.width):
        run.shift("all", "right")
        old, new = run.detect(), bool(word >> place & 1)
        if old and not new:
            run.remove()
        if new and not old:
            run.insert()
    for _ in range(run.width):
        run.shift("all", "left")


def _permutation(run: _Run, word: int) -> None:
    """Pack all ones right of the port, and take them from there; what is missing is inserted, what is left removed."""
    packed, bit = 0, False
    for step in range(run.width + 1):
        run.shift("all" if bit else "left", "right")
        packed += bit
        bit = run.detect() if step < run.width else False
    left = packed
    for place in reversed(range(run.width)):
        wanted = bool(word >> place & 1)
        run.shift("all" if wanted and left else "left", "left")
        if wanted and not left:
            run.insert()
        left -= wanted and left > 0
    run.shift("left", "left")
    for _ in range(left):
        run.shift("right", "left")
        run.remove()


def _constant_weight(run: _Run, word: int, ones: int, known: Known) -> None:
    """Pack ones up to where the words differ, push one more or pull one back there, and take them in the new order."""
    if known == "known":
        # The old word is known by other means than detection.
        old = _beside(run)
        reach = (old ^ word).bit_length()
        bit = _pack(run, reach, lambda step: bool(old >> step & 1))
    elif known == "early":
        reach, bit, seen = 0, False, 0
        while reach < word.bit_length() or seen < ones:
            run.shift("all" if bit else "left", "right")
            bit = run.detect()
            seen += bit
            reach += 1
    else:
        reach = run.width
        bit = _pack(run, reach, lambda _: run.detect())
    if not reach:
        return
    if bit != bool(word >> (reach - 1) & 1):
        run.shift("right", "right" if bit else "left")
    for place in reversed(range(reach - 1)):
        run.shift("all" if word >> place & 1 else "left", "left")
    run.shift("left", "left")


def _pack(run: _Run, reach: int, look: Callable[[int], bool]) -> bool:
    """Bring so many bits past the port, ones to its right; the last one is left at the port, and told."""
    bit = False
    for step in range(reach):
        run.shift("all" if bit else "left", "right")
        bit = look(step)
    return bit


def _beside(run: _Run) -> int:
    """The word beside the port, wherever the track is."""
    end = run.track.site(run.port)
    return int("".join("01"[int(bit)] for bit in run.track.sites[end - run.width : end]), 2)


_ENGINES: dict[str, Callable[[_Run, int], None]] = {"naive": _naive, "dcw": _what_differs, "pw": _permutation}
