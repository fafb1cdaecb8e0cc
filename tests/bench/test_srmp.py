"""The bench of read margins: what it tells, and its picture."""

from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from racelet.bench import srmp
from racelet.bench.read_margin.calibrations import WAYS, calibration_rows
from racelet.bench.read_margin.misreads import CASES, ROWS, SHOWN, SPECIFIED, misread_rows
from racelet.bench.row import Row
from racelet.bench.srmp import tables
from racelet.cli.report.panels import Panel
from racelet.cli.report.read_margin import read_margin_picture
from racelet.cli.report.svg import WIDTH
from racelet.golden.adc.calibration_study import SUMS

SVG = "{http://www.w3.org/2000/svg}"


def quiet(done: int, total: int, label: str = "") -> None:
    assert 0 <= done <= total, label


@pytest.fixture(scope="module")
def made() -> list[Row]:
    """Rows of a run on fewer columns."""
    patch = pytest.MonkeyPatch()
    patch.setattr(srmp, "misread_rows", lambda progress: misread_rows(progress, 60_000))
    patch.setattr(srmp, "calibration_rows", lambda progress: calibration_rows(progress, 60))
    rows = srmp.run(quiet)
    patch.undo()
    return rows


@pytest.fixture(scope="module")
def values(made: list[Row]) -> dict[str, Any]:
    assert len({row.name for row in made}) == len(made)
    return {row.name: row.value for row in made}


def test_tried_and_computed_shares_are_close(values: dict[str, Any]) -> None:
    gaps = [
        abs(values[f"{name}_m{ones}_monte_carlo_percent"] - values[f"{name}_m{ones}_closed_form_percent"])
        for name in CASES
        for ones in range(1, ROWS)
    ]
    # Of 60,000 columns; 0.5 of as many as the bench tries.
    assert values["srmp_closed_form_worst_gap_points"] == pytest.approx(max(gaps))
    assert max(gaps) < 0.7


def test_shares_are_those_of_the_specification(values: dict[str, Any]) -> None:
    for name, expected in SPECIFIED.items():
        for ones, share in zip(SHOWN, expected, strict=True):
            assert values[f"{name}_m{ones}_closed_form_percent"] == pytest.approx(share, abs=0.45)


def test_a_calibration_reaches_what_is_asked_of_it(values: dict[str, Any]) -> None:
    assert values["calibration_misread_ratio"] >= 3
    assert values["calibrated_vote_misread_percent"] <= 11.4
    for sums in SUMS:
        base, plain, vote = (
            values[f"{sums}_{way}_misread_percent"] for way in ("base", "calibrated", "calibrated_vote")
        )
        assert base > 3 * plain > 3 * vote
    # Rows that are on in half of all reads are what the specification's figures are near.
    assert values["binomial_base_rms_levels"] == pytest.approx(0.82, abs=0.03)
    assert values["binomial_calibrated_rms_levels"] == pytest.approx(0.34, abs=0.02)
    assert values["binomial_calibrated_misread_percent"] == pytest.approx(14.9, abs=1.5)


def test_rows_that_are_split_take_longer_and_are_read_better(values: dict[str, Any]) -> None:
    for sums in SUMS:
        found = [values[f"{sums}_{way}_misread_percent"] for way in ("calibrated", "split_2", "split_4")]
        codes = [values[f"{sums}_{way}_conversion_misread_percent"] for way in ("calibrated", "split_2", "split_4")]
        assert found == sorted(found, reverse=True)
        assert codes == sorted(codes, reverse=True)
        assert [values[f"{sums}_{way}_cycles"] for way in ("calibrated", "split_2", "split_4")] == [6, 12, 24]


def test_every_table_is_full(made: list[Row]) -> None:
    found = {table.title: table for table in tables(made)}
    assert list(found) == ["read margin summary", "misreads", "calibration"]
    assert [len(table.lines) for table in found.values()] == [5, len(SHOWN), len(SUMS) * len(WAYS)]
    for table in found.values():
        assert {len(line) for line in table.lines} == {len(table.columns)}
        assert all(cell is not None for line in table.lines for cell in line)


def test_the_picture_has_a_curve_of_every_sum_and_a_dot_of_every_share(made: list[Row], values: dict[str, Any]) -> None:
    written = read_margin_picture(made)
    picture = ET.fromstring(written)
    assert len(list(picture.iter(f"{SVG}polyline"))) == ROWS - 1 + len(CASES)
    dots = list(picture.iter(f"{SVG}circle"))
    assert len(dots) == len(CASES) * (ROWS - 1)
    # Heights are proportional to shares.
    shares = [values[f"{name}_m{ones}_monte_carlo_percent"] for name in CASES for ones in range(1, ROWS)]
    heights = [float(dot.get("cy", "")) for dot in dots]
    assert np.corrcoef(shares, heights)[0, 1] == pytest.approx(-1, abs=1e-6)
    panel = Panel(left=0, top=0, width=1, height=220, places=(0, 1), values=(0, 50), title="", below="")
    assert heights[0] - heights[-1] == pytest.approx(panel.y(shares[0]) - panel.y(shares[-1]), abs=0.02)
    assert "prefers-color-scheme: dark" in written
    assert "tried and computed differ by" in (picture.findtext(f"{SVG}desc") or "")
    _, _, width, height = (float(side) for side in picture.get("viewBox", "").split())
    assert width == WIDTH
    for each in picture.iter(f"{SVG}text"):
        assert 0 < float(each.get("x", "")) <= width
        assert 0 < float(each.get("y", "")) < height


def test_curves_of_currents_are_as_broad_as_these_spread(made: list[Row], values: dict[str, Any]) -> None:
    picture = ET.fromstring(read_margin_picture(made))
    # Those beyond end where the picture does.
    curves = list(picture.iter(f"{SVG}polyline"))[:27]
    for ones, curve in enumerate(curves, 1):
        places = [float(point.split(",")[0]) for point in (curve.get("points") or "").split()]
        spread = values[f"low_10_m{ones}_current_spread"]
        assert places[-1] - places[0] == pytest.approx(6 * spread * 792 / 33, abs=0.3)
