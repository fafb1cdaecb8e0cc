"""The bench of the block adc: what it measures of networks, what it reads of trainings, its tables and pictures."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from racelet.bench import adc
from racelet.bench.adc import tables
from racelet.bench.columns import trainings
from racelet.bench.columns.hardware import STUDIES, Case, hardware_rows
from racelet.bench.columns.networks import KINDS, SIGMAS, WAYS, Draws, kept_digits, network_rows, noisy_readout
from racelet.bench.columns.trainings import TRAININGS, training_rows, training_tables
from racelet.bench.read_margin import calibrations
from racelet.bench.read_margin.calibrations import calibration_rows
from racelet.bench.read_margin.misreads import misread_rows
from racelet.bench.row import Row
from racelet.cli.main import main
from racelet.cli.output import markdown
from racelet.cli.report.columns import column_pictures
from racelet.cli.report.panels import WIDTH
from racelet.synth.records import shown
from racelet.train.adc.column_network import path_config
from racelet.train.adc.results import FOLDER, kept, kept_file

PAGE = Path(__file__).resolve().parents[2] / "docs/adc.md"
SVG = "{http://www.w3.org/2000/svg}"
NAMED = (
    *("srmp_closed_form_worst_gap_points", "calibration_misread_ratio", "calibrated_vote_misread_percent"),
    *("concrete_minus_ste_points_digits", "concrete_minus_ste_points_cifar10", "noise_minus_ste_points_cifar10"),
    "hardware_in_loop_accuracy_gap_points",
)


def quiet(done: int, total: int, label: str = "") -> None:
    assert 0 <= done <= total, label


def by_name(rows: Sequence[Row]) -> dict[str, Any]:
    assert len({row.name for row in rows}) == len(rows)
    return {row.name: row.value for row in rows}


pytestmark = pytest.mark.simulation


@pytest.fixture(scope="module")
def made() -> list[Row]:
    """Rows of a run on fewer columns, images and draws."""
    patch = pytest.MonkeyPatch()
    patch.setattr(calibrations, "SEEDS", (1,))
    few = Draws(inputs=90, trained=4, others=1, macros=1)
    patch.setattr(adc, "misread_rows", lambda progress: misread_rows(progress, 2000))
    patch.setattr(adc, "calibration_rows", lambda progress: calibration_rows(progress, 2))
    patch.setattr(adc, "network_rows", lambda progress: network_rows(progress, few))
    # A path of one output, which another test builds too, and the columns of the study without a vote.
    cases = {"sar": Case({"kind": "sar", "output_lanes": 1})}
    patch.setattr(
        adc, "hardware_rows", lambda progress: hardware_rows(progress, 2, cases, {"study": STUDIES["study"]}, 60)
    )
    rows = adc.run(quiet)
    patch.undo()
    return rows


def test_what_is_asked_for_is_told(made: list[Row]) -> None:
    values = by_name(made)
    assert set(NAMED) <= set(values)
    assert set(NAMED) <= {name for name, *_ in tables(made)[0].lines}


def test_every_table_is_full(made: list[Row]) -> None:
    found = {table.title: table for table in tables(made)}
    titles = ["summary", "misreads", "calibration", "looks", "network noise", "network layers", "network cells"]
    titles.append("hardware")
    assert [title for title in found if not title.startswith("trained")] == titles
    lines = [len(found[title].lines) for title in titles[4:7]]
    assert lines == [len(SIGMAS), len(KINDS) * 4, len(WAYS)]
    for title, table in found.items():
        assert {len(line) for line in table.lines} == {len(table.columns)}
        if title not in {"summary", "hardware"}:
            assert all(cell not in (None, "") for line in table.lines for cell in line)


def test_noise_from_shift_registers_is_worth_numpy_s(made: list[Row]) -> None:
    values = by_name(made)
    gaps = [values[f"{kind}_accuracy_gap_points"] for kind in KINDS]
    assert values["hardware_in_loop_accuracy_gap_points"] == max(gaps)
    for kind, gap in zip(KINDS, gaps, strict=True):
        told = values[f"network_{kind}_sigma1_percent"] - values["network_numpy_sigma1_percent"]
        assert gap == pytest.approx(abs(told))
    # Few images and draws: a point and a half of standard deviation.
    assert max(gaps) < 4
    for name in ("numpy", *KINDS):
        shares = [values[f"network_{name}_sigma{sigma:g}_percent"] for sigma in SIGMAS]
        assert shares[0] > 10 + shares[5]
        # All are the same without noise.
        assert shares[0] == values["network_numpy_sigma0_percent"]
    # A SAR looks anew for every bit, and reads better than one sample of the noise lets a flash.
    assert values["network_sar_sigma3_percent"] > 10 + values["network_flash_sigma3_percent"]
    assert values["network_sar_misread_percent"] < values["network_flash_misread_percent"]


def test_an_adc_that_looks_for_every_bit_is_less_wrong(made: list[Row]) -> None:
    values = by_name(made)
    for sigma in ("0.5", "1", "2", "3"):
        flash, sar, vote = (values[f"looks_{kind}_sigma{sigma}_rms_levels"] for kind in KINDS)
        assert vote < sar < flash
        # One look: the noise itself, and a twelfth of a square level, half a level to both sides.
        assert flash == pytest.approx((float(sigma) ** 2 + 1 / 12) ** 0.5, rel=0.06)


def test_layers_are_told_of_one_inference(made: list[Row]) -> None:
    values = by_name(made)
    assert [values[f"network_sar_layer{number}_macs"] for number in range(3)] == [8192, 8192, 640]
    assert [values[f"network_sar_layer{number}_beats"] for number in range(3)] == [64, 64, 6]
    for kind, interval in (("flash", 4), ("sar", 12), ("sar_vote", 16)):
        assert values[f"network_{kind}_conversions"] == 134 * 16
        assert values[f"network_{kind}_cycles"] == pytest.approx(134 * interval, rel=0.01)
        assert values[f"network_{kind}_parallel_cycles"] == pytest.approx(134, rel=0.02)
        ratio = values[f"network_{kind}_cycles_over_parallel"]
        assert ratio == pytest.approx(values[f"network_{kind}_cycles"] / values[f"network_{kind}_parallel_cycles"])


def test_a_calibration_makes_up_for_cells_that_vary(made: list[Row]) -> None:
    values = by_name(made)
    misread = {way: values[f"network_cells_{way}_misread_percent"] for way in WAYS}
    assert misread["ideal"] == 0
    assert misread["base"] > 3 * misread["calibrated"] > 3 * misread["calibrated_vote"]


def test_the_hardware_runs_the_network_and_calibrates_columns(made: list[Row]) -> None:
    values = by_name(made)
    assert values["hardware_inputs"] == 2
    assert values["hardware_sar_conversions"] == 2 * (128 * 2 + 64 * 4 + 10 * 2) * 4
    assert 45 < values["hardware_sar_misread_percent"] < 60
    base, calibrated = (values[f"hardware_study_{way}_misread_percent"] for way in ("base", "calibrated"))
    assert base > 3 * calibrated > 0


def test_images_that_ship_are_those_that_it_was_tested_on() -> None:
    pytest.importorskip("sklearn", reason="the images are scikit-learn's: make setup EXTRAS=train")
    from racelet.train.adc.images import input_codes, load_images

    images, digits = load_images("digits", None), kept_digits()
    np.testing.assert_array_equal(digits.inputs, input_codes("digits", images.test.astype(np.int64)))
    np.testing.assert_array_equal(digits.labels, images.test_labels)
    kept_accuracy = {each["sigma"]: each["percent"] for each in kept("digits", "slices")[3]["accuracy"]}
    found = noisy_readout(digits, path_config(digits.network), 0.0, 1).accuracy(digits.labels)
    assert 100 * found == pytest.approx(kept_accuracy[0.0], abs=1e-3)


def test_trainings_are_those_that_are_kept() -> None:
    values = by_name(training_rows())
    found = {run["recipe"]["method"]: [] for run in kept("digits")}
    for run in kept("digits"):
        found[run["recipe"]["method"]] += [each["percent"] for each in run["accuracy"] if each["sigma"] == 6.0]
    means = {method: sum(percents) / len(percents) for method, percents in found.items()}
    for method in ("concrete", "noise"):
        assert values[f"{method}_minus_ste_points_digits"] == pytest.approx(means[method] - means["ste"])
        assert values[f"trained_digits_{method}_sigma6_percent"] == pytest.approx(means[method])
        assert values[f"trained_digits_{method}_seeds"] == 3
    (row,) = (row for row in training_rows() if row.name == "trained_digits_noise_seeds")
    assert row.unit == f"seeds, trained {kept('digits')[0]['date']}"


def copied(folder: Path) -> Path:
    for file in FOLDER.glob("digits-*.json"):
        shutil.copy(file, folder)
    return folder


def test_what_was_not_trained_names_its_command(tmp_path: Path) -> None:
    rows = training_rows(copied(tmp_path))
    for method in ("concrete", "noise"):
        assert (
            Row(f"{method}_minus_ste_points_cifar10", None, f"not trained yet: {TRAININGS['cifar10'].command}") in rows
        )
    assert not [row for row in rows if row.name.startswith("trained_cifar10")]
    assert [table.title for table in training_tables(rows)] == ["trained digits", "trained digits slices"]


def test_a_training_that_comes_later_is_told(tmp_path: Path) -> None:
    runs = json.loads(kept_file("digits", folder=copied(tmp_path)).read_text(encoding="utf-8"))["runs"]
    for run in runs:
        run["recipe"] |= {"dataset": "cifar10", "sigma": 4.0}
    runs[1]["date"] = "2031-02-03"
    target = kept_file("cifar10", folder=tmp_path)
    target.write_text(json.dumps({"dataset": "cifar10", "runs": runs[:9]}), encoding="utf-8")
    rows = training_rows(tmp_path)
    values = by_name(rows)
    assert values["trained_cifar10_sigma"] == 4
    at_four = {
        method: [
            e["percent"]
            for run in runs
            for e in run["accuracy"]
            if run["recipe"]["method"] == method and e["sigma"] == 4
        ]
        for method in ("ste", "concrete")
    }
    means = {method: sum(shares) / len(shares) for method, shares in at_four.items()}
    assert values["concrete_minus_ste_points_cifar10"] == pytest.approx(means["concrete"] - means["ste"])
    (table,) = (each for each in training_tables(rows) if each.title == "trained cifar10")
    assert [line[0] for line in table.lines] == ["ste", "noise", "concrete"]
    assert table.lines[0][2] == f"{runs[0]['date']} to 2031-02-03"


def test_commands_make_what_is_missing() -> None:
    from racelet.cli.train import command

    for training in trainings.TRAININGS.values():
        words = training.command.split()
        assert words[:3] == ["racelet", "train", "adc"]
        context = command.make_context("train", words[2:])
        assert context.params["update"]
        assert context.params["dataset"] == training.dataset
        assert (context.params["readout"] or "group") == training.readout
        # Of CIFAR-10 the one-hot samples are left out: an hour of a processor.
        methods = ("ste", "noise", "concrete") if training.dataset == "cifar10" else ("all",)
        assert (context.params["methods"], context.params["seeds"]) == (methods, 3)


def test_pictures_have_every_way_and_kind(made: list[Row]) -> None:
    values = by_name(made)
    written = column_pictures(made)
    assert list(written) == ["-read-margin", "-calibration", "-network"]
    network, calibration = (ET.fromstring(written[name]) for name in ("-network", "-calibration"))
    assert len(list(network.iter(f"{SVG}polyline"))) == 1 + len(KINDS)
    words = [each.text or "" for each in network.iter(f"{SVG}text")]
    assert f"{values['network_cells_base_misread_percent']:.1f} %" in words
    shown = [each.text or "" for each in calibration.iter(f"{SVG}text")]
    for name in ("uniform_base", "binomial_calibrated_vote", "uniform_split_4"):
        assert f"{values[f'{name}_misread_percent']:.1f} %, {values[f'{name}_cycles']} cycles" in shown
    for each in written.values():
        picture = ET.fromstring(each)
        _, _, width, height = (float(side) for side in picture.get("viewBox", "").split())
        assert width == WIDTH
        for text in picture.iter(f"{SVG}text"):
            assert 0 < float(text.get("x", "")) <= width
            assert 0 < float(text.get("y", "")) < height


def test_the_page_has_a_place_for_every_table(made: list[Row]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    for table in tables(made):
        head = markdown(table.columns, ()).splitlines()[0]
        assert f"<!-- {table.title} -->\n{head}\n" in page
    # Results of a training are kept, and so are the same wherever they are told.
    kept_tables = training_tables(training_rows())
    for table in kept_tables:
        assert shown(page, table.title) == markdown(table.columns, table.lines)
    assert "trained cifar10" in {table.title for table in kept_tables} or TRAININGS["cifar10"].command in page


def test_pictures_of_the_page_are_drawn_by_the_command(tmp_path: Path) -> None:
    target = tmp_path / "adc-explain.svg"
    assert main(["explain", "adc", "--picture", str(target)]) == 0
    page = PAGE.read_text(encoding="utf-8")
    assert target.read_text(encoding="utf-8") == (PAGE.parent / "img" / target.name).read_text(encoding="utf-8")
    for name in ("explain", "read-margin", "calibration", "network"):
        assert f"(img/adc-{name}.svg)" in page
        ET.parse(PAGE.parent / f"img/adc-{name}.svg")
