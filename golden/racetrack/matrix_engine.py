"""The engine that multiplies matrices on tracks: bits in, sums out."""

import dataclasses
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from racelet.golden.racetrack.device import HOME, Outcome, Track
from racelet.golden.racetrack.float_multiply_add import multiply_add
from racelet.golden.racetrack.matrix_config import MatrixConfig
from racelet.golden.racetrack.matrix_passes import READS, Pass, Request, displacement, passes, slot_order
from racelet.golden.racetrack.operations import Counts, Direction, Operation, detect, shift

Error = Literal["NONE", "READ", "ROWS", "TERMS", "COLUMNS", "NO_MARKER", "DISPLACED", "DEVICE_FAULT"]
"""Those up to ``COLUMNS`` are told before anything is done. After ``DISPLACED`` all tracks are at home."""

Factors = list[list[list[tuple[int, int]]]]
"""Of each product, by the tile's row and column."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Answer:
    """What comes of a request.

    Parameters
    ----------
    sums : tuple of int
        Tile by tile, those of a row of tiles first, and in a tile row by row: signed integers, or codes of fp32.
        With an error they mean nothing, and there may be fewer.
    error : str
    """

    sums: tuple[int, ...] = ()
    error: Error = "NONE"


class _Stopped(Exception):
    """Something happened after which the tracks cannot be read."""

    def __init__(self, error: Error) -> None:
        super().__init__(error)
        self.error: Error = error


def refusal(request: Request, config: MatrixConfig) -> Error:
    """Why nothing is done; ``NONE`` if it is.

    Examples
    --------
    >>> config = MatrixConfig(ports=4, tile=2)
    >>> refusal(Request(read="naive", rows=3, terms=4, columns=2), config)
    'ROWS'
    """
    if request.read not in READS:
        return "READ"
    if not 1 <= request.rows <= config.rows or request.rows % config.tile:
        return "ROWS"
    if not 1 <= request.terms <= config.terms:
        return "TERMS"
    return "NONE" if 1 <= request.columns <= config.columns and not request.columns % config.tile else "COLUMNS"


class MatrixEngine:
    """Multiply matrices.

    Tracks go to their markers; all passes; tracks go to their markers again, and must have been where they should be.
    Rows and columns do what they do at the same time, and the tracks of a tile too.

    Parameters
    ----------
    config : MatrixConfig
    rows, columns : sequence of Track
        ``config.rows`` and ``config.columns`` of them.

    Attributes
    ----------
    homing : Counts
        Operations of the tracks that were done to find markers; all others are those of passes.

    Examples
    --------
    >>> config = MatrixConfig(word_bits=8, ports=2, rows=1, columns=1)
    >>> tracks = [Track(config.row_tracks) for _ in range(2)]
    >>> for track, words in zip(tracks, [(3, 0xFF), (5, 2)]):
    ...     track.store(0, 0, words[0]), track.store(1, 0, words[1])
    (None, None)
    (None, None)
    >>> engine = MatrixEngine(config, tracks[:1], tracks[1:])
    >>> engine.run(Request(read="serpentine", rows=1, terms=2, columns=1))
    Answer(sums=(13,), error='NONE')
    """

    def __init__(self, config: MatrixConfig, rows: Sequence[Track], columns: Sequence[Track]) -> None:
        self.config = config
        self.sides = (rows, columns)
        self.homing = Counts()

    def run(self, request: Request) -> Answer:
        """Do a product.

        Parameters
        ----------
        request : Request

        Returns
        -------
        Answer
        """
        refused = refusal(request, self.config)
        if refused != "NONE":
            return Answer(error=refused)
        sums: list[int] = []
        try:
            self._home(request, None)
            outwards = self._read(request, sums)
            expected = [displacement(request, self.config, each) for each in outwards]
            return Answer(sums=tuple(sums), error=self._home(request, expected))
        except _Stopped as stopped:
            return Answer(sums=tuple(sums), error=stopped.error)

    def _read(self, request: Request, sums: list[int]) -> tuple[bool, bool]:
        """All passes; returns the directions of the last one."""
        tile, outwards = range(self.config.tile), (True, True)
        factors: Factors = [[[] for _ in tile] for _ in tile]
        for each in passes(request, self.config):
            outwards = each.outwards
            self._multiply(request, each, self._pass(request, each), factors)
            if each.ends:
                sums += [self._sum(factors[row][column]) for row in tile for column in tile]
                factors = [[[] for _ in tile] for _ in tile]
            for number in range(max(each.trail)):
                back = (number < each.trail[0], number < each.trail[1])
                self._shift(self._tiles(each), each.port or 0, back, (False, False))
        return outwards

    def _pass(self, request: Request, each: Pass) -> NDArray[np.bool_]:
        """Shift and look; returns bits by side, place from the port on, track, and port."""
        segment, port = request.segment(self.config), each.port or 0
        tracks = self._tiles(each)
        bits = np.zeros((2, segment, self.config.tile, self.config.ports), np.bool_)
        self._shift(tracks, port, each.lead, (True, True))
        for time in range(segment):
            seen = self._do([(track, detect(port)) for side in tracks for track in side])
            for number, outcome in enumerate(seen):
                side, line = divmod(number, self.config.tile)
                place = time if each.outwards[side] else segment - 1 - time
                bits[side, place, line] = [outcome.bits >> at & 1 for at in range(self.config.ports)]
            if time < segment - 1:
                self._shift(tracks, port, (True, True), each.outwards)
        return bits

    def _multiply(self, request: Request, each: Pass, bits: NDArray[np.bool_], factors: Factors) -> None:
        """Note the products of a pass, in their order."""
        width, slots = self.config.word_bits, request.slots(self.config)
        ports = range(request.ports(self.config)) if each.port is None else [each.port]
        for slot in [slot for together in slot_order(slots, each.outwards) for slot in together]:
            for port in ports:
                if port * self.config.words_per_port + slot >= request.terms:
                    continue
                words = bits[:, slot * width : (slot + 1) * width, :, port]
                lefts, rights = ([_word(side[:, line]) for line in range(self.config.tile)] for side in words)
                for row, left in enumerate(lefts):
                    for column, right in enumerate(rights):
                        factors[row][column].append((left, right))

    def _sum(self, factors: Sequence[tuple[int, int]]) -> int:
        if self.config.number == "fp32":
            return int(multiply_add(*zip(*factors, strict=True))[-1])
        half = 1 << (self.config.word_bits - 1)
        return sum(((left ^ half) - half) * ((right ^ half) - half) for left, right in factors)

    def _home(self, request: Request, expected: Sequence[int] | None) -> Error:
        """Tracks go to their markers: the first tile of rows together with the first one of columns, and so on."""
        error: Error = "NONE"
        tiles = (request.rows // self.config.tile, request.columns // self.config.tile)
        for number in range(max(tiles)):
            sides = [self._tile(side, number) if number < tiles[side] else [] for side in (0, 1)]
            moved = self._to_markers([*sides[0], *sides[1]])
            if expected is not None:
                wanted = [expected[side] for side in (0, 1) for _ in sides[side]]
                error = error if moved == wanted else "DISPLACED"
        return error

    def _to_markers(self, tracks: Sequence[Track]) -> list[int]:
        """Each track moves left until its marker is seen, and waits there for the others; returns how far."""
        moved, away = [0] * len(tracks), list(range(len(tracks)))
        while True:
            seen = self._do([(tracks[number], detect(HOME)) for number in away])
            self.homing += Counts(detect=len(away))
            away = [number for number, outcome in zip(away, seen, strict=True) if not outcome.bit]
            if not away:
                return moved
            if moved[away[0]] == self.config.row_tracks.segment + 2:
                raise _Stopped("NO_MARKER")
            self.homing += Counts(shift=len(away))
            self._do([(tracks[number], shift(0, "all", "left")) for number in away])
            for number in away:
                moved[number] += 1

    def _tiles(self, each: Pass) -> tuple[Sequence[Track], Sequence[Track]]:
        return self._tile(0, each.row), self._tile(1, each.column)

    def _tile(self, side: int, number: int) -> Sequence[Track]:
        return self.sides[side][number * self.config.tile : (number + 1) * self.config.tile]

    def _shift(
        self, tracks: Sequence[Sequence[Track]], port: int, which: tuple[bool, bool], right: tuple[bool, bool]
    ) -> None:
        """Move the tracks of a tile, those of either side or both."""
        moving = [side for side in (0, 1) if which[side]]
        directions: list[Direction] = ["right" if each else "left" for each in right]
        if moving:
            self._do([(track, shift(port, "all", directions[side])) for side in moving for track in tracks[side]])

    def _do(self, together: Sequence[tuple[Track, Operation]]) -> list[Outcome]:
        """Do something with several tracks at the same time."""
        outcomes = [track.apply(operation) for track, operation in together]
        if any(outcome.fault is not None for outcome in outcomes):
            raise _Stopped("DEVICE_FAULT")
        return outcomes


def _word(bits: NDArray[np.bool_]) -> int:
    """A word of its bits, the lowest first."""
    return sum(int(bit) << place for place, bit in enumerate(bits.tolist()))
