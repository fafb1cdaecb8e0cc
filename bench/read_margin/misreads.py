"""How often sums of cells are misread, tried and computed, and how currents of adjacent sums overlap."""

from collections.abc import Mapping

import numpy as np

from racelet.bench.row import Progress, Row
from racelet.golden.adc.macro import closed_form, misread, sampled_currents
from racelet.golden.adc.macro_config import MacroConfig

ROWS = 32
SHOWN = (1, 4, 8, 16, 24, 31)
"""MAC values that the specification has figures of."""
CASES: Mapping[str, MacroConfig] = {
    "low_5": MacroConfig(low_spread=0.05),
    "low_10": MacroConfig(low_spread=0.1),
}
"""Macros whose cells of low resistance vary by 5 % and by 10 %."""
SPECIFIED = {"low_5": (3.8, 4.8, 6.2, 8.9, 11.3, 13.9), "low_10": (5.3, 11.3, 18.0, 28.8, 36.7, 41.9)}
COLUMNS = 400_000
SEED = 1


def misread_rows(progress: Progress, columns: int = COLUMNS) -> list[Row]:
    """Misread sums of all macros.

    Parameters
    ----------
    progress : Progress
    columns : int
        That are tried for every MAC value.

    Returns
    -------
    list of Row
        ``<case>_m<m>_monte_carlo_percent`` and ``..._closed_form_percent`` for every MAC value m but 0 and all rows,
        whose codes may have one neighbour only; ``..._specified_percent`` where there is one; ``..._current_mean`` and
        ``..._current_spread`` of what is read, in mean currents of a cell that is on. ``<case>_worst_gap_points``: the
        largest difference of tried and computed shares, in points of percent.
    """
    rows = [Row("columns", columns, "columns"), Row("seed", SEED)]
    for number, (name, config) in enumerate(CASES.items()):
        progress(number, len(CASES), f"{columns} columns, {name.replace('_', ' by ')} %")
        tried = 100 * misread(ROWS, columns, config, SEED)
        computed = 100 * closed_form(np.arange(ROWS + 1), ROWS, config)
        currents = sampled_currents(ROWS, min(columns, 20_000), config, np.random.default_rng(SEED))
        for ones in range(1, ROWS):
            start = f"{name}_m{ones}"
            rows += [
                Row(f"{start}_monte_carlo_percent", float(tried[ones]), "%"),
                Row(f"{start}_closed_form_percent", float(computed[ones]), "%"),
                Row(f"{start}_current_mean", float(currents[:, ones].mean()), "cells"),
                Row(f"{start}_current_spread", float(currents[:, ones].std()), "cells"),
            ]
        rows += [
            Row(f"{name}_m{ones}_specified_percent", value, "%")
            for ones, value in zip(SHOWN, SPECIFIED[name], strict=True)
        ]
        gap = np.abs(tried - computed)[1:-1].max()
        rows.append(Row(f"{name}_worst_gap_points", float(gap), "points"))
    progress(len(CASES), len(CASES))
    return rows
