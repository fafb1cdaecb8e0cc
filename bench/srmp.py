"""The small read margin of in-memory-computing columns: the larger a sum of cells, the more often it is misread."""

from collections.abc import Sequence

from racelet.bench.read_margin.calibrations import calibration_rows, calibration_table
from racelet.bench.read_margin.misreads import CASES, SHOWN, misread_rows
from racelet.bench.row import Progress, Row, Table

DESCRIPTION = "in-memory-computing columns: misread sums, tried and computed, and what a calibration cuts"


def run(progress: Progress) -> list[Row]:
    """Measure.

    Parameters
    ----------
    progress : Progress

    Returns
    -------
    list of Row
        Those of misread sums and of calibrations, and ``srmp_closed_form_worst_gap_points``, of all macros.
    """
    rows = misread_rows(progress)
    return [*rows, *summary_rows(rows), *calibration_rows(progress)]


def summary_rows(rows: Sequence[Row]) -> list[Row]:
    """What is asked of the macro's model, out of all rows."""
    gaps = [row.value or 0.0 for row in rows if row.name.endswith("_worst_gap_points")]
    return [Row("srmp_closed_form_worst_gap_points", max(gaps), "points")]


SUMMARY = (
    "srmp_closed_form_worst_gap_points",
    "calibration_misread_ratio",
    "calibrated_vote_misread_percent",
    "columns",
    "calibration_columns",
)


def tables(rows: Sequence[Row]) -> list[Table]:
    """Rows put together.

    Parameters
    ----------
    rows : sequence of Row
        As :func:`run` gives them.

    Returns
    -------
    list of Table
        Those of the docs page, by their titles.
    """
    by_name = {row.name: row for row in rows}
    once = [by_name[name] for name in SUMMARY]
    return [
        Table(("row", "value", "unit"), [(row.name, row.value, row.unit) for row in once], "read margin summary"),
        misread_table(rows),
        calibration_table(list(rows)),
    ]


def misread_table(rows: Sequence[Row]) -> Table:
    """Misread sums of some MAC values."""
    values = {row.name: row.value for row in rows}
    what = ("monte_carlo_percent", "closed_form_percent", "specified_percent")
    lines = [(ones, *(values[f"{name}_m{ones}_{each}"] for name in CASES for each in what)) for ones in SHOWN]
    words = ("tried, %", "closed form, %", "specified, %")
    columns = [f"{name.replace('low_', '')} %: {word}" for name in CASES for word in words]
    return Table(("MAC value", *columns), lines, "misreads")
