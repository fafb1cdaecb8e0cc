"""Registers of the array's AXI shell."""

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.lib.config import ShellConfig
from racelet.hw.lib.registers import Register, RegisterMap, config_registers
from racelet.hw.lib.shell_registers import CONFIG_OFFSET, constant, control, identity, interrupts, shape, status, value

BLOCK = 2
MAJOR, MINOR = 1, 0
FORMATS_OFFSET = 0x180
"""Where the readback of the config's formats begins."""
USAGE = (
    "Run: write `run_format`, `run_terms` and `run_products`, then 1 to `control.start`; send the numbers to "
    "`s_axis_i`, take a packet from `m_axis_o`, in any order; further runs, of any format, may follow at once. "
    "`interrupt_status.done` tells the end of each run. After an error, or to stop: write 1 to `control.drain`, let "
    "the DMA engines finish or reset them, write 0."
)
"""How software drives the shell."""


def register_map(config: BitletConfig, shell: ShellConfig) -> RegisterMap:
    """The registers of one shell.

    Examples
    --------
    >>> registers = register_map(BitletConfig(), ShellConfig())
    >>> [hex(registers[name].offset) for name in ("control", "run_terms", "window")]
    ['0x8', '0x1c', '0x104']
    """
    registers = [
        *identity(BLOCK, MAJOR, MINOR),
        control(
            "Run what `run_format`, `run_terms` and `run_products` say, as soon as the runs before are done.",
            "Stop everything, end an error, forget input and starts.",
        ),
        status(
            "A run goes on, or waits to.",
            "A run goes on.",
            "Results wait to be taken, or the last one for the end of the run.",
            "Why a run was refused: 1 `run_format`, 2 `run_terms`, 3 `run_products`. Until `clear`, so is any other.",
        ),
        *interrupts("A run has ended.", "`error` is no longer 0, or a start was refused."),
        *_run(config),
        *shape(shell),
        *config_registers(config, CONFIG_OFFSET),
        *_formats(config),
    ]
    return RegisterMap(name="bitlet", doc=USAGE, registers=registers)


def _run(config: BitletConfig) -> list[Register]:
    formats = ", ".join(f"{number} {name}" for number, name in enumerate(config.formats))
    once = "cycles of the last run that ended, from its begin to its last result"
    return [
        value("run_format", f"Of all numbers: {formats}.", 0x18, "rw"),
        value("run_terms", f"Products that each dot product adds up, 1..{config.terms}.", 0x1C, "rw"),
        value("run_products", "Matrix products, at least 1: for each a result of every row and column.", 0x20, "rw"),
        value("runs", "Runs that ended since reset, modulo 2^32.", 0x24),
        value("last_cycles_low", f"Low word: {once}.", 0x28),
        value("last_cycles_high", f"High word: {once}.", 0x2C),
        value("input_level", "Beats in the input buffer.", 0x30),
    ]


def _formats(config: BitletConfig) -> list[Register]:
    """What each of the config's formats is."""
    return [
        Register(
            name=f"format_{name}",
            doc=f"Format {number} of the config.",
            offset=FORMATS_OFFSET + 4 * number,
            fields=(
                constant(0, 8, "width", form.width, "Bits of a number."),
                constant(8, 8, "exponent", form.exponent_width, "Of these, bits of its exponent; 0: an integer."),
            ),
        )
        for number, (name, form) in enumerate(zip(config.formats, config.forms, strict=True))
    ]
