"""The calibration study, as rows."""

import itertools
from typing import NamedTuple

from racelet.bench.row import Progress, Row, Table
from racelet.golden.adc.calibration_study import COLUMNS, SUMS, study

READS = 400
SEEDS = (1, 2, 3)


class Way(NamedTuple):
    """How columns are read."""

    calibrated: bool = True
    vote: bool = False
    split: int = 1


WAYS = {
    "base": Way(calibrated=False),
    "base_vote": Way(calibrated=False, vote=True),
    "calibrated": Way(),
    "calibrated_vote": Way(vote=True),
    "split_2": Way(split=2),
    "split_2_vote": Way(split=2, vote=True),
    "split_4": Way(split=4),
    "split_4_vote": Way(split=4, vote=True),
}
"""As they are told; split rows are calibrated."""


def calibration_rows(progress: Progress, reads: int = READS) -> list[Row]:
    """Misreads of many columns, as they are and calibrated.

    Parameters
    ----------
    progress : Progress
    reads : int
        Of each column and seed.

    Returns
    -------
    list of Row
        ``<sums>_<way>_misread_percent``: MAC values; ``..._conversion_misread_percent``: codes, of which a MAC value of
        split rows has several. ``..._rms_levels``, ``..._cycles`` of a MAC value. ``calibration_misread_ratio`` and
        ``calibrated_vote_misread_percent``: with each MAC value as often as any other.
    """
    rows = [Row("calibration_columns", COLUMNS.adcs * len(SEEDS), "columns"), Row("calibration_reads", reads, "reads")]
    cases = list(itertools.product(SUMS, WAYS.items()))
    for number, (sums, (name, way)) in enumerate(cases):
        progress(number, len(cases), f"{sums} sums, {name.replace('_', ' ')}")
        found = [study(**way._asdict(), sums=sums, reads=reads, seed=seed) for seed in SEEDS]
        start = f"{sums}_{name}"
        rows += [
            Row(f"{start}_misread_percent", 100 * _mean([each.misread for each in found]), "%"),
            Row(f"{start}_conversion_misread_percent", 100 * _mean([each.conversion_misread for each in found]), "%"),
            Row(f"{start}_rms_levels", _mean([each.rms**2 for each in found]) ** 0.5, "levels"),
            Row(f"{start}_cycles", found[0].cycles, "cycles"),
        ]
    progress(len(cases), len(cases))
    values = {row.name: row.value or 0.0 for row in rows}
    ratio = values["uniform_base_misread_percent"] / values["uniform_calibrated_misread_percent"]
    return [
        *rows,
        Row("calibration_misread_ratio", ratio, "x"),
        Row("calibrated_vote_misread_percent", values["uniform_calibrated_vote_misread_percent"], "%"),
    ]


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def calibration_table(rows: list[Row]) -> Table:
    """All ways to read, for both kinds of sums."""
    values = {row.name: row.value for row in rows}
    what = ("misread_percent", "conversion_misread_percent", "rms_levels", "cycles")
    lines = [
        (sums, name.replace("_", " "), *(values[f"{sums}_{name}_{each}"] for each in what))
        for sums, name in itertools.product(SUMS, WAYS)
    ]
    columns = ("sums", "way", "misread, %", "misread conversions, %", "RMS, levels", "cycles")
    return Table(columns, lines, "calibration")
