"""Passes over the tracks of two matrices for their product, and the order of the products of elements in a sum."""

import dataclasses
from collections.abc import Iterator
from typing import Literal, get_args

from racelet.golden.racetrack.matrix_config import MatrixConfig

Read = Literal["naive", "buffer", "serpentine"]
READS: tuple[Read, ...] = get_args(Read)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Request:
    """A product of an M x K by a K x N matrix.

    Parameters
    ----------
    read : {"naive", "buffer", "serpentine"}
        One port after the other, out and back home; one port after the other, out in one pass and back in the next;
        all ports at a time, out in one pass of a track and back in the next, from where it is.
    rows, terms, columns : int
        M, K, N. Rows and columns are multiples of the config's tile.
    """

    read: Read
    rows: int
    terms: int
    columns: int

    def ports(self, config: MatrixConfig) -> int:
        """Ports that have elements."""
        return -(-self.terms // config.words_per_port)

    def slots(self, config: MatrixConfig) -> int:
        """Words of each port that are read; those of the last one beyond ``terms`` too."""
        return min(self.terms, config.words_per_port)

    def segment(self, config: MatrixConfig) -> int:
        """G: sites of these words."""
        return self.slots(config) * config.word_bits


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pass:
    """All bits at a port, or at all of them, of a tile's rows and columns, each seen once.

    Parameters
    ----------
    row, column : int
        Which tile: its number in a column of tiles, and in a row of them.
    port : int or None
        None: all ports at a time.
    outwards : (bool, bool)
        Direction of rows, and of columns.
    lead : (bool, bool)
        Whether they are shifted once before the first look.
    trail : (int, int)
        Shifts after the last one, back home.
    ends : bool
        Sums of the tile are complete.
    """

    row: int
    column: int
    port: int | None
    outwards: tuple[bool, bool]
    lead: tuple[bool, bool]
    trail: tuple[int, int]
    ends: bool


def passes(request: Request, config: MatrixConfig) -> Iterator[Pass]:
    """Passes of a product: tile by tile, those of a row of tiles first; in each, port by port or all at a time.

    Examples
    --------
    >>> config = MatrixConfig(word_bits=8, ports=2)
    >>> request = Request(read="serpentine", rows=1, terms=2, columns=3)
    >>> [(each.outwards, each.lead) for each in passes(request, config)]
    [((True, True), (True, True)), ((False, True), (False, True)), ((True, True), (False, True))]
    """
    serpentine, naive = request.read == "serpentine", request.read == "naive"
    ports: list[int | None] = [None] if serpentine else list(range(request.ports(config)))
    for row in range(request.rows // config.tile):
        for column in range(request.columns // config.tile):
            for number, port in enumerate(ports):
                # A row was read once for each tile left of this one, and a column for each above it.
                rows, columns = (naive or (before * len(ports) + number) % 2 == 0 for before in (column, row))
                back = request.segment(config) if naive else 0 if serpentine else 1
                yield Pass(
                    row=row,
                    column=column,
                    port=port,
                    outwards=(rows, columns),
                    lead=(column == 0, row == 0) if serpentine else (rows, columns),
                    trail=(back if naive or not rows else 0, back if naive or not columns else 0),
                    ends=number == len(ports) - 1,
                )


def displacement(request: Request, config: MatrixConfig, outwards: bool) -> int:
    """How far from home tracks are after their last pass.

    Examples
    --------
    >>> config = MatrixConfig(word_bits=8, ports=2)
    >>> [displacement(Request(read=read, rows=1, terms=2, columns=1), config, True) for read in READS]
    [0, 8, 8]
    """
    if request.read == "naive":
        return 0
    return request.segment(config) if outwards else int(request.read == "serpentine")


def slot_order(slots: int, outwards: tuple[bool, bool]) -> list[list[int]]:
    """Words of a port whose elements are multiplied as each word of a pass is complete.

    Rows and columns that go the same way have the same word at the same time. Where they go opposite ways, words of
    the first half are kept, and each later one meets one of them: the row's first, then the column's.

    Examples
    --------
    >>> slot_order(4, (True, True)), slot_order(4, (False, False))
    ([[0], [1], [2], [3]], [[3], [2], [1], [0]])
    >>> slot_order(4, (True, False)), slot_order(3, (False, True))
    ([[], [], [2, 1], [3, 0]], [[], [1], [0, 2]])
    """
    rows, columns = (list(range(slots)) if each else list(reversed(range(slots))) for each in outwards)
    if rows == columns:
        return [[slot] for slot in rows]
    middle = (slots - 1) / 2
    return [
        [] if time < middle else [row] if row == column else [row, column]
        for time, (row, column) in enumerate(zip(rows, columns, strict=True))
    ]


def element_order(request: Request, config: MatrixConfig, row: int, column: int) -> list[int]:
    """Order of the products of elements in the sums of a tile.

    Examples
    --------
    >>> config = MatrixConfig(word_bits=8, ports=2, words_per_port=2)
    >>> request = Request(read="serpentine", rows=1, terms=3, columns=2)
    >>> element_order(request, config, 0, 0), element_order(request, config, 0, 1)
    ([0, 2, 1], [0, 2, 1])
    """
    found: list[int] = []
    for each in passes(request, config):
        if (each.row, each.column) != (row, column):
            continue
        ports = range(request.ports(config)) if each.port is None else [each.port]
        for slots in slot_order(request.slots(config), each.outwards):
            found += [port * config.words_per_port + slot for slot in slots for port in ports]
    return [number for number in found if number < request.terms]
