"""What the engine that multiplies matrices is told, what it says, and what moves inside."""

from amaranth.hdl import Shape, signed, unsigned
from amaranth.lib import enum
from amaranth.lib.data import ArrayLayout, StructLayout

from racelet.golden.racetrack.matrix_config import MatrixConfig
from racelet.hw.racetrack.layouts import word_place


class Read(enum.Enum, shape=2):
    """How tracks are read."""

    NAIVE = 0
    BUFFER = 1
    SERPENTINE = 2


class MatrixError(enum.Enum, shape=3):
    """What was wrong with a request, or with tracks."""

    NONE = 0
    READ = 1
    """Tracks cannot be read so."""
    ROWS = 2
    TERMS = 3
    COLUMNS = 4
    """There are not so many, or they are no whole tiles. Up to here nothing was done."""
    NO_MARKER = 5
    """A track's marker was not found."""
    DISPLACED = 6
    """A track was not where it should have been at the end. All are at home."""
    DEVICE_FAULT = 7
    """The device told a fault; what follows it was not done."""


def request(config: MatrixConfig) -> StructLayout:
    """A product of matrices."""
    counts = {name: getattr(config, name).bit_length() for name in ("rows", "terms", "columns")}
    return StructLayout({"read": Read, **counts})


ANSWER = StructLayout({"error": MatrixError})
"""What comes of a request."""


def total(config: MatrixConfig) -> StructLayout:
    """A sum, and whether it is the last one of a product."""
    return StructLayout({"value": sum_shape(config), "last": 1})


def sum_shape(config: MatrixConfig) -> Shape:
    """A sum."""
    return unsigned(32) if config.number == "fp32" else signed(config.sum_width)


def plan(config: MatrixConfig) -> StructLayout:
    """A request, as it is done: tiles of rows and columns, ports, words of each and of the last one."""
    words = config.words_per_port.bit_length()
    return StructLayout(
        {
            "read": Read,
            "row_tiles": config.row_tracks.tracks.bit_length(),
            "column_tiles": config.column_tracks.tracks.bit_length(),
            "ports": config.ports.bit_length(),
            "slots": words,
            "last_slots": words,
        }
    )


def port_shape(config: MatrixConfig) -> Shape:
    """Number of a port."""
    return unsigned(max(word_place(config.row_tracks)["port"], 1))


def _with_pass(config: MatrixConfig, element: int) -> StructLayout:
    side = ArrayLayout(ArrayLayout(element, config.ports), config.tile)
    about = {"port": port_shape(config), "rows_outwards": 1, "columns_outwards": 1, "ends": 1, "last": 1}
    return StructLayout({"rows": side, "columns": side, **about})


def bits(config: MatrixConfig) -> StructLayout:
    """What is seen at all ports of a tile's tracks at a time.

    ``port`` is the one that is read, where it is not all; ``ends`` tells the last one of a tile, ``last`` of a product.
    """
    return _with_pass(config, 1)


def words(config: MatrixConfig) -> StructLayout:
    """The same of whole words."""
    return _with_pass(config, config.word_bits)
