"""A network on the hardware of a column path: equal to golden, and what is not is told."""

import functools
from typing import Any

import numpy as np
import pytest

from racelet.golden.adc.cell_sampling import sample_cells
from racelet.golden.adc.column_calibration import calibrate_columns
from racelet.golden.adc.column_path import ColumnPath
from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.error import Error
from racelet.golden.adc.macro_config import MacroConfig
from racelet.golden.adc.product_beats import product_beats
from racelet.sim.adc import path_simulator
from racelet.sim.adc.path_simulator import PathSimulator
from racelet.sim.errors import BenchFailure
from racelet.train.adc.column_network import path_config, read_out
from tests.train.adc import synthetic

NETWORK = synthetic.network(1.2, slices=True)
CONFIG: AdcConfig = path_config(NETWORK, output_lanes=2, vote=True, calibration_reads=1, slots=9)
MACRO = MacroConfig(low_spread=0.1, offset_spread=0.5, gain_spread=0.03)
CELLS = sample_cells(CONFIG, MACRO, 2)
INPUTS = np.random.default_rng(4).integers(0, 4, (3, 5, 4, 4))

pytestmark = pytest.mark.simulation


@pytest.fixture(scope="module")
def simulator() -> PathSimulator:
    return PathSimulator(CONFIG, CELLS)


@pytest.mark.parametrize("is_calibrated", [False, True])
def test_a_network_is_that_of_golden(simulator: PathSimulator, is_calibrated: bool) -> None:
    simulator.restart(scale=90, seed=7)
    prepare = simulator.calibrate if is_calibrated else None
    found = read_out(NETWORK, INPUTS, simulator, prepare=prepare)
    path = ColumnPath(CONFIG, CELLS, scale=90, seed=7)
    prepare = functools.partial(calibrate_columns, path) if is_calibrated else None
    expected = read_out(NETWORK, INPUTS, path, prepare=prepare)
    assert found.difference(expected) is None
    np.testing.assert_array_equal(found.results, expected.results)
    # The requantizer behind the first layer takes three.
    assert simulator.cycles == found.total("cycles") - 3
    assert 0 < found.total("misreads") < found.total("conversions")


def test_beats_without_sums_are_converted_too(simulator: PathSimulator) -> None:
    simulator.restart(scale=0, seed=1)
    (part,) = product_beats(np.full((9, 18), 3), np.full((2, 18), 1), CONFIG)
    beats = part.beats()
    begun = [beat for beat in beats if not beat.first or beat.slot < 4]
    first = [type(beat)(**{**vars(beat), "last": 0}) for beat in begun]
    assert simulator.dot_products(first).shape == (0, 2)
    assert simulator.dot_products([type(beat)(**{**vars(beat), "first": 0}) for beat in begun]).shape == (4, 2)
    assert simulator.counters.conversions == 8 * CONFIG.steps * CONFIG.adcs


def broken(simulator: PathSimulator, name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make golden another one in a place."""
    if name == "sums":
        simulator.tables[0, 1] += 90
    elif name == "errors":
        simulator.errors |= Error.BUBBLE
    elif name == "steps":
        simulator.counters.conversions += 4
    elif name == "cycles":
        monkeypatch.setattr(path_simulator, "path_cycles", lambda *_: 100)
    elif name == "calibration":
        simulator.noise.samples(1)
    elif name == "calibration cycles":
        monkeypatch.setattr(path_simulator, "column_calibration_cycles", lambda *_: 100)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sums", "sum 0 of output 0 is -?[0-9]+, golden says -?[0-9]+"),
        ("errors", "errors are <Error.NONE: 0>, golden says <Error.BUBBLE: 16>"),
        ("steps", "there were [0-9]+ conversions, golden says [0-9]+"),
        ("cycles", "9 beats took [0-9]+ cycles, the formula says 100"),
        ("calibration", r"calibration 0: offset and gain are \(-?[0-9]+, [0-9]+\), golden says"),
        ("calibration cycles", "4 calibrations took [0-9]+ cycles, the formula says 100"),
    ],
)
def test_what_differs_is_told(
    simulator: PathSimulator, name: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator.restart(scale=90, seed=3)
    broken(simulator, name, monkeypatch)
    (part,) = product_beats(np.full((9, 18), 3), np.full((2, 18), 1), CONFIG)
    ask = simulator.calibrate if name.startswith("calibration") else lambda: simulator.dot_products(part.beats())
    with pytest.raises(BenchFailure, match=message):
        ask()
