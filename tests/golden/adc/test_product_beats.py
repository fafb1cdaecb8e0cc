"""Beats of products: all of a matrix, exact, in a told order, and as long as engines take for them."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from racelet.golden.adc.cell_sampling import sample_cells
from racelet.golden.adc.column_path import Beat, ColumnPath
from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.macro_config import IDEAL, MacroConfig
from racelet.golden.adc.product_beats import (
    beat_count,
    parallel_cycles,
    path_cycles,
    product,
    product_beats,
)
from racelet.golden.dwcpwc.dot_engine import DotBeat, dot_products, parallel_latency, schedule

CONFIG = AdcConfig(input_lanes=8, word_lines=4, output_lanes=3, slots=5, noise=False)
SIDES = [(1, 1, 1), (5, 3, 8), (11, 7, 20), (6, 2, 9)]


class Exact:
    """The sums of whole numbers, and which beats they were asked for."""

    def __init__(self) -> None:
        self.beats: list[DotBeat] = []

    def dot_products(self, beats: Sequence[Beat], /) -> NDArray[np.int32]:
        self.beats += [
            DotBeat(activations=b.activations, weights=b.weights, slot=b.slot, first=b.first, last=b.last)
            for b in beats
        ]
        return dot_products(self.beats)


def operands(rows: int, columns: int, depth: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rng = np.random.default_rng(rows)
    return rng.integers(0, 4, (rows, depth)), rng.integers(-2, 2, (columns, depth))


@pytest.mark.parametrize("sides", SIDES)
def test_a_product_is_exact_on_either_engine(sides: tuple[int, int, int]) -> None:
    left, right = operands(*sides)
    exact = Exact()
    np.testing.assert_array_equal(product(exact, left, right, CONFIG), left @ right.T)
    assert len(exact.beats) == beat_count(*sides, CONFIG)
    path = ColumnPath(CONFIG, sample_cells(CONFIG, IDEAL, 1))
    np.testing.assert_array_equal(product(path, left, right, CONFIG), left @ right.T)
    assert path.counters.conversions == len(exact.beats) * CONFIG.steps * CONFIG.adcs


def test_weights_stay_for_all_slots_and_sums_are_kept_between() -> None:
    parts = list(product_beats(*operands(11, 7, 20), CONFIG))
    assert [len(part.activations) for part in parts] == [5] * 9 + [5] * 9 + [1] * 9
    assert [part.columns.start for part in parts[:9]] == [0, 0, 0, 3, 3, 3, 6, 6, 6]
    assert [(part.first, part.last) for part in parts[:3]] == [(True, False), (False, False), (False, True)]
    for part in parts:
        beats = part.beats()
        assert [beat.slot for beat in beats] == list(range(len(beats)))
        assert all(beat.weights is part.weights for beat in beats)


def test_many_beats_at_once_are_read_as_one_by_one() -> None:
    config = dataclasses.replace(CONFIG, noise=True)
    cells = sample_cells(config, MacroConfig(low_spread=0.1), 3)
    beats = [beat for part in product_beats(*operands(11, 7, 20), config) for beat in part.beats()]
    whole, single = (ColumnPath(config, cells, scale=90, seed=4) for _ in range(2))
    found = whole.dot_products(beats)
    expected = np.concatenate([single.dot_products([beat]) for beat in beats])
    np.testing.assert_array_equal(found, expected)
    assert whole.counters == single.counters
    assert whole.counters.misreads
    # As many sums as rows, for each block of outputs.
    assert len(found) == 11 * 3


def test_a_beat_of_a_slot_that_is_in_use_adds_to_what_is_there() -> None:
    weights = np.ones((3, 8), np.int8)
    beats = [
        DotBeat(activations=np.full(8, value, np.int8), weights=weights, slot=0, first=int(not value), last=1)
        for value in range(4)
    ]
    found = ColumnPath(CONFIG, sample_cells(CONFIG, IDEAL, 1)).dot_products(beats)
    assert found[:, 0].tolist() == [0, 8, 24, 48]


def test_cycles_of_the_parallel_engine_are_those_of_its_schedule() -> None:
    for beats in (1, 2, 9):
        ends = [0] * (beats - 1) + [1]
        _, given = schedule(range(beats), ends, [1 << 30], [1] * beats, parallel_latency(8))
        # The last beat is counted from, and so is the first.
        assert parallel_cycles(beats, CONFIG) == given[0]


@pytest.mark.parametrize(
    ("changes", "interval"),
    [({}, 24), ({"kind": "flash"}, 8), ({"vote": True, "settle": 1}, 4 * 13), ({"word_lines": 8}, 12)],
)
def test_a_beat_takes_a_conversion_of_each_group_and_bit(changes: dict[str, object], interval: int) -> None:
    config = dataclasses.replace(CONFIG, **changes)
    cells = sample_cells(config, IDEAL, 1)
    one, more = path_cycles(1, cells, config), path_cycles(5, cells, config)
    assert more - one == 4 * interval
