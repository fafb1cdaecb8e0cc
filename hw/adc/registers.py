"""Registers of the column path's AXI shell."""

from amaranth.lib import enum

from racelet.golden.adc.config import AdcConfig
from racelet.golden.lib.config import ShellConfig
from racelet.hw.lib.registers import Register, RegisterMap, config_registers
from racelet.hw.lib.shell_registers import CONFIG_OFFSET, bits, control, identity, interrupts, shape, status, value

BLOCK = 3
MAJOR, MINOR = 1, 1
COUNTERS_OFFSET = 0x50
"""Where the counters begin."""


class ShellError(enum.Enum, shape=8):
    """What can go wrong: the first seven in the path, as :class:`racelet.golden.adc.error.Error` has them."""

    NONE = 0
    NON_MONOTONIC = 1
    WRITE_BUSY = 2
    START_BUSY = 3
    DAC_CLAMP = 4
    BUBBLE = 5
    OVERFLOW = 6
    CALIBRATION = 7
    SLOT = 8
    ENTRY = 9
    JOB = 10
    PARAMETER = 11


MEANINGS = {
    ShellError.NON_MONOTONIC: "codes were made with a table in which a DAC code is below the one before",
    ShellError.WRITE_BUSY: "a table was written while beats were converted or a calibration went on: it was not",
    ShellError.START_BUSY: "a calibration was started while one went on, or a seed given before the last was taken",
    ShellError.DAC_CLAMP: "a calibration made a DAC code beyond the DAC's range: it is the last one there",
    ShellError.BUBBLE: "a comparator said less while the one above it said more",
    ShellError.OVERFLOW: "a sum was beyond its range: it is the last one there",
    ShellError.CALIBRATION: "a calibration found an offset or a gain out of range: the table is the one from before",
    ShellError.SLOT: "a beat named a slot or a row that there is not: it was dropped, and gives no sums",
    ShellError.ENTRY: "an entry was written that there is not, or a code that is none: it was not",
    ShellError.JOB: "a calibration was started of a table that there is not, or with a span that is none: it was not",
    ShellError.PARAMETER: "a parameter of the requantizer was written that there is not: it was not",
}
"""What each tells."""
USAGE = (
    "Write all tables, and the nominal one: `table` says which; each write to `entry` with `write` or `nominal` set is "
    "an entry. Calibrate each table: write `table` and `span`, then 1 to `control.start`; the end sets "
    "`interrupt_status.calibrated`. Then send beats to `s_axis_i`, and take sums from `m_axis_o`: those of a beat with "
    "`tlast` have `tlast`, and set `interrupt_status.done`. With `output.activations`, and parameters of all channels "
    "written, take activations from `m_axis_a` instead. Errors stay in `errors`, and the lowest number in "
    "`status.error`, until 1 is written to `control.acknowledge`; nothing stops because of one. To stop: write 1 to "
    "`control.drain`, let the DMA engines finish or reset them, write 0; tables and parameters stay, sums do not."
)
"""How software drives the shell."""


def register_map(config: AdcConfig, shell: ShellConfig) -> RegisterMap:
    """The registers of one shell.

    Examples
    --------
    >>> registers = register_map(AdcConfig(), ShellConfig())
    >>> [hex(registers[name].offset) for name in ("control", "entry", "errors", "dac_bits")]
    ['0x8', '0x1c', '0x34', '0x118']
    """
    seed = [bits(5, "seed", "Begin the noise anew, from `noise_seed`.", "pulse")] if config.noise else []
    registers = [
        *identity(BLOCK, MAJOR, MINOR),
        control(
            "Calibrate the table that `table` names, with `span`, when the beats before are converted.",
            "Stop everything, forget input, sums and errors; begin the noise anew, from 1. Tables and parameters stay.",
            bits(3, "acknowledge", "Forget `errors`.", "pulse"),
            *seed,
        ),
        status(
            "Beats or a calibration go on, or wait to.",
            "Beats go on, or wait to.",
            "Sums or activations wait to be taken.",
            "The lowest number of an error in `errors`; 0: none.",
            bits(16, "calibrating", "A calibration goes on, or waits for the beats before."),
            starts=False,
        ),
        *interrupts("Sums with `tlast` were made.", "`errors` is no longer 0.", calibrated="A calibration has ended."),
        *_tables(config),
        *_noise(config),
        value("input_level", "Beats in the input buffer, with the one that goes on.", 0x30),
        _errors(),
        *shape(shell, starts=False),
        *_requantizer(config),
        *_counters(),
        *config_registers(config, CONFIG_OFFSET),
    ]
    return RegisterMap(name="adc", doc=USAGE, registers=registers)


