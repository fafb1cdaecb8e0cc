"""Operations of a skyrmion racetrack: what they are, how long they take, what energy they need."""
# Ref: report 111-CSIE-S017 of the National Taipei University of Technology, table of operations.
# Ref: S. Yang et al., "Permutation-Write: optimizing write performance and energy for skyrmion racetrack memory",
# DAC 2020.

import dataclasses
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal

Kind = Literal["detect", "shift", "remove", "insert"]
Span = Literal["left", "right", "all"]
Direction = Literal["left", "right"]

LATENCY_NS: Mapping[Kind, float] = {"detect": 0.1, "shift": 0.5, "remove": 0.8, "insert": 1.0}
ENERGY_FJ: Mapping[Kind, float] = {"detect": 2, "shift": 20, "remove": 20, "insert": 200}
KINDS: tuple[Kind, ...] = ("detect", "shift", "remove", "insert")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Operation:
    """Something that is done to a track.

    Parameters
    ----------
    kind : {"detect", "shift", "remove", "insert"}
        Look for a skyrmion at a port; move some sites by one; delete or create a skyrmion at a port.
    port : int
        Number of the access port; -1 is the home port.
    span : {"left", "right", "all"}
        Of a shift: sites up to the port, from the port on, or all. The port's own site is in each.
    direction : {"left", "right"}
        Of a shift.

    Examples
    --------
    >>> shift(2, "left", "right").kind
    'shift'
    """

    kind: Kind
    port: int = -1
    span: Span = "all"
    direction: Direction = "right"


def detect(port: int) -> Operation:
    """Look at a port.

    Examples
    --------
    >>> detect(3).port
    3
    """
    return Operation(kind="detect", port=port)


def insert(port: int) -> Operation:
    """Create a skyrmion at a port.

    Examples
    --------
    >>> insert(3).kind
    'insert'
    """
    return Operation(kind="insert", port=port)


def remove(port: int) -> Operation:
    """Delete a skyrmion at a port.

    Examples
    --------
    >>> remove(3).kind
    'remove'
    """
    return Operation(kind="remove", port=port)


def shift(port: int, span: Span, direction: Direction) -> Operation:
    """Move some sites by one.

    Examples
    --------
    >>> shift(0, "all", "left").direction
    'left'
    """
    return Operation(kind="shift", port=port, span=span, direction=direction)


def cycles(kind: Kind, clock_ghz: float) -> int:
    """Clock cycles of an operation, at least one.

    Parameters
    ----------
    kind : str
    clock_ghz : float
        Above 0.

    Examples
    --------
    >>> [[cycles(kind, clock) for kind in KINDS] for clock in (1, 10)]
    [[1, 1, 1, 1], [1, 5, 8, 10]]
    """
    # 0.8 * 10 is a little above 8 in binary, and would be rounded up.
    return max(1, math.ceil(round(LATENCY_NS[kind] * clock_ghz, 9)))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Counts:
    """How many operations of each kind; sums and differences are those of each.

    Parameters
    ----------
    detect, shift, remove, insert : int

    Examples
    --------
    >>> (Counts(shift=2) + Counts(shift=1, detect=4)).latency_ns
    1.9
    """

    detect: int = 0
    shift: int = 0
    remove: int = 0
    insert: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(**{kind: self.of(kind) + other.of(kind) for kind in KINDS})

    def of(self, kind: Kind) -> int:
        """How many of one kind."""
        return getattr(self, kind)

    @property
    def total(self) -> int:
        """How many in all."""
        return sum(self.of(kind) for kind in KINDS)

    @property
    def latency_ns(self) -> float:
        """Time of all of them, one after the other."""
        return sum(self.of(kind) * LATENCY_NS[kind] for kind in KINDS)

    @property
    def energy_fj(self) -> float:
        """Energy of all of them."""
        return sum(self.of(kind) * ENERGY_FJ[kind] for kind in KINDS)

    def cycles(self, clock_ghz: float) -> int:
        """Clock cycles of all of them, none between two."""
        return sum(self.of(kind) * cycles(kind, clock_ghz) for kind in KINDS)


def counts(operations: Iterable[Operation]) -> Counts:
    """Count operations.

    Examples
    --------
    >>> counts([detect(0), shift(0, "all", "left"), detect(0)])
    Counts(detect=2, shift=1, remove=0, insert=0)
    """
    found = Counter(operation.kind for operation in operations)
    return Counts(**{kind: found[kind] for kind in KINDS})
