"""Run-time configuration of one layer: the descriptor that the layer sequencer executes."""

import dataclasses
import enum

import numpy as np
from numpy.typing import NDArray


class LayerKind(enum.IntEnum):
    """What a descriptor makes the accelerator do."""

    INPUT = 0
    """Write the input stream into the activation buffer."""
    OUTPUT = 1
    """Read a tensor from the activation buffer into the output stream."""
    GATHER = 2
    """Regular convolution; patches gathered channel by channel in 3x3 blocks (few channels)."""
    WORDS = 3
    """Regular convolution; patches gathered tap by tap in words of input_lanes channels (many channels)."""
    FUSED = 4
    """Depthwise convolution whose pixels stream into a pointwise convolution."""
    DEPTHWISE = 5
    """Depthwise convolution alone."""
    AVERAGE_POOL = 6
    """Average pooling; means over all rows and columns."""
    MAX_POOL = 7
    """Maximum pooling."""
    ADD = 8
    """Sum of two tensors of the same shape."""
    LOAD = 9
    """Write a tensor that lies outside the chip into the activation buffer."""
    STORE = 10
    """Read a tensor from the activation buffer and put it outside the chip."""
    STREAM = 11
    """Nothing; the descriptors after it come while the program runs."""


class ProgramTarget(enum.IntEnum):
    """Which memory a block of a program fills, and of what records."""

    DESCRIPTORS = 0
    """Words of 32 bits; a descriptor begins at every sixteenth."""
    WEIGHTS = 1
    """Words of 32 bits, four weights each."""
    DEPTHWISE_WEIGHTS = 2
    """Nine bytes: the weights of one channel's 3x3 window."""
    PARAMETERS = 3
    """Nine bytes: bias, multiplier and right shift of one output channel."""
    DEPTHWISE_PARAMETERS = 4
    """Nine bytes: the same of one depthwise channel."""
    FENCE = 5
    """No records: the next block waits for the run."""


HEADER_FIELDS: dict[str, int] = {
    "target": 3,
    "row_records": 5,
    "groups": 8,
    "rows": 16,
    "address": 20,
    "group_stride": 12,
}
"""Fields of the two words before each block of a program, first to last from bit 0, with their widths in bits.
Word records: ``groups`` groups, ``group_stride`` records apart, of ``rows`` rows, of ``row_records`` records; a row
takes DESCRIPTOR_PITCH records among descriptors and ``input_lanes / 4`` among weights, and what a block leaves out of
it stays as it was. Nine-byte records: ``rows`` of them, one after the other. FENCE has no records; ``address`` is the
number of streamed descriptors that must have ended, 0: that a run must be streaming. No count may be zero."""

DESCRIPTOR_PITCH = 16
"""Words from one descriptor to the next."""

FIELDS: dict[str, int] = {
    "kind": 4,
    "last": 1,
    "round_once": 1,
    "tiles": 20,
    "tile_pixels": 7,
    "last_tile_pixels": 7,
    "width": 12,
    "channels": 16,
    "address": 20,
    "row_pitch": 20,
    "pixel_pitch": 16,
    "source_address": 20,
    "source_row_pitch": 20,
    "source_pixel_pitch": 16,
    "source_height": 12,
    "source_width": 12,
    "source_channels": 16,
    "source_row": 2,
    "source_column": 2,
    "pad_top": 8,
    "pad_left": 8,
    "pad_byte": 8,
    "stride_rows": 2,
    "stride_columns": 2,
    "kernel_rows": 8,
    "kernel_columns": 8,
    "words": 14,
    "tail_lanes": 6,
    "passes": 14,
    "tail_groups": 6,
    "weight_address": 20,
    "weight_beats": 20,
    "parameter_address": 16,
    "zero_point": 8,
    "low": 8,
    "high": 8,
    "depthwise_address": 16,
    "depthwise_parameter_address": 16,
    "depthwise_zero_point": 8,
    "depthwise_low": 8,
    "depthwise_high": 8,
    "pool_shift": 4,
}
"""Fields of a descriptor, first to last from bit 0, with their widths in bits. Those that every kind needs come
first, then those of reading; a program leaves out the words at the end that its kind does not read."""

TRANSFER_KINDS = (LayerKind.LOAD, LayerKind.STORE)
"""Kinds that move a tensor between the activation buffer and the memory outside."""

