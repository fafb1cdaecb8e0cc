"""Codes of a fixed number of ones: by brute force, and as good as is known of them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from racelet.golden.racetrack.constant_weight import LARGEST, decode, encode, predecessors, successors
from racelet.golden.racetrack.enumerative_code import CODES, EnumerativeCode


def test_neighbours_are_those_of_a_search() -> None:
    magnitudes = np.arange(1 << 10)
    for ones in range(2, 9):
        words = [word for word in range(1 << 12) if word.bit_count() == ones]
        left = np.full_like(magnitudes, ones)
        below = [max((word for word in words if word <= each), default=-1) for each in magnitudes.tolist()]
        above = [min(word for word in words if word >= each) for each in magnitudes.tolist()]
        assert predecessors(magnitudes, left).tolist() == below
        assert successors(magnitudes, left).tolist() == above


@pytest.mark.parametrize("greedy", [False, True])
@pytest.mark.parametrize("ones", [2, 8, 15, 16, 20, 30])
def test_every_word_has_its_ones_and_its_sign(ones: int, greedy: bool) -> None:
    rng = np.random.default_rng(ones)
    values = rng.integers(0, 1 << 32, 20_000, np.uint32).view(np.float32)
    values = values[~np.isnan(values)]
    words = encode(values, ones, greedy=greedy)
    assert set(np.bitwise_count(words).tolist()) == {ones}
    found = decode(words)
    assert (np.signbit(found) == np.signbit(values)).all()
    assert np.isfinite(found).all()
    # A word is coded as itself.
    np.testing.assert_array_equal(encode(words.view(np.float32), ones, greedy=greedy), words)


def test_the_nearest_word_is_never_worse_than_the_greedy_one() -> None:
    values = np.random.default_rng(1).normal(0, 1, 20_000).astype(np.float32)
    distances = [
        np.abs(encode(values, 15, greedy=greedy).astype(np.int64) - values.view(np.uint32).astype(np.int64))
        for greedy in (False, True)
    ]
    assert (distances[0] <= distances[1]).all()
    assert (distances[0] < distances[1]).any()


def test_what_is_special_is_told_or_saturates() -> None:
    words = encode(np.array([np.inf, -np.inf, np.finfo(np.float32).max], np.float32))
    magnitudes = words & np.uint32(0x7FFFFFFF)
    assert (magnitudes <= LARGEST).all()
    assert words[0] == words[2]
    # The next one of so many ones would be no number any more.
    assert successors(magnitudes[:1].astype(np.int64) + 1, np.array([16]))[0] > LARGEST
    with pytest.raises(ValueError, match=r"^value 1 is not a number$"):
        encode(np.array([1.0, np.nan], np.float32))
    with pytest.raises(ValueError, match=r"^a word must have 2\.\.30 ones, not 31$"):
        encode(np.zeros(1, np.float32), 31)


def test_zeros_are_exact() -> None:
    for ones in (2, 16, 30):
        found = decode(encode(np.array([0.0, -0.0], np.float32), ones))
        assert found.tolist() == [0.0, 0.0]
        assert np.signbit(found).tolist() == [False, True]


def test_errors_are_those_of_the_specification() -> None:
    rng = np.random.default_rng(2)
    weights = rng.normal(0, 0.02, (768, 768)).astype(np.float32)
    error = np.abs(decode(encode(weights.ravel())) - weights.ravel()) / np.abs(weights.ravel())
    assert error.mean() == pytest.approx(2.3e-6, rel=0.05)
    activations = rng.normal(0, 1, (128, 768)).astype(np.float32)

    def ratio(ones: int, *, greedy: bool) -> float:
        sides = [_coded(each, ones, greedy=greedy) for each in (activations, weights)]
        exact = activations.astype(np.float64) @ weights.astype(np.float64)
        noise = sides[0] @ sides[1] - exact
        return float(10 * np.log10((exact**2).sum() / (noise**2).sum()))

    assert ratio(16, greedy=False) == pytest.approx(79.8, abs=1)
    assert ratio(15, greedy=True) == pytest.approx(73.8, abs=1)


def _coded(values: NDArray[np.float32], ones: int, *, greedy: bool) -> NDArray[np.float64]:
    return decode(encode(values.ravel(), ones, greedy=greedy)).reshape(values.shape).astype(np.float64)


@pytest.mark.parametrize("name", CODES)
def test_every_number_has_a_word_in_its_order(name: str) -> None:
    code = CODES[name]
    values = np.arange(code.least, code.most + 1)
    words = code.encode(values)
    np.testing.assert_array_equal(code.decode(words), values)
    assert (np.diff(words) > 0).all()
    assert set(np.bitwise_count(words).tolist()) == {code.ones}
    assert words.max() < 1 << code.length
    beyond = np.array([code.least - 1, code.most + 1])
    assert code.decode(code.encode(beyond)).tolist() == [code.least, code.most]


def test_a_code_with_too_few_words_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^a \(10,5\) code has 252 words, too few for 256 numbers$"):
        EnumerativeCode(length=10, ones=5, least=-128, most=127)
