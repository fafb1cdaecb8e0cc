"""``racelet explain adc``: what is shown is what the column path does; wrong numbers are refused."""

import itertools
import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from racelet.cli.explain.conversions import converted
from racelet.cli.explain.memory_product import DotProduct
from racelet.cli.main import main
from racelet.golden.adc.cell_sampling import sample_cells
from racelet.golden.adc.column_calibration import calibrate_columns
from racelet.golden.adc.column_path import ColumnPath
from racelet.golden.adc.logistic_noise import noise_scale
from racelet.golden.adc.macro_config import IDEAL, MacroConfig

SVG = "{http://www.w3.org/2000/svg}"
MACRO = MacroConfig(low_spread=0.1, offset_spread=0.5, gain_spread=0.03, sense_noise=0.3)
WAYS: list[dict[str, Any]] = [
    {"bits": 4},
    {"bits": 4, "vote": True},
    {"bits": 5, "calibrate": True, "vote": True},
    {"bits": 3, "kind": "flash", "alpha": 2.5},
    {"bits": 6, "kind": "flash", "calibrate": True},
    {"bits": 2, "alpha": 3.0},
]


def example(way: dict[str, Any], seed: int, macro: MacroConfig = MACRO) -> DotProduct:
    rng = np.random.default_rng(seed)
    return converted(rng.integers(0, 4, 9).tolist(), rng.integers(-4, 4, 9).tolist(), macro, seed=seed, **way)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("seed", range(4))
def test_codes_are_those_of_the_column_path(way: dict[str, Any], seed: int) -> None:
    found = example(way, seed)
    config, cells = found.config, sample_cells(found.config, MACRO, seed)
    scale = noise_scale(MACRO.sense_noise, config)
    path = ColumnPath(config, cells, alpha=found.alpha, centred=True, scale=scale, seed=seed)
    if way.get("calibrate"):
        calibrate_columns(path)
    codes = path.codes([found.activations], [found.weights]).ravel()
    assert [each.code for each in found.conversions] == codes.tolist()
    assert found.misreads == path.counters.misreads
    np.testing.assert_array_equal(found.tables, path.tables[0])
    for each in found.conversions:
        sums = each.flows.sum(axis=0)
        assert each.current == pytest.approx(sums[0] - sums[1] + found.offsets[each.weight_bit])
        held = each.cells[:, 0] - each.cells[:, 1]
        assert each.mac == int((each.rows * held).sum())


def test_everything_is_right_where_nothing_varies() -> None:
    for seed, kind in itertools.product(range(5), ("sar", "flash")):
        found = example({"bits": 5, "kind": kind}, seed, IDEAL)
        assert (found.misreads, found.found, found.wanted) == (0, found.exact, found.exact)


def test_a_search_halves_what_is_left() -> None:
    for each in example({"bits": 5}, 2).conversions:
        low, high = 0, 32
        for look in each.looks:
            assert look.code == (low + high) // 2
            assert look.said == (look.seen >= look.threshold)
            low, high = (look.code, high) if look.said else (low, look.code)
        assert (low, high) == (each.code, each.code + 1)


LINES = (
    "Not calibrated; ADCs have offsets: slice 0 +0.87, slice 1 +0.53.",
    "1. bit 1 of activations, slice 0 of weights, worth 2",
    "   rows      1.1.11.111.1",
    "   + column  1.1.10.111.1    7.15",
    "   code 15, level 7: MISREAD, the level next to it is 6",
)


def test_the_example_misreads_until_it_is_calibrated(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "adc"]) == 0
    shown = capsys.readouterr().out.splitlines()
    for line in LINES:
        assert line in shown
    assert shown[-1].startswith("2 of 4 conversions misread: 14, and the dot product is 11")
    assert main(["explain", "adc", "--calibrate"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line for line in shown if line.startswith("Calibrated, thresholds are where these ADCs need them: slice 0")]
    assert shown[-1] == "0 of 4 conversions misread: 11, and the dot product is 11."


def test_levels_that_are_far_apart_are_told_apart_from_misreads(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--alpha", "4", "--spread", "0", "--offset", "0", "--gain", "0", "--noise", "0"]
    assert main(["explain", "adc", *arguments]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[-2].endswith(", times 4.")
    assert shown[-1].startswith("0 of 4 conversions misread: ")
    assert ", and the dot product is 11, " in shown[-1]


def test_machines_are_told_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "adc", "--vote", "--json", "-"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["block"], told["exact"], len(told["conversions"])) == ("adc", 11, 4)
    first = told["conversions"][0]
    assert len(first["looks"]) == 6
    assert first["rows"] == [1, 0, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1]
    assert np.shape(told["thresholds"]) == (2, 15)
    assert sum(each["misread"] for each in told["conversions"]) == told["misreads"]


@pytest.mark.parametrize("kind", ["sar", "flash"])
@pytest.mark.parametrize("suffix", ["svg", "html"])
def test_the_picture_has_every_cell_and_every_look(tmp_path: Path, suffix: str, kind: str) -> None:
    target = tmp_path / f"conversions.{suffix}"
    assert main(["explain", "adc", "--kind", kind, "--picture", str(target)]) == 0
    text = target.read_text(encoding="utf-8")
    svg = ET.fromstring(text[text.index("<svg") : text.index("</svg>") + len("</svg>")])
    classes = [each.get("class") or "" for each in svg.iter()]
    # 8 rows are on, twice, in two columns of two slices; a colour each is in the key.
    assert sum(name.startswith(("plus", "minus")) for name in classes) == 2 * 2 * 2 * 8 + 2
    dots = list(svg.iter(f"{SVG}circle"))
    assert len(dots) == 4 * (4 if kind == "sar" else 15) + 2
    _, _, width, height = (float(side) for side in svg.get("viewBox", "").split())
    for each in svg.iter(f"{SVG}text"):
        assert 0 < float(each.get("x", "")) < width
        assert 0 < float(each.get("y", "")) < height
    for each in svg.iter(f"{SVG}rect"):
        assert float(each.get("width", "")) >= 0
        assert float(each.get("x", "0")) + float(each.get("width", "")) <= width


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--weights", "1,x"], "--weights must be whole numbers with commas between, not 1,x"),
        (["--weights", "1,2"], "--weights must be as many numbers as --activations, 12, not 2"),
        (["--activations", ",".join("1" * 33)], "--activations must be 1..32 numbers, not 33"),
        (["--activations", "1,-1", "--weights", "1,1"], "activations must not be negative, as -1 is"),
        (["--activations", "200,1", "--weights", "7,1"], "there must be at most 16 conversions, not 32"),
        (["--kind", "flash", "--vote"], "--vote is of --kind sar"),
        (["--alpha", "0"], "alpha must be above zero"),
        (["--alpha", "90"], "levels of 4 bits, 90 MAC values apart, are beyond the range of the DAC"),
        (["--spread", "-1"], "MacroConfig.low_spread must be in 0..1, not -1"),
        (["--picture", "steps.png"], "--picture must be a file name ending in .svg or .html"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "adc", *arguments]) == 2
    assert message in capsys.readouterr().err
