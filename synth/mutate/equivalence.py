"""Proves mutants equivalent: no sequence of inputs makes an output differ from the unbroken component's.

Both copies start in the same state and get the same inputs. What is proved is an induction over clock cycles: a set of
facts, of the kind "this register, or this bit of it, is equal in both" or "is equal whenever that bit is set", holds at
the start and, together with equal outputs, in each cycle if it does in the cycles before. The facts are those of all
candidates that survive (Houdini). Where that fails and the registers that differ have few bits, the pairs of values
that both copies reach together are visited one by one. Two things that the streams' contract leaves open count as such:
the payload of an output does not matter while it is not valid, and an input that is valid stays until it is taken.
What else a component's surroundings promise, the output ``PROMISED`` of what the bench runs tells.

The components inside one are left out: what they get counts as an output, what they give as an input. That is no
loss where there is no loop through combinational logic: of all that passes between them in a cycle, the first thing to
differ would have come from things that do not.
"""
# Ref: C. Flanagan, K. R. M. Leino, "Houdini, an annotation assistant for ESC/Java", FME 2001, sec. 4.
# Ref: C. A. J. van Eijk, "Sequential equivalence checking based on structural similarities", IEEE TCAD 19(7), 2000.

import dataclasses
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

import z3

from racelet.sim.mutants import PROMISED, SELECT
from racelet.synth.mutate.facts import conditional, equal, unreached, width_of
from racelet.synth.mutate.reached import MOST_BITS, all_agree

