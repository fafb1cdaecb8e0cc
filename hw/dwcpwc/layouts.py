"""Payloads that pass between the components of the accelerator."""

from amaranth.hdl import signed, unsigned
from amaranth.lib import enum
from amaranth.lib.data import ArrayLayout, Field, FlexibleLayout, StructLayout

from racelet.golden.dwcpwc.config import BANKS, DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import FIELDS, OTHER_FIELDS, SIGNED, LayerKind, field_bits
from racelet.hw.lib.record_memory import record_write

PARAMETER_BYTES = 9
"""Bytes of one channel's requantise parameters: bias (4), multiplier (4), right shift (1), each little-endian."""
TAPS = 9
"""Taps of one window: 3x3."""
DIGITS = 4
"""Digits of radix 4 of an int8 weight."""

LAYER = StructLayout({name: signed(width) if name in SIGNED else unsigned(width) for name, width in FIELDS.items()})
"""One layer descriptor."""


def _other_fields(kind: LayerKind) -> FlexibleLayout:
    """The fields that a descriptor of some kind has in place of others."""
    return FlexibleLayout(
        LAYER.size,
        {
            name: Field(signed(width) if name in SIGNED else unsigned(width), offset)
            for name, (offset, width) in field_bits(kind).items()
            if name in OTHER_FIELDS[kind]
        },
    )


ADDITION = _other_fields(LayerKind.ADD)
"""The fields that a descriptor of kind ADD has in place of others."""

OUTSIDE = _other_fields(LayerKind.LOAD)
"""The fields that descriptors of the kinds LOAD and STORE have in place of others."""

PARAMETER = StructLayout({"bias": signed(32), "multiplier": 32, "shift": 8})
"""Requantise parameters of one channel."""

WEIGHT_REQUEST = StructLayout({"address": 20, "beats": 20})
"""A run of weight beats: the first one's number, and how many."""

TRANSFER = StructLayout({"address": 32, "beats": 32, "store": 1})
"""A run of beats of the memory outside: the first one's number, how many, and whether they are written."""

PLACE = StructLayout({"channel": 16, "advance": 1, "rewind": 1, "tile_last": 1, "final": 1})
"""Where a group belongs: its first channel; whether the next group is another pixel's; if so, whether that is the first
pixel of the same tile (more channels to come) or of the next tile; whether it is the last group of the layer."""


class ErrorCode(enum.Enum, shape=8):
    """What stopped the accelerator."""

    NONE = 0
    TARGET = 1
    """A block of the program names no memory of this accelerator, or holds nothing."""
    KIND = 2
    """A descriptor's kind is none of those there are."""
    UNFINISHED = 3
    """The program has no last layer."""
    FENCE = 4
    """The program waits for a descriptor to end that never can."""
    FIELD = 5
    """A descriptor has a count of zero, or one above what the accelerator has."""
    STALLED = 6
    """A layer has come to a halt, and not because of a stream outside."""
    TRANSFER = 7
    """A LOAD or STORE asked for fewer or more beats than its tensor takes."""
    TRACK = 8
    """A weight on a racetrack has not as many ones as it must have, or the tracks tell a fault."""


def bank_address(config: DwcPwcConfig) -> int:
    """Bits of a byte address inside one bank of the activation buffer."""
    return (config.bank_bytes - 1).bit_length()


def window_request(config: DwcPwcConfig) -> StructLayout:
    """Where one 3x3 window lies: byte addresses, one per bank, and how to align what they hold."""
    return StructLayout(
        {
            "addresses": ArrayLayout(bank_address(config), BANKS),
            "row": 2,
            "column": 2,
            "rows_inside": 3,
            "columns_inside": 3,
            "kernel_rows": 2,
            "kernel_columns": 2,
            "lanes": range(config.input_lanes + 1),
            "lacking_rows": 8,
            "lacking_columns": 8,
            "first": 1,
            "last": 1,
            "pixel_last": 1,
            "layer_last": 1,
        },
    )


