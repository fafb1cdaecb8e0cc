import math

import numpy as np
import pytest

from racelet.golden.dwcpwc.softmax import _EXP_MINUS_EIGHTH, _EXP_POWERS, softmax


@pytest.mark.parametrize("scale", [0.001, 0.02, 0.1447, 0.5, 3.0])
@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
def test_probabilities_are_within_one_step_of_the_real_ones(scale: float, beta: float) -> None:
    x = np.random.default_rng(1).integers(-128, 128, (200, 12)).astype(np.int8)
    real = np.exp(beta * scale * (x - x.max(axis=-1, keepdims=True).astype(np.float64)))
    expected = np.clip(256 * real / real.sum(axis=-1, keepdims=True) - 128, -128, 127)
    assert np.abs(softmax(x, scale, beta) - expected).max() < 1


def test_equal_logits_share_evenly() -> None:
    for n in (1, 2, 4, 16, 256):
        assert set(softmax(np.full(n, 7, np.int8), 0.1).tolist()) == {min(256 // n - 128, 127)}


def test_a_scale_beyond_the_fixed_point_gives_all_to_the_largest() -> None:
    assert softmax(np.array([-128, 126, 127], np.int8), 1e6).tolist() == [-128, -128, 127]


def test_constants_are_the_nearest_fixed_point_numbers() -> None:
    """One step in a constant changes an output byte in a million."""
    powers = [math.exp(-(2.0**k)) for k in range(-2, 5)]
    assert list(_EXP_POWERS) == [round(power * 2**31) for power in powers]
    assert round(math.exp(-1 / 8) * 2**31) == _EXP_MINUS_EIGHTH
