"""Accuracies of networks that were trained for noise, as ``racelet train adc --update`` has kept them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from racelet.bench.row import Row, Table
from racelet.train.adc.recipe import METHODS, Dataset, Readout
from racelet.train.adc.results import Summary, gain, kept, summarize


class Training(NamedTuple):
    """Runs that are kept together, and what makes them."""

    dataset: Dataset
    readout: Readout
    command: str


TRAININGS = {
    "digits": Training("digits", "group", "racelet train adc --method all --seeds 3 --update"),
    "digits_slices": Training("digits", "slices", "racelet train adc --readout slices --method all --seeds 3 --update"),
    "cifar10": Training(
        "cifar10",
        "group",
        "racelet train adc --dataset cifar10 --data DIR --sigma 8 --epochs 15 "
        "--method ste --method noise --method concrete --seeds 3 --update",
    ),
}
GAINS = {"digits": ("concrete", "noise"), "digits_slices": ("noise",), "cifar10": ("concrete", "noise")}
"""Methods that are told against "ste"."""


def training_rows(folder: Path | None = None) -> list[Row]:
    """Read what is kept.

    Parameters
    ----------
    folder : Path, optional
        Where it lies; default: in the package.

    Returns
    -------
    list of Row
        ``<method>_minus_ste_points_<training>``: means over seeds, at the noise of the training; without a value, and
        with the command that makes them, where they are not kept. ``trained_<training>_sigma``: that noise.
        ``trained_<training>_<method>_seeds``, whose unit has the dates, ``..._cpu_minutes``, and
        ``..._sigma<s>_percent`` and ``..._deviation_points``.
    """
    rows: list[Row] = []
    for name, training in TRAININGS.items():
        runs = kept(training.dataset, training.readout, folder)
        for method in GAINS[name]:
            points = gain(runs, method, "ste") if runs else None
            unit = "points" if points is not None else f"not trained yet: {training.command}"
            rows.append(Row(f"{method}_minus_ste_points_{name}", points, unit))
        if runs:
            rows += _kept_rows(f"trained_{name}", runs)
    return rows


def _kept_rows(start: str, runs: Sequence[Mapping[str, Any]]) -> list[Row]:
    rows = [Row(f"{start}_sigma", runs[0]["recipe"]["sigma"], "MAC units")]
    for method in METHODS:
        of_method = [run for run in runs if run["recipe"]["method"] == method]
        if of_method:
            dates = sorted({run["date"] for run in of_method})
            when = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
            minutes = sum(run["cpu_seconds"] for run in of_method) / 60
            rows += [
                Row(f"{start}_{method}_seeds", len(of_method), f"seeds, trained {when}"),
                Row(f"{start}_{method}_cpu_minutes", minutes, "CPU minutes"),
            ]
    for each in summarize(runs):
        rows += _accuracy_rows(start, each)
    return rows


def _accuracy_rows(start: str, each: Summary) -> list[Row]:
    name = f"{start}_{each.method}_sigma{each.sigma:g}"
    rows = [Row(f"{name}_percent", each.mean, "%")]
    if each.deviation is not None:
        rows.append(Row(f"{name}_deviation_points", each.deviation, "points"))
    return rows


def training_tables(rows: Sequence[Row]) -> list[Table]:
    """A table for each data set and readout that is kept: accuracies by method and noise.

    Parameters
    ----------
    rows : sequence of Row
        Those of :func:`training_rows`, among others.
    """
    return [table for name in TRAININGS if (table := _table(name, rows)) is not None]


def _table(name: str, rows: Sequence[Row]) -> Table | None:
    start = f"trained_{name}_"
    found = {row.name.removeprefix(start): row for row in rows if row.name.startswith(start)}
    methods = [method for method in METHODS if f"{method}_seeds" in found]
    if not methods:
        return None
    ends = [each.removeprefix(f"{methods[0]}_sigma") for each in found if each.startswith(f"{methods[0]}_sigma")]
    sigmas = [each.removesuffix("_percent") for each in ends if each.endswith("_percent")]
    lines = [
        (
            method,
            found[f"{method}_seeds"].value,
            found[f"{method}_seeds"].unit.removeprefix("seeds, trained "),
            *(_words(f"{method}_sigma{sigma}", found) for sigma in sigmas),
            round(found[f"{method}_cpu_minutes"].value or 0.0, 1),
        )
        for method in methods
    ]
    columns = ("method", "seeds", "trained", *(f"sigma {sigma}, %" for sigma in sigmas), "CPU minutes")
    return Table(columns, lines, f"trained {name.replace('_', ' ')}")


def _words(name: str, found: Mapping[str, Row]) -> str:
    mean, deviation = found.get(f"{name}_percent"), found.get(f"{name}_deviation_points")
    if mean is None or mean.value is None:
        return ""
    return f"{mean.value:.1f}" + (f" ± {deviation.value:.1f}" if deviation and deviation.value is not None else "")
