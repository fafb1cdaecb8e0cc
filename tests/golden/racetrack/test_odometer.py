import itertools
import math

import numpy as np
import pytest

from racelet.golden.racetrack.odometer import View, stored


def values(view: View, memory: np.ndarray) -> list[int]:
    return [int(memory[place]) for place in view.places()]


@pytest.mark.parametrize("shape", [(7,), (3, 4), (2, 3, 4), (2, 3, 1, 4), (2, 3, 2, 2, 3)])
def test_every_permutation_is_numpys(shape: tuple[int, ...]) -> None:
    for tracked in range(len(shape) + 1):
        tracks, words = math.prod(shape[:tracked]), math.prod(shape[tracked:])
        memory = np.random.default_rng(1).permutation(tracks * words).reshape(tracks, words)
        tensor, view = memory.reshape(shape), stored(shape, tracked)
        for order in itertools.permutations(range(len(shape))):
            turned = view.permute(order)
            assert turned.shape == tensor.transpose(order).shape
            assert values(turned, memory) == tensor.transpose(order).ravel().tolist()


def test_a_dimension_is_split_and_merged() -> None:
    memory = np.arange(4 * 24).reshape(4, 24)
    view = stored((4, 24), 1)
    heads = view.split(1, 6)
    assert heads.shape == (4, 4, 6)
    assert values(heads.permute((1, 0, 2)), memory) == memory.reshape(4, 4, 6).transpose(1, 0, 2).ravel().tolist()
    assert heads.merge(1) == view
    tracks = view.split(0, 2)
    assert values(tracks.permute((1, 0, 2)), memory) == memory.reshape(2, 2, 24).transpose(1, 0, 2).ravel().tolist()


def test_what_does_not_chain_is_not_merged() -> None:
    # The heads of an attention, tokens outermost: merged, they would lie on several tracks.
    turned = stored((4, 24), 1).split(1, 6).permute((1, 0, 2))
    for axis in (0, 1):
        with pytest.raises(ValueError, match=f"^dimensions {axis} and {axis + 1} do not lie one behind the other$"):
            turned.merge(axis)


def test_a_view_may_begin_anywhere() -> None:
    assert list(stored((2, 2), 1, track=3, offset=5).places()) == [(3, 5), (3, 6), (4, 5), (4, 6)]


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(ValueError, match=r"^a view must have 1\.\.5 dimensions, not 6$"):
        stored((1,) * 6, 2)
    with pytest.raises(ValueError, match=r"^dimension 1 must have at least one element, not 0$"):
        stored((2, 0), 1)
    with pytest.raises(ValueError, match=r"^an order must name each of 2 dimensions once, not be \(0, 0\)$"):
        stored((2, 2), 1).permute((0, 0))
    with pytest.raises(ValueError, match=r"^dimension 0 of 4 elements cannot be split into parts of 3$"):
        stored((4, 2), 1).split(0, 3)
