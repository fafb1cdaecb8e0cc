"""Shape of an engine that multiplies matrices on tracks."""

import dataclasses
from typing import Literal, get_args

from racelet.golden.racetrack.config import RacetrackConfig

Number = Literal["int", "fp32"]
NUMBERS: tuple[Number, ...] = get_args(Number)
TILES = (1, 2, 4, 8)


@dataclasses.dataclass(frozen=True, kw_only=True)
class MatrixConfig:
    """Shape of the tracks of two matrices, and of what multiplies them.

    Each row of the first matrix is on a track of its own, and each column of the second; element k is word
    ``k % words_per_port`` left of port ``k // words_per_port``.

    Parameters
    ----------
    number : {"int", "fp32"}
        Elements: in two's complement, or floating-point numbers of 32 bits.
    word_bits : int
        Of an element. 8..64; 32 where it is "fp32".
    ports : int
        Access ports of a track. 1..32.
    words_per_port : int
        1..8.
    clock_ghz : float
        Above 0, at most 100.
    rows, columns : int
        Tracks of each matrix: a multiple of ``tile``. 1..256 tiles.
    tile : int
        Rows, and columns, that are read at a time, for as many sums as they have in common. 1, 2, 4 or 8.

    Raises
    ------
    TypeError
        If a field is of the wrong kind.
    ValueError
        If a field is outside its range.

    Examples
    --------
    >>> config = MatrixConfig(word_bits=8, ports=4, words_per_port=3, tile=2)
    >>> config.terms, config.sum_width, config.row_tracks.tracks
    (12, 19, 4)
    """

    number: Number = "int"
    word_bits: int = 32
    ports: int = 16
    words_per_port: int = 1
    clock_ghz: float = 1.0
    rows: int = 8
    columns: int = 8
    tile: int = 1

    def __post_init__(self) -> None:
        if self.number not in NUMBERS:
            raise ValueError(f"MatrixConfig.number must be one of {', '.join(NUMBERS)}, not {self.number!r}")
        for name in ("word_bits", "ports", "words_per_port", "rows", "columns", "tile"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool):
                raise TypeError(f"MatrixConfig.{name} must be int, not {value!r}")
        if self.number == "fp32" and self.word_bits != 32:
            raise ValueError(f"MatrixConfig.word_bits must be 32 (number='fp32'), not {self.word_bits}")
        if self.tile not in TILES:
            raise ValueError(f"MatrixConfig.tile must be one of {', '.join(map(str, TILES))}, not {self.tile}")
        for name in ("rows", "columns"):
            value, most = getattr(self, name), 256 * self.tile
            if not 1 <= value <= most or value % self.tile:
                raise ValueError(
                    f"MatrixConfig.{name} must be in {self.tile}..{most} and a multiple of tile={self.tile} (tracks "
                    f"of a tile are moved together), not {value}"
                )
        self._tracks(1)

    def _tracks(self, groups: int) -> RacetrackConfig:
        try:
            return RacetrackConfig(
                word_bits=self.word_bits,
                ports=self.ports,
                words_per_port=self.words_per_port,
                clock_ghz=self.clock_ghz,
                tracks=groups,
                sweep=True,
            )
        except (TypeError, ValueError) as error:
            raise type(error)(str(error).replace("RacetrackConfig", "MatrixConfig")) from None

    @property
    def row_tracks(self) -> RacetrackConfig:
        """Shape of the tracks with one number among those of a tile: as many as there are tiles of rows."""
        return self._tracks(self.rows // self.tile)

    @property
    def column_tracks(self) -> RacetrackConfig:
        """The same of columns."""
        return self._tracks(self.columns // self.tile)

    @property
    def terms(self) -> int:
        """Elements of a track."""
        return self.ports * self.words_per_port

    @property
    def sum_width(self) -> int:
        """Bits of a sum; one of integers holds every sum of so many products."""
        return 32 if self.number == "fp32" else 2 * self.word_bits - 1 + self.terms.bit_length()

    @property
    def element_cycles(self) -> int:
        """Cycles between two products that are added to the same sum."""
        return 3 if self.number == "fp32" else 1

    @property
    def sum_cycles(self) -> int:
        """Cycles from the operands to the sum with their product in it."""
        return 6 if self.number == "fp32" else 2