_TRANSFER_FIELDS = {"outside_address": 32, "outside_beats": 32}
OTHER_FIELDS: dict[int, dict[str, int]] = {
    LayerKind.ADD: {"second_offset": 20, "second_multiplier": 31, "second_shift": 5, "second_zero_point": 8},
    LayerKind.LOAD: _TRANSFER_FIELDS,
    LayerKind.STORE: _TRANSFER_FIELDS,
}
"""Fields that some kinds have where the others have ``words`` and what follows, with their widths in bits."""

SIGNED = frozenset(
    {
        "pad_byte",
        "zero_point",
        "low",
        "high",
        "depthwise_zero_point",
        "depthwise_low",
        "depthwise_high",
        "second_zero_point",
    },
)
"""Fields in two's complement; all others are unsigned."""

DOT_KINDS = (LayerKind.GATHER, LayerKind.WORDS, LayerKind.FUSED)
"""Kinds with dot products."""

_WRITTEN = ("tiles", "tile_pixels", "last_tile_pixels", "width", "channels")
_READ = (
    *_WRITTEN,
    "source_height",
    "source_width",
    "source_channels",
    "stride_rows",
    "stride_columns",
    "kernel_rows",
    "kernel_columns",
)
_MULTIPLIED = (*_READ, "words", "tail_lanes", "passes", "tail_groups", "weight_beats")
COUNTS: dict[LayerKind, tuple[str, ...]] = {
    **{kind: _MULTIPLIED if kind in DOT_KINDS else _READ for kind in LayerKind},
    LayerKind.INPUT: _WRITTEN,
    LayerKind.LOAD: _WRITTEN,
    LayerKind.STORE: tuple(name for name in _READ if name != "channels"),
    LayerKind.STREAM: (),
}
"""Fields that must not be zero, by kind."""

