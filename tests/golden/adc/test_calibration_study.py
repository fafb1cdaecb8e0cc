import dataclasses

import numpy as np
import pytest

from racelet.golden.adc.calibration_study import COLUMNS, MACRO, SUMS, Sums, draw_rows, study
from racelet.golden.adc.calibrator import calibrate
from racelet.golden.adc.cell_sampling import sample_cells
from racelet.golden.adc.column_calibration import calibrate_columns, column_calibration_cycles
from racelet.golden.adc.column_path import ColumnPath
from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.error import Error
from racelet.golden.adc.macro_config import MacroConfig


@pytest.mark.parametrize("sums", SUMS)
def test_a_calibration_cuts_misreads_to_a_third(sums: Sums) -> None:
    base = study(calibrated=False, sums=sums, reads=100)
    plain = study(calibrated=True, sums=sums, reads=100)
    vote = study(calibrated=True, vote=True, sums=sums, reads=100)
    assert base.misread > 3 * plain.misread
    assert vote.misread < plain.misread
    assert base.rms > 0.8
    assert plain.rms < 0.37
    assert (base.cycles, plain.cycles, vote.cycles) == (6, 6, 8)


def test_rows_that_are_split_are_read_better_by_tables_of_their_own() -> None:
    whole = study(calibrated=True, reads=100)
    halves = study(calibrated=True, reads=100, split=2)
    assert halves.misread < whole.misread
    assert halves.cycles == 2 * whole.cycles


def test_without_anything_to_correct_a_calibration_changes_little() -> None:
    macro = MacroConfig(low_spread=0, high_spread=0, sense_noise=0)
    for calibrated in (False, True):
        found = study(calibrated=calibrated, macro=macro, reads=50)
        assert (found.misread, found.kept) == (0, 0)
        assert found.rms < 0.1


def test_offsets_and_gains_are_found() -> None:
    macro = MacroConfig(low_spread=0, high_spread=0, offset_spread=0.5, gain_spread=0.05, sense_noise=0.1)
    cells = sample_cells(COLUMNS, macro, 2)
    path = ColumnPath(COLUMNS, cells, scale=20)
    found = calibrate_columns(path)
    offsets = np.array([each.offset for each in found])
    # Of a mean of floors, half up; and no lower than the DAC's end.
    assert np.abs(offsets - np.maximum(cells.offsets / 4, -32)).max() <= 3
    assert np.abs(offsets - cells.offsets / 4 + 0.5).mean() < 0.5
    span = cells.low[0, :, 0] - cells.high[0, :, 1]
    assert np.abs(np.array([each.gain for each in found]) - 128 * span / cells.unit).max() <= 2


def test_an_offset_that_is_not_believed_leaves_the_table() -> None:
    config = dataclasses.replace(COLUMNS, offset_bits=5)
    found = study(calibrated=True, macro=dataclasses.replace(MACRO, offset_spread=1.0), reads=20, config=config)
    # Sixteen codes are a level and a bit.
    assert 0.2 * COLUMNS.adcs < found.kept < 0.4 * COLUMNS.adcs


def test_tables_that_are_shared_are_those_of_the_mean() -> None:
    macro = MacroConfig(low_spread=0, high_spread=0, sense_noise=0, offset_spread=0.5)
    config = AdcConfig(adcs_per_table=4, calibration_reads=3, noise=False)
    cells = sample_cells(config, macro, 3)
    found = calibrate_columns(ColumnPath(config, cells))
    means = np.floor(np.floor(cells.offsets / 8).reshape(4, 4).mean(axis=1) + 0.5)
    assert [each.offset for each in found] == means.tolist()


def test_groups_have_tables_of_their_own_where_they_are_asked_for() -> None:
    macro = MacroConfig(low_spread=0, high_spread=0, sense_noise=0)
    config = AdcConfig(word_lines=2, group_tables=True, noise=False, calibration_reads=3)
    cells = sample_cells(config, macro, 3)
    cells.low[2:4] += 32
    found = calibrate_columns(ColumnPath(config, cells))
    gains = np.array([each.gain for each in found]).reshape(4, config.adcs)
    # Half as much again, of 60 units.
    assert np.abs(gains[1] - 128 * 92 / 60).max() < 6
    assert np.abs(np.delete(gains, 1, axis=0) - 128).max() < 4


@pytest.mark.parametrize("lanes", [8, 32, 64])
def test_rows_are_drawn_so_that_every_sum_has_a_level(lanes: int) -> None:
    config = AdcConfig(signed=False, input_lanes=lanes, word_lines=lanes)
    counts = draw_rows(4000, "uniform", config, 1).sum(axis=1)
    most = min(lanes, 31)
    assert set(counts.tolist()) == set(range(most + 1))
    assert np.bincount(counts).min() > 0.6 * 4000 / (most + 1)
    if lanes < 64:
        binomial = draw_rows(4000, "binomial", config, 1)
        assert binomial.mean() == pytest.approx(0.5, abs=0.01)
        assert binomial.sum(axis=1).max() <= most


def test_a_path_is_calibrated_table_by_table() -> None:
    config = AdcConfig(adcs_per_table=4, word_lines=4, group_tables=True, calibration_reads=1, offset_bits=4)
    cells = sample_cells(config, dataclasses.replace(MACRO, offset_spread=2.0), 5)
    path, other = ColumnPath(config, cells, scale=60), ColumnPath(config, cells, scale=60)
    before = path.tables.copy()
    found = calibrate_columns(path)
    span = 4 * cells.unit // 8
    kept = 0
    # One ADC after the other, and each with its own noise.
    reads = {
        (group, on): other.raw_reads(np.full((2, 4), on), [group, group])
        for group, on in ((0, 0), (0, 1), (1, 0), (1, 1))
    }
    for number, each in enumerate(found):
        group, table = divmod(number, config.tables)
        adcs = slice(4 * table, 4 * table + 4)
        expected = calibrate(
            before[group, table].tolist(),
            before[group, table].tolist(),
            reads[group, 0][:, adcs].ravel().tolist(),
            reads[group, 1][:, adcs].ravel().tolist(),
            span,
            config,
        )
        assert each == expected
        assert path.tables[group, table].tolist() == list(expected.table)
        kept += Error.CALIBRATION in each.errors
    assert 0 < kept < len(found)
    assert Error.CALIBRATION in path.errors
    reads_of_all = 2 * config.tables * 2 * 2 * 4
    # Two levels of sums in the macro, and two more registers, before the first read of each.
    assert (
        column_calibration_cycles(path.cells, config, kept)
        == reads_of_all * 9 + (11 + 4) * 8 + (len(found) - kept) * 31
    )


def test_groups_that_share_a_table_are_read_by_turns() -> None:
    macro = MacroConfig(low_spread=0, high_spread=0, sense_noise=0)
    config = AdcConfig(word_lines=4, noise=False, calibration_reads=1)
    cells = sample_cells(config, macro, 3)
    cells.low[4:] += 32
    # One read of a gain of one, and one of about half as much again.
    gains = np.array([each.gain for each in calibrate_columns(ColumnPath(config, cells))])
    assert np.abs(gains - 128 * (60 + 92) / 120).max() < 6
