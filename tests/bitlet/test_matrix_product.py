"""Matrix products of any size on the array in the batch simulator."""

import numpy as np
import pytest

from racelet.golden.bitlet.array import ArrayTimes, products
from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.job import Job
from racelet.golden.bitlet.number_format import nearest, number_format
from racelet.hw.bitlet.layouts import array_beat, number_beat
from racelet.sim.bitlet.beats import beats, tile_beats
from racelet.sim.bitlet.matrix_product import ArraySimulator
from racelet.sim.payload import unpack

CONFIG = BitletConfig(formats=("int4", "bf16"), window=4, load=2, lanes=8, rows=2, columns=2, terms=64)


def matrices(rng: np.random.Generator, form: str, m: int, k: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    if form == "int4":
        return rng.integers(-8, 8, (m, k)), rng.integers(-8, 8, (k, n))
    left, right = rng.normal(size=(m, k)), rng.normal(size=(k, n)) * 2.0 ** rng.integers(-9, 9, (k, n))
    return nearest(left, number_format(form)), nearest(right, number_format(form))


@pytest.fixture(scope="module")
def simulator() -> ArraySimulator:
    return ArraySimulator(CONFIG)


@pytest.mark.parametrize(("form", "k"), [("int4", 1), ("int4", 29), ("bf16", 3), ("bf16", 13)])
def test_beats_are_those_of_each_element(form: str, k: int) -> None:
    left, right = matrices(np.random.default_rng(k), form, CONFIG.rows, k, CONFIG.columns)
    found = tile_beats(left, right, form, CONFIG)
    for row in range(CONFIG.rows):
        for column in range(CONFIG.columns):
            job = Job(weights=right[:, column], activations=left[row], form=form)
            expected = [
                unpack(number_beat(CONFIG), int.from_bytes(beat.tobytes(), "little")) for beat in beats(job, CONFIG)
            ]
            for payload, beat in zip(found, expected, strict=True):
                sent = unpack(array_beat(CONFIG), int.from_bytes(payload.tobytes(), "little"))
                assert {**sent, "weights": sent["weights"][column], "activations": sent["activations"][row]} == beat


@pytest.mark.simulation
@pytest.mark.parametrize("form", CONFIG.formats)
@pytest.mark.parametrize("swapped", [False, True])
def test_products_of_any_size_match_golden(simulator: ArraySimulator, form: str, swapped: bool) -> None:
    rng = np.random.default_rng(5)
    for m, k, n in ((1, 1, 1), (2, 4, 2), (3, 9, 4), (4, 33, 5), (5, 64, 3)):
        left, right = matrices(rng, form, m, k, n)
        found = simulator.run(left, right, form, swapped=swapped).result
        expected = products(left, right, CONFIG, form)
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(np.signbit(found), np.signbit(expected))


@pytest.mark.simulation
def test_cycles_are_those_of_the_schedule(simulator: ArraySimulator) -> None:
    left, right = matrices(np.random.default_rng(6), "bf16", 5, 20, 4)
    rows, columns = np.vstack([left, np.zeros((1, 20))]), right.T
    times = ArrayTimes(CONFIG)
    for down in (0, 2, 4):
        for across in (0, 2):
            times.feed(list(rows[down : down + 2]), list(columns[across : across + 2]), "bf16")
    found = simulator.run(left, right, "bf16")
    assert found.beats == 6 * 10
    times.run([0] * found.beats)
    assert found.cycles == times.given[-1] + 1


@pytest.mark.parametrize(
    ("left", "right", "form", "told"),
    [
        ((2, 3), (4, 2), "int4", r"not of the shapes \(2, 3\) and \(4, 2\)"),
        ((2, 65), (65, 2), "int4", r"of 1\.\.64 products for each result"),
        ((0, 3), (3, 2), "int4", r"not of the shapes \(0, 3\)"),
        ((2, 3), (3, 2), "fp32", "the format must be one of int4, bf16, not 'fp32'"),
    ],
)
def test_what_does_not_fit_is_named(left: tuple[int, int], right: tuple[int, int], form: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        tile_beats(np.zeros(left, np.int64), np.zeros(right, np.int64), form, CONFIG)
