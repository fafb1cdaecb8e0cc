"""The quantizer against definitions written anew, finite differences and sampling."""

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from racelet.golden.adc.quantizer import (
    Edges,
    Gradients,
    Quantizer,
    concrete,
    concrete_gradients,
    logistic_cdf,
    logistic_noise,
    logistic_scale,
    probabilities,
    quantize,
    straight_through,
    straight_through_gradients,
)

EDGES: tuple[Edges, ...] = ("infinite", "finite")
SHAPES = [(32, None), (32, 0), (4, None), (5, None), (256, 0)]


def gumbels(shape: tuple[int, ...], seed: int = 1) -> NDArray[np.float64]:
    return np.random.default_rng(seed).gumbel(size=shape)


def sample(
    x: float, alpha: float, beta: float, scale: float, heat: float, draws: NDArray[np.float64], edges: Edges
) -> float:
    quantizer = Quantizer(alpha=alpha, beta=beta)
    return float(concrete(np.array([x]), quantizer, scale, heat, draws, edges).item())


def differences(function: Callable[[float, float, float, float], float], at: tuple[float, ...]) -> list[float]:
    """Central differences by each argument."""
    found = []
    for index in range(len(at)):
        step = 1e-5
        up, down = list(at), list(at)
        up[index] += step
        down[index] -= step
        found.append((function(*up) - function(*down)) / (2 * step))
    return found


def fields(gradients: Gradients) -> list[float]:
    return [float(each.item()) for each in (gradients.x, gradients.alpha, gradients.beta, gradients.scale)]


@pytest.mark.parametrize(("levels", "lowest"), SHAPES)
@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 0.0), (2.5, 0.0), (3.0, -1.25), (0.75, 0.5)])
def test_codes_are_the_nearest_levels(levels: int, lowest: int | None, alpha: float, beta: float) -> None:
    quantizer = Quantizer(alpha=alpha, beta=beta, levels=levels, lowest=lowest)
    x = np.arange(-2 * levels * 8, 2 * levels * 8) / 8.0
    first, last = quantizer.codes[0], quantizer.codes[-1]
    expected = [min(max(math.floor((value - beta) / alpha + 0.5), first), last) for value in x]
    # Steps and offsets are such that no rounding moves a tie.
    ties = [value for value in quantizer.thresholds if value in x]
    assert ties
    on_grid = np.abs((x - beta) / alpha % 1 - 0.5) > 1e-9
    np.testing.assert_array_equal(quantize(x, quantizer)[on_grid], np.array(expected)[on_grid])
    np.testing.assert_array_equal(quantize(quantizer.thresholds, quantizer), quantizer.codes[1:])


@pytest.mark.parametrize("alpha", [0.3, 1.0, 1.7, 2.0, 4.01])
def test_integer_thresholds_give_the_codes_of_all_integers(alpha: float) -> None:
    quantizer = Quantizer(alpha=alpha)
    x = np.arange(-300, 301)
    found = quantizer.codes[np.searchsorted(quantizer.integer_thresholds, x, side="right")]
    np.testing.assert_array_equal(found, quantize(x.astype(np.float64), quantizer))


@pytest.mark.parametrize("edges", EDGES)
@pytest.mark.parametrize(("levels", "lowest"), SHAPES)
def test_probabilities_are_differences_of_the_distribution(levels: int, lowest: int | None, edges: Edges) -> None:
    quantizer, scale = Quantizer(alpha=2.0, beta=0.3, levels=levels, lowest=lowest), 1.7
    x = np.linspace(-12, 12, 49)
    ends = quantizer.alpha * (np.append(quantizer.codes, quantizer.codes[-1] + 1) - 0.5) + quantizer.beta
    if edges == "infinite":
        ends[0], ends[-1] = -np.inf, np.inf
    bins = np.diff(1 / (1 + np.exp(-(ends - x[:, np.newaxis]) / scale)), axis=1)
    expected = bins / bins.sum(axis=1, keepdims=True)
    found = probabilities(x, quantizer, scale, edges)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-12)


def test_probabilities_far_from_every_level_lose_no_digits() -> None:
    found = probabilities(np.array([-400.0, 400.0]), Quantizer(alpha=1.0), 1.0)
    # The bin of the upper end, seen from below: F falls as exp(x / s).
    assert found[0, -1] == pytest.approx(math.exp(-400 - 14.5), rel=1e-9)
    assert found[1, 0] == pytest.approx(math.exp(-400 - 15.5), rel=1e-9)


def test_probabilities_are_shares_of_noisy_codes() -> None:
    quantizer, scale, count = Quantizer(alpha=3.0), logistic_scale(4.0), 200_000
    noise = logistic_noise(np.random.default_rng(7).random(count), scale)
    codes = quantize(5.0 + noise, quantizer)
    shares = np.bincount(codes - quantizer.codes[0], minlength=32) / count
    expected = probabilities(np.array(5.0), quantizer, scale)
    assert np.abs(shares - expected).max() < 5 * math.sqrt(0.25 / count)


def test_noise_has_its_deviation() -> None:
    noise = logistic_noise((np.arange(1_000_000) + 0.5) / 1_000_000, logistic_scale(4.0))
    assert noise.std() == pytest.approx(4.0, rel=1e-3)
    assert logistic_cdf(noise[::1000], logistic_scale(4.0)) == pytest.approx(np.arange(1000) / 1000, abs=1e-6)