_PORTS = ("input", "output", "clock")
_DEPTHS = (1, 3)
"""Cycles that an induction step looks back, tried in this order."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Model:
    """A netlist in SMT-LIB, as Yosys writes it, taken apart.

    Parameters
    ----------
    functions : tuple of (str, str, str)
        Name, sort and body of each function of the state, in order; the body is empty where it is declared only.
    inputs, outputs : tuple of str
        Names of ports; without clock, ``SELECT`` and ``PROMISED``.
    promises : bool
        Whether there is an output ``PROMISED``.
    behind : mapping of str to str
        Name of the port by the declared function behind it, of all inputs.
    states : mapping of str to str
        Sort of each register and memory by its function.
    following : mapping of str to str
        Body of each register and memory in the next cycle.
    """

    functions: tuple[tuple[str, str, str], ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    promises: bool
    behind: Mapping[str, str]
    states: Mapping[str, str]
    following: Mapping[str, str]


def parse(formal: str) -> Model:
    """Read what ``write_smt2`` wrote for module ``top``."""
    ports = {kind: re.findall(rf"^; yosys-smt2-{kind} (\S+)", formal, re.MULTILINE) for kind in _PORTS}
    functions: list[tuple[str, str, str]] = []
    following: dict[str, str] = {}
    for line in _statements(re.sub(r"(^|\s);[^\n]*", r"\1", formal)):
        if match := re.match(r"\(declare-fun \|([^|]+)\| \(\|top_s\|\) (.*)\)$", line):
            functions.append((match[1], match[2], ""))
        elif match := re.match(r"\(define-fun \|([^|]+)\| \(\(state \|top_s\|\)\) (.*)\)$", line):
            sort, body = _arguments(match[2])
            functions.append((match[1], sort, body))
        elif match := re.match(r"\(define-fun \|top_t\| \(.*?\)\) Bool (.*)\)$", line):
            for equation in _conjuncts(match[1].strip()):
                if equation != "true":
                    _, body, after = _arguments(equation[1:-1])
                    following[after.split("|")[1]] = body
    sorts = {name: sort for name, sort, _ in functions}
    declared = {name for name, _, body in functions if not body}
    behind = {
        function: name.removeprefix("top_n ")
        for name, _, body in functions
        if name.removeprefix("top_n ") in ports["input"] and body
        # A port that is read in parts is several functions.
        for function in re.findall(r"\(\|([^|]+)\| state\)", body)
        if function in declared - set(following)
    }
    return Model(
        functions=tuple(functions),
        inputs=tuple(name for name in ports["input"] if name not in ports["clock"] and name != SELECT),
        outputs=tuple(name for name in ports["output"] if name != PROMISED),
        promises=PROMISED in ports["output"],
        behind=behind,
        states={name: sorts[name] for name in following},
        following=following,
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
    shared = list(model.states)
    while True:
        proof = _Proof(model, mutant, 1, shared, deadline)
        facts = proof.holding([equal(name) for name in shared])
        if facts is None:
            return False
        if len(facts) == len(shared):
            break
        shared = [name for name in shared if equal(name) in facts]
    if proof.outputs_equal(facts):
        return True
    lost = [name for name in model.states if name not in shared]
    facts += [*conditional(model.states, lost), *unreached(model.states)]
    for depth in _DEPTHS:
        proof = _Proof(model, mutant, depth, shared, deadline)
        held = proof.holding(facts)
        if held is None:
            return False
        if {equal(name) for name in shared} <= set(held) and proof.outputs_equal(held):
            return True
    # Often only what the mutant changes at once differs, and the rest does not as long as that keeps step.
    return any(
        _all_agree(model, mutant, visited, deadline) for visited in (_changed_at_once(model, mutant, deadline), lost)
    )


def _changed_at_once(model: Model, mutant: int, deadline: float) -> list[str]:
    """Registers that may differ in the cycle after one in which none does."""
    proof = _Proof(model, mutant, 1, list(model.states), deadline)
    return proof.lost_at_once(list(model.states))


def _all_agree(model: Model, mutant: int, visited: Sequence[str], deadline: float) -> bool:
    widths = [width_of(model.states[name]) for name in visited]
    if not all(widths) or sum(widths) > MOST_BITS:
        return False
    shared = [name for name in model.states if name not in visited]
    text = _unrolled(model, mutant, 1, shared)
    return all_agree(text, {name: model.states[name] for name in visited}, shared, deadline)


class _Proof:
    """The unbroken component and a mutant side by side, for some cycles."""

    def __init__(self, model: Model, mutant: int, depth: int, shared: Sequence[str], deadline: float) -> None:
        self.depth, self.deadline = depth, deadline
        self.text = _unrolled(model, mutant, depth, shared)
        self.known: dict[str, list[z3.BoolRef]] = {}
        self.solver = z3.Solver()
        self.solver.from_string(self.text)
        self.observed = [z3.Bool(f"observed{cycle}") for cycle in range(depth + 1)]
        self.promised = [z3.Bool(f"promised{cycle}") for cycle in range(depth)]
        self.start = z3.Bool("start")

    def holding(self, candidates: Sequence[str]) -> list[str] | None:
        """Those of the facts that hold from the start on, if the outputs are equal; None if time is up."""
        self._declare(candidates)
        for beginning in (True, False):
            while True:
                last = [self.known[fact][self.depth] for fact in candidates]
                earlier = [fact for name in candidates for fact in self.known[name][: self.depth]]
                if beginning:
                    goal, given = earlier, [self.start, *self.promised]
                else:
                    goal, given = last, [*earlier, *self.promised, *self.observed[: self.depth]]
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

    def lost_at_once(self, names: Sequence[str]) -> list[str]:
        """Those of the registers that may differ in the last cycle, where in none before one does."""
        facts = [equal(name) for name in names]
        self._declare(facts)
        left = dict(zip(names, facts, strict=True))
        earlier = [fact for name in facts for fact in self.known[name][: self.depth]]
        while left:
            last = {name: self.known[fact][self.depth] for name, fact in left.items()}
            _, values = self._check([*earlier, *self.promised, _not_all(list(last.values()))])
            if values is None:
                break
            left = {name: left[name] for name in left if z3.is_true(values.eval(last[name], model_completion=True))}
        return [name for name in names if name not in left]

    def outputs_equal(self, facts: Sequence[str]) -> bool:
        """Whether the outputs are equal from the start on, and in each cycle after equal ones in which facts hold."""
        # What is promised in a cycle may depend on its outputs: it is kept to as long as they were equal before.
        first = [z3.And(*self.promised[:cycle], z3.Not(self.observed[cycle])) for cycle in range(self.depth)]
        if self._check([self.start, z3.Or(first)])[0] != z3.unsat:
            return False
        held = [fact for name in facts for fact in self.known[name]]
        step = [*held, *self.promised, *self.observed[: self.depth], _not_all([self.observed[self.depth]])]
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

    def _check(self, formulas: Sequence[Any]) -> tuple[z3.CheckSatResult, z3.ModelRef | None]:
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


def _not_all(facts: Sequence[z3.BoolRef]) -> Any:
    return z3.Or([z3.Not(fact) for fact in facts])


def _unrolled(model: Model, mutant: int, depth: int, shared: Sequence[str]) -> str:
    """Both copies in ``depth + 1`` cycles: ``|g0:...|`` is the unbroken one in the first, ``|m0:...|`` the mutant.

    What is shared is one constant in the first cycle, and what follows from it one term: only what a mutant can change
    is left to the solver.
    """
    lines: list[str] = []
    sorts = {name: sort for name, sort, _ in model.functions}
    for cycle in range(depth + 1):
        for copy, number in (("g", 0), ("m", mutant)):
            known: dict[str, str] = {}
            for name, port in model.behind.items():
                if port == SELECT:
                    known[name] = _constant(number, sorts[name])
                elif copy == "m":
                    known[name] = f"|g{cycle}:{name}|"
            if cycle:
                known |= {name: _at(body, f"{copy}{cycle - 1}") for name, body in model.following.items()}
            elif copy == "m":
                known |= {name: f"|g0:{name}|" for name in shared}
            lines += _instance(model, f"{copy}{cycle}", known)
    for name, sort in model.states.items():
        if width_of(sort) == 1:
            lines.append(f"(define-fun |one:{name}| () {sort} {_constant(1, sort)})")
    for cycle in range(depth):
        lines += [f"(assert {held})" for held in _kept(model, cycle)]
        lines.append(f"(declare-const promised{cycle} Bool)")
        if model.promises:
            lines.append(f"(assert (= promised{cycle} |g{cycle}:top_n {PROMISED}|))")
    for cycle in range(depth + 1):
        lines += [f"(declare-const observed{cycle} Bool)", f"(assert (= observed{cycle} {_observed(model, cycle)}))"]
    same = [f"(= |g0:{name}| |m0:{name}|)" for name in model.states]
    begin = " ".join(["|g0:top_i|", "|m0:top_i|", *same])
    return "\n".join([*lines, "(declare-const start Bool)", f"(assert (=> start (and {begin})))", ""])


def _instance(model: Model, state: str, known: Mapping[str, str]) -> list[str]:
    """The component in one cycle: each function of the state becomes a constant."""
    lines: list[str] = []
    for name, sort, body in model.functions:
        text = known.get(name) or (_at(body, state) if body else "")
        lines.append(
            f"(define-fun |{state}:{name}| () {sort} {text})" if text else f"(declare-const |{state}:{name}| {sort})"
        )
    return lines


def _at(body: str, state: str) -> str:
    return re.sub(r"\(\|([^|]+)\| state\)", rf"|{state}:\1|", body)


def _constant(value: int, sort: str) -> str:
    return ("true" if value else "false") if sort == "Bool" else f"#b{value:0{width_of(sort)}b}"


def _observed(model: Model, cycle: int) -> str:
    """Equal outputs, apart from payloads that are not valid."""
    parts = ["true"]
    for name in model.outputs:
        same = f"(= |g{cycle}:top_n {name}| |m{cycle}:top_n {name}|)"
        valid = f"{name.removesuffix('__payload')}__valid"
        # What goes into a component that is left out, named by its instance, might be kept there all the same.
        if name.endswith("__payload") and valid in model.outputs and "." not in name:
            same = f"(=> |g{cycle}:top_n {valid}| {same})"
        parts.append(same)
    return f"(and {' '.join(parts)})"


def _kept(model: Model, cycle: int) -> list[str]:
    """What an input stream promises: once valid, it stays so, with its payload, until it is taken."""
    reset = f" (not |g{cycle}:top_n rst|)" if "rst" in model.inputs else ""
    found: list[str] = []
    for name in model.inputs:
        stream = name.removesuffix("__valid")
        ready = f"{stream}__ready"
        # A component that is left out may be cleared, and then takes back what it offers.
        if stream == name or ready not in model.outputs or "." in name:
            continue
        now, later = f"|g{cycle}:top_n ", f"|g{cycle + 1}:top_n "
        stays = f"{later}{name}|"
        if f"{stream}__payload" in model.inputs:
            stays = f"(and {stays} (= {now}{stream}__payload| {later}{stream}__payload|))"
        found.append(f"(=> (and {now}{name}| (not {now}{ready}|){reset}) {stays})")
    return found


def _arguments(text: str) -> list[str]:
    """Expressions that stand side by side in a text."""
    found: list[str] = []
    depth = start = 0
    quoted = False
    for place, letter in enumerate(f"{text} "):
        if letter == "|":
            quoted = not quoted
        elif not quoted:
            depth += (letter == "(") - (letter == ")")
            if letter.isspace() and depth == 0:
                found += [text[start:place]] if text[start:place].strip() else []
                start = place + 1
    return found


def _conjuncts(text: str) -> list[str]:
    """What ``and`` joins; the text itself where there is no ``and``."""
    return _arguments(text[1:-1])[1:] if text.startswith("(and ") else [text]


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
