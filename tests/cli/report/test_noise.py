"""The picture of accuracy against noise."""

from xml.etree import ElementTree as ET

import pytest

from racelet.cli.report.noise import FULL, TOP, WORDS, noise_picture
from racelet.train.adc.recipe import METHODS, recipe
from racelet.train.adc.results import Summary

SVG = "{http://www.w3.org/2000/svg}"
RUN = {"recipe": vars(recipe("digits", sigma=6.0))}
FOUND = [
    Summary(method=method, sigma=sigma, mean=mean - 2 * number, deviation=1.0, seeds=3)
    for number, method in enumerate(METHODS)
    for sigma, mean in ((0.0, 98.0), (6.0, 88.0), (10.0, 58.0))
]


def test_curves_are_as_high_as_accuracies() -> None:
    root = ET.fromstring(noise_picture(FOUND, RUN))
    curves = {each.get("class"): each.get("points", "") for each in root.iter(f"{SVG}polyline")}
    assert set(curves) == set(METHODS)
    heights = [float(point.split(",")[1]) for point in curves["ste"].split()]
    # The axis begins at 50: one deviation below 52, the least mean, and down to a whole ten.
    assert heights == pytest.approx([TOP + FULL * (1 - (mean - 50) / 50) for mean in (98, 88, 58)], abs=0.06)
    assert len(list(root.iter(f"{SVG}polygon"))) == len(METHODS)


def test_every_method_is_named_and_every_mean_told() -> None:
    picture = noise_picture(FOUND, RUN)
    assert all(words in picture for words in WORDS.values())
    assert "88.0 % at 6" in picture
    assert "trained for 6 MAC units" in picture
    assert set(WORDS) == set(METHODS)


def test_one_seed_has_no_band_and_one_accuracy_is_a_picture() -> None:
    one = [Summary(method="noise", sigma=0.0, mean=100.0, deviation=None, seeds=1)]
    root = ET.fromstring(noise_picture(one, RUN))
    assert not list(root.iter(f"{SVG}polygon"))
    assert len(list(root.iter(f"{SVG}circle"))) == 1
