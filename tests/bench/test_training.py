"""The bench of training: what it counts, compares and tells."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from racelet.bench import training
from racelet.bench.row import Row
from racelet.bench.training import CONFIG, FORMATS, RUNS, ArrayArithmetic, tables, training_rows
from racelet.cli.output import format_value
from racelet.golden.bitlet.array import products
from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.linear import rounded_product
from racelet.golden.bitlet.number_format import nearest, number_format
from racelet.sim.bitlet.matrix_product import ArraySimulator, MatrixProduct
from racelet.sim.errors import BenchFailure, ToolError
from racelet.train.last_layer import KINDS, Arithmetic, LayerData, LayerRecipe, train_layer

ROOT = Path(__file__).resolve().parents[2]
RTL = BitletConfig(formats=("int4", "bf16"), window=4, load=2, lanes=8, rows=2, columns=2, terms=64)
"""That of the tests of matrix products, so that the simulator is built once."""


class Replay:
    """A simulator that gives what it should after as many cycles as there are results, changed in one place."""

    def __init__(self, spoiled: int = -1, value: float = 0.0) -> None:
        self.runs, self.spoiled, self.value = 0, spoiled, value

    def run(
        self, left: NDArray[np.float64], right: NDArray[np.float64], form: str, *, swapped: bool = False
    ) -> MatrixProduct:
        result = rounded_product(left, right, number_format(form))
        if self.runs == self.spoiled:
            result[1, 2] = self.value
        self.runs += 1
        return MatrixProduct(result=result, cycles=result.size * (2 if swapped else 1), beats=1)


def quiet(done: int, total: int, label: str = "") -> None:
    assert 0 <= done <= total, label


def small() -> LayerData:
    rng = np.random.default_rng(1)
    labels = np.arange(80) % 10
    inputs = nearest(rng.normal(size=(80, 6)) + labels[:, np.newaxis] * np.arange(6) / 6, number_format("fp32"))
    return LayerData(inputs=inputs, labels=labels, train=np.arange(70), test=np.arange(70, 80))


def by_name(rows: Sequence[Row]) -> dict[str, Any]:
    assert len({row.name for row in rows}) == len(rows)
    return {row.name: row.value for row in rows}


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    simulator: Any = Replay()
    return training_rows(quiet, small(), simulator)


def test_products_of_every_step_are_counted(rows: list[Row]) -> None:
    values = by_name(rows)
    assert values["steps"] == 3
    for form in FORMATS:
        for kind, results, length in (("forward", 700, 7), ("input_gradient", 420, 10)):
            assert values[f"{form}_{kind}_results"] == values[f"{form}_{kind}_cycles"] == results
            assert values[f"{form}_{kind}_macs"] == results * length
            assert values[f"{form}_{kind}_mac_per_cycle"] == length
            assert values[f"{form}_{kind}_swapped_mac_per_cycle"] == length / 2
        # Batches of 32, 32 and 6 images; 7 parameters for each of 10 classes.
        assert values[f"{form}_parameter_gradient_results"] == 3 * 70
        assert values[f"{form}_parameter_gradient_macs"] == 70 * 70


def test_the_array_is_inside_its_bound_and_numpy_is_not(rows: list[Row]) -> None:
    values = by_name(rows)
    for form in FORMATS:
        assert all(0.5 < values[f"{form}_{kind}_worst_error"] <= 1 for kind in KINDS)
    assert max(values[f"numpy_{kind}_worst_error"] for kind in KINDS) > 1


def test_losses_are_those_of_the_same_training(rows: list[Row]) -> None:
    values = by_name(rows)
    number = number_format("bf16")
    arithmetic = Arithmetic(form=number, product=lambda _, left, right: rounded_product(left, right, number))
    *_, last = train_layer(small(), arithmetic, training.RECIPE)
    assert [values[f"bf16_loss_{step}"] for step in range(3)] == last.losses
    assert values["float64_loss_distance"] == 0
    assert 0 < values["fp32_loss_distance"] < 1e-6 < values["bf16_loss_distance"] < 0.1


def test_every_table_is_full(rows: list[Row]) -> None:
    runs, made = tables(rows)
    assert [line[0] for line in runs.lines] == list(RUNS)
    assert {len(line) for table in (runs, made) for line in table.lines if len(line) != len(table.columns)} == set()
    assert len(made.lines) == 3 * len(KINDS)


@pytest.mark.parametrize(("run", "side"), [(0, ""), (1, "swapped_")])
@pytest.mark.parametrize("value", [7.0, -0.0])
def test_a_result_that_differs_is_told(run: int, side: str, value: float) -> None:
    simulator: Any = Replay(spoiled=run, value=value)
    arithmetic = ArrayArithmetic(simulator, "fp32")
    left = np.zeros((2, 3))
    told = rf"fp32 {side}forward, element 1, 2: {value!r}, the golden model says 0\.0"
    with pytest.raises(BenchFailure, match=told):
        arithmetic.product("forward", left, np.ones((3, 3)))


def test_an_error_beyond_the_bound_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    simulator: Any = Replay()
    monkeypatch.setattr(training, "error_bound", lambda left, right, _: np.full((len(left), right.shape[1]), 1e-12))
    left = nearest(np.full((2, 3), 0.1), number_format("bf16"))
    with pytest.raises(BenchFailure, match=r"bf16 forward: an error against float64 is \d.* times its bound"):
        ArrayArithmetic(simulator, "bf16").product("forward", left, left.T)


def test_without_the_images_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ToolError, match="scikit-learn's, which is not installed"):
        training.run(quiet)


def test_the_quick_products_are_the_golden_models_on_an_array_of_this_shape() -> None:
    rng = np.random.default_rng(2)
    left, right = (nearest(rng.normal(size=shape), number_format("fp32")) for shape in ((2, 33), (33, 2)))
    expected = products(left, right, CONFIG, "fp32")
    np.testing.assert_array_equal(rounded_product(left, right, number_format("fp32")), expected)


@pytest.mark.simulation
def test_steps_run_on_the_rtl() -> None:
    arithmetic = ArrayArithmetic(ArraySimulator(RTL), "bf16")
    one = Arithmetic(form=number_format("bf16"), product=arithmetic.product)
    epochs = list(train_layer(small(), one, LayerRecipe(batch=8), steps=2))
    assert len(epochs[-1].losses) == 2
    for tally in arithmetic.tallies.values():
        assert min(tally.cycles, tally.swapped_cycles) > 0
        assert 0.5 < tally.worst <= 1


def test_the_page_and_the_picture_tell_the_same_numbers() -> None:
    """Losses of the golden model, where the images are; the rest was printed by the same run."""
    pytest.importorskip("sklearn", reason="scikit-learn is not installed: make setup EXTRAS=train")
    page = (ROOT / "docs/bitlet-training.md").read_text(encoding="utf-8")
    picture = (ROOT / "docs/img/bitlet-training.svg").read_text(encoding="utf-8")
    simulator: Any = Replay()
    found = training_rows(quiet, training.load_layer(), simulator)
    values = by_name(found)
    runs, made = tables(found)
    for line in runs.lines[:2]:
        cells = [format_value(value) for value in line]
        # The distance from float64 has the last bits of this machine's exponential function in it.
        assert f"| {cells[0]} | {cells[1]} | " in page
        assert f" | {cells[3]} | {cells[4]} |\n" in page
        name = line[0]
        told = f"from {values[f'{name}_loss_0']:.3f} to {values[f'{name}_last_loss']:.3f}"
        assert f"array, {name}: {told}" in picture
    for line in made.lines[:6]:
        assert f"| {' | '.join(format_value(value) for value in line[:4])} | " in page
