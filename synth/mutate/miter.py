"""A component and a mutant of it side by side: a circuit whose output tells that they once differed.

Both copies start in the same state and get the same inputs. The output rises, and stays, a cycle after one in which
outputs differ, if until then the inputs kept to what is assumed of them. Two things that the streams' contract leaves
open count as such: the payload of an output does not matter while it is not valid, and an input that is valid stays
until it is taken. What else a component's surroundings promise, the output ``PROMISED`` of what the bench runs tells.
"""

import dataclasses
from collections.abc import Sequence

from racelet.sim.mutants import PROMISED, SELECT

OUTPUT = "differed"
"""Name of the output."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Port:
    name: str
    output: bool
    width: int


def miter(netlist: str, mutant: int) -> str:
    """Verilog of the miter: module ``miter`` around two of the module ``top``.

    Parameters
    ----------
    netlist : str
        RTLIL with the module ``top``, of :func:`racelet.synth.mutate.mutants.mutate`.
    mutant : int
        Its number.
    """
    ports = _ports(netlist)
    clock = _Port(name="clk", output=False, width=1)
    inputs = [clock, *(port for port in ports if not port.output and port.name not in {SELECT, "clk"})]
    outputs = [port for port in ports if port.output]
    names = ", ".join([*(_in(port.name) for port in inputs), OUTPUT])
    lines = [f"module miter({names});", f"output {OUTPUT};"]
    lines += [f"input [{port.width - 1}:0] {_in(port.name)};" for port in inputs]
    for copy, number in (("unbroken", 0), ("broken", mutant)):
        lines += [f"wire [{port.width - 1}:0] {_out(copy, port.name)};" for port in outputs]
        given = [f".{_named(port.name)}({_in(port.name)})" for port in inputs if port in ports]
        select = [f".{SELECT}({port.width}'d{number})" for port in ports if port.name == SELECT]
        taken = [f".{_named(port.name)}({_out(copy, port.name)})" for port in outputs]
        lines.append(f"top {copy} ({', '.join([*given, *select, *taken])});")
    lines += _history(inputs, outputs)
    equal = _all(_equal(outputs))
    promised = [_out("unbroken", port.name) for port in outputs if port.name == PROMISED]
    held = _all(["held", "kept", *promised])
    # What is promised in a cycle may depend on its outputs: it is kept to as long as they were equal before.
    lines += [
        "reg held = 1, seen = 0;",
        f"always @(posedge {_in('clk')}) begin held <= {held}; seen <= seen | (held & kept & !({equal})); end",
        f"assign {OUTPUT} = seen;",
    ]
    return "\n".join([*lines, "endmodule", ""])


def _ports(netlist: str) -> list[_Port]:
    """Ports of the module ``top``."""
    found: list[_Port] = []
    top = netlist.partition("\nmodule \\top\n")[2].partition("\nend\n")[0]
    for line in top.splitlines():
        words = line.split()
        if words[:1] == ["wire"] and ("input" in words or "output" in words):
            width = int(words[words.index("width") + 1]) if "width" in words else 1
            found.append(_Port(name=words[-1].removeprefix("\\"), output="output" in words, width=width))
    return found


def _equal(outputs: Sequence[_Port]) -> list[str]:
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


def _history(inputs: Sequence[_Port], outputs: Sequence[_Port]) -> list[str]:
    """What an input stream promises: once valid, it stays so, with its payload, until it is taken."""
    widths = {port.name: port.width for port in inputs}
    lines: list[str] = []
    kept = ["1'b1"]
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
    return [*lines, f"wire kept = {_all(kept)};"]


def _all(conditions: Sequence[str]) -> str:
    """Whether so many hold: as one operator, as Yosys takes a chain of them by recursion."""
    return f"(&{{{', '.join(conditions)}}})"


def _named(name: str) -> str:
    return f"\\{name} "


def _in(name: str) -> str:
    return f"\\in:{name} "


def _out(copy: str, name: str) -> str:
    return f"\\{copy}:{name} "
