"""What a measurement returns."""

import dataclasses
from typing import Protocol


@dataclasses.dataclass(frozen=True)
class Row:
    """One measured number.

    Parameters
    ----------
    name : str
        What was measured, unique within a bench: ``kws small cycles``.
    value : float or int
        In ``unit``.
    unit : str
        ``cycles``, ``bytes``, ``x`` for a ratio; empty for a plain number.
    """

    name: str
    value: float
    unit: str = ""


class Progress(Protocol):
    """Told by a long run how far it is."""

    def __call__(self, done: int, total: int, label: str = "") -> None:
        """``done`` of ``total`` steps are done; ``label`` says what the next one is."""
        ...
