"""The digits network, and columns of the calibration study, on the hardware of a column path, each compared."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from racelet.bench.columns.networks import CELLS, KINDS, TRAINED, Digits, kept_digits
from racelet.bench.row import Progress, Row, Table
from racelet.golden.adc.calibration_study import COLUMNS, MACRO, draw_rows
from racelet.golden.adc.cell_sampling import sample_cells
from racelet.golden.adc.column_path import Counters
from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.logistic_noise import noise_scale
from racelet.golden.adc.macro_config import IDEAL, MacroConfig
from racelet.golden.adc.product_beats import product
from racelet.sim.adc.path_simulator import PathSimulator
from racelet.train.adc.column_network import path_config, read_out, sigma_scale


class Case(NamedTuple):
    """A path, and how it is used: noise in MAC units, or None for that of sense amplifiers."""

    changes: Mapping[str, Any]
    macro: MacroConfig = IDEAL
    sigma: float | None = TRAINED
    calibrated: bool = False


CASES = {
    "flash": Case(KINDS["flash"]),
    "sar": Case(KINDS["sar"]),
    "sar_without_noise": Case(KINDS["sar"], sigma=0.0),
    "calibrated_vote": Case(KINDS["sar_vote"], CELLS, sigma=None, calibrated=True),
}
STUDIES: Mapping[str, Mapping[str, Any]] = {"study": {}, "study_vote": {"vote": True}}
"""Of the columns, as they are and calibrated."""
STUDY = {"output_lanes": 1}
"""Eight columns beside cells that are off, of the 512 that the study has on the golden model."""
READS = 400
SEED = 1


def hardware_rows(
    progress: Progress,
    count: int | None = None,
    cases: Mapping[str, Case] = CASES,
    studies: Mapping[str, Mapping[str, Any]] = STUDIES,
    reads: int = READS,
) -> list[Row]:
    """Measure.

    Parameters
    ----------
    progress : Progress
    count : int or None
        Test images, the first ones; None: all.
    cases : mapping of str to Case
    studies : mapping of str to mapping
    reads : int
        Of each column.

    Returns
    -------
    list of Row
        ``hardware_<case>_percent``: images that are told right; ``..._misread_percent`` of all conversions,
        ``..._conversions``, ``..._cycles`` that were simulated. ``hardware_<study>_<way>_misread_percent``.

    Raises
    ------
    BenchFailure
        If a sum, a cycle, an offset, a gain or an error of the hardware is not golden's.
    """
    digits, total = kept_digits(count), len(cases) + len(studies)
    rows = [Row("hardware_inputs", len(digits.inputs), "images")]
    for number, (name, case) in enumerate(cases.items()):
        progress(number, total, f"hardware, {name.replace('_', ' ')}")
        rows += _network_rows(f"hardware_{name}", case, digits)
    for number, (name, changes) in enumerate(studies.items(), len(cases)):
        progress(number, total, f"hardware, {name.replace('_', ' ')}")
        rows += _study_rows(f"hardware_{name}", changes, reads)
    progress(total, total)
    return rows


def _network_rows(start: str, case: Case, digits: Digits) -> list[Row]:
    config = path_config(digits.network, **case.changes)
    cells = sample_cells(config, case.macro, SEED)
    scale = noise_scale(MACRO.sense_noise, config) if case.sigma is None else sigma_scale(case.sigma, cells, config)
    path = PathSimulator(config, cells, scale=scale, seed=SEED)
    found = read_out(digits.network, digits.inputs, path, prepare=path.calibrate if case.calibrated else None)
    return [
        Row(f"{start}_percent", 100 * found.accuracy(digits.labels), "%"),
        *_counted(start, path.counters),
        Row(f"{start}_conversions", path.counters.conversions, "conversions"),
        Row(f"{start}_cycles", path.cycles, "cycles"),
    ]


def _study_rows(start: str, changes: Mapping[str, Any], reads: int) -> list[Row]:
    config = AdcConfig(**{**vars(COLUMNS), **STUDY, **changes})
    path = PathSimulator(
        config, sample_cells(config, MACRO, SEED), scale=noise_scale(MACRO.sense_noise, config), seed=SEED
    )
    rows, ones = draw_rows(reads, "uniform", config, SEED), np.full((config.output_lanes, config.input_lanes), -1)
    product(path, rows, ones, config)
    before = Counters(**vars(path.counters))
    path.calibrate()
    product(path, rows, ones, config)
    after = Counters(
        conversions=path.counters.conversions - before.conversions, misreads=path.counters.misreads - before.misreads
    )
    return [*_counted(f"{start}_base", before), *_counted(f"{start}_calibrated", after)]


def _counted(start: str, counters: Counters) -> list[Row]:
    return [Row(f"{start}_misread_percent", 100 * counters.misreads / counters.conversions, "%")]


def hardware_table(values: Mapping[str, float | None]) -> Table:
    """All that ran on the hardware."""
    what = ("percent", "misread_percent", "conversions", "cycles")
    lines: list[tuple[object, ...]] = [
        (f"digits, {name.replace('_', ' ')}", *(values[f"hardware_{name}_{each}"] for each in what))
        for name in CASES
        if f"hardware_{name}_percent" in values
    ]
    lines += [
        (f"columns, {way}{name.removeprefix('study').replace('_', ', ')}", None, values[found], None, None)
        for name in STUDIES
        for way in ("base", "calibrated")
        if (found := f"hardware_{name}_{way}_misread_percent") in values
    ]
    return Table(("run", "right, %", "misread conversions, %", "conversions", "cycles"), lines, "hardware")