DESCRIPTOR_WORDS = -(-sum(FIELDS.values()) // 32)
"""Words of 32 bits that one descriptor takes."""


def field_bits(kind: int) -> dict[str, tuple[int, int]]:
    """Where the fields of a descriptor lie.

    Parameters
    ----------
    kind : int
        Its kind; fields in place of which the kind has others are told too, those others come last.

    Returns
    -------
    dict of str to (int, int)
        First bit and width.

    Examples
    --------
    >>> field_bits(LayerKind.INPUT)["last"], field_bits(LayerKind.ADD)["second_shift"]
    ((4, 1), (319, 5))
    """
    found: dict[str, tuple[int, int]] = {}
    offset = 0
    for name, width in FIELDS.items():
        found[name] = (offset, width)
        offset += width
    offset = found["words"][0]
    for name, width in OTHER_FIELDS.get(kind, {}).items():
        found[name] = (offset, width)
        offset += width
    return found


@dataclasses.dataclass(frozen=True, kw_only=True)
class LayerConfig:
    """One layer, as the hardware is told of it.

    Pitches and addresses are bytes inside one bank of the activation buffer; row pitch is the step between rows
    that are three apart (which share a bank).

    Parameters
    ----------
    kind : LayerKind
        What to do.
    last : int
        1 in the last descriptor of a program.
    round_once : int
        1: requantise with a single rounding (FULLY_CONNECTED, AVERAGE_POOL_2D); 0: with two.
    tiles, tile_pixels, last_tile_pixels : int
        Output pixels, as ``tiles - 1`` tiles of ``tile_pixels`` and one of ``last_tile_pixels``.
    width, channels : int
        Columns and channels of the output tensor (INPUT, LOAD: of the tensor that is written; OUTPUT, STORE: that is
        read). ADD: a pixel is three neighbouring columns, of which there are ``width`` in a row.
    address, row_pitch, pixel_pitch : int
        Where the output tensor lies.
    source_address : int
        Address of the first window's first tap, modulo 2**20 where padding puts it before the tensor.
    source_row_pitch, source_pixel_pitch, source_height, source_width, source_channels : int
        Where the input tensor lies, and its shape.
    source_row, source_column : int
        Bank row and column (0..2) of the first window's first tap.
    pad_top, pad_left, pad_byte : int
        Padding before the tensor, in pixels, and the byte that padded taps read.
    stride_rows, stride_columns : int
        1..3.
    kernel_rows, kernel_columns : int
        1..255.
    words, tail_lanes : int
        Beats of input_lanes activations per pixel, and the lanes in use in the last of them.
    passes, tail_groups : int
        Groups of output_lanes channels, and the groups of ``requantizers`` channels in the last of them.
    weight_address, weight_beats : int
        First weight beat, and beats that one tile takes.
    parameter_address : int
        First row of requantise parameters, in rows of ``requantizers`` channels.
    zero_point, low, high : int
        Output zero point and clamp.
    depthwise_address, depthwise_parameter_address : int
        First row of depthwise weights and of requantise parameters, in rows of ``depthwise_lanes`` channels.
    depthwise_zero_point, depthwise_low, depthwise_high : int
        The same for the depthwise result.
    pool_shift : int
        AVERAGE_POOL: a window that lacks r rows and c columns uses parameter row (r << pool_shift) + c.
    second_offset : int
        ADD: what ``source_row_pitch`` bytes behind the first tensor lack to the second, modulo 2**20.
    second_multiplier, second_shift, second_zero_point : int
        ADD: scale and zero point of the second tensor; the first has a scale of one half, its zero point is
        ``pad_byte``.
    outside_address, outside_beats : int
        LOAD, STORE: where the tensor begins outside, and what it takes there, both in beats of ``bandwidth`` bytes.

    Raises
    ------
    ValueError
        If a value does not fit its field.

    Examples
    --------
    >>> hex(int(LayerConfig(kind=LayerKind.OUTPUT, last=1, tiles=2).pack()[0]))
    '0x4000091'
    """

    kind: LayerKind
    last: int = 0
    round_once: int = 0
    tiles: int = 1
    tile_pixels: int = 1
    last_tile_pixels: int = 1
    width: int = 1
    channels: int = 1
    address: int = 0
    row_pitch: int = 0
    pixel_pitch: int = 0
    source_address: int = 0
    source_row_pitch: int = 0
    source_pixel_pitch: int = 0
    source_height: int = 1
    source_width: int = 1
    source_channels: int = 1
    source_row: int = 0
    source_column: int = 0
    pad_top: int = 0
    pad_left: int = 0
    pad_byte: int = 0
    stride_rows: int = 1
    stride_columns: int = 1
    kernel_rows: int = 1
    kernel_columns: int = 1
    words: int = 1
    tail_lanes: int = 1
    passes: int = 1
    tail_groups: int = 1
    weight_address: int = 0
    weight_beats: int = 0
    parameter_address: int = 0
    zero_point: int = 0
    low: int = -128
    high: int = 127
    depthwise_address: int = 0
    depthwise_parameter_address: int = 0
    depthwise_zero_point: int = 0
    depthwise_low: int = -128
    depthwise_high: int = 127
    pool_shift: int = 0
    second_offset: int = 0
    second_multiplier: int = 0
    second_shift: int = 0
    second_zero_point: int = 0
    outside_address: int = 0
    outside_beats: int = 0

    def __post_init__(self) -> None:
        for name, (_, width) in field_bits(self.kind).items():
            low, high = (-(1 << width - 1), (1 << width - 1) - 1) if name in SIGNED else (0, (1 << width) - 1)
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"LayerConfig.{name} must be in {low}..{high}, not {value}")

    @property
    def words_read(self) -> int:
        """Words of the descriptor that its kind reads; the rest need not be sent."""
        last_field = {
            LayerKind.INPUT: "pixel_pitch",
            LayerKind.OUTPUT: "kernel_columns",
            LayerKind.LOAD: "outside_beats",
            LayerKind.STORE: "outside_beats",
            LayerKind.STREAM: "round_once",
        }.get(self.kind, "pool_shift")
        offset, width = field_bits(self.kind)[last_field]
        return -(-(offset + width) // 32)

    def pack(self) -> NDArray[np.uint32]:
        """Descriptor as it lies in memory.

        Returns
        -------
        uint32, shape (DESCRIPTOR_WORDS,)
        """
        bits = 0
        for name, (offset, width) in field_bits(self.kind).items():
            ones = (1 << width) - 1
            bits = bits & ~(ones << offset) | (int(getattr(self, name)) & ones) << offset
        return np.array([bits >> 32 * k & 0xFFFFFFFF for k in range(DESCRIPTOR_WORDS)], np.uint32)
