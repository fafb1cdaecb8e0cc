"""Description of a register map, from which its hardware, its page and its C header are made."""

import dataclasses
import re
import typing
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from amaranth.lib.data import StructLayout

Access = Literal["ro", "rw", "w1c", "pulse"]

DATA_WIDTH = 32
"""Bits of a register."""
WRITABLE: tuple[Access, ...] = ("rw", "w1c", "pulse")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Field:
    """Some neighbouring bits of a register.

    Parameters
    ----------
    name : str
        Lower case, as in Python and, in upper case, in C.
    doc : str
        One sentence.
    access : {"ro", "rw", "w1c", "pulse"}
        "ro": the hardware says what it reads. "rw": holds what was written. "w1c": the hardware sets its bits, writing
        a one clears one. "pulse": writing a one gives the hardware a one for a single cycle; reads zero.
    shift : int
        Position of its lowest bit.
    width : int
        Bits.
    reset : int
        What it holds after reset, or ever, where ``constant``.
    constant : bool
        Reads ``reset`` always. "ro" only.

    Raises
    ------
    ValueError
        If a parameter is outside its range.
    """

    name: str
    doc: str
    access: Access = "ro"
    shift: int = 0
    width: int = DATA_WIDTH
    reset: int = 0
    constant: bool = False

    def __post_init__(self) -> None:
        what = f"field {self.name}"
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{what}: a name must be lower case letters, digits and _, beginning with a letter")
        if self.access not in typing.get_args(Access):
            raise ValueError(f"{what}: access must be one of {', '.join(typing.get_args(Access))}, not {self.access}")
        if self.shift < 0 or self.width < 1 or self.shift + self.width > DATA_WIDTH:
            raise ValueError(f"{what}: bits {self.shift}..{self.shift + self.width - 1} must be in 0..{DATA_WIDTH - 1}")
        if not 0 <= self.reset < 1 << self.width:
            raise ValueError(f"{what}: reset must be in 0..{(1 << self.width) - 1}, not {self.reset}")
        if self.constant and self.access != "ro":
            raise ValueError(f"{what}: only a field with access ro can be constant, not {self.access}")
        if self.reset and not self.constant and self.access != "rw":
            raise ValueError(f"{what}: only constants and fields with access rw can have a reset value")

    @property
    def mask(self) -> int:
        """Its bits in the register."""
        return ((1 << self.width) - 1) << self.shift

    @property
    def bits(self) -> str:
        """Position as people write it: ``7:0`` or ``3``."""
        return str(self.shift) if self.width == 1 else f"{self.shift + self.width - 1}:{self.shift}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Register:
    """One word of a register map.

    Parameters
    ----------
    name, doc : str
        As of a field.
    offset : int
        Byte offset from the map's base; a multiple of four.
    fields : sequence of Field
        Lowest bits first. Bits of no field read zero.

    Raises
    ------
    ValueError
        If the offset is odd, or fields overlap or share a name.
    """

    name: str
    doc: str
    offset: int
    fields: Sequence[Field]

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"register {self.name}: a name must be lower case letters, digits and _")
        if self.offset < 0 or self.offset % 4:
            raise ValueError(f"register {self.name}: offset must be a multiple of 4, not {self.offset}")
        if not self.fields or len({field.name for field in self.fields}) < len(self.fields):
            raise ValueError(f"register {self.name}: needs fields, each with a name of its own")
        end = 0
        for field in self.fields:
            if field.shift < end:
                raise ValueError(f"register {self.name}: field {field.name} must begin at bit {end} or above")
            end = field.shift + field.width

    @property
    def writable(self) -> bool:
        """Whether a write is answered with OKAY."""
        return any(field.access in WRITABLE for field in self.fields)

    @property
    def reset(self) -> int:
        """Value after reset; what the hardware says counts as zero."""
        return sum(field.reset << field.shift for field in self.fields)


