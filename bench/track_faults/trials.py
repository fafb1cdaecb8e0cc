"""One thing goes wrong, or two: what comes of it."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from racelet.bench.track_faults.cases import Prepared
from racelet.golden.racetrack.config import CONSTANT_WEIGHT
from racelet.golden.racetrack.faults import Injection

Kind = Literal[
    "short", "long", "lost", "gained", "cut", "reversed", "two_short", "two_long", "lost_gained", "false_marker"
]
KINDS: tuple[Kind, ...] = get_args(Kind)
PROMISED: tuple[Kind, ...] = ("short", "long", "lost", "gained", "cut")
"""Kinds that must never stay silent; a cut not where words are inserted and removed."""

Outcome = Literal["harmless", "healed", "restored", "detected", "silent"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


def promised(name: str, kind: Kind) -> bool:
    """Whether a fault of this kind in this command must not stay silent."""
    inserts = name.startswith("write_") and name.removeprefix("write_") not in CONSTANT_WEIGHT
    return kind in PROMISED and not (kind == "cut" and inserts)


def places(prepared: Prepared, kind: Kind) -> NDArray[np.int64]:
    """Where something can go wrong.

    Parameters
    ----------
    prepared : Prepared
    kind : str
        "short": a shift moves nothing; "long": two sites; "reversed": one, the other way. "two_short" and "two_long":
        so do two shifts, one after the other. "lost" and "gained": a skyrmion vanishes, or appears right of the
        marker; "false_marker": left of it. "lost_gained": one vanishes, and one appears a site further. "cut": power
        is lost.

    Returns
    -------
    int64, shape (n, 2)
        Operation and site, 0 where it does not matter; none that changes nothing.
    """
    if kind == "cut":
        return _without_site(np.arange(len(prepared.operations)))
    if kind == "lost":
        return np.argwhere(prepared.states)
    if kind in ("gained", "false_marker"):
        # The first skyrmion is the marker.
        beyond = np.cumsum(prepared.states, axis=1) > 0
        return np.argwhere(~prepared.states & (beyond == (kind == "gained")))
    if kind == "lost_gained":
        return np.argwhere(prepared.states[:, :-1] & ~prepared.states[:, 1:])
    shifts = np.flatnonzero([operation.kind == "shift" for operation in prepared.operations])
    return _without_site(shifts[:-1] if kind in ("two_short", "two_long") else shifts)


def _without_site(operations: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.stack([operations, np.zeros_like(operations)], axis=1)


def injections(prepared: Prepared, kind: Kind, operation: int, site: int) -> tuple[Injection, ...]:
    """What goes wrong at a place of :func:`places`."""
    if kind in ("two_short", "two_long"):
        later = range(operation + 1, len(prepared.operations))
        following = next(each for each in later if prepared.operations[each].kind == "shift")
        wrong = "short" if kind == "two_short" else "long"
        return tuple(Injection(wrong=wrong, operation=each) for each in (operation, following))
    if kind == "lost_gained":
        gained = Injection(wrong="gained", operation=operation, site=site + 1)
        return Injection(wrong="lost", operation=operation, site=site), gained
    if kind == "false_marker":
        return (Injection(wrong="gained", operation=operation, site=site),)
    return (Injection(wrong=kind, operation=operation, site=site),)


class Verdict(NamedTuple):
    """What came of a fault.

    Parameters
    ----------
    outcome : str
        "harmless": all is right, and nothing was told. "healed": all is right after what was done about it.
        "restored": a write told it, and all is right after every word was written again. "detected": it was told, and
        is told again at every word that is not right. "silent": a wrong word was read without an error, before or
        after, that puts it in doubt.
    unnoticed : bool
        A wrong word was read without an error, but was in doubt.
    """

    outcome: Outcome
    unnoticed: bool


def trial(prepared: Prepared, wrong: Sequence[Injection]) -> Verdict:
    """Do a command in which something goes wrong, all that its errors ask for, and read every word."""
    host = prepared.host()
    host.track.injections.extend(wrong)
    if prepared.case.command.code == "sweep":
        host.sweep(prepared.case.command)
    else:
        host.insist(prepared.case.command)
    outcome: Outcome = "healed"
    if not host.check():
        outcome = "restored" if host.doubted and host.restore() else "detected"
    elif not host.told:
        outcome = "harmless"
    return Verdict("silent" if host.silent else outcome, host.unnoticed)


def outcomes(prepared: Prepared, kind: Kind, rng: np.random.Generator, most: int | None) -> Counter[Verdict]:
    """What comes of every fault of a kind, or of so many that are drawn.

    Parameters
    ----------
    prepared, kind
    rng : numpy.random.Generator
    most : int or None
        None for all of them.
    """
    there = places(prepared, kind)
    if most is not None and len(there) > most:
        there = there[np.sort(rng.choice(len(there), most, replace=False))]
    return Counter(trial(prepared, injections(prepared, kind, int(at), int(site))) for at, site in there)
