"""Table memory: DAC codes of thresholds, who may write them when, and whether they are monotonic."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.error import Error

FALLS_LATENCY = 2
"""Cycles from the end of a conversion until it is told that one of its tables is not monotonic."""


class TableMemory:
    """Tables of all ADCs, and a bit for each pair of neighbours that says whether they fall.

    Parameters
    ----------
    config : AdcConfig
    tables : int64, shape (table_groups, tables, thresholds)
        As they are after a reset.

    Attributes
    ----------
    tables : int64, shape (table_groups, tables, thresholds)
    falls : bool, shape (table_groups, tables, thresholds - 1)
        Whether an entry is above the next one.
    errors : Error
        Since they were forgotten.

    Examples
    --------
    >>> memory = TableMemory(AdcConfig(bits=2, output_lanes=1, adcs_per_table=2), np.array([[[3, 5, 9]]]))
    >>> memory.write((0, 0, 1), 12), memory.is_monotonic(0, 0)
    (<Error.NONE: 0>, False)
    >>> memory.write((0, 0, 1), 5, busy=True), memory.tables.tolist(), memory.errors
    (<Error.WRITE_BUSY: 2>, [[[3, 12, 9]]], <Error.WRITE_BUSY: 2>)
    """

    def __init__(self, config: AdcConfig, tables: NDArray[np.int64]) -> None:
        self.config = config
        self.tables = np.array(tables, np.int64)
        self.falls = self.tables[..., :-1] > self.tables[..., 1:]
        self.errors = Error.NONE

    def write(self, place: tuple[int, int, int], code: int, *, busy: bool = False) -> Error:
        """Write an entry.

        Parameters
        ----------
        place : (int, int, int)
            Group of rows, 0 where they share tables; table; entry: that of code k is number ``k - 1``. A last one, of
            ``levels - 1``, is not there: a write to it does nothing.
        code : int
            DAC code.
        busy : bool
            Whether an ADC converts or is calibrated.

        Returns
        -------
        Error
            ``WRITE_BUSY``, and nothing has been written, where it is busy.
        """
        if busy:
            self.errors |= Error.WRITE_BUSY
            return Error.WRITE_BUSY
        group, table, entry = place
        if entry < self.config.thresholds:
            self.tables[place] = code
            row = self.tables[group, table]
            if entry:
                self.falls[group, table, entry - 1] = row[entry - 1] > row[entry]
            if entry < self.config.thresholds - 1:
                self.falls[group, table, entry] = row[entry] > row[entry + 1]
        return Error.NONE

    def is_monotonic(self, group: int, table: int) -> bool:
        """Whether no entry of a table is below the one before; a conversion with one that is not tells so."""
        return not self.falls[group, table].any()


def starts(asked: Sequence[int], cycles: Sequence[int]) -> tuple[list[bool], list[int]]:
    """Which starts count where one that comes while something goes on is ignored and told.

    Parameters
    ----------
    asked : sequence of int
        Cycle of each, rising.
    cycles : sequence of int
        How long what is started would go on; in the last of these cycles it still does.

    Returns
    -------
    list of bool
        False: ``START_BUSY``.
    list of int
        Cycle in which each that counts has ended.

    Examples
    --------
    >>> starts([3, 12, 13, 14], [10, 10, 10, 10])
    ([True, False, True, False], [13, 23])
    """
    counts: list[bool] = []
    ends: list[int] = []
    for cycle, length in zip(asked, cycles, strict=True):
        counts.append(not ends or cycle >= ends[-1])
        if counts[-1]:
            ends.append(cycle + length)
    return counts, ends
