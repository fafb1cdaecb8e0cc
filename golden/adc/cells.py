"""Cells of a macro as whole numbers."""

import dataclasses

import numpy as np
from numpy.typing import NDArray

IR_SHIFT = 16
"""Bits of the fraction of :attr:`Cells.ir_factor`."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cells:
    """Currents of cells, in units of which ``2 ** current_bits`` are the mean of a cell that is on.

    The ADC of slice j of output m is number ``m * weight_bits + j``; its columns are the first and the second one.

    Parameters
    ----------
    low : int64, shape (input_lanes, adcs, 2)
        Of cells of low resistance: where the bit that they hold is 1.
    high : int64, shape (input_lanes, adcs, 2)
        Of the same cells where it is 0.
    offsets : int64, shape (adcs,)
        What each ADC adds.
    ir_factor : int
        k, in 2 ** -IR_SHIFT.
    unit : int
        Mean current of a MAC value of one.
    """

    low: NDArray[np.int64]
    high: NDArray[np.int64]
    offsets: NDArray[np.int64]
    ir_factor: int
    unit: int
