"""Visits the states that the unbroken component and a mutant reach together, one pair after the other.

It finds what no fact about equal registers says, such as a counter that takes the same number of steps through its
values in another order.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import z3

MOST_BITS = 24
"""Of the registers that are visited, in one copy; those that are equal in both are left out."""
_MOST_PAIRS = 2000


def all_agree(text: str, registers: Mapping[str, str], shared: Sequence[str], deadline: float) -> bool:
    """Whether the outputs are equal in all states that both copies reach together.

    Parameters
    ----------
    text : str
        Both copies in two cycles, in SMT-LIB: ``|g0:...|``, ``|m0:...|`` and ``|g1:...|``, ``|m1:...|``, with
        ``observed0`` for equal outputs in the first of them, ``promised0`` for inputs that are allowed in it, and
        ``start`` for initial values in it.
    registers : mapping of str to str
        Those whose values are visited, with their sorts.
    shared : sequence of str
        All others: equal in both copies in the first cycle, with any value. They must stay so.
    deadline : float
        In s of ``time.monotonic()``.

    Returns
    -------
    bool
        False says nothing: outputs differ in a state that may be out of reach, or there are too many states.
    """
    lines = [text]
    for copy in "gm":
        for name, sort in registers.items():
            lines += [f"(declare-const |{copy}0={name}| {sort})", f"(assert (= |{copy}0={name}| |{copy}0:{name}|))"]
            lines += [f"(declare-const |{copy}1={name}| {sort})", f"(assert (= |{copy}1={name}| |{copy}1:{name}|))"]
    same = " ".join(f"(= |g1:{name}| |m1:{name}|)" for name in shared)
    lines += ["(declare-const shared1 Bool)", f"(assert (= shared1 (and true {same})))"]
    return _Visit("\n".join([*lines, ""]), registers, deadline).closes()


class _Visit:
    """Breadth first, with a solver that is asked for what a pair leads to and was not reached before."""

    def __init__(self, text: str, registers: Mapping[str, str], deadline: float) -> None:
        self.deadline = deadline
        self.solver = z3.Solver()
        self.solver.from_string(text)
        self.now, self.then = (
            [_constant(f"{copy}{cycle}={name}", sort) for copy in "gm" for name, sort in registers.items()]
            for cycle in (0, 1)
        )
        self.new_now, self.new_then = z3.Bool("new now"), z3.Bool("new then")
        self.reached: list[tuple[Any, ...]] = []

    def closes(self) -> bool:
        """Whether all pairs were visited and agree."""
        if not self._reach([z3.Bool("start"), self.new_now], self.now):
            return False
        for pair in self.reached:
            here = [_equal(self.now, pair)]
            if self._ask([*here, z3.Not(z3.Bool("observed0"))])[0] != z3.unsat:
                return False
            here.append(z3.Bool("promised0"))
            if self._ask([*here, z3.Not(z3.Bool("shared1"))])[0] != z3.unsat:
                return False
            if not self._reach([*here, self.new_then], self.then):
                return False
        return True

    def _reach(self, given: list[Any], places: list[Any]) -> bool:
        """Add all new pairs; False if there are too many, or time is up."""
        while True:
            answer, values = self._ask(given)
            if values is None:
                return answer == z3.unsat
            if len(self.reached) == _MOST_PAIRS:
                return False
            pair = tuple(values.eval(place, model_completion=True) for place in places)
            self.reached.append(pair)
            self.solver.add(z3.Implies(self.new_now, z3.Not(_equal(self.now, pair))))
            self.solver.add(z3.Implies(self.new_then, z3.Not(_equal(self.then, pair))))

    def _ask(self, formulas: list[Any]) -> tuple[z3.CheckSatResult, z3.ModelRef | None]:
        left = self.deadline - time.monotonic()
        if left <= 0:
            return z3.unknown, None
        self.solver.set("timeout", max(int(1000 * left), 1))
        self.solver.push()
        self.solver.add(*formulas)
        answer = self.solver.check()
        values = self.solver.model() if answer == z3.sat else None
        self.solver.pop()
        return answer, values


def _constant(name: str, sort: str) -> Any:
    return z3.Bool(name) if sort == "Bool" else z3.BitVec(name, int(sort.split()[2].rstrip(")")))


def _equal(places: list[Any], pair: tuple[Any, ...]) -> Any:
    return z3.And([place == value for place, value in zip(places, pair, strict=True)])
