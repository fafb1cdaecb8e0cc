"""Calibration of all columns of a path: one calibrator for table after table."""

import numpy as np

from racelet.golden.adc import imc_macro
from racelet.golden.adc.calibrator import Calibration, calibrate, calibration_cycles, read_count
from racelet.golden.adc.cells import Cells
from racelet.golden.adc.column_path import ColumnPath
from racelet.golden.adc.config import AdcConfig


def pattern_span(cells: Cells, config: AdcConfig) -> int:
    """DAC codes between all rows of a group on, with ones in all cells, and no current, as they should be.

    Parameters
    ----------
    cells : Cells
    config : AdcConfig

    Returns
    -------
    int
        Half up.

    Examples
    --------
    >>> from racelet.golden.adc.cell_sampling import sample_cells
    >>> from racelet.golden.adc.macro_config import IDEAL
    >>> pattern_span(sample_cells(AdcConfig(), IDEAL, 1), AdcConfig())
    60
    """
    return (config.word_lines * cells.unit + (1 << config.dac_shift >> 1)) >> config.dac_shift


def calibrate_columns(path: ColumnPath) -> list[Calibration]:
    """Calibrate every table of a path, each time from the nominal one.

    Groups of rows that have tables of their own come one after the other, and in each of them its tables. Of a table,
    each of its ADCs is read 2 ** c times with no rows on, and then as often with all rows of a group on and ones in all
    cells; where groups share tables, of each group by turns.

    Parameters
    ----------
    path : ColumnPath
        Has the tables afterwards, and the errors.

    Returns
    -------
    list of Calibration
        Those of the first group's tables first.

    Examples
    --------
    >>> from racelet.golden.adc.cell_sampling import sample_cells
    >>> from racelet.golden.adc.macro_config import MacroConfig
    >>> config = AdcConfig(signed=False, word_lines=4, noise=False)
    >>> cells = sample_cells(config, MacroConfig(high_spread=0.0, low_spread=0.0, offset_spread=0.5), 1)
    >>> found = calibrate_columns(ColumnPath(config, cells))
    >>> [each.offset for each in found[:4]], [each.gain for each in found[:4]]
    ([-6, -8, -5, -3], [128, 128, 128, 128])
    """
    config = path.config
    nominal = path.nominal.tolist()
    span = pattern_span(path.cells, config)
    count = 1 << config.calibration_reads
    found: list[Calibration] = []
    for group in range(config.table_groups):
        groups = np.full(count, group) if config.group_tables else np.arange(count) % config.groups
        # ADCs have noise of their own: it does not matter for one when others are read.
        reads = [path.raw_reads(np.full((count, config.word_lines), on), groups) for on in (0, 1)]
        by_table = [each.T.reshape(config.tables, read_count(config) // 2).tolist() for each in reads]
        for table, (zero, full) in enumerate(zip(*by_table, strict=True)):
            found.append(calibrate(nominal, path.tables[group, table].tolist(), zero, full, span, config))
            path.tables[group, table] = found[-1].table
            path.errors |= found[-1].errors
    return found


def column_calibration_cycles(cells: Cells, config: AdcConfig, kept: int = 0) -> int:
    """Cycles of a calibration of all tables, one after the other.

    The first raw read of each goes through the macro before it is converted; those that follow do so meanwhile.

    Parameters
    ----------
    cells : Cells
    config : AdcConfig
    kept : int
        Tables that are kept.

    Examples
    --------
    >>> from racelet.golden.adc.cell_sampling import sample_cells
    >>> from racelet.golden.adc.macro_config import IDEAL
    >>> cells = sample_cells(AdcConfig(), IDEAL, 1)
    >>> column_calibration_cycles(cells, AdcConfig()), column_calibration_cycles(cells, AdcConfig(), kept=1)
    (5360, 5329)
    """
    count = config.table_groups * config.tables
    lengths = (count - kept) * calibration_cycles(config) + kept * calibration_cycles(config, kept=True)
    return lengths + count * imc_macro.latency(cells, config)
