"""A register map as a page for people and as a header for C."""

import textwrap
from collections.abc import Iterator

from racelet.hw.lib.registers import Field, Register, RegisterMap

_ACCESS = {
    "ro": "reads what the hardware says",
    "rw": "reads what was written",
    "w1c": "holds what has happened until a one is written",
    "pulse": "writing a one acts once, and it reads 0",
}


def table(registers: RegisterMap) -> str:
    r"""Every field of every register as a table in Markdown.

    Parameters
    ----------
    registers : RegisterMap

    Examples
    --------
    >>> go = Field(name="go", doc="Begin.", access="pulse", width=1)
    >>> sample = RegisterMap(name="sample", registers=[Register(name="control", doc="Act.", offset=8, fields=[go])])
    >>> print(table(sample).splitlines()[-1])
    | 0x008 | `control` | `go` | 0 | pulse | 0x0 | Begin. |
    """
    lines = [
        "| offset | register | field | bits | access | reset | |",
        "|---|---|---|---:|---|---:|---|",
    ]
    for register, field, first in _rows(registers):
        place = f"0x{register.offset:03x} | `{register.name}`" if first else " | "
        name = f"`{field.name}`" if len(register.fields) > 1 or field.name != "value" else ""
        reset = f"0x{field.reset:x}" if field.access != "ro" or field.constant else ""
        kind = "constant" if field.constant else field.access
        lines.append(f"| {place} | {name} | {field.bits} | {kind} | {reset} | {field.doc} |")
    return "\n".join(lines) + "\n"


def page(registers: RegisterMap) -> str:
    """The whole page ``registers.md``.

    Parameters
    ----------
    registers : RegisterMap
    """
    meanings = "; ".join(f"`{access}` {meaning}" for access, meaning in _ACCESS.items())
    rules = (
        f"Access: {meanings}; `constant` never changes. Bits that are not listed read 0. An offset that is not listed, "
        "and a write to a register of nothing but `ro` and `constant`, is answered with SLVERR. Byte strobes are "
        "honoured; the two lowest address bits are ignored."
    )
    return (
        f"# Registers of {registers.name}\n\n{textwrap.fill(registers.doc, 118)}\n\n{table(registers)}\n"
        f"{textwrap.fill(rules, 118)}\n"
    )


def c_header(registers: RegisterMap) -> str:
    r"""Offsets, shifts, masks and constants for C.

    Parameters
    ----------
    registers : RegisterMap

    Examples
    --------
    >>> go = Field(name="go", doc="Begin.", access="pulse", width=1)
    >>> sample = RegisterMap(name="sample", registers=[Register(name="control", doc="Act.", offset=8, fields=[go])])
    >>> [line for line in c_header(sample).splitlines() if "MASK" in line]
    ['#define SAMPLE_CONTROL_GO_MASK 0x00000001u']
    """
    guard = f"{registers.name.upper()}_REGISTERS_H"
    lines = [f"/* Registers of {registers.name}, written by racelet; see registers.md. */"]
    lines += [f"#ifndef {guard}", f"#define {guard}"]
    for register in registers.registers:
        name = f"{registers.name}_{register.name}".upper()
        lines += ["", f"/* {register.doc} */", f"#define {name}_OFFSET 0x{register.offset:03x}u"]
        for field in register.fields:
            prefix = f"{name}_{field.name.upper()}"
            lines += [f"#define {prefix}_SHIFT {field.shift}", f"#define {prefix}_MASK 0x{field.mask:08x}u"]
            if field.constant:
                lines.append(f"#define {prefix}_CONSTANT 0x{field.reset:x}u")
    return "\n".join([*lines, "", "#endif", ""])


def _rows(registers: RegisterMap) -> Iterator[tuple[Register, Field, bool]]:
    for register in registers.registers:
        for number, field in enumerate(register.fields):
            yield register, field, number == 0
