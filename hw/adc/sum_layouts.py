"""What moves between a macro, the sums of its codes, and what calibrates and requantises them."""

from collections.abc import Iterable, Sequence

from amaranth.hdl import Shape, signed, unsigned
from amaranth.lib.data import ArrayLayout, StructLayout

from racelet.golden.adc.config import IR_SHIFT, AdcConfig, Cells

BIAS_BITS = 32
"""Of a bias of the multiplier."""

Ranges = Sequence[tuple[int, int]]
"""Least and most of a number in each group of rows."""

CALIBRATION_ERRORS = StructLayout({"write_busy": 1, "start_busy": 1, "dac_clamp": 1, "calibration": 1})
"""What can go wrong in a calibrator: see :class:`racelet.golden.adc.error.Error`."""


def number_of(count: int) -> range:
    """Shape of a number that tells ``count`` things from one another: at least a bit."""
    return range(max(count, 2))


def slices(config: AdcConfig) -> StructLayout:
    """Codes of a slice of every output, of an activation's bit and a weight's, and the slot that they are added to.

    ``first`` begins its sums anew, ``last`` gives them out.
    """
    return StructLayout(
        {
            "codes": ArrayLayout(config.bits, config.output_lanes),
            "input_bit": number_of(config.input_bits),
            "weight_bit": number_of(config.weight_bits),
            "slot": number_of(config.slots),
            "first": 1,
            "last": 1,
        }
    )


def column_sums(config: AdcConfig) -> ArrayLayout:
    """Sums of every output."""
    return ArrayLayout(signed(config.accumulator_bits), config.output_lanes)


def channel_sums(config: AdcConfig, rows: int) -> StructLayout:
    """The same, and of which row of so many channels they are: channel ``row * output_lanes`` is the first one."""
    return StructLayout({"sums": column_sums(config), "row": number_of(rows)})


def channel_activations(config: AdcConfig) -> ArrayLayout:
    """Activations of every output."""
    return ArrayLayout(config.output_bits, config.output_lanes)


def packet_sums(config: AdcConfig) -> StructLayout:
    """Sums of every output, of which row of channels they are, and whether they end a packet."""
    return StructLayout({"sums": column_sums(config), "row": number_of(config.channel_rows), "last": 1})


def parameter_bits(config: AdcConfig) -> int:
    """Of a requantizer's parameter, in two's complement."""
    return config.threshold_bits if config.requantize == "thresholds" else BIAS_BITS


def parameter_entries(config: AdcConfig) -> int:
    """Parameters of a channel: thresholds and a sign, or a bias and a factor."""
    return config.output_thresholds + 1 if config.requantize == "thresholds" else 2


def channel_parameter(config: AdcConfig, rows: int) -> StructLayout:
    """A parameter of the channel of an output in a row.

    With thresholds, entry k is a threshold, and the last entry says in its lowest bit whether sums change their sign.
    Else entry 0 is the bias and entry 1 the factor.
    """
    return StructLayout(
        {
            "row": number_of(rows),
            "lane": number_of(config.output_lanes),
            "entry": range(parameter_entries(config)),
            "data": parameter_bits(config),
        }
    )


def calibration_job(config: AdcConfig) -> StructLayout:
    """A calibration: which table, of which group of rows where each has its own, and codes of its pattern, not 0."""
    return StructLayout(
        {"group": number_of(config.table_groups), "table": number_of(config.tables), "span": config.dac_bits}
    )


def raw_read(config: AdcConfig) -> StructLayout:
    """A raw read: of an ADC, with no rows of a group on, or with all of them."""
    return StructLayout({"adc": number_of(config.adcs), "group": number_of(config.groups), "on": 1})


def nominal_entry(config: AdcConfig) -> StructLayout:
    """DAC code of a threshold; that of code k is number ``k - 1``."""
    return StructLayout({"entry": config.bits, "code": config.dac_bits})


