"""Recipes that are refused, and results put together."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from racelet.nn.models import digits
from racelet.train.adc.deployed import load_deployed
from racelet.train.adc.images import input_codes
from racelet.train.adc.recipe import METHODS, NETWORKS, READOUTS, Dataset, Method, Readout, recipe
from racelet.train.adc.results import SHIPPED, content, gain, kept, kept_file, merged, summarize


def run(method: Any, seed: int, *percents: float, **changes: Any) -> dict[str, Any]:
    accuracy = [{"sigma": 6.0 * index, "percent": percent} for index, percent in enumerate(percents)]
    return {"recipe": dict(vars(recipe("digits", method=method, seed=seed, **changes))), "accuracy": accuracy}


RUNS = [run("ste", 0, 97, 80), run("ste", 1, 96, 84), run("noise", 0, 95, 93)]


def test_means_and_deviations_are_over_seeds() -> None:
    found = summarize(RUNS)
    assert [(each.method, each.sigma, each.mean, each.seeds) for each in found] == [
        ("ste", 0.0, 96.5, 2),
        ("ste", 6.0, 82.0, 2),
        ("noise", 0.0, 95.0, 1),
        ("noise", 6.0, 93.0, 1),
    ]
    assert [each.deviation for each in found] == [pytest.approx(0.5**0.5), pytest.approx(8**0.5), None, None]


def test_a_gain_is_at_the_noise_of_the_training() -> None:
    assert gain(RUNS, "noise", "ste") == 11.0
    assert gain(RUNS, "concrete", "ste") is None


def test_kept_results_are_merged_by_method_and_seed(tmp_path: Path) -> None:
    assert kept("digits", folder=tmp_path) == []
    (tmp_path / "digits-group.json").write_bytes(content("digits", merged([], RUNS)))
    again = merged(kept("digits", folder=tmp_path), [run("noise", 0, 95, 94), run("noise", 1, 95, 92)])
    assert [(each["recipe"]["method"], each["recipe"]["seed"], each["accuracy"][1]["percent"]) for each in again] == [
        ("ste", 0, 80),
        ("ste", 1, 84),
        ("noise", 0, 94),
        ("noise", 1, 92),
    ]
    with pytest.raises(ValueError, match=r"another recipe: epochs=.* and 7"):
        merged(again, [run("ste", 0, 1, epochs=7)])
    # How samples are taken is nothing to methods without.
    assert len(merged(again, [run("concrete", 0, 1, warmup=0.5), run("ste", 0, 1, warmup=0.5)])) == 5
    with pytest.raises(ValueError, match=r"another recipe: warmup=0.5 and 0.0"):
        merged([run("concrete", 0, 1, warmup=0.5)], [run("concrete", 1, 1)])
    # Steps of converters may be learned at a rate of their own where samples are taken, and only there.
    assert len(merged(RUNS, [run("concrete", 0, 1, alpha_factor=1.0)])) == 4
    with pytest.raises(ValueError, match=r"another recipe: alpha_factor=10.0 and 1.0"):
        merged(RUNS, [run("ste", 2, 1, alpha_factor=1.0)])
    older = run("concrete", 0, 1)
    del older["recipe"]["warmup"]
    assert len(merged([older], [run("concrete", 1, 1)])) == 2
    with pytest.raises(ValueError, match=r"another recipe: warmup=0.0 and 0.5"):
        merged([older], [run("concrete", 1, 1, warmup=0.5)])
    (tmp_path / "digits-group.json").write_text(json.dumps([]), encoding="utf-8")
    with pytest.raises(ValueError, match=r"digits-group.json is damaged"):
        kept("digits", folder=tmp_path)


@pytest.mark.parametrize(("dataset", "methods"), [("digits", METHODS), ("cifar10", METHODS[:3])])
def test_what_is_kept_is_what_the_page_tells(dataset: Dataset, methods: tuple[Method, ...]) -> None:
    runs = kept(dataset)
    assert {run["recipe"]["method"] for run in runs} == set(methods)
    assert all(len([run for run in runs if run["recipe"]["method"] == method]) >= 3 for method in methods)
    assert all(run["cpu_seconds"] <= 3600 for run in runs)
    found = [gain(runs, "concrete", "ste"), gain(runs, "noise", "ste")]
    assert all(points is not None and points >= 1.5 for points in found)
    page = (Path(__file__).parents[3] / "docs/adc-training.md").read_text(encoding="utf-8")
    for each in summarize(runs):
        assert f"{each.mean:.1f} ± {each.deviation:.1f}" in page


@pytest.mark.parametrize("readout", READOUTS)
def test_the_network_that_is_kept_runs(readout: Readout) -> None:
    network = load_deployed(kept_file("digits", readout).with_suffix(".npz"))
    assert (network.recipe["method"], network.recipe["seed"]) == SHIPPED
    assert network.recipe in [run["recipe"] for run in kept("digits", readout)]
    images = digits()
    inputs = input_codes("digits", np.load(images.inputs).astype(np.int64).transpose(0, 3, 1, 2) // 15 + 9)
    with images.labels.open(encoding="utf-8") as file:
        labels = np.array([int(row["label"]) for row in csv.DictReader(file)])
    assert network.accuracy(inputs, labels, 0.0, 0) > 0.95


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"dataset": "mnist"}, "dataset must be one of digits, cifar10, not mnist"),
        ({"method": "none"}, "method must be one of ste, noise, concrete, concrete-st, not none"),
        ({"seed": -1}, "seed must be in 0..2147483647, not -1"),
        ({"rows": 8}, "rows must be in 9..1024, not 8"),
        ({"epochs": 0}, "epochs must be in 1..10000, not 0"),
        ({"batch": 1}, "batch must be in 2..1024, not 1"),
        ({"sigma": 0.0}, "sigma must be above 0 and at most 64, not 0.0"),
        ({"sigma": float("nan")}, "sigma must be above 0 and at most 64, not nan"),
        ({"rate": 1.5}, "rate must be above 0 and at most 1, not 1.5"),
        ({"levels": 31}, r"levels must be a power of two in 4..256 \(2 to 8 bits\), not 31"),
        ({"images": 3}, r"images must be at least 64 \(a batch\), not 3"),
    ],
)
def test_a_field_out_of_range_is_named(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        recipe(**{"dataset": "digits", **changes})


def test_groups_fit_their_word_lines() -> None:
    for layers in NETWORKS.values():
        for layer in layers:
            for rows in (9, 32, 144, 1024):
                if not layer.digital:
                    assert layer.group_channels(rows) * layer.kernel**2 <= max(rows, layer.kernel**2)
                    assert layer.groups(rows) * layer.group_channels(rows) >= layer.inputs
