import itertools
import math

import numpy as np
import pytest

from racelet.golden.racetrack.config import OdometerConfig
from racelet.golden.racetrack.descriptor import Descriptor, cycles, describe, schedule, walk
from racelet.golden.racetrack.odometer import Dimension, View, stored

CONFIG = OdometerConfig(size_width=6, track_width=9, offset_width=9)


def places(view: View, config: OdometerConfig = CONFIG) -> list[tuple[int, int]]:
    steps = list(walk(describe(view, config), config))
    assert [step.last for step in steps] == [0] * (len(steps) - 1) + [1]
    assert not any(step.error for step in steps)
    return [(step.track, step.offset) for step in steps]


def values(view: View, memory: np.ndarray) -> list[int]:
    return [int(memory[place]) for place in places(view)]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("count", range(1, 6))
def test_a_walk_in_any_order_is_numpys_transpose(count: int, seed: int) -> None:
    rng = np.random.default_rng((count, seed))
    shape = tuple(int(size) for size in rng.integers(1, 5 if count < 5 else 4, size=count))
    for tracked in range(count + 1):
        tracks, words = math.prod(shape[:tracked]), math.prod(shape[tracked:])
        # The tensor begins somewhere in a memory that holds more than it.
        memory = rng.permutation((tracks + 5) * (words + 7)).reshape(tracks + 5, words + 7)
        track, offset = (int(each) for each in rng.integers(5, size=2))
        tensor = memory[track : track + tracks, offset : offset + words].reshape(shape)
        view = stored(shape, tracked, track=track, offset=offset)
        for order in itertools.permutations(range(count)):
            assert values(view.permute(order), memory) == tensor.transpose(order).ravel().tolist()


@pytest.mark.parametrize("seed", range(30))
def test_a_walk_over_what_was_split_merged_and_permuted_is_numpys(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = (12, 24)
    memory = rng.permutation(12 * 24).reshape(shape)
    view, tensor = stored(shape, 1), memory
    for _ in range(12):
        count, axis = len(view.dimensions), int(rng.integers(len(view.dimensions)))
        what = rng.choice(["split", "merge", "permute"])
        if what == "split" and count < 5:
            size = view.shape[axis]
            inner = int(rng.choice([each for each in range(1, size + 1) if size % each == 0]))
            view = view.split(axis, inner)
        elif what == "merge" and axis + 1 < count:
            try:
                view = view.merge(axis)
            except ValueError:
                continue
        elif what == "permute":
            order = [int(each) for each in rng.permutation(count)]
            view, tensor = view.permute(order), tensor.transpose(order)
        tensor = tensor.reshape(view.shape)
        assert values(view, memory) == tensor.ravel().tolist()


@pytest.mark.parametrize("width", [1, 3, 12, 16])
def test_any_strides_are_walked(width: int) -> None:
    """Backwards too, and with deltas that are larger than the widths hold with a sign."""
    config = OdometerConfig(size_width=3, track_width=width, offset_width=width, dimensions=3)
    most = (1 << width) - 1
    ends = [Dimension(size=2, track=most, offset=-most), Dimension(size=3, track=0, offset=0)]
    for dimensions in itertools.permutations(ends):
        view = View(dimensions=dimensions, offset=most)
        assert places(view, config) == list(view.places())
    still = View(dimensions=(Dimension(size=1, track=99, offset=-99),), track=most)
    assert places(still, config) == [(most, 0)]


def test_what_an_odometer_cannot_hold_is_named() -> None:
    narrow = OdometerConfig(size_width=2, track_width=2, offset_width=3, dimensions=2)
    with pytest.raises(ValueError, match=r"^a view must have 1\.\.2 dimensions, not 3$"):
        describe(stored((1, 1, 1), 1), narrow)
    with pytest.raises(ValueError, match=r"^dimension 1 must have 1\.\.3 elements \(2 bits\), not 4: split it$"):
        describe(stored((2, 4), 1), narrow)
    with pytest.raises(ValueError, match=r"^every track of a view must be in 0\.\.3 \(2 bits\), not 4$"):
        describe(stored((3, 2), 1, track=2), narrow)
    with pytest.raises(ValueError, match=r"^every offset of a view must be in 0\.\.7 \(3 bits\), not -1$"):
        describe(View(dimensions=(Dimension(size=2, track=0, offset=-5),), offset=4), narrow)
    assert places(View(dimensions=(Dimension(size=2, track=0, offset=-4),), offset=4), narrow) == [(0, 4), (0, 0)]
    assert places(stored((3, 2), 1, track=1), narrow)[-1] == (3, 1)


@pytest.mark.parametrize("empty", range(3))
def test_a_view_without_an_element_is_one_error(empty: int) -> None:
    sizes = tuple(0 if axis == empty else 3 for axis in range(3))
    told = Descriptor(sizes=sizes, tracks=(1, 2, 3), offsets=(4, 5, 6), track=7, offset=8)
    (step,) = walk(told, OdometerConfig(dimensions=3))
    assert (step.track, step.offset, step.last, step.error) == (7, 8, 1, 1)
    assert told.places == 1


def test_cycles_are_those_of_a_schedule_without_waiting() -> None:
    rng = np.random.default_rng(1)
    sizes = [tuple(int(size) for size in rng.integers(4, size=2)) for _ in range(20)]
    found = [Descriptor(sizes=each, tracks=(0, 0), offsets=(0, 0), track=0, offset=0) for each in sizes]
    counts = [each.places for each in found]
    told, given = schedule(counts, [0] * len(counts), list(range(1, sum(counts) + 1)))
    assert given == list(range(1, sum(counts) + 1))
    assert given[-1] - told[0] + 1 == cycles(found)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"size_width": 17}, r"size_width must be in 1\.\.16, not 17"),
        ({"track_width": 0}, r"track_width must be in 1\.\.32, not 0"),
        ({"offset_width": 33}, r"offset_width must be in 1\.\.32, not 33"),
        ({"dimensions": 6}, r"dimensions must be in 1\.\.5, not 6"),
    ],
)
def test_a_shape_outside_its_range_is_named(fields: dict[str, int], said: str) -> None:
    with pytest.raises(ValueError, match=f"^OdometerConfig.{said}$"):
        OdometerConfig(**fields)


def test_a_shape_of_the_wrong_kind_is_named() -> None:
    with pytest.raises(TypeError, match=r"^OdometerConfig.dimensions must be int, not True$"):
        OdometerConfig(dimensions=True)
