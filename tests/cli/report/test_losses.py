"""The picture of the bench of training."""

import math
from xml.etree import ElementTree as ET

import pytest

from racelet.bench.row import Row
from racelet.cli.report.losses import FULL, ORDER, TOP, losses_picture
from racelet.cli.report.svg import WIDTH

SVG = "{http://www.w3.org/2000/svg}"
LOSSES = {
    "float64": [2.0, 1.0, 0.5],
    "fp32": [2.0 + 3e-8, 1.0 + 1e-7, 0.5],
    "bf16": [2.0 - 1e-3, 1.01, 0.51],
    "numpy": [2.0 + 2e-8, 1.0, 0.5 - 1e-6],
}


def rows() -> list[Row]:
    found = [Row("steps", 3)]
    for name, losses in LOSSES.items():
        distance = max(abs(a - b) for a, b in zip(losses, LOSSES["float64"], strict=True))
        found += [Row(f"{name}_last_loss", losses[-1]), Row(f"{name}_loss_distance", distance)]
        found += [Row(f"{name}_loss_{step}", loss) for step, loss in enumerate(losses)]
    return found


def heights(root: ET.Element, name: str) -> list[list[float]]:
    found = [each for each in root.iter(f"{SVG}polyline") if each.get("class") == name]
    return [[float(point.split(",")[1]) for point in each.get("points", "").split()] for each in found]


@pytest.mark.parametrize("name", ORDER)
def test_curves_are_as_high_as_losses_and_their_distances(name: str) -> None:
    losses, distances = heights(ET.fromstring(losses_picture(rows())), name)
    # The axis of losses ends at 3.
    assert losses == pytest.approx([TOP + FULL * (1 - loss / 3) for loss in LOSSES[name]], abs=0.06)
    # That of distances begins at 1e-8, and what is nearer lies there; it ends at 0.1.
    exact = [max(abs(a - b), 1e-9) for a, b in zip(LOSSES[name], LOSSES["float64"], strict=True)]
    expected = [TOP + FULL * (-1 - max(math.log10(value), -8)) / 7 for value in exact]
    assert distances == pytest.approx(expected, abs=0.3)


def test_it_is_told_to_who_cannot_see_it() -> None:
    root = ET.fromstring(losses_picture(rows()))
    assert root.get("role") == "img"
    assert "array, bf16: from 1.999 to 0.510, at most 1.0e-02 from float64" in (root.findtext(f"{SVG}desc") or "")


def test_it_suits_light_and_dark_pages_and_nothing_leaves_it() -> None:
    picture = losses_picture(rows())
    assert "prefers-color-scheme: dark" in picture
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")
    root = ET.fromstring(picture)
    _, _, width, height = (float(side) for side in root.get("viewBox", "").split())
    assert width == WIDTH
    for each in root.iter(f"{SVG}text"):
        assert 0 < float(each.get("x", "")) <= width
        assert 0 < float(each.get("y", "")) < height
