"""Registers of the accelerator's AXI shell."""

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.lib.config import ShellConfig
from racelet.hw.lib.registers import Register, RegisterMap, config_registers
from racelet.hw.lib.shell_registers import CONFIG_OFFSET, control, identity, interrupts, shape, status, value

BLOCK = 1
MAJOR, MINOR = 1, 0
USAGE = (
    "Load: send the program words to `s_axis_program`, and wait until all are taken and `status.busy` is 0. Run: write "
    "1 to `control.start`, send the input bytes to `s_axis_i`, take a packet from `m_axis_o`, in any order; input and "
    "starts for further runs may follow at once. `interrupt_status.done` tells the end of each run. After an error, or "
    "to stop: write 1 to `control.drain`, let the DMA engines finish or reset them, write 0; the program is still "
    "there."
)
"""How software drives the shell."""


def register_map(config: DwcPwcConfig, shell: ShellConfig) -> RegisterMap:
    """The registers of one shell.

    Examples
    --------
    >>> registers = register_map(DwcPwcConfig(), ShellConfig())
    >>> [hex(registers[name].offset) for name in ("control", "layer_cycles", "input_lanes")]
    ['0x8', '0x38', '0x100']
    """
    registers = [
        *identity(BLOCK, MAJOR, MINOR),
        control(
            "Run the program once, as soon as the runs before are done.",
            "Stop everything, end an error, forget input and starts; memories stay.",
        ),
        status(
            "A program is being loaded or run, or waits to be.",
            "An inference runs.",
            "Output bytes wait to be taken, or the last one for the end of the run.",
            "What stopped the accelerator. Until `clear`.",
        ),
        *interrupts("An inference has ended without an error.", "`error` is no longer 0, or a start was refused."),
        *_counters(),
        *_layers(),
        *shape(shell),
    ]
    return RegisterMap(name="dwcpwc", doc=USAGE, registers=[*registers, *config_registers(config, CONFIG_OFFSET)])


def _counters() -> list[Register]:
    once = "cycles of the last run that ended, the sum of its layers'"
    total = "cycles of all layers since reset"
    return [
        value("inferences", "Inferences that ended without an error since reset, modulo 2^32.", 0x18),
        value("input_level", "Bytes in the input buffer.", 0x1C),
        value("last_cycles_low", f"Low word: {once}.", 0x20),
        value("last_cycles_high", f"High word: {once}.", 0x24),
        value("total_cycles_low", f"Low word: {total}.", 0x28),
        value("total_cycles_high", f"High word: {total}.", 0x2C),
    ]


def _layers() -> list[Register]:
    return [
        value("layer_count", "Layers of the last run that ended.", 0x30),
        value("layer_index", "Which layer `layer_cycles` shows.", 0x34, "rw", 8),
        value("layer_cycles", "Cycles of that layer in the last run that ended; 0 if it had no such layer.", 0x38),
    ]
