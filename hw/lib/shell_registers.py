"""Registers that the AXI shell of every block has, at the same offsets."""

from racelet.golden.lib.config import ShellConfig
from racelet.hw.lib.registers import Access, Field, Register

CONFIG_OFFSET = 0x100
"""Where the readback of the config begins; a field that is added comes last."""


def value(name: str, doc: str, offset: int, access: Access = "ro", width: int = 32) -> Register:
    """A register of a single number."""
    return Register(
        name=name, doc=doc, offset=offset, fields=(Field(name="value", access=access, width=width, doc=doc),)
    )


def bits(shift: int, name: str, doc: str, access: Access = "ro", width: int = 1) -> Field:
    """Some bits of a register."""
    return Field(name=name, shift=shift, width=width, access=access, doc=doc)


def constant(shift: int, width: int, name: str, number: int, doc: str) -> Field:
    """Bits that never change."""
    return Field(name=name, shift=shift, width=width, reset=number, constant=True, doc=doc)


def identity(block: int, major: int, minor: int) -> list[Register]:
    """What the block is and what its map is like.

    Parameters
    ----------
    block : int
        Its number, in 16 bits.
    major, minor : int
        Version of the map. Software for one major version runs with every minor version from its own on.

    Examples
    --------
    >>> [hex(register.reset) for register in identity(1, 2, 3)]
    ['0x52430001', '0x20003']
    """
    return [
        Register(
            name="id",
            doc="Which block this is.",
            offset=0x00,
            fields=(constant(0, 32, "value", 0x5243 << 16 | block, '"RC" and the number of the block.'),),
        ),
        Register(
            name="version",
            doc="Version of this register map.",
            offset=0x04,
            fields=(
                constant(0, 16, "minor", minor, "Grows when something is added."),
                constant(16, 16, "major", major, "Grows when something else is changed; `minor` is then 0."),
            ),
        ),
    ]


def control(start: str, clear: str, *more: Field) -> Register:
    """What software asks for; what the bits do, and further ones from bit 3 on. Without ``start`` nothing has to be."""
    return Register(
        name="control",
        doc="What to do.",
        offset=0x08,
        fields=(
            *([bits(0, "start", start, "pulse")] if start else []),
            bits(1, "clear", clear, "pulse"),
            bits(2, "drain", "While 1: `clear` in every cycle; all input streams are taken and dropped.", "rw"),
            *more,
        ),
    )


def status(busy: str, running: str, output: str, error: str, *more: Field, starts: bool = True) -> Register:
    """What is going on; what each bit means, further ones from bit 16 on; whether there are starts that can wait."""
    waiting = (
        bits(3, "start_refused", "A start came while `start_queue` waited. Until `clear`."),
        bits(4, "starts", "Starts that wait.", width=4),
    )
    return Register(
        name="status",
        doc="What is going on.",
        offset=0x0C,
        fields=(
            bits(0, "busy", busy),
            bits(1, "running", running),
            bits(2, "output", output),
            *(waiting if starts else ()),
            bits(8, "error", error, width=8),
            *more,
        ),
    )


def interrupts(done: str, error: str, **more: str) -> list[Register]:
    """Interrupts; what each tells. Further ones, by name, from bit 2 on."""
    told = {"done": done, "error": error, **more}
    return [
        Register(
            name="interrupt_enable",
            doc="Which bits of `interrupt_status` raise `irq`.",
            offset=0x10,
            fields=tuple(bits(number, name, "As below.", "rw") for number, name in enumerate(told)),
        ),
        Register(
            name="interrupt_status",
            doc="What has happened; a one clears. `clear` leaves it alone.",
            offset=0x14,
            fields=tuple(bits(number, name, doc, "w1c") for number, (name, doc) in enumerate(told.items())),
        ),
    ]


def shape(shell: ShellConfig, *, starts: bool = True) -> list[Register]:
    """A register for software to play with, and what the shell is like; whether there are starts that can wait."""
    buffer = constant(0, 24, "input_buffer_bytes", shell.input_buffer_bytes, "Bytes that the input buffer holds.")
    waiting = constant(24, 8, "start_queue", shell.start_queue, "Starts that can wait.")
    return [
        value("scratch", "Holds anything.", 0x3C, "rw"),
        Register(
            name="shell",
            doc="Shape of the shell.",
            offset=0x40,
            fields=(buffer, waiting) if starts else (buffer,),
        ),
    ]
