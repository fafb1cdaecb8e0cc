"""Results of training: put together over seeds, and those that are kept beside this module, as the pages quote them."""

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, NamedTuple

from racelet.train.adc.recipe import METHODS, OWN, SAMPLING, Dataset, Readout, Recipe, has_samples

FOLDER = Path(__file__).resolve().parent / "results"
"""Where kept results lie, a file for each data set and readout: ``dataset`` and ``runs``, as ``train_network`` gives
them. Beside each is the network of the default method and seed 0."""
SHIPPED = ("noise", 0)
"""Method and seed of the networks that are kept."""

_LEFT_OUT = {field.name: field.default for field in fields(Recipe) if field.default is not MISSING}
"""Values of a recipe's fields that nothing is said of."""

Run = Mapping[str, Any]


class Summary(NamedTuple):
    """Accuracy of a method over its seeds.

    Parameters
    ----------
    method : str
    sigma : float
        Standard deviation of the injected noise, in MAC units.
    mean : float
        In percent.
    deviation : float or None
        Standard deviation over seeds, in points; None for one seed.
    seeds : int
        How many.
    """

    method: str
    sigma: float
    mean: float
    deviation: float | None
    seeds: int


def summarize(runs: Iterable[Run]) -> list[Summary]:
    """Accuracies of runs, by method and then by noise.

    Parameters
    ----------
    runs : iterable of mapping
        As ``train_network`` gives them, of one data set.
    """
    found: dict[tuple[str, float], list[float]] = {}
    for run in runs:
        for each in run["accuracy"]:
            found.setdefault((run["recipe"]["method"], each["sigma"]), []).append(each["percent"])
    ordered = sorted(found, key=lambda key: (METHODS.index(key[0]) if key[0] in METHODS else len(METHODS), key[1]))
    return [
        Summary(
            method=method,
            sigma=sigma,
            mean=statistics.fmean(found[method, sigma]),
            deviation=statistics.stdev(found[method, sigma]) if len(found[method, sigma]) > 1 else None,
            seeds=len(found[method, sigma]),
        )
        for method, sigma in ordered
    ]


def gain(runs: Sequence[Run], method: str, over: str) -> float | None:
    """By how many points a method is ahead of another under the noise of the training, in the mean over seeds.

    Parameters
    ----------
    runs : sequence of mapping
    method, over : str

    Returns
    -------
    float or None
        None where there is no run of one of them.
    """
    means = {}
    for each in summarize(runs):
        if each.sigma == runs[0]["recipe"]["sigma"]:
            means[each.method] = each.mean
    return means[method] - means[over] if {method, over} <= set(means) else None


def kept_file(dataset: Dataset, readout: Readout = "group", folder: Path | None = None) -> Path:
    """File of the kept results; with the suffix ``.npz`` instead, that of the network.

    Parameters
    ----------
    dataset : {"digits", "cifar10"}
    readout : {"group", "slices"}
    folder : Path, optional
        Default: that of the package.
    """
    return (folder or FOLDER) / f"{dataset}-{readout}.json"


def kept(dataset: Dataset, readout: Readout = "group", folder: Path | None = None) -> list[dict[str, Any]]:
    """Runs that are kept; none if there is no file.

    Parameters
    ----------
    dataset, readout, folder
        As of :func:`kept_file`.

    Raises
    ------
    ValueError
        If the file is damaged.
    """
    file = kept_file(dataset, readout, folder)
    if not file.is_file():
        return []
    try:
        return list(json.loads(file.read_text(encoding="utf-8"))["runs"])
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{file} is damaged: {error}") from error


def merged(old: Sequence[Run], new: Sequence[Run]) -> list[Run]:
    """Runs of two calls, by method and seed; a new one replaces an old one.

    Raises
    ------
    ValueError
        If their recipes differ in more than method, seed and what a method has for its own.
    """
    runs: dict[tuple[int, int], Run] = {}
    settings: dict[tuple[str, bool], Any] = {}
    for run in [*old, *new]:
        recipe = run["recipe"]
        sampled = has_samples(recipe["method"])
        # Of a result that is older than a field, the field is as if it were left out.
        rest = {name: value for name, value in (_LEFT_OUT | recipe).items() if name not in {"method", "seed"}}
        if not sampled:
            rest = {name: value for name, value in rest.items() if name not in SAMPLING}
        told: list[str] = []
        for name, value in rest.items():
            other = settings.setdefault((name, sampled and name in OWN), value)
            told += [f"{name}={other} and {value}"] if other != value else []
        if told:
            raise ValueError(f"kept results were trained with another recipe: {', '.join(told)}")
        runs[METHODS.index(recipe["method"]), recipe["seed"]] = run
    return [runs[key] for key in sorted(runs)]


def content(dataset: Dataset, runs: Sequence[Run]) -> bytes:
    """A file of results."""
    return (json.dumps({"dataset": dataset, "runs": list(runs)}, indent=2) + "\n").encode()