def window(config: DwcPwcConfig) -> StructLayout:
    """One aligned and padded 3x3 window, in the forms in which layers use it."""
    return StructLayout(
        {
            "taps": ArrayLayout(ArrayLayout(signed(8), config.depthwise_lanes), TAPS),
            "gathered": ArrayLayout(8, gather_bytes(config)),
            "gathered_count": range(gather_bytes(config) + 1),
            "pixels": ArrayLayout(ArrayLayout(signed(8), config.input_lanes), 3),
            "pixel_count": 2,
            "sums": ArrayLayout(signed(12), config.input_lanes),
            "pool_index": 16,
            "first": 1,
            "last": 1,
            "pixel_last": 1,
            "layer_last": 1,
        },
    )


def gather_bytes(config: DwcPwcConfig) -> int:
    """Bytes of a patch that one window can give a regular convolution."""
    return max(TAPS * config.gather_channels, config.input_lanes)


def depthwise_sums(config: DwcPwcConfig) -> StructLayout:
    """Dot products of one window in ``depthwise_lanes`` channels."""
    return StructLayout(
        {"sums": ArrayLayout(signed(32), config.depthwise_lanes), "pixel_last": 1, "layer_last": 1},
    )


def group(lanes: int) -> StructLayout:
    """Sums of ``lanes`` neighbouring channels of one pixel, with their place in the layer."""
    return StructLayout({"sums": ArrayLayout(signed(32), lanes), "parameter_row": 16, "place": PLACE})


def byte_group(lanes: int) -> StructLayout:
    """Bytes of ``lanes`` neighbouring channels of one pixel, with their place in the layer."""
    return StructLayout({"data": ArrayLayout(signed(8), lanes), "place": PLACE})


def digit_column(lanes: int) -> StructLayout:
    """Digits of one significance of a row of weights.

    A bit for each weight tells that there is a digit, that it is negative, and that it is 2 and not 1; and there is
    their ``count``.
    """
    return StructLayout({"digits": lanes, "negative": lanes, "double": lanes, "count": range(lanes + 1)})


def weight_row(config: DwcPwcConfig) -> ArrayLayout:
    """``input_lanes`` weights as the engine keeps them: the kind "bitlet" as columns of digits, the lowest first."""
    n = config.input_lanes
    return ArrayLayout(digit_column(n), DIGITS) if config.engine == "bitlet" else ArrayLayout(signed(8), n)


def weight_set(config: DwcPwcConfig) -> ArrayLayout:
    """``output_lanes`` rows of weights."""
    return ArrayLayout(weight_row(config), config.output_lanes)


def dot_beat(config: DwcPwcConfig) -> StructLayout:
    """Operands of one beat of the dot-product engine.

    ``slot`` names the partial sums that the beat adds to; ``first`` begins them anew and ``last`` sends them out.
    """
    return StructLayout(
        {
            "activations": ArrayLayout(signed(8), config.input_lanes),
            "weights": weight_set(config),
            "slot": range(max(config.tile_pixels, 2)),
            "first": 1,
            "last": 1,
        },
    )


def dot_sums(config: DwcPwcConfig) -> ArrayLayout:
    """Dot products of one pixel with ``output_lanes`` sets of weights."""
    return ArrayLayout(signed(32), config.output_lanes)


def activation_write(config: DwcPwcConfig) -> StructLayout:
    """One write into the activation buffer: up to one word of one bank."""
    return StructLayout(
        {
            "bank": range(BANKS),
            "address": bank_address(config),
            "data": ArrayLayout(8, config.input_lanes),
            "mask": config.input_lanes,
        },
    )


def memory_write(width: int) -> StructLayout:
    """One record into a parameter memory, ``width`` bits, at a record number."""
    return record_write(width)


def weight_write(config: DwcPwcConfig) -> StructLayout:
    """Words of four weights into the weight store, by the number of the first one."""
    return record_write(32, config.weight_words)