def table_entry(config: AdcConfig) -> StructLayout:
    """DAC code of a threshold of a table, of a group of rows where each has its own."""
    return StructLayout(
        {
            "group": number_of(config.table_groups),
            "table": number_of(config.tables),
            "entry": config.bits,
            "code": config.dac_bits,
        }
    )


def macro_beat(config: AdcConfig) -> StructLayout:
    """What a macro multiplies: activations and weights, with the slot that their sums are in.

    Or a raw read, where it is a ``probe``: all rows of ``group``, or none, as ``on`` says, with ones in the first
    column of every slice, for ``adc``.
    """
    activation = signed(config.input_bits) if config.signed_inputs else unsigned(config.input_bits)
    weights = ArrayLayout(ArrayLayout(signed(config.weight_bits), config.input_lanes), config.output_lanes)
    return StructLayout(
        {
            "activations": ArrayLayout(activation, config.input_lanes),
            "weights": weights,
            "slot": number_of(config.slots),
            "first": 1,
            "last": 1,
            "probe": 1,
            "group": number_of(config.groups),
            "on": 1,
            "adc": number_of(config.adcs),
        }
    )


def macro_mark(config: AdcConfig) -> StructLayout:
    """What is known of a step: ``first`` and ``last`` are of the first and the last one of a beat that is so.

    ``adc`` is that of a ``probe``.
    """
    return StructLayout(
        {
            "group": number_of(config.groups),
            "input_bit": number_of(config.input_bits),
            "slot": number_of(config.slots),
            "first": 1,
            "last": 1,
            "probe": 1,
            "adc": number_of(config.adcs),
        }
    )


def macro_step(config: AdcConfig, cells: Cells) -> StructLayout:
    """Currents of a step, one for each ADC."""
    currents = ArrayLayout(current_shape(cells, config), config.adcs)
    return StructLayout({"currents": currents, "mark": macro_mark(config)})


def current_shape(cells: Cells, config: AdcConfig) -> Shape:
    """Shape of every current that such cells can make, and of none beyond what its bits need."""
    ends = [difference_range(adc, cells, config) for adc in range(config.adcs)]
    return Shape.cast(range(min(min(each) for each in ends), max(0, *(max(each) for each in ends)) + 1))


def difference_range(adc: int, cells: Cells, config: AdcConfig) -> tuple[int, int]:
    """Least and most that an ADC is given."""
    ends = [drop_range(sum_range(adc, side, cells, config), cells, config) for side in (0, 1)]
    offset = int(cells.offsets[adc])
    return ends[0][0] - ends[1][1] + offset, ends[0][1] - ends[1][0] + offset


def cell_ranges(row: int, adc: int, side: int, cells: Cells, config: AdcConfig) -> Ranges:
    """Least and most of a row in each group, off or on: a gain below zero would make currents so."""
    states = [each[row :: config.word_lines, adc, side].tolist() for each in (cells.low, cells.high)]
    return [(min(0, *each), max(0, *each)) for each in zip(*states, strict=True)]


def sum_ranges(each: Iterable[Ranges]) -> Ranges:
    """Least and most of a sum in each group."""
    return [(sum(low for low, _ in ends), sum(high for _, high in ends)) for ends in zip(*each, strict=True)]


def sum_range(adc: int, side: int, cells: Cells, config: AdcConfig) -> tuple[int, int]:
    """Least and most of a column."""
    return ends_of(sum_ranges(cell_ranges(row, adc, side, cells, config) for row in range(config.word_lines)))


def ends_of(ranges: Ranges) -> tuple[int, int]:
    """Least and most in any group."""
    return min(low for low, _ in ranges), max(high for _, high in ranges)


def drop_range(ends: tuple[int, int], cells: Cells, config: AdcConfig) -> tuple[int, int]:
    """Least and most of what a drop leaves: never more than there was, and the least at one of the ends."""
    shift = IR_SHIFT + config.current_bits
    return min(each - ((each * each * cells.ir_factor) >> shift) for each in ends), ends[1]
