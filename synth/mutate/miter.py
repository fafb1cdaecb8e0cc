"""A component and a mutant of it side by side: a circuit whose first output tells that outputs of the two differ.

Both copies start in the same state and get the same inputs. Two things that the streams' contract leaves open count as
such: the payload of an output does not matter while it is not valid, and an input that is valid stays until it is
taken. What else a component's surroundings promise, the output ``PROMISED`` of what the bench runs tells; what is
promised in a cycle may depend on its outputs, so it is assumed of the cycles before only.

Further outputs, where they are wanted, are hints: a bit of a register differs while a bit of a short one has a value.
Where such a thing never happens it is a fact that a proof can lean on: a count may differ where nobody looks.
"""

import dataclasses
from collections.abc import Collection, Sequence

from racelet.sim.mutants import PROMISED, SELECT

OUTPUT = "differs"
"""Name of the first output."""
_SHORT = 4
"""Width of the longest register on whose bits hints depend."""
_MOST_CONDITIONS = 40
"""Bits on which hints depend."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Port:
    """A port of a netlist.

    Parameters
    ----------
    name : str
    output : bool
    width : int
    """

    name: str
    output: bool
    width: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Miter:
    """The miter.

    Parameters
    ----------
    verilog : str
        Module ``miter`` around two of the module ``top``.
    assumes : bool
        Whether anything is assumed of its inputs.
    """

    verilog: str
    assumes: bool


def ports_of(netlist: str) -> tuple[Port, ...]:
    """Ports of the module ``top`` of an RTLIL text."""
    found: list[Port] = []
    top = netlist.partition("\nmodule \\top\n")[2].partition("\nend\n")[0]
    for line in top.splitlines():
        words = line.split()
        if words[:1] == ["wire"] and ("input" in words or "output" in words):
            width = int(words[words.index("width") + 1]) if "width" in words else 1
            found.append(Port(name=words[-1].removeprefix("\\"), output="output" in words, width=width))
    return tuple(found)


def miter(ports: Sequence[Port], registers: Collection[str], mutant: int, *, hints: bool) -> Miter:
    """Put both side by side.

    Parameters
    ----------
    ports : sequence of Port
        Of the module ``top``.
    registers : collection of str
        Ports that are outputs for the sake of hints only.
    mutant : int
        Its number.
    hints : bool
        Whether there are any.
    """
    clock = Port(name="clk", output=False, width=1)
    inputs = [clock, *(port for port in ports if not port.output and port.name not in {SELECT, "clk"})]
    outputs = [port for port in ports if port.output and port.name not in registers]
    shown = [port for port in ports if port.name in registers and hints]
    lines = [f"input [{port.width - 1}:0] {_in(port.name)};" for port in inputs]
    for copy, number in (("unbroken", 0), ("broken", mutant)):
        lines += [f"wire [{port.width - 1}:0] {_out(copy, port.name)};" for port in (*outputs, *shown)]
        given = [f".{_named(port.name)}({_in(port.name)})" for port in inputs if port in ports]
        select = [f".{SELECT}({port.width}'d{number})" for port in ports if port.name == SELECT]
        taken = [f".{_named(port.name)}({_out(copy, port.name)})" for port in (*outputs, *shown)]
        lines.append(f"top {copy} ({', '.join([*given, *select, *taken])});")
    lines += [f"output {OUTPUT};", f"assign {OUTPUT} = !{_all(_equal(outputs))};"]
    history, kept = _history(inputs, outputs)
    promised = [_out("unbroken", port.name) for port in outputs if port.name == PROMISED]
    if promised:
        history += ["reg held = 1;", f"always @(posedge {_in('clk')}) held <= {promised[0]};"]
        kept.append("held")
    if kept:
        history.append(f"always @* assume ({_all(kept)});")
    further, names = _hints(shown)
    header = ", ".join([*(_in(port.name) for port in inputs), OUTPUT, *names])
    text = "\n".join([f"module miter({header});", *lines, *history, *further, "endmodule", ""])
    return Miter(verilog=text, assumes=bool(kept))


def _hints(registers: Sequence[Port]) -> tuple[list[str], list[str]]:
    """Text and names of the outputs that tell of registers that differ while a bit has a value."""
    lines: list[str] = []
    for port in registers:
        both = f"{_out('unbroken', port.name)}^ {_out('broken', port.name)}"
        lines.append(f"wire [{port.width - 1}:0] \\differs:{port.name} = {both};")
    names: list[str] = []
    short = [(port.name, bit) for port in registers if port.width <= _SHORT for bit in range(port.width)]
    for number, (condition, bit) in enumerate(short[:_MOST_CONDITIONS]):
        for port in registers:
            for value in (0, 1):
                where = f"{'' if value else '!'}{_out('unbroken', condition)}[{bit}]"
                name = f"\\hint:{number}:{value}:{port.name} "
                names.append(name)
                lines.append(f"output [{port.width - 1}:0] {name};")
                lines.append(f"assign {name}= {{{port.width}{{{where}}}}} & \\differs:{port.name} ;")
    return lines, names


def _equal(outputs: Sequence[Port]) -> list[str]:
    """Equal outputs, apart from payloads that are not valid."""
    names = {port.name for port in outputs}
    found: list[str] = []
    for port in outputs:
        if port.name == PROMISED:
            continue
        same = f"({_out('unbroken', port.name)} == {_out('broken', port.name)})"
        valid = f"{port.name.removesuffix('__payload')}__valid"
        # What a register or memory that is left out gets has a dot in its name.
        if port.name.endswith("__payload") and valid in names and "." not in port.name:
            same = f"(!{_out('unbroken', valid)} | {same})"
        found.append(same)
    return found


def _history(inputs: Sequence[Port], outputs: Sequence[Port]) -> tuple[list[str], list[str]]:
    """What an input stream promises: once valid, it stays so, with its payload, until it is taken."""
    widths = {port.name: port.width for port in inputs}
    lines: list[str] = []
    kept: list[str] = []
    for port in inputs:
        stream = port.name.removesuffix("__valid")
        ready, payload = f"{stream}__ready", f"{stream}__payload"
        # Registers that are left out may hold anything, also of a beat that was offered.
        if stream == port.name or "." in port.name or ready not in {each.name for each in outputs}:
            continue
        waits, was = f"\\waits:{stream} ", f"\\was:{stream} "
        reset = f" & !{_in('rst')}" if "rst" in widths else ""
        lines.append(f"reg {waits}= 0;")
        waiting = f"{waits}<= {_in(port.name)} & !{_out('unbroken', ready)}{reset};"
        stays = _in(port.name)
        if payload in widths:
            lines.append(f"reg [{widths[payload] - 1}:0] {was}= 0;")
            waiting += f" {was}<= {_in(payload)};"
            stays = f"({stays} & ({was}== {_in(payload)}))"
        lines.append(f"always @(posedge {_in('clk')}) begin {waiting} end")
        kept.append(f"(!{waits}| {stays})")
    return lines, kept


def _all(conditions: Sequence[str]) -> str:
    """Whether so many hold: as one operator, as Yosys takes a chain of them by recursion."""
    return f"(&{{{', '.join(conditions)}}})"


def _named(name: str) -> str:
    return f"\\{name} "


def _in(name: str) -> str:
    return f"\\in:{name} "


def _out(copy: str, name: str) -> str:
    return f"\\{copy}:{name} "