@dataclasses.dataclass(frozen=True, kw_only=True)
class RegisterMap:
    """All registers of a block.

    Parameters
    ----------
    name : str
        Of the block; begins every name in C.
    doc : str
        How software drives the block, in a few sentences.
    registers : sequence of Register
        By ascending offset.
    address_width : int
        Bits of a byte address. 12 is 4 KiB, the least that most systems give a peripheral.

    Raises
    ------
    ValueError
        If registers share a name, are out of order or lie outside.
    """

    name: str
    registers: Sequence[Register]
    doc: str = ""
    address_width: int = 12

    def __post_init__(self) -> None:
        offsets = [register.offset for register in self.registers]
        if len({register.name for register in self.registers}) < len(self.registers):
            raise ValueError(f"register map {self.name}: each register needs a name of its own")
        if offsets != sorted(set(offsets)):
            raise ValueError(f"register map {self.name}: offsets must ascend, not {offsets}")
        if offsets and offsets[-1] >> self.address_width:
            raise ValueError(f"register map {self.name}: offset {offsets[-1]} needs more address bits")

    def __getitem__(self, name: str) -> Register:
        return next(register for register in self.registers if register.name == name)

    def fields(self, *access: Access) -> Iterator[tuple[Register, Field]]:
        """Fields with one of these accesses, constants excepted, each with its register."""
        for register in self.registers:
            for field in register.fields:
                if field.access in access and not field.constant:
                    yield register, field

    @property
    def inputs(self) -> StructLayout:
        """What the hardware tells: values of "ro" fields, bits to set of "w1c" fields; by register and field."""
        return self._layout("ro", "w1c")

    @property
    def outputs(self) -> StructLayout:
        """What the hardware is told: "rw", "w1c" and "pulse" fields; by register and field."""
        return self._layout("rw", "w1c", "pulse")

    def _layout(self, *access: Access) -> StructLayout:
        groups: dict[str, dict[str, int]] = {}
        for register, field in self.fields(*access):
            groups.setdefault(register.name, {})[field.name] = field.width
        return StructLayout({name: StructLayout(dict(widths)) for name, widths in groups.items()})


def config_registers(config: Any, offset: int) -> list[Register]:
    """A read-only register for each field of a config.

    Parameters
    ----------
    config : dataclass
    offset : int
        Of the first field; each further one is four bytes higher.

    Returns
    -------
    list of Register
        A number as it is, one with a fraction in millionths, a choice by its place among the choices, zero for a word
        in place of a number; of a list, how many there are.

    Examples
    --------
    >>> @dataclasses.dataclass(frozen=True)
    ... class Shape:
    ...     lanes: int = 8
    ...     store: Literal["bram", "stream"] = "stream"
    ...     width: int | Literal["exact"] = "exact"
    ...     formats: tuple[str, ...] = ("int8", "fp16")
    ...     volts: float = 1.2
    >>> [(register.name, register.offset, register.reset) for register in config_registers(Shape(), 256)]
    [('lanes', 256, 8), ('store', 260, 1), ('width', 264, 0), ('formats', 268, 2), ('volts', 272, 1200000)]
    """
    hints = typing.get_type_hints(type(config))
    registers: list[Register] = []
    for number, field in enumerate(dataclasses.fields(config)):
        value, kind = getattr(config, field.name), hints[field.name]
        doc = f"`{field.name}` of the config"
        if typing.get_origin(kind) is Literal:
            choices = typing.get_args(kind)
            doc += ": " + ", ".join(f"{place} {choice}" for place, choice in enumerate(choices))
            value = choices.index(value)
        words = [word for each in typing.get_args(kind) for word in typing.get_args(each)]
        if isinstance(value, tuple):
            doc += ": how many"
            value, words = len(value), []
        if kind is float:
            doc += ", in millionths"
            value = round(value * 1e6)
        for word in words:
            doc += f": 0 {word}"
            value = 0 if value == word else value
        constant = Field(name="value", doc=f"{doc}.", reset=int(value), constant=True)
        registers.append(
            Register(name=field.name, doc=f"{doc}.", offset=offset + 4 * number, fields=(constant,)),
        )
    return registers
