import math

import numpy as np
import pytest

from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.logistic_noise import SPREAD, LogisticNoise, noise_scale, scaled, seeds, step
from racelet.golden.adc.noise_table import NOISE_ROM


def test_samples_are_the_table_at_every_eighth_state() -> None:
    for seed in (1, 2, 0xFFFFFFFF, 12345):
        state, expected = seed, []
        for _ in range(77):
            for _ in range(8):
                low = state & 1
                state >>= 1
                if low:
                    state ^= 0x80200003
            expected.append(NOISE_ROM[state & 255])
        noise = LogisticNoise(np.array([seed], np.uint32))
        # However many are asked for at a time.
        found = [noise.samples(count)[:, 0] for count in (1, 0, 5, 64, 7)]
        assert np.concatenate(found).tolist() == expected
        assert noise.states.tolist() == [state]


def test_the_shift_register_has_every_state_but_zero() -> None:
    # Its steps are a linear map of bits; its order divides 2 ** 32 - 1, and no part of that.
    def power(steps: int) -> list[int]:
        result, square = [1 << bit for bit in range(32)], [step(1 << bit) for bit in range(32)]
        while steps:
            if steps & 1:
                result = [apply(square, each) for each in result]
            square = [apply(square, each) for each in square]
            steps >>= 1
        return result

    def apply(columns: list[int], state: int) -> int:
        total = 0
        for bit, column in enumerate(columns):
            total ^= column if state >> bit & 1 else 0
        return total

    unit = [1 << bit for bit in range(32)]
    assert power(2**32 - 1) == unit
    assert all(power((2**32 - 1) // prime) != unit for prime in (3, 5, 17, 257, 65537))
    assert math.gcd(8, 2**32 - 1) == 1


def test_the_table_is_the_quantiles_of_the_logistic_distribution() -> None:
    assert all(low == -high for low, high in zip(NOISE_ROM, reversed(NOISE_ROM), strict=True))
    assert (NOISE_ROM[0], NOISE_ROM[128], NOISE_ROM[255]) == (-100, 0, 100)
    assert abs(SPREAD / (16 * math.pi / math.sqrt(3)) - 1) < 0.02


def test_samples_are_logistic_and_know_nothing_of_one_another() -> None:
    noise = LogisticNoise(seeds(7, 3)).samples(200_000)
    assert np.abs(noise.mean(axis=0)).max() < 0.2
    assert noise.std(axis=0) == pytest.approx([SPREAD] * 3, rel=0.01)
    # As many beyond each quartile as there should be.
    quartile = 16 * math.log(3)
    assert np.mean(np.abs(noise) > quartile) == pytest.approx(0.5, abs=0.02)
    normal = (noise - noise.mean(axis=0)) / noise.std(axis=0)
    for lag in range(1, 6):
        assert np.abs((normal[lag:] * normal[:-lag]).mean(axis=0)).max() < 0.02
    assert np.abs(np.corrcoef(noise.T) - np.eye(3)).max() < 0.02


@pytest.mark.parametrize("sigma", [0.05, 0.15, 1.0, 6.0])
def test_a_scale_makes_the_spread_that_is_asked_for(sigma: float) -> None:
    config = AdcConfig()
    found = scaled(LogisticNoise(seeds(1, 4)).samples(20_000), noise_scale(sigma, config))
    assert found.std() / 64 == pytest.approx(sigma, rel=0.03)


def test_generators_begin_at_other_states_and_never_at_zero() -> None:
    states = seeds(0, 1000)
    assert len(set(states.tolist())) == 1000
    assert np.all(states)
    # The second of these would be zero.
    assert seeds(-0x9E3779B9 % 2**32, 2).tolist()[1] == 1
    with pytest.raises(ValueError, match="states must not be zero"):
        LogisticNoise(np.array([3, 0], np.uint32))
