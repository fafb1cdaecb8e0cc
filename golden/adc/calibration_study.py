"""How much less is misread after a calibration: many columns with offsets and gains of their own."""

import dataclasses
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from racelet.golden.adc.cell_sampling import sample_cells
from racelet.golden.adc.column_calibration import calibrate_columns
from racelet.golden.adc.column_path import ColumnPath
from racelet.golden.adc.config import GAIN_ONE, AdcConfig
from racelet.golden.adc.conversion import conversion_interval
from racelet.golden.adc.error import Error
from racelet.golden.adc.logistic_noise import noise_scale
from racelet.golden.adc.macro_config import VARIED, MacroConfig

Sums = Literal["uniform", "binomial"]
SUMS: tuple[Sums, ...] = get_args(Sums)

COLUMNS = AdcConfig(
    signed=False,
    dac_bits=10,
    dac_shift=2,
    offset_bits=8,
    input_lanes=32,
    word_lines=32,
    output_lanes=64,
    input_bits=1,
    weight_bits=8,
)
"""512 columns of 32 rows, each beside one of cells that are off, all read by 5 bits without a sign."""
MACRO = VARIED
"""Offsets of half a level, gains of 3 %, and cells that vary by 10 %."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Study:
    """What was read.

    Parameters
    ----------
    misread : float
        Share of reads that are not the MAC value.
    conversion_misread : float
        Share of conversions whose code is not that of their group's rows.
    rms : float
        Root of the mean square by which currents are off, in levels, as raw reads tell.
    kept : int
        Columns whose offset or gain was out of range.
    cycles : int
        Of all conversions of a MAC value.
    """

    misread: float
    conversion_misread: float
    rms: float
    kept: int
    cycles: int


def draw_rows(reads: int, sums: Sums, config: AdcConfig, seed: int) -> NDArray[np.int64]:
    """Rows that are on.

    Parameters
    ----------
    reads : int
    sums : {"uniform", "binomial"}
        Each MAC value from 0 to ``levels - 1``, and no more than there are rows, as often as any other, and any rows;
        or each row on in half of all reads.
    config : AdcConfig
    seed : int

    Returns
    -------
    int64, shape (reads, input_lanes)

    Examples
    --------
    >>> draw_rows(4, "uniform", AdcConfig(), 1).sum(axis=1).tolist()
    [4, 4, 6, 8]
    """
    rng = np.random.default_rng(seed)
    if sums == "binomial":
        on = rng.integers(0, 2, (reads, config.input_lanes))
        # The ADC has no level for all of them.
        on[on.sum(axis=1) >= config.levels, 0] = 0
        return on
    counts = rng.integers(0, min(config.levels, config.input_lanes + 1), reads)
    order = rng.permuted(np.tile(np.arange(config.input_lanes), (reads, 1)), axis=1)
    return (order < counts[:, np.newaxis]).astype(np.int64)


def study(
    *,
    calibrated: bool,
    vote: bool = False,
    split: int = 1,
    sums: Sums = "uniform",
    reads: int = 300,
    seed: int = 1,
    macro: MacroConfig = MACRO,
    config: AdcConfig = COLUMNS,
) -> Study:
    """Read MAC values of many columns.

    Parameters
    ----------
    calibrated, vote : bool
    split : int
        Rows are on in so many groups, whose codes are added; each has tables of its own.
    sums : {"uniform", "binomial"}
    reads : int
        Of each column.
    seed : int
        Of cells, rows and noise.
    macro : MacroConfig
    config : AdcConfig
        Without a sign, with activations of one bit.

    Returns
    -------
    Study

    Examples
    --------
    >>> found = study(calibrated=True, reads=20)
    >>> found.misread < 0.15, found.rms < 0.4, found.kept, found.cycles
    (True, True, 0, 6)
    """
    config = dataclasses.replace(config, vote=vote, word_lines=config.input_lanes // split, group_tables=split > 1)
    cells = sample_cells(config, macro, seed)
    path = ColumnPath(config, cells, scale=noise_scale(macro.sense_noise, config), seed=seed)
    found = calibrate_columns(path) if calibrated else []
    rows = draw_rows(reads, sums, config, seed)
    ones = np.full((config.output_lanes, config.input_lanes), -1)
    wanted = rows.sum(axis=1)[:, np.newaxis]
    read = path.codes(rows, ones).reshape(reads, config.groups, config.adcs).sum(axis=1)
    offset = _per_adc([each.offset for each in found], 0, config)
    gain = _per_adc([each.gain for each in found], GAIN_ONE, config)
    of_group = rows.reshape(reads * config.groups, config.word_lines)
    raw = path.raw_reads(of_group, np.tile(np.arange(config.groups), reads)).reshape(reads, config.groups, config.adcs)
    raw = raw + 0.5 - config.dac_zero - offset
    levels = (raw * GAIN_ONE / gain).sum(axis=1) * (1 << config.dac_shift) / cells.unit
    return Study(
        misread=float(np.mean(read != wanted)),
        conversion_misread=path.counters.misreads / path.counters.conversions,
        rms=float(np.sqrt(np.mean((levels - wanted) ** 2))),
        kept=sum(Error.CALIBRATION in each.errors for each in found),
        cycles=config.groups * conversion_interval(config),
    )


def _per_adc(values: list[int], without: int, config: AdcConfig) -> NDArray[np.int64]:
    """What the tables of groups have, for each ADC; shape (table_groups, adcs)."""
    given = np.array(values or [without] * config.table_groups * config.tables, np.int64)
    return np.repeat(given.reshape(config.table_groups, config.tables), config.adcs_per_table, axis=1)
