"""Weight store on racetracks: what its tracks do, which beats answer a request, and when."""
# Ref: T. Cover, "Enumerative source coding", IEEE Trans. Information Theory 19, 1973: the words of four ones of eleven.

import itertools
from collections import deque
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import ProgramTarget
from racelet.golden.dwcpwc.program_loader import Write
from racelet.golden.racetrack.enumerative_code import CODES
from racelet.golden.racetrack.operations import Counts
from racelet.golden.racetrack.write_counts import read_counts, write_counts

CODE = CODES["int8"]
"""Words of eleven bits, four of them ones, for int8."""
COMMAND = 2
"""Cycles of a command besides those of its operations: the one in which it is offered, and the one of its response."""
PICK = 1
"""Cycles before a command, in which it is chosen."""
LATENCY = 4
"""Cycles from the choice of a beat to the beat: its words, two stages of decoding, the queue."""
ROOM = 16
"""Beats that can be on their way or in the queue."""
RETURN = 2
"""Cycles from the taking of a beat to the first choice that its place in the queue allows."""

_NO_ONES, _ALL_ONES = 0, (1 << CODE.ones) - 1


def decode(words: NDArray[np.int64]) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """Weights of words, and which of these are wrong.

    Words that were never written have no ones; they are zero, and right. Wrong ones are zero.

    Parameters
    ----------
    words : int64, shape (n,)
        Of eleven bits.

    Returns
    -------
    weights : int8, shape (n,)
    wrong : bool, shape (n,)
        They have neither four ones nor none, or are none of the first 256 words of four.

    Examples
    --------
    >>> weights, wrong = decode(np.array([0b1111, 0b10111, 0, 0b111, 0b11110000000]))
    >>> weights.tolist(), wrong.tolist()
    ([-128, -127, 0, 0, 0], [False, False, False, True, True])
    """
    numbers = CODE.decode(words)
    right = (np.bitwise_count(words) == CODE.ones) & (numbers <= CODE.most)
    return np.where(right, numbers, 0).astype(np.int8), ~right & (words != 0)


