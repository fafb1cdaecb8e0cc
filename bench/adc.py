"""Readout of in-memory-computing columns: misreads, calibrations, a network on a column path, trainings for noise."""

from collections.abc import Sequence

from racelet.bench.columns.looks import look_rows, look_table
from racelet.bench.columns.networks import kept_digits, network_rows
from racelet.bench.columns.tables import cell_table, layer_table, noise_table
from racelet.bench.columns.trainings import GAINS, training_rows, training_tables
from racelet.bench.read_margin.calibrations import calibration_rows, calibration_table
from racelet.bench.read_margin.misreads import misread_rows
from racelet.bench.row import Progress, Row, Table
from racelet.bench.srmp import misread_table, summary_rows

DESCRIPTION = "readout of in-memory-computing columns: misreads, calibration, a network on it, trainings for its noise"

SUMMARY = (
    "srmp_closed_form_worst_gap_points",
    "calibration_misread_ratio",
    "calibrated_vote_misread_percent",
    *(f"{method}_minus_ste_points_{name}" for name, methods in GAINS.items() for method in methods),
    "hardware_in_loop_accuracy_gap_points",
    "network_inputs",
    "network_seeds",
    "network_sar_cycles_over_parallel",
    "network_flash_cycles_over_parallel",
)
"""Rows that are told first, as they are."""


def run(progress: Progress) -> list[Row]:
    """Measure; results of trainings are read.

    Parameters
    ----------
    progress : Progress

    Returns
    -------
    list of Row
        Those of misread sums, calibrations, looks, the network and trainings. What was not trained has a row without a
        value that names the command.
    """
    misreads = misread_rows(progress)
    return [
        *misreads,
        *summary_rows(misreads),
        *calibration_rows(progress),
        *look_rows(kept_digits(1)),
        *network_rows(progress),
        *training_rows(),
    ]


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
    values = {row.name: row.value for row in rows}
    once = [by_name[name] for name in SUMMARY]
    return [
        Table(("row", "value", "unit"), [(row.name, row.value, row.unit) for row in once], "summary"),
        misread_table(rows),
        calibration_table(list(rows)),
        look_table(values),
        noise_table(values),
        layer_table(values),
        cell_table(values),
        *training_tables(rows),
    ]
