"""Registers of the controller's AXI shell."""

from racelet.golden.lib.config import ShellConfig
from racelet.golden.racetrack.config import ENGINES, RacetrackConfig
from racelet.hw.lib.registers import Field, Register, RegisterMap, config_registers
from racelet.hw.lib.shell_registers import (
    CONFIG_OFFSET,
    bits,
    constant,
    control,
    identity,
    interrupts,
    shape,
    status,
    value,
)

BLOCK = 4
MAJOR, MINOR = 1, 0
COUNTERS_OFFSET = 0x50
"""Where the counters begin, each a low word and a high one."""
ENGINES_OFFSET = 0x180
"""Where the readback of the config's engines is."""
COUNTERS = {
    "detects": "detections; one at all ports counts once",
    "shifts": "shifts",
    "removes": "removals",
    "inserts": "insertions",
    "time": "time of all operations, in 0.1 ns",
    "energy": "energy of all operations, in fJ",
}
"""What is counted."""
USAGE = (
    "Send commands to `s_axis_command`, as many as there is room for; take a response for each from "
    "`m_axis_response`, in their order, and, with `sweep`, the bits of every sweep, a packet, from `m_axis_swept`. The "
    "response to a command with `tlast` has `tlast`, and sets `interrupt_status.done`. A track needs HOME first. An "
    "error is told in the response, and the first one in `status.error` until 1 is written to `control.acknowledge`; "
    "further commands are done. To stop: write 1 to `control.drain`, let the DMA engines finish or reset them, write "
    "0; then HOME. `device__*` are the pins of the tracks, `journal__*` those of a register that keeps its content "
    "without power."
)
"""How software drives the shell."""


def register_map(config: RacetrackConfig, shell: ShellConfig) -> RegisterMap:
    """The registers of one shell.

    Examples
    --------
    >>> registers = register_map(RacetrackConfig(), ShellConfig())
    >>> [hex(registers[name].offset) for name in ("control", "commands", "energy_high", "ports")]
    ['0x8', '0x18', '0x7c', '0x104']
    """
    registers = [
        *identity(BLOCK, MAJOR, MINOR),
        control(
            "",
            "Stop everything, as a loss of power does: forget commands, errors, and where tracks are.",
            bits(3, "acknowledge", "Forget `error`.", "pulse"),
            bits(4, "recount", "Set the counters of operations to zero.", "pulse"),
        ),
        status(
            "A command goes on, or waits to.",
            "A command goes on.",
            "Responses or swept bits wait to be taken.",
            "The first error since `acknowledge` or `clear`, by its number.",
            starts=False,
        ),
        *interrupts("A command with `tlast` was answered.", "`error` is no longer 0."),
        *_commands(config),
        *shape(shell, starts=False),
        *_counters(),
        *config_registers(config, CONFIG_OFFSET),
        _engines(config),
    ]
    return RegisterMap(name="racetrack", doc=USAGE, registers=registers)


def _commands(config: RacetrackConfig) -> list[Register]:
    stored = Register(
        name="journal_content",
        doc="What the journal holds.",
        offset=0x20,
        fields=(
            bits(0, "going", "A write was begun and not finished: RECOVER it."),
            bits(1, "edge", "There was a skyrmion at the port before."),
            bits(4, "slot", "Of the word.", width=4),
            bits(8, "port", "Of the word.", width=8),
            bits(16, "track", "Of the word.", width=8),
        ),
    )
    return [
        value("commands", "Commands that were answered since reset, modulo 2^32.", 0x18),
        value("error_command", "`commands` before the command that `error` is of.", 0x1C),
        *([stored] if config.journal else []),
        value("input_level", "Commands in the input buffer, with the one that goes on.", 0x30),
    ]


def _counters() -> list[Register]:
    words = [(name, word, doc) for name, doc in COUNTERS.items() for word in ("low", "high")]
    return [
        value(f"{name}_{word}", f"{word.capitalize()} word: {doc}.", COUNTERS_OFFSET + 4 * number)
        for number, (name, word, doc) in enumerate(words)
    ]


def _engines(config: RacetrackConfig) -> Register:
    fields: list[Field] = [
        constant(number, 1, name, int(name in config.engines), f"Engine {number} can be asked for.")
        for number, name in enumerate(ENGINES)
    ]
    return Register(name="engines_there", doc="Which engines there are.", offset=ENGINES_OFFSET, fields=tuple(fields))