@pytest.mark.parametrize("edges", EDGES)
def test_a_cold_sample_is_the_level_of_the_largest_gumbel(edges: Edges) -> None:
    quantizer, scale = Quantizer(alpha=2.0), 2.2
    x, draws = np.linspace(-40, 40, 500), gumbels((500, 32))
    largest = (np.log(probabilities(x, quantizer, scale, edges)) + draws).argmax(axis=1)
    found = concrete(x, quantizer, scale, 1e-4, draws, edges)
    assert np.mean(np.isclose(found, quantizer.values[largest])) > 0.99


def test_a_hot_sample_spreads_less_than_the_noise() -> None:
    # The figures for spread over true spread that the annealing is based on.
    quantizer, scale = Quantizer(alpha=4.0), logistic_scale(4.0)
    x, draws = np.zeros(20_000), gumbels((20_000, 32))
    true = quantizer.values[(np.log(probabilities(x, quantizer, scale)) + draws).argmax(axis=1)].std()
    ratios = [concrete(x, quantizer, scale, heat, draws).std() / true for heat in (1.0, 0.5, 0.25, 0.1)]
    assert ratios == sorted(ratios)
    assert ratios == pytest.approx([0.56, 0.75, 0.87, 0.95], abs=0.04)


@pytest.mark.parametrize("edges", EDGES)
@pytest.mark.parametrize("beta", [0.0, 0.7])
@pytest.mark.parametrize("temperature", [1.0, 0.2])
def test_concrete_gradients_meet_eulers_identity(edges: Edges, beta: float, temperature: float) -> None:
    quantizer, scale = Quantizer(alpha=2.3, beta=beta), 1.9
    x, draws = np.linspace(-60, 60, 400), gumbels((400, 32))
    y = concrete(x, quantizer, scale, temperature, draws, edges)
    slopes = concrete_gradients(x, quantizer, scale, temperature, draws, edges)
    total = x * slopes.x + quantizer.alpha * slopes.alpha + beta * slopes.beta + scale * slopes.scale
    np.testing.assert_allclose(total, y, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("edges", EDGES)
@pytest.mark.parametrize("x", [-80.0, -31.0, -3.3, 0.0, 0.4, 17.0, 29.9, 45.0])
def test_concrete_gradients_are_finite_differences(edges: Edges, x: float) -> None:
    for seed, temperature in enumerate((1.0, 0.4, 0.2)):
        draws = gumbels((1, 32), seed)

        slopes = concrete_gradients(np.array([x]), Quantizer(alpha=2.1, beta=0.2), 1.8, temperature, draws, edges)
        expected = differences(
            functools.partial(sample, heat=temperature, draws=draws, edges=edges), (x, 2.1, 0.2, 1.8)
        )
        assert fields(slopes) == pytest.approx(expected, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("beta", [0.0, 0.7])
def test_straight_through_gradients_meet_eulers_identity(beta: float) -> None:
    quantizer, scale = Quantizer(alpha=2.3, beta=beta), 1.9
    x = np.linspace(-60, 60, 400)
    for noise in (np.zeros(400), logistic_noise(np.random.default_rng(3).random(400), scale)):
        slopes = straight_through_gradients(x, quantizer, noise, scale)
        total = x * slopes.x + quantizer.alpha * slopes.alpha + beta * slopes.beta + scale * slopes.scale
        np.testing.assert_allclose(total, straight_through(x + noise, quantizer), rtol=1e-12, atol=1e-12)
        assert set(slopes.x.tolist()) == {0.0, 1.0}


def test_straight_through_passes_nothing_where_it_saturates() -> None:
    quantizer, zero = Quantizer(alpha=2.0), np.zeros(4)
    slopes = straight_through_gradients(np.array([-33.5, -32.5, 30.5, 31.5]), quantizer, zero, 1.0)
    assert slopes.x.tolist() == [0.0, 1.0, 1.0, 0.0]
    assert slopes.alpha.tolist() == [-16.0, -16.0 + 16.25, 15.0 - 15.25, 15.0]


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"alpha": 0.0}, "Quantizer.alpha must be above 0"),
        ({"alpha": math.nan}, "Quantizer.alpha must be above 0"),
        ({"alpha": math.inf}, "Quantizer.alpha must be above 0"),
        ({"alpha": 1.0, "beta": math.inf}, "Quantizer.beta must be a number, not inf"),
        ({"alpha": 1.0, "levels": 3}, r"Quantizer.levels must be in 4..256 \(2 to 8 bits\), not 3"),
        ({"alpha": 1.0, "levels": 257}, "not 257"),
    ],
)
def test_a_field_out_of_range_is_named(values: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Quantizer(**values)


def test_a_sample_without_noise_or_heat_is_refused() -> None:
    x, draws = np.zeros(1), np.zeros((1, 32))
    with pytest.raises(ValueError, match="scale must be above 0"):
        probabilities(x, Quantizer(alpha=1.0), 0.0)
    with pytest.raises(ValueError, match="temperature must be above 0, not 0"):
        concrete(x, Quantizer(alpha=1.0), 1.0, 0.0, draws)
    other: Any = "none"
    with pytest.raises(ValueError, match="edges must be one of infinite, finite, not none"):
        probabilities(x, Quantizer(alpha=1.0), 1.0, other)
