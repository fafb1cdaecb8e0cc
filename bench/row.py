"""What a measurement returns."""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple, Protocol


@dataclasses.dataclass(frozen=True)
class Row:
    """One measured number.

    Parameters
    ----------
    name : str
        What was measured, unique within a bench: ``kws small cycles``.
    value : float, int or None
        In ``unit``; None where it could not be measured.
    unit : str
        ``cycles``, ``bytes``, ``x`` for a ratio; empty for a plain number; why not, where there is no value.
    """

    name: str
    value: float | None
    unit: str = ""


class Table(NamedTuple):
    """Rows of a bench put together for people: a module that has ``tables(rows)`` is printed so.

    A page shows one that has a title between ``<!-- title -->`` and ``<!-- end -->``.
    """

    columns: Sequence[str]
    lines: Sequence[Sequence[object]]
    title: str = ""


class Progress(Protocol):
    """Told by a long run how far it is."""

    def __call__(self, done: int, total: int, label: str = "") -> None:
        """``done`` of ``total`` steps are done; ``label`` says what the next one is."""
        ...