class Tracks:
    """Where the tracks are, which words there are on them, and what was done to them.

    A beat of weights lies on as many tracks as it has bytes, which move together. Their first words, port after port
    and track after track, hold the first beats; then come their second words. An address beyond the last word means the
    one that it has without its highest bits.

    Parameters
    ----------
    config : DwcPwcConfig

    Attributes
    ----------
    row : int or None
        What was read last and is kept: number of the row, which has ``config.store_row_beats`` beats.
    pulses : Counts
        Operations so far; what all tracks of a beat and all ports of a track do at once counts once.
    events : Counts
        The same for each track and port.

    Examples
    --------
    >>> tracks = Tracks(DwcPwcConfig(store="racetrack"))
    >>> tracks.write(5, [0]), tracks.fetch(5), tracks.fetch(6), tracks.row
    (49, 22, 21, 0)
    >>> tracks.pulses
    Counts(detect=34, shift=45, remove=0, insert=4)
    """

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config, self.shape = config, config.store_tracks
        self.row: int | None = None
        self.pulses, self.events = Counts(), Counts()
        # Of tracks that are not at home.
        self._positions: dict[int, int] = {}
        self._written: set[tuple[int, int, int, int]] = set()

    def place(self, beat: int) -> tuple[int, int, int]:
        """Track, port and slot of a beat."""
        row, port = divmod(beat, self.shape.ports)
        slot, track = divmod(row, self.shape.tracks)
        return track, port, slot % self.shape.words_per_port

    def position(self, track: int) -> int:
        """How far tracks are from home."""
        return self._positions.get(track, 0)

    @property
    def places(self) -> tuple[int | None, tuple[tuple[int, int], ...]]:
        """All that the times of reading anything depend on."""
        return self.row, tuple(sorted(self._positions.items()))

    def state(self, first: int, beats: int) -> tuple[int, ...]:
        """All that the times of reading some beats depend on."""
        rows = range(first // self.shape.ports, (first + max(beats, 1) - 1) // self.shape.ports + 1)
        numbers = dict.fromkeys(row % self.shape.tracks for row in rows)
        return (-1 if self.row is None else self.row, *(self.position(number) for number in numbers))

    def fetch(self, beat: int) -> int:
        """Read the row of a beat; returns the cycles of the operations."""
        track, _, slot = self.place(beat)
        self.row = self.row_of(beat)
        looks = len(self.lanes) * self.config.store_row_beats
        if self.config.store_reads == "naive":
            return self._count(read_counts(self.shape, slot=slot), looks=looks)
        width, position = self.shape.word_bits, self.position(track)
        low, high = slot * width + 1, (slot + 1) * width
        outwards = 2 * position <= low + high
        first, last = (low, high) if outwards else (high, low)
        self._positions[track] = last
        return self._count(Counts(shift=abs(position - first) + high - low, detect=width), looks=looks)

    def row_of(self, beat: int) -> int:
        """Number of a beat's row."""
        return beat % (self.shape.ports * self.shape.tracks * self.shape.words_per_port) // self.config.store_row_beats

    def write(self, beat: int, lanes: Sequence[int]) -> int:
        """Bring a beat's tracks home and write some of its bytes; returns the cycles of all commands.

        Skyrmions are inserted where there are none yet. Of the bytes that can be written at once, the others take a
        cycle each.
        """
        track, port, slot = self.place(beat)
        taken = PICK + self._home(track) + COMMAND + PICK * (4 * self.config.weight_words - len(lanes))
        for lane in lanes:
            old = _ALL_ONES if (lane, track, port, slot) in self._written else _NO_ONES
            self._written.add((lane, track, port, slot))
            taken += PICK + self._count(write_counts(old, _ALL_ONES, "pw", self.shape, slot=slot), lanes=1) + COMMAND
        self.row = None
        return taken

    def home(self) -> int:
        """Bring all tracks home, one after the other; returns the cycles of all commands."""
        self.row = None
        return sum(self._home(track) + COMMAND for track in range(self.shape.tracks))

    @property
    def lanes(self) -> range:
        """Numbers of the tracks of a beat."""
        return range(self.config.weight_beat_bytes)

    def repeat(self, pulses: Counts, events: Counts, times: int) -> None:
        """Count what was done since some counts again, so many times."""
        self.pulses += _times(self.pulses + _times(pulses, -1), times)
        self.events += _times(self.events + _times(events, -1), times)

    def _home(self, track: int) -> int:
        away = self._positions.pop(track, 0)
        return self._count(Counts(shift=away, detect=away + 1))

    def _count(self, counts: Counts, *, looks: int | None = None, lanes: int | None = None) -> int:
        """Take note of operations; returns their cycles."""
        lanes = len(self.lanes) if lanes is None else lanes
        self.pulses += counts
        each = _times(counts, lanes)
        self.events += each if looks is None else each + Counts(detect=counts.detect * (looks - lanes))
        return counts.cycles(self.shape.clock_ghz)


def _times(counts: Counts, times: int) -> Counts:
    return Counts(
        detect=times * counts.detect,
        shift=times * counts.shift,
        remove=times * counts.remove,
        insert=times * counts.insert,
    )


def weights_written(tracks: Tracks, writes: Iterable[Write]) -> int:
    """Write the weights among a program's records; returns the cycles of all commands.

    Parameters
    ----------
    tracks : Tracks
    writes : iterable of Write
        Those of weights with the same cycle are written together.

    Examples
    --------
    >>> from racelet.golden.dwcpwc.program_loader import load
    >>> tracks = Tracks(DwcPwcConfig(store="racetrack"))
    >>> weights_written(tracks, load([0x0002_0109, 4, 5, 6], range(4), tracks.config).writes)
    344
    """
    words = tracks.config.weight_beat_bytes // 4
    weights = (each for each in writes if each.target == ProgramTarget.WEIGHTS)
    taken = 0
    for _, together in itertools.groupby(weights, lambda each: each.cycle):
        addresses = [each.address for each in together]
        lanes = [4 * (address % words) + byte for address in addresses for byte in range(4)]
        taken += tracks.write(addresses[0] // words, lanes)
    return taken


class Reading:
    """Times of runs of beats, one after the other.

    A request is taken when the last beat of the run before is chosen. A beat is chosen when its row is there and it has
    a place in the queue; then it is there ``LATENCY`` cycles later. Otherwise its row is read first, for which it does
    not need a place.

    Parameters
    ----------
    tracks : Tracks

    Attributes
    ----------
    free : int
        First cycle in which the next request can be taken, or the next beat be looked at.
    taken : deque of int
        Cycles in which the last ``ROOM`` beats were taken.

    Examples
    --------
    >>> reading = Reading(Tracks(DwcPwcConfig(store="racetrack")))
    >>> reading.begin(0, 1), reading.beat(), reading.beat()
    (1, 31, 32)
    """

    def __init__(self, tracks: Tracks) -> None:
        self.tracks = tracks
        self.free, self.address = 0, 0
        self.taken: deque[int] = deque([-RETURN] * ROOM, maxlen=ROOM)

    def begin(self, address: int, offered: int) -> int:
        """Cycle in which a request is taken that is offered from some cycle on."""
        accepted = max(self.free, offered)
        self.free, self.address = accepted + 1, address
        return accepted

    def beat(self) -> int:
        """First cycle in which the next beat of the run is there, if that before it is taken by then.

        In the end ``taken`` has to be told when it was taken.
        """
        if self.tracks.row != self.tracks.row_of(self.address):
            self.free += PICK + self.tracks.fetch(self.address) + COMMAND
        chosen = max(self.free, self.taken[0] + RETURN)
        self.free, self.address = chosen + 1, self.address + 1
        return chosen + LATENCY

    def state(self, now: int, address: int, beats: int) -> tuple[int, ...]:
        """All that the times of further runs of some beats depend on, counted from ``now``."""
        # A place that has been free for long is as good as any.
        places = (max(time - now, -ROOM - LATENCY - RETURN) for time in self.taken)
        return (self.free - now, *places, *self.tracks.state(address, beats))


def schedule(
    requests: Sequence[tuple[int, int]], offered: Sequence[int], taken: Sequence[int], tracks: Tracks
) -> tuple[list[int], list[int]]:
    """Cycles in which the store takes requests and gives beats, if nothing is written meanwhile.

    Parameters
    ----------
    requests : sequence of (address, beats)
        Runs.
    offered : sequence of int
        First cycle in which each request is offered.
    taken : sequence of int
        Cycle in which each beat is taken.
    tracks : Tracks
        As they are before, and after.

    Returns
    -------
    accepted : list of int
        Cycle of each request.
    given : list of int
        First cycle of each beat.

    Examples
    --------
    >>> schedule([(0, 2), (1, 1)], [0, 1], [40, 41, 42], Tracks(DwcPwcConfig(store="racetrack")))
    ([0, 28], [30, 41, 42])
    """
    reading = Reading(tracks)
    accepted: list[int] = []
    given: list[int] = []
    for (address, beats), request in zip(requests, offered, strict=True):
        accepted.append(reading.begin(address, request))
        for _ in range(beats):
            there = reading.beat()
            number = len(given)
            given.append(max(there, taken[number - 1] + 1 if number else 0))
            reading.taken.append(taken[number])
    return accepted, given
