"""Proves mutants equivalent: no sequence of inputs makes an output differ from the unbroken component's.

Both copies start in the same state and get the same inputs. What is proved is an induction over clock cycles: a set of
facts, of the kind "this register is equal in both" or "is equal whenever that bit is set", holds at the start and,
together with equal outputs, in each cycle if it does in the cycles before. The facts are those of all candidates that
survive (Houdini). Two things that the streams' contract leaves open count as such: the payload of an output
does not matter while it is not valid, and an input that is valid stays until it is taken.
"""
# Ref: C. Flanagan, K. R. M. Leino, "Houdini, an annotation assistant for ESC/Java", FME 2001, sec. 4.
# Ref: C. A. J. van Eijk, "Sequential equivalence checking based on structural similarities", IEEE TCAD 19(7), 2000.

import dataclasses
import re
import time
from collections.abc import Sequence

import z3

from racelet.sim.mutants import SELECT

MODULE = "top"
_MOST_CONDITIONS = 24
"""One-bit registers that a fact may depend on."""
_DEPTHS = (1, 3)
"""Cycles that an induction step looks back, tried in this order."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Model:
    """A netlist in SMT-LIB, as Yosys writes it, with the names of what is in it.

    Parameters
    ----------
    lines : tuple of str
        Declarations and definitions, each on one line, with the argument ``state``.
    inputs, outputs : tuple of str
        Names of ports; inputs without clock and ``SELECT``.
    states : tuple of (str, str)
        Function and sort of each register and memory.
    """

    lines: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    states: tuple[tuple[str, str], ...]


def parse(formal: str) -> Model:
    """Read what ``write_smt2`` wrote for module ``top``."""
    inputs = tuple(re.findall(r"^; yosys-smt2-input (\S+) ", formal, re.MULTILINE))
    outputs = tuple(re.findall(r"^; yosys-smt2-output (\S+) ", formal, re.MULTILINE))
    clocks = set(re.findall(r"^; yosys-smt2-clock (\S+) ", formal, re.MULTILINE))
    text = re.sub(r"(^|\s);[^\n]*", r"\1", formal)
    lines = tuple(_statements(text))
    sorts = dict(re.findall(r"\(declare-fun \|([^|]+)\| \(\|top_s\|\) (.*)\)$", "\n".join(lines), re.MULTILINE))
    transition = next(line for line in lines if line.startswith(f"(define-fun |{MODULE}_t| "))
    names = dict.fromkeys(re.findall(r"\(\|([^|]+)\| next_state\)", transition))
    states = tuple((name, sorts[name]) for name in names if name in sorts)
    return Model(
        lines=lines,
        inputs=tuple(name for name in inputs if name not in clocks and name != SELECT),
        outputs=outputs,
        states=states,
    )


def equivalent(model: Model, mutant: int, *, seconds: float = 30.0) -> bool:
    """Whether a mutant is proved equivalent to the unbroken component.

    Parameters
    ----------
    model : Model
    mutant : int
        Its number.
    seconds : float
        For the whole proof; False where it is not enough.

    Returns
    -------
    bool
        False says nothing about the mutant: it may differ, or the proof may need other facts.
    """
    deadline = time.monotonic() + seconds
    for depth in _DEPTHS:
        proof = _Proof(model, mutant, depth, deadline)
        facts = proof.holding([_equal(name) for name, _ in model.states])
        if facts is None:
            return False
        if proof.outputs_equal(facts):
            return True
        lost = [name for name, _ in model.states if _equal(name) not in facts]
        bits = [name for name, sort in model.states if sort in {"Bool", "(_ BitVec 1)"}][:_MOST_CONDITIONS]
        conditional = [_equal(name, bit, value) for name in lost for bit in bits if bit != name for value in (0, 1)]
        facts = proof.holding([*facts, *conditional]) if conditional else None
        if facts is not None and proof.outputs_equal(facts):
            return True
    return False


def _equal(name: str, condition: str = "", value: int = 0) -> str:
    """A fact, as text with the places of the cycle left open."""
    same = f"(= |g@:{name}| |m@:{name}|)"
    if not condition:
        return same
    return (
        f"(=> (= |g@:{condition}| |one:{condition}|) {same})"
        if value
        else (f"(=> (not (= |g@:{condition}| |one:{condition}|)) {same})")
    )


class _Proof:
    """The unbroken component and a mutant side by side, for some cycles."""

    def __init__(self, model: Model, mutant: int, depth: int, deadline: float) -> None:
        self.model, self.depth, self.deadline = model, depth, deadline
        self.text = _unrolled(model, mutant, depth)
        self.known: dict[str, list[z3.BoolRef]] = {}
        self.solver = z3.Solver()
        self.solver.from_string(self.text)
        self.observed = [z3.Bool(f"observed{cycle}") for cycle in range(depth + 1)]
        self.start = z3.Bool("start")

    def holding(self, candidates: Sequence[str]) -> list[str] | None:
        """Those of the facts that hold from the start on, if the outputs are equal; None if time is up."""
        self._declare(candidates)
        for beginning in (True, False):
            while True:
                last = [self.known[fact][self.depth] for fact in candidates]
                earlier = [fact for name in candidates for fact in self.known[name][: self.depth]]
                if beginning:
                    goal, given = earlier, [self.start]
                else:
                    goal, given = last, [*earlier, *self.observed[: self.depth]]
                if not goal:
                    break
                answer, values = self._check([*given, _not_all(goal)])
                if answer == z3.unsat:
                    break
                if values is None:
                    return None
                cycles = range(self.depth) if beginning else [self.depth]
                candidates = [
                    name
                    for name in candidates
                    if all(z3.is_true(values.eval(self.known[name][k], model_completion=True)) for k in cycles)
                ]
        return list(candidates)

    def outputs_equal(self, facts: Sequence[str]) -> bool:
        """Whether the outputs are equal from the start on, and in each cycle after equal ones in which facts hold."""
        if self._check([self.start, _not_all(self.observed[: self.depth])])[0] != z3.unsat:
            return False
        held = [fact for name in facts for fact in self.known[name]]
        step = [*held, *self.observed[: self.depth], _not_all([self.observed[self.depth]])]
        return self._check(step)[0] == z3.unsat

    def _declare(self, facts: Sequence[str]) -> None:
        new = [fact for fact in facts if fact not in self.known]
        lines = []
        for number, fact in enumerate(new, len(self.known)):
            self.known[fact] = [z3.Bool(f"fact{number}@{cycle}") for cycle in range(self.depth + 1)]
            for cycle in range(self.depth + 1):
                lines += [f"(declare-const |fact{number}@{cycle}| Bool)"]
                lines += [f"(assert (= |fact{number}@{cycle}| {fact.replace('@:', f'{cycle}:')}))"]
        if lines:
            self.text += "\n".join([*lines, ""])
            self.solver = z3.Solver()
            self.solver.from_string(self.text)

    def _check(self, formulas: Sequence[z3.BoolRef]) -> tuple[z3.CheckSatResult, z3.ModelRef | None]:
        left = self.deadline - time.monotonic()
        if left <= 0:
            return z3.unknown, None
        self.solver.push()
        self.solver.set("timeout", max(int(1000 * left), 1))
        self.solver.add(*formulas)
        answer = self.solver.check()
        values = self.solver.model() if answer == z3.sat else None
        self.solver.pop()
        return answer, values


def _not_all(facts: Sequence[z3.BoolRef]) -> z3.BoolRef:
    return z3.Or([z3.Not(fact) for fact in facts])


def _unrolled(model: Model, mutant: int, depth: int) -> str:
    """Both copies in ``depth + 1`` cycles: ``|g0:...|`` is the unbroken one in the first, ``|m0:...|`` the mutant."""
    lines: list[str] = []
    for cycle in range(depth + 1):
        lines += _instance(model, f"g{cycle}", f"g{cycle + 1}", 0, "", cycle < depth)
        lines += _instance(model, f"m{cycle}", f"m{cycle + 1}", mutant, f"g{cycle}", cycle < depth)
    # A transition names the state after it, which must be there first.
    lines = sorted(lines, key=lambda line: line.startswith("(assert"))
    for name, sort in model.states:
        if sort in {"Bool", "(_ BitVec 1)"}:
            lines.append(f"(define-fun |one:{name}| () {sort} {'true' if sort == 'Bool' else '#b1'})")
    for cycle in range(depth):
        lines += [f"(assert {held})" for held in _kept(model, cycle)]
    for cycle in range(depth + 1):
        lines += [f"(declare-const observed{cycle} Bool)", f"(assert (= observed{cycle} {_observed(model, cycle)}))"]
    same = [f"(= |g0:{name}| |m0:{name}|)" for name, _ in model.states]
    begin = " ".join([f"|g0:{MODULE}_i|", f"|m0:{MODULE}_i|", *same])
    return "\n".join([*lines, "(declare-const start Bool)", f"(assert (=> start (and {begin})))", ""])


def _instance(model: Model, state: str, after: str, select: int, inputs_of: str, moves: bool) -> list[str]:
    """The component in one state: each function of the state becomes a constant of that state."""
    lines: list[str] = []
    inputs = _input_functions(model)
    for line in model.lines:
        match = re.match(r"\(declare-fun \|([^|]+)\| \(\|top_s\|\) (.*)\)$", line)
        if match:
            name, sort = match[1], match[2]
            if inputs.get(name) == SELECT:
                width = 1 if sort == "Bool" else int(sort.split()[-1].rstrip(")"))
                value = ("true" if select else "false") if sort == "Bool" else f"#b{select:0{width}b}"
                lines.append(f"(define-fun |{state}:{name}| () {sort} {value})")
            elif inputs_of and name in inputs:
                lines.append(f"(define-fun |{state}:{name}| () {sort} |{inputs_of}:{name}|)")
            else:
                lines.append(f"(declare-const |{state}:{name}| {sort})")
            continue
        match = re.match(r"\(define-fun \|([^|]+)\| \(\(state \|top_s\|\)( \(next_state \|top_s\|\))?\) (.*)\)$", line)
        if not match or match[1] in {f"{MODULE}_u", f"{MODULE}_a", f"{MODULE}_h"}:
            continue
        body = re.sub(r"\(\|([^|]+)\| state\)", rf"|{state}:\1|", match[3])
        if not match[2]:
            lines.append(f"(define-fun |{state}:{match[1]}| () {body})")
        elif moves:
            body = re.sub(r"\(\|([^|]+)\| next_state\)", rf"|{after}:\1|", body)
            lines.append(f"(assert {body.removeprefix('Bool ')})")
    return lines


def _input_functions(model: Model) -> dict[str, str]:
    """The declared function behind each input, ``SELECT`` and the clock included."""
    found: dict[str, str] = {}
    states = {name for name, _ in model.states}
    pattern = re.compile(r"\(define-fun \|top_n ([^|]+)\| \(\(state \|top_s\|\)\) \S.*? ?\(\|([^|]+)\| state\)\)$")
    declared = {match[1] for line in model.lines if (match := re.match(r"\(declare-fun \|([^|]+)\|", line))}
    for line in model.lines:
        match = pattern.match(line)
        if match and match[2] in declared - states and line.count("state)") == 1:
            found[match[2]] = match[1]
    return found


def _observed(model: Model, cycle: int) -> str:
    """Equal outputs, apart from payloads that are not valid."""
    parts = ["true"]
    for name in model.outputs:
        same = f"(= |g{cycle}:{MODULE}_n {name}| |m{cycle}:{MODULE}_n {name}|)"
        valid = f"{name.removesuffix('__payload')}__valid"
        if name.endswith("__payload") and valid in model.outputs:
            same = f"(=> |g{cycle}:{MODULE}_n {valid}| {same})"
        parts.append(same)
    return f"(and {' '.join(parts)})"


def _kept(model: Model, cycle: int) -> list[str]:
    """What an input stream promises: once valid, it stays so, with its payload, until it is taken."""
    reset = f" (not |g{cycle}:{MODULE}_n rst|)" if "rst" in model.inputs else ""
    found: list[str] = []
    for name in model.inputs:
        stream = name.removesuffix("__valid")
        ready = f"{stream}__ready"
        if stream == name or ready not in model.outputs:
            continue
        now, later = f"|g{cycle}:{MODULE}_n ", f"|g{cycle + 1}:{MODULE}_n "
        stays = f"{later}{name}|"
        if f"{stream}__payload" in model.inputs:
            stays = f"(and {stays} (= {now}{stream}__payload| {later}{stream}__payload|))"
        found.append(f"(=> (and {now}{name}| (not {now}{ready}|){reset}) {stays})")
    return found


def _statements(text: str) -> list[str]:
    """Top-level expressions of an SMT-LIB text, each on one line."""
    found: list[str] = []
    depth = 0
    parts: list[str] = []
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped:
            continue
        quoted = re.sub(r"\|[^|]*\|", "", stripped)
        depth += quoted.count("(") - quoted.count(")")
        parts.append(stripped)
        if depth == 0:
            found.append(" ".join(parts))
            parts = []
    return found
