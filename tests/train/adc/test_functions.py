"""The quantizer in PyTorch: equal to golden, gradients and all."""

from typing import Any

import numpy as np
import pytest

from racelet.golden.adc import quantizer as golden
from racelet.train.adc.functions import bit_planes, concrete, logistic, round_through, straight_through, window

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed: make setup EXTRAS=train")

CODES = (-16, 15)
SCALE = 2.2


def number(value: float) -> Any:
    return torch.tensor(value, dtype=torch.float64, requires_grad=True)


def inputs(count: int) -> Any:
    return torch.linspace(-70, 70, count, dtype=torch.float64).requires_grad_()


def draws(count: int, seed: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).gumbel(size=(32, count))


@pytest.mark.parametrize("noisy", [False, True])
def test_straight_through_equals_golden_with_its_gradients(noisy: bool) -> None:
    x, alpha, beta = inputs(501), number(2.3), number(0.4)
    noise = np.random.default_rng(2).logistic(size=501) * SCALE * noisy
    quantizer = golden.Quantizer(alpha=2.3, beta=0.4)
    y = straight_through(x, alpha, beta, CODES, torch.tensor(noise) if noisy else None)
    y.sum().backward()
    expected = golden.straight_through_gradients(x.detach().numpy(), quantizer, noise, SCALE)
    found = golden.straight_through(x.detach().numpy() + noise, quantizer)
    np.testing.assert_allclose(y.detach().numpy(), found, atol=1e-12)
    np.testing.assert_allclose(x.grad.numpy(), expected.x, atol=1e-12)
    assert float(alpha.grad) == pytest.approx(expected.alpha.sum())
    assert float(beta.grad) == pytest.approx(expected.beta.sum(), abs=1e-9)


@pytest.mark.parametrize("temperature", [1.0, 0.2])
@pytest.mark.parametrize("alpha", [0.9, 2.1, 5.0])
def test_concrete_equals_golden_with_its_gradients(alpha: float, temperature: float) -> None:
    x, step, beta, scale = inputs(401), number(alpha), number(0.3), number(SCALE)
    gumbels = draws(401)
    y = concrete(torch, x, step, beta, scale, CODES, temperature, gumbels=torch.tensor(gumbels))
    y.sum().backward()
    quantizer = golden.Quantizer(alpha=alpha, beta=0.3)
    arguments = (x.detach().numpy(), quantizer, SCALE, temperature, gumbels.T)
    expected = golden.concrete_gradients(*arguments)
    np.testing.assert_allclose(y.detach().numpy(), golden.concrete(*arguments), atol=1e-8)
    np.testing.assert_allclose(x.grad.numpy(), expected.x, atol=1e-8)
    assert float(step.grad) == pytest.approx(expected.alpha.sum())
    assert float(beta.grad) == pytest.approx(expected.beta.sum())
    assert float(scale.grad) == pytest.approx(expected.scale.sum())


@pytest.mark.parametrize("hard", [False, True])
def test_concrete_meets_eulers_identity(hard: bool) -> None:
    # Of the one-hot sample too: the relaxed shares that its gradients come from do not change with the unit.
    x, alpha, beta, scale = inputs(300), number(2.3), number(0.7), number(1.7)
    y = concrete(torch, x, alpha, beta, scale, CODES, 0.4, gumbels=torch.tensor(draws(300)), hard=hard)
    y.sum().backward()
    total = (x * x.grad).sum() + sum(each * each.grad for each in (alpha, beta, scale))
    assert total.item() == pytest.approx(y.sum().item(), rel=1e-9)


def test_concrete_passes_gradcheck() -> None:
    gumbels = torch.tensor(draws(40))

    def sample(x: Any, alpha: Any, beta: Any, scale: Any) -> Any:
        return concrete(torch, x, alpha, beta, scale, CODES, 0.5, gumbels=gumbels)

    x = torch.linspace(-41.3, 39.7, 40, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(sample, (x, number(2.3), number(0.1), number(SCALE)))


def test_the_one_hot_sample_is_a_level_and_has_the_relaxed_ones_slope() -> None:
    gumbels, hard, soft = torch.tensor(draws(200)), inputs(200), inputs(200)
    arguments = (number(2.3), number(0.0), number(SCALE), CODES, 0.3)
    y = concrete(torch, hard, *arguments, gumbels=gumbels, hard=True)
    y.sum().backward()
    concrete(torch, soft, *arguments, gumbels=gumbels).sum().backward()
    codes = y.detach().numpy() / 2.3
    np.testing.assert_allclose(codes, codes.round(), atol=1e-9)
    np.testing.assert_array_equal(hard.grad.numpy(), soft.grad.numpy())


@pytest.mark.parametrize("x", [0.0, 7.7, 34.0, -60.0])
def test_one_hot_samples_of_a_window_have_the_true_probabilities(x: float) -> None:
    count, alpha, scale = 100_000, 2.3, 0.8
    assert window(32, alpha, scale) < 16
    generator = torch.Generator().manual_seed(3)
    same = torch.full((count,), x)
    parameters = (torch.tensor(alpha), torch.tensor(0.0), torch.tensor(scale))
    y = concrete(torch, same, *parameters, CODES, 0.2, generator=generator, hard=True)
    shares = np.bincount((y / alpha).round().long().numpy() + 16, minlength=32) / count
    expected = golden.probabilities(np.array(x), golden.Quantizer(alpha=alpha), scale)
    assert np.abs(shares - expected).max() < 0.008


@pytest.mark.parametrize("scale", [1e-3, 0.5, 50.0])
def test_samples_are_numbers_however_far_and_sharp(scale: float) -> None:
    x = torch.tensor([-1e6, -40.0, -1.0, 0.0, 1.0, 40.0, 1e6]).requires_grad_()
    parameters = (torch.tensor(2.0).requires_grad_(), torch.tensor(0.0), torch.tensor(scale))
    y = concrete(torch, x, *parameters, CODES, 0.2, generator=torch.Generator().manual_seed(1))
    y.sum().backward()
    assert torch.isfinite(y).all()
    assert torch.isfinite(x.grad).all()
    assert torch.isfinite(parameters[0].grad)
    assert y.abs().max() <= 32


def test_noise_has_the_logistic_deviation() -> None:
    noise = logistic(torch, torch.empty(200_000), torch.Generator().manual_seed(1))
    assert float(noise.std()) == pytest.approx(np.pi / np.sqrt(3), rel=0.01)


def test_rounding_passes_gradients_of_the_range_alone() -> None:
    x = torch.tensor([-3.0, -2.5, -0.5, 0.49, 1.4, 1.6]).requires_grad_()
    y = round_through(x, -2, 1)
    y.sum().backward()
    assert y.tolist() == [-2, -2, 0, 0, 1, 1]
    assert x.grad.tolist() == [0, 1, 1, 1, 1, 0]


def test_bits_are_those_of_the_number_and_pass_its_gradient() -> None:
    x = torch.arange(-3.0, 4.0).requires_grad_()
    low, high = bit_planes(x, 2)
    assert low.tolist() == [-1, 0, -1, 0, 1, 0, 1]
    assert high.tolist() == [-1, -1, 0, 0, 0, 1, 1]
    (low + 2 * high).sum().backward()
    assert x.grad.tolist() == pytest.approx([1.0] * 7)