def _tables(config: AdcConfig) -> list[Register]:
    last = config.dac_codes - 1
    return [
        Register(
            name="table",
            doc="Which table is written or calibrated.",
            offset=0x18,
            fields=(
                bits(0, "number", f"0..{config.tables - 1}; of ADCs from `adcs_per_table` times that on.", "rw", 16),
                bits(16, "group", f"0..{config.table_groups - 1}: of which group of rows.", "rw", 8),
            ),
        ),
        Register(
            name="entry",
            doc="A threshold.",
            offset=0x1C,
            fields=(
                bits(0, "code", f"Its DAC code, 0..{last}.", "rw", 16),
                bits(16, "number", f"0..{config.thresholds - 1}, from the lowest one up.", "rw", 8),
                bits(30, "write", "Write it to the table that `table` names.", "pulse"),
                bits(31, "nominal", "Write it to the nominal table, from which calibrations begin.", "pulse"),
            ),
        ),
        value("span", f"DAC codes of a group of rows with ones in all cells, 1..{last}.", 0x20, "rw"),
        Register(
            name="calibration",
            doc="What the last calibration that ended found.",
            offset=0x24,
            fields=(
                bits(0, "offset", "Offset in DAC codes, in two's complement.", width=16),
                bits(16, "gain", "Gain, in 1/128.", width=8),
            ),
        ),
    ]


def _noise(config: AdcConfig) -> list[Register]:
    if not config.noise:
        return []
    return [
        value("noise_scale", "Scale of the noise, in 1/128.", 0x28, "rw", config.scale_bits),
        value("noise_seed", "Where the noise of ADC 0 begins, with `control.seed`.", 0x2C, "rw"),
    ]


def _requantizer(config: AdcConfig) -> list[Register]:
    last = config.output_thresholds if config.requantize == "thresholds" else 1
    what = "threshold, the last one: the sign" if config.requantize == "thresholds" else "0: bias, 1: factor"
    return [
        Register(
            name="output",
            doc="What becomes of sums. Steady while beats go on.",
            offset=0x44,
            fields=(
                bits(0, "activations", "Activations are made of them, for `m_axis_a`.", "rw"),
                bits(8, "shift", "Shift of a requantizer that multiplies.", "rw", 5),
            ),
        ),
        Register(
            name="parameter",
            doc="A parameter of the requantizer.",
            offset=0x48,
            fields=(
                bits(0, "row", f"0..{config.channel_rows - 1}: of channels.", "rw", 8),
                bits(8, "lane", f"0..{config.output_lanes - 1}: output.", "rw", 8),
                bits(16, "entry", f"0..{last}: {what}.", "rw", 8),
                bits(24, "high", "Bit 32 of `parameter_data`.", "rw"),
                bits(31, "write", "Write `parameter_data` there.", "pulse"),
            ),
        ),
        value("parameter_data", "What is written, in two's complement; the sign of sums in bit 0.", 0x4C, "rw"),
    ]


def _errors() -> Register:
    fields = [
        bits(each.value - 1, each.name.lower(), f"{MEANINGS[each][0].upper()}{MEANINGS[each][1:]}.")
        for each in ShellError
        if each != ShellError.NONE
    ]
    return Register(name="errors", doc="Since `acknowledge` or `clear`.", offset=0x34, fields=tuple(fields))


def _counters() -> list[Register]:
    docs = {
        "steps": "Conversions that every ADC has made, without those of calibrations, modulo 2^32.",
        "sums": "Beats whose sums were made, modulo 2^32.",
        "calibrations": "Calibrations that ended, modulo 2^32.",
        "cycles_low": "Low word: cycles with `running` 1.",
        "cycles_high": "High word: cycles with `running` 1.",
    }
    return [value(name, doc, COUNTERS_OFFSET + 4 * number) for number, (name, doc) in enumerate(docs.items())]
