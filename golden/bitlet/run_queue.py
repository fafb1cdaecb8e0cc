"""Runs that software asks for: which are refused, and which wait."""

import dataclasses
from collections.abc import Sequence

from racelet.golden.bitlet.config import BitletConfig


@dataclasses.dataclass(frozen=True, kw_only=True)
class Run:
    """Matrix products that are asked for.

    Parameters
    ----------
    form : int
        Index into the config's formats.
    terms : int
        Products that each dot product adds up.
    products : int
        Matrix products.
    """

    form: int
    terms: int
    products: int


def run_error(run: Run, config: BitletConfig) -> str:
    """Why a run is refused: FORMAT, TERMS or PRODUCTS; or NONE.

    Examples
    --------
    >>> [run_error(Run(form=0, terms=terms, products=1), BitletConfig()) for terms in (0, 1, 4096, 4097)]
    ['TERMS', 'NONE', 'NONE', 'TERMS']
    """
    if run.form >= len(config.formats):
        return "FORMAT"
    if not 1 <= run.terms <= config.terms:
        return "TERMS"
    return "NONE" if run.products else "PRODUCTS"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shown:
    """What the queue shows in a cycle.

    Parameters
    ----------
    pending : int
        Runs that wait.
    offered : Run or None
        The first of them.
    refused : bool
        A start was refused before as too many waited.
    error : str
        Why a run was refused before.
    """

    pending: int
    offered: Run | None
    refused: bool
    error: str


def queue(starts: Sequence[Run | None], readies: Sequence[int], depth: int, config: BitletConfig) -> list[Shown]:
    """What a queue of runs shows in each cycle.

    Parameters
    ----------
    starts : sequence of Run or None
        What is asked for in each cycle.
    readies : sequence of {0, 1}
        Whether a run would be taken.
    depth : int
        Runs that can wait.
    config : BitletConfig

    Examples
    --------
    >>> good, bad = Run(form=0, terms=1, products=1), Run(form=0, terms=1, products=0)
    >>> found = queue([good, bad, good, None], [0, 0, 0, 0], 2, BitletConfig())
    >>> [(each.pending, each.error) for each in found]
    [(0, 'NONE'), (1, 'NONE'), (1, 'PRODUCTS'), (1, 'PRODUCTS')]
    """
    waiting: list[Run] = []
    refused, error = False, "NONE"
    shown: list[Shown] = []
    for start, ready in zip(starts, readies, strict=True):
        shown.append(Shown(pending=len(waiting), offered=waiting[0] if waiting else None, refused=refused, error=error))
        room = depth - len(waiting) + (1 if ready and waiting else 0)
        if ready:
            waiting = waiting[1:]
        if start is None or error != "NONE":
            continue
        error = run_error(start, config)
        if error == "NONE":
            refused |= not room
            waiting += [start] * bool(room)
    return shown
