"""Mutants of a component: its netlist with many faults in it, of which an input switches on one at a time."""
# Ref: Claire Wolf, "mutate" in the Yosys manual; the faults are those of MCY (Mutation Cover with Yosys).

import dataclasses
import random
import re
import tempfile
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from amaranth.lib import wiring

import racelet.hw
from racelet.hw.lib import verilog as hardware
from racelet.sim.mutants import SELECT
from racelet.synth import yowasp
from racelet.synth.mutate.miter import Port, ports_of

_OWN, _INSIDE = "racelet_own", "racelet_inside"
_LEFT_OUT = frozenset({"CLK", "ARST", "SRST", "Q"})
"""Ports of cells that are not broken: the clock, which is not the component's, resets that Amaranth never uses, and
outputs of registers, which would lose their initial values: whatever reads them is broken instead."""
_MOST_WORDS = 16
"""Of a memory that is a part of proofs; longer ones are left out."""
_MOST_CELLS = 5000
"""Of a netlist that is looked at whole."""
_KINDS: Mapping[str, str] = {
    "inv": "inverted",
    "const0": "stuck at 0",
    "const1": "stuck at 1",
    "cnot0": "inverted where another bit is 0",
    "cnot1": "inverted where another bit is 1",
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mutant:
    """One fault.

    Parameters
    ----------
    number : int
        Value of the input ``SELECT`` that switches it on.
    kind : str
        What is done to a bit.
    cell, port : str
        The cell of the netlist and its port.
    bit : int
        Of the port.
    wire : str
        Signal on the port, with the number of its bit; empty where it has no name.
    source : str
        File and line of the Python text, relative to the package.
    """

    number: int
    kind: str
    cell: str
    port: str
    bit: int
    wire: str
    source: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Formal:
    """A netlist with mutants, for proofs.

    Parameters
    ----------
    netlist : str
        RTLIL. A register that is left out is two ports, an output for what it gets and an input for what it holds; so
        is a long memory.
    ports : tuple of Port
        Of the netlist.
    registers : frozenset of str
        Those that are there for registers which are not left out: outputs for what they hold.
    """

    netlist: str
    ports: tuple[Port, ...]
    registers: frozenset[str]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mutated:
    """A netlist with mutants.

    Parameters
    ----------
    verilog : str
        Module ``top`` with the ports of the component and the input ``SELECT``.
    formal : tuple of Formal
        The same, flat: without the registers of other components and of what only benches are made of, where there are
        any, then with them, if it is not too large.
    mutants : tuple of Mutant
    """

    verilog: str
    formal: tuple[Formal, ...]
    mutants: tuple[Mutant, ...]


def elaborated_in(netlist: str) -> dict[str, str]:
    """File of the Python text of each module of a netlist of :func:`to_rtlil`; empty where it is not racelet's."""
    found: dict[str, str] = {}
    source = ""
    for line in netlist.splitlines():
        if line.startswith("attribute \\src"):
            source = line.split('"')[1].partition(":")[0]
        elif line.startswith("module "):
            found[line.split()[1]] = source
            source = ""
    return found


def to_rtlil(component: wiring.Component) -> str:
    """A component as RTLIL with source lines relative to the package; others are left out.

    Parameters
    ----------
    component : wiring.Component
        Elaborated by this call, once.
    """
    return _with_sources(hardware.to_rtlil(component, sources=True), _package())


def to_verilog(netlist: str) -> str:
    """Verilog of a netlist of :func:`to_rtlil`, with its modules and their names, as it is simulated.

    Raises
    ------
    ToolError
        If Yosys refuses the netlist.
    """
    with tempfile.TemporaryDirectory(prefix="racelet-") as place:
        work = Path(place)
        (work / "top.il").write_text(netlist)
        _yosys(
            work, ["read_rtlil top.il", "proc -nomux -norom", "memory_collect", "write_verilog -noattr -norename top.v"]
        )
        return (work / "top.v").read_text().partition("\n")[2].lstrip("\n")


def mutate(netlist: str, others: AbstractSet[str], *, count: int, seed: int) -> Mutated:
    """Put mutants into a netlist.

    Only the component's own modules are broken: those of a component with a bench of its own are that one's.

    Parameters
    ----------
    netlist : str
        Of :func:`to_rtlil`.
    others : set of str
        Files of the components whose modules are left alone.
    count : int
        Mutants, evenly over lines, signals and bits; fewer where there are no more.
    seed : int
        Of the choice.

    Raises
    ------
    ToolError
        If Yosys refuses the netlist.
    """
    own = [name for name, file in elaborated_in(netlist).items() if file not in others and not file.startswith("sim/")]
    with tempfile.TemporaryDirectory(prefix="racelet-") as place:
        work = Path(place)
        (work / "top.il").write_text(netlist)
        marks = [line for name in own for line in (f"cd {name}", f"setattr -set {_OWN} 1 c:*", "cd")]
        chosen = f"top/a:{_OWN}=1 top/t:$meminit* %d top/t:$scopeinfo %d"
        flatten = ["read_rtlil top.il", "proc", *marks, "flatten", "opt_clean"]
        _yosys(work, [*flatten, f"mutate -list 0 -seed {seed} -o list {chosen}", "write_rtlil flat.il"])
        every = (work / "list").read_text().splitlines()
        # More than are wanted, as some are left out below.
        most = 2 * count + 50
        # Yosys chooses by source line; where too few have one, it does not end.
        if sum("src" in _options(line) for line in every) < most:
            random.Random(seed).shuffle(every)
        else:
            _yosys(work, [*flatten, f"mutate -list {most} -seed {seed} -o list {chosen}"])
            every = (work / "list").read_text().splitlines()
        always = _always_read((work / "flat.il").read_text())
        lines = [line for line in every if _options(line)["port"] not in _LEFT_OUT and not _enables(line, always)]
        lines = list(dict.fromkeys(lines))[:count]
        width = max(len(lines).bit_length(), 1)
        script = [
            line.replace("mutate ", f"mutate -ctrl {SELECT} {width} {number} ", 1)
            for number, line in enumerate(lines, 1)
        ]
        (work / "apply").write_text("\n".join([*script, ""]))
        simulated = ["opt_clean", "memory_collect", "write_verilog -noattr -norename top.v"]
        _yosys(work, ["read_rtlil flat.il", "script apply", *simulated])
        # What only benches are made of is like another component: of tracks of a racetrack there are many registers.
        inside = [
            name
            for name, file in elaborated_in(netlist).items()
            if (file in others or file.startswith("sim/")) and name != "\\top"
        ]
        whole = _proved(work, [])
        formal = (_proved(work, inside), whole) if inside else (whole,)
        if inside and whole.netlist.count("\n  cell ") > _MOST_CELLS:
            formal = formal[:1]
        verilog = (work / "top.v").read_text().partition("\n")[2].lstrip("\n")
    modules = elaborated_in(netlist)
    found = tuple(_mutant(number, line, modules) for number, line in enumerate(lines, 1))
    return Mutated(verilog=verilog, formal=formal, mutants=found)


def _proved(work: Path, inside: Sequence[str]) -> Formal:
    """The netlist for proofs, with registers of some modules and long memories as ports."""
    marks = [line for name in inside for line in (f"cd {name}", f"setattr -set {_INSIDE} 1 c:* m:*", "cd")]
    cut = [f"expose -evert-dff a:{_INSIDE}=1 t:$dff %i"] if inside else []
    # Split, so that a bit of a register that nothing reads goes, and is no difference.
    broken = ["flatten", "opt_clean", "script apply", "opt_clean", "memory_collect", "splitcells", "opt_clean", *cut]
    left_out = [f"r:SIZE>{_MOST_WORDS}", *([f"a:{_INSIDE}=1", "%u"] if inside else [])]
    memories = [f"expose -evert t:$mem_v2 {' '.join(left_out)} %i", "opt_clean", "write_rtlil proved.il"]
    shown = ["expose -dff top", "write_rtlil shown.il"]
    _yosys(work, ["read_rtlil top.il", "proc", *marks, *broken, *memories, *shown])
    netlist = (work / "shown.il").read_text()
    ports = ports_of(netlist)
    others = {port.name for port in ports_of((work / "proved.il").read_text())}
    return Formal(
        netlist=netlist.partition("\n")[2], ports=ports, registers=frozenset({port.name for port in ports} - others)
    )


def _package() -> Path:
    """Folder of the layers, as their modules name it."""
    return Path(next(iter(racelet.hw.__path__))).parent


def _with_sources(text: str, package: Path) -> str:
    """Keep the source lines of racelet, relative; give each switch that of its process, for the cells it becomes."""
    lines: list[str] = []
    source = ""
    pattern = re.compile(
        rf'( *attribute \\src ")(?:{re.escape(str(package))}|{re.escape(str(package.resolve()))})/(.*)'
    )
    for line in text.splitlines():
        words = line.split(None, 1)
        if words[:1] == ["attribute"] and words[1].startswith("\\src"):
            match = pattern.fullmatch(line)
            source = match[2].rstrip('"') if match else ""
            if match:
                lines.append(f"{match[1]}{match[2]}")
            continue
        if words[:1] == ["switch"] and source:
            lines.append(f'attribute \\src "{source}"')
        elif words[:1] and words[0] in {"wire", "cell", "memory", "module", "end"} and words[0] != "end":
            source = ""
        lines.append(line)
    return "\n".join([*lines, ""])


def _always_read(netlist: str) -> set[str]:
    """Read ports of memories that have no clock: Yosys takes it for granted that they are always enabled."""
    ports = re.findall(r"^ *cell \$memrd_v2 (\S+)\n((?: *(?:parameter|connect) .*\n)+)", netlist, re.MULTILINE)
    return {name for name, body in ports if "parameter \\CLK_ENABLE 0\n" in body}


def _enables(line: str, ports: AbstractSet[str]) -> bool:
    return _options(line)["port"] == "EN" and _options(line)["cell"] in ports


def _options(line: str) -> dict[str, str]:
    words = line.split()[1:]
    found: dict[str, str] = {}
    for name, value in zip(words[::2], words[1::2], strict=True):
        found.setdefault(name.removeprefix("-"), value)
    return found


def _mutant(number: int, line: str, modules: Mapping[str, str]) -> Mutant:
    options = _options(line)
    wire = options.get("wire", "")
    return Mutant(
        number=number,
        kind=_KINDS[options["mode"]],
        cell=options["cell"].removeprefix("$flatten"),
        port=options["port"],
        bit=int(options["portbit"]),
        wire=f"{wire}[{options.get('wirebit', 0)}]" if wire else "",
        source=options.get("src", "") or modules.get("\\top", ""),
    )


def _yosys(work: Path, script: list[str]) -> None:
    (work / "script.ys").write_text("\n".join([*script, ""]))
    yowasp.run("yosys", ["-q", "-s", "script.ys"], work)
