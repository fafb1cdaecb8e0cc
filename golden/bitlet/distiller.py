"""Distiller: the ones of every column fall together, the third step of bit distillation."""
# Ref: H. Lu et al., "Distilling bit-level sparsity parallelism for general purpose deep learning acceleration",
# MICRO 2021, section 3.

import dataclasses

import numpy as np
from numpy.typing import NDArray

from racelet.golden.bitlet.exponent_matcher import Columns

NONE = -1
"""In place of a weight's number, where a column has none left."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Distillation:
    """What every column takes in every step, and what that adds up to.

    Parameters
    ----------
    chosen : int64, shape (steps, columns)
        Number of the weight, or NONE.
    sums : tuple of int, length steps
        Of the activations of a step, each at the significance of its column, in units of ``2 ** unit``.
    unit : int
        Power of two.
    """

    chosen: NDArray[np.int64]
    sums: tuple[int, ...]
    unit: int

    @property
    def total(self) -> int:
        """Sum of all steps, in units of ``2 ** unit``."""
        return sum(self.sums)


def distill(columns: Columns, activations: NDArray[np.int64]) -> Distillation:
    """Let every column take, in each step, the activation of the next weight that has a digit there.

    Takes as many steps as the densest column has digits.

    Parameters
    ----------
    columns : Columns
    activations : int64, shape (n,)
        With the signs of their weights.

    Returns
    -------
    Distillation

    Examples
    --------
    >>> columns = Columns(digits=np.array([[0, 1, 0], [1, 1, 0]], np.int8), unit=0)
    >>> steps = distill(columns, np.array([5, 7, 9]))
    >>> steps.chosen.tolist(), steps.sums, steps.total
    ([[1, 0], [-1, 1]], (19, 7), 26)
    """
    steps, bits = int(columns.counts.max(initial=0)), columns.radix.bit_length() - 1
    chosen = np.full((steps, len(columns.digits)), NONE, np.int64)
    for column, digits in enumerate(columns.digits):
        there = np.flatnonzero(digits)
        chosen[: len(there), column] = there
    sums = tuple(
        sum(
            int(columns.digits[column, number]) * int(activations[number]) << bits * (len(step) - 1 - column)
            for column, number in enumerate(step)
            if number != NONE
        )
        for step in chosen
    )
    return Distillation(chosen=chosen, sums=sums, unit=columns.unit)
