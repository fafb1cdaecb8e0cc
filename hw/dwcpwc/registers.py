"""Registers of the accelerator's AXI shell."""

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.lib.config import ShellConfig
from racelet.hw.lib.registers import Access, Field, Register, RegisterMap, config_registers

IDENTITY = 0x52430001
"""What ``id`` reads: "RC", and the number of the block."""
MAJOR, MINOR = 1, 0
"""Version of the map. Software for one major version runs with every minor version from its own on."""
USAGE = (
    "Load: send the program words to `s_axis_program`, and wait until all are taken and `status.busy` is 0. Run: write "
    "1 to `control.start`, send the input bytes to `s_axis_i`, take a packet from `m_axis_o`, in any order; input and "
    "starts for further runs may follow at once. `interrupt_status.done` tells the end of each run. After an error, or "
    "to stop: write 1 to `control.drain`, let the DMA engines finish or reset them, write 0; the program is still "
    "there."
)
"""How software drives the shell."""
CONFIG_OFFSET = 0x100
"""Where the readback of the config begins; a field that is added comes last."""


def register_map(config: DwcPwcConfig, shell: ShellConfig) -> RegisterMap:
    """The registers of one shell.

    Examples
    --------
    >>> registers = register_map(DwcPwcConfig(), ShellConfig())
    >>> [hex(registers[name].offset) for name in ("control", "layer_cycles", "input_lanes")]
    ['0x8', '0x38', '0x100']
    """
    registers = [*_identity(), *_control(), *_interrupts(), *_counters(), *_layers(), *_rest(shell)]
    return RegisterMap(name="dwcpwc", doc=USAGE, registers=[*registers, *config_registers(config, CONFIG_OFFSET)])


def _value(name: str, doc: str, offset: int, access: Access = "ro", width: int = 32) -> Register:
    """A register of a single number."""
    return Register(
        name=name, doc=doc, offset=offset, fields=(Field(name="value", access=access, width=width, doc=doc),)
    )


def _bits(shift: int, name: str, doc: str, access: Access = "ro", width: int = 1) -> Field:
    return Field(name=name, shift=shift, width=width, access=access, doc=doc)


def _constant(shift: int, width: int, name: str, value: int, doc: str) -> Field:
    return Field(name=name, shift=shift, width=width, reset=value, constant=True, doc=doc)


def _identity() -> list[Register]:
    return [
        Register(
            name="id",
            doc="Which block this is.",
            offset=0x00,
            fields=(_constant(0, 32, "value", IDENTITY, '"RC" and the number of the block.'),),
        ),
        Register(
            name="version",
            doc="Version of this register map.",
            offset=0x04,
            fields=(
                _constant(0, 16, "minor", MINOR, "Grows when something is added."),
                _constant(16, 16, "major", MAJOR, "Grows when something else is changed; `minor` is then 0."),
            ),
        ),
    ]


def _control() -> list[Register]:
    return [
        Register(
            name="control",
            doc="What to do.",
            offset=0x08,
            fields=(
                _bits(0, "start", "Run the program once, as soon as the runs before are done.", "pulse"),
                _bits(1, "clear", "Stop everything, end an error, forget input and starts; memories stay.", "pulse"),
                _bits(2, "drain", "While 1: `clear` in every cycle; all input streams are taken and dropped.", "rw"),
            ),
        ),
        Register(
            name="status",
            doc="What is going on.",
            offset=0x0C,
            fields=(
                _bits(0, "busy", "A program is being loaded or run, or waits to be."),
                _bits(1, "running", "An inference runs."),
                _bits(2, "output", "Output bytes wait to be taken, or the last one for the end of the run."),
                _bits(3, "start_refused", "A start came while `start_queue` waited. Until `clear`."),
                _bits(4, "starts", "Starts that wait.", width=4),
                _bits(8, "error", "What stopped the accelerator. Until `clear`.", width=8),
            ),
        ),
    ]


def _interrupts() -> list[Register]:
    done, error = "An inference has ended without an error.", "`error` is no longer 0, or a start was refused."
    return [
        Register(
            name="interrupt_enable",
            doc="Which bits of `interrupt_status` raise `irq`.",
            offset=0x10,
            fields=(_bits(0, "done", "As below.", "rw"), _bits(1, "error", "As below.", "rw")),
        ),
        Register(
            name="interrupt_status",
            doc="What has happened; a one clears. `clear` leaves it alone.",
            offset=0x14,
            fields=(_bits(0, "done", done, "w1c"), _bits(1, "error", error, "w1c")),
        ),
    ]


def _counters() -> list[Register]:
    once = "cycles of the last run that ended, the sum of its layers'"
    total = "cycles of all layers since reset"
    return [
        _value("inferences", "Inferences that ended without an error since reset, modulo 2^32.", 0x18),
        _value("input_level", "Bytes in the input buffer.", 0x1C),
        _value("last_cycles_low", f"Low word: {once}.", 0x20),
        _value("last_cycles_high", f"High word: {once}.", 0x24),
        _value("total_cycles_low", f"Low word: {total}.", 0x28),
        _value("total_cycles_high", f"High word: {total}.", 0x2C),
    ]


def _layers() -> list[Register]:
    return [
        _value("layer_count", "Layers of the last run that ended.", 0x30),
        _value("layer_index", "Which layer `layer_cycles` shows.", 0x34, "rw", 8),
        _value("layer_cycles", "Cycles of that layer in the last run that ended; 0 if it had no such layer.", 0x38),
    ]


def _rest(shell: ShellConfig) -> list[Register]:
    return [
        _value("scratch", "Holds anything.", 0x3C, "rw"),
        Register(
            name="shell",
            doc="Shape of the shell.",
            offset=0x40,
            fields=(
                _constant(0, 24, "input_buffer_bytes", shell.input_buffer_bytes, "Bytes that the input buffer holds."),
                _constant(24, 8, "start_queue", shell.start_queue, "Starts that can wait."),
            ),
        ),
    ]
