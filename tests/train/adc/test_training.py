"""Training of small networks: what comes out, and that it goes on as if it had never been interrupted."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from racelet.golden.adc.quantizer import Quantizer, quantize
from racelet.train.adc import training
from racelet.train.adc.deployed import load_deployed
from racelet.train.adc.functions import concrete, sample_spread
from racelet.train.adc.images import Images, input_codes
from racelet.train.adc.recipe import METHODS, Layer, Method, Recipe, recipe
from racelet.train.adc.training import Training, train_network
from tests.train.adc import synthetic

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed: make setup EXTRAS=train")


@pytest.fixture(autouse=True)
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "DRAWS", {"digits": 1, "cifar10": 1})


def small(method: Method = "noise", **changes: Any) -> Recipe:
    return recipe("digits", **{"method": method, "epochs": 4, "batch": 32, "sigma": 2.0, **changes})


@pytest.mark.parametrize("method", METHODS)
def test_every_method_learns(method: Method, tmp_path: Path) -> None:
    found = train_network(small(method, epochs=12, rate=0.05), synthetic.digits(256, 100), tmp_path)
    shares = {each["sigma"]: each["percent"] for each in found["accuracy"]}
    assert shares[0.0] > 60
    assert shares[10.0] < shares[0.0]


@pytest.mark.parametrize("method", ["noise", "concrete"])
def test_a_resumed_training_ends_as_one_that_was_not_interrupted(
    method: Method, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "_SAVE_S", 0.0)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for folder in (whole, parts):
        folder.mkdir()

    def interrupt(epoch: int, _loss: float) -> None:
        if epoch == 2:
            raise KeyboardInterrupt

    wanted, images = small(method), synthetic.digits()
    expected = train_network(wanted, images, whole)
    with pytest.raises(KeyboardInterrupt):
        train_network(wanted, images, parts, interrupt)
    assert [path.suffix for path in parts.iterdir()] == [".checkpoint"]
    epochs: list[int] = []
    found = train_network(wanted, images, parts, lambda epoch, _: epochs.append(epoch))
    assert epochs == [3, 4]
    assert found["accuracy"] == expected["accuracy"]
    assert (parts / f"{wanted.name}.npz").read_bytes() == (whole / f"{wanted.name}.npz").read_bytes()
    assert sorted(path.suffix for path in parts.iterdir()) == [".json", ".npz"]


def test_a_finished_training_is_not_done_again(tmp_path: Path) -> None:
    first = train_network(small(epochs=1), synthetic.digits(), tmp_path)
    again = train_network(small(epochs=1), synthetic.digits(), tmp_path, lambda *_: pytest.fail("trained again"))
    assert again == json.loads(json.dumps(first))


def test_seeds_and_methods_have_files_of_their_own() -> None:
    names = {small(method, seed=seed).name for method in METHODS for seed in range(3)}
    assert len(names) == 12
    assert small(sigma=2.0).name != small(sigma=2.5).name


def test_a_damaged_checkpoint_or_result_is_named(tmp_path: Path) -> None:
    wanted = small(epochs=1)
    checkpoint = tmp_path / f"{wanted.name}.checkpoint"
    checkpoint.write_bytes(b"nothing")
    with pytest.raises(ValueError, match="checkpoint is no checkpoint that can be gone on from; remove it"):
        train_network(wanted, synthetic.digits(), tmp_path)
    checkpoint.unlink()
    (tmp_path / f"{wanted.name}.json").write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match="json is damaged; remove it to train anew"):
        train_network(wanted, synthetic.digits(), tmp_path)


def test_a_batch_of_more_images_than_there_are_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"batch must be at most 16 \(the training images\), not 32"):
        train_network(small(), synthetic.digits(16, 10), tmp_path)


def read(wanted: Recipe, step: float, layer: Layer, values: Any, weights: Any) -> Any:
    """A group's sum after conversion."""

    def converted(values: Any, weights: Any) -> Any:
        sums = torch.nn.functional.conv2d(values, weights, padding=layer.padding)
        return sums if layer.digital else step * torch.tensor(quantize(sums.numpy(), Quantizer(alpha=step))).double()

    if wanted.readout == "group" or layer.digital:
        return converted(values, weights)
    ones, twos = values % 2, (values >= 2).double()
    low, high = weights * (weights.abs() == 1), (weights / 2) * (weights.abs() == 2)
    return sum(
        place * worth * converted(bits, part)
        for place, bits in ((1, ones), (2, twos))
        for worth, part in ((1, low), (2, high))
    )


def reference(train: Training, images: Images) -> np.ndarray:
    """Results from the parameters in training, in float64, without integers' thresholds."""
    state = {name: value.detach().double() for name, value in train.network.state.items()}
    values = torch.tensor(input_codes(train.recipe.dataset, images.test.astype(np.int64)), dtype=torch.float64)
    for index, layer in enumerate(train.recipe.layers):
        weights = (state[f"{index}.weights"] + 0.5).floor().clamp(-2, 1)
        values = values.reshape(len(values), layer.inputs, *(values.shape[2:] if layer.kernel > 1 else (1, 1)))
        total: Any = 0
        each = layer.group_channels(train.recipe.rows)
        for first in range(0, layer.inputs, each):
            part = slice(first, first + each)
            total = total + read(train.recipe, state[f"{index}.alpha"].item(), layer, values[:, part], weights[:, part])
        if index == len(train.recipe.layers) - 1:
            return (total.flatten(1) * state[f"{index}.gamma"] + state[f"{index}.offset"]).numpy()
        names = ("mean", "variance", "gamma", "offset")
        normal = torch.nn.functional.batch_norm(total, *(state[f"{index}.{name}"] for name in names), eps=1e-5)
        if layer.pool:
            normal = torch.nn.functional.max_pool2d(normal, 2)
        values = (normal + 0.5).floor().clamp(0, 3)
    raise AssertionError


@pytest.mark.parametrize("readout", ["group", "slices"])
@pytest.mark.parametrize("dataset", ["digits", "cifar10"])
def test_the_integer_network_is_the_trained_one(dataset: Any, readout: Any, tmp_path: Path) -> None:
    images = synthetic.digits() if dataset == "digits" else synthetic.cifar()
    method = "concrete" if dataset == "digits" else "noise"
    wanted = recipe(dataset, epochs=1, batch=16, images=16, method=method, rate=0.02, readout=readout)
    train = Training(torch, wanted, images)
    train.epoch()
    (tmp_path / "n.npz").write_bytes(train.network.deploy().content())
    network = load_deployed(tmp_path / "n.npz")
    inputs = input_codes(dataset, images.test.astype(np.int64))
    found = network.run(inputs, 0.0, np.random.default_rng(0))
    expected = reference(train, images)
    # The last layer's results are the real ones in units of its scale, but for the rounding of its bias.
    unit = np.abs(network.layers[-1].scale[0])
    np.testing.assert_allclose(found * unit, expected, atol=0.501 * unit + 1e-6)


def test_steps_of_converters_are_learned_ten_times_as_fast_and_stay_a_unit_or_more() -> None:
    train = Training(torch, small(rate=0.02), synthetic.digits())
    rates = [group["max_lr"] for group in train._optimizer.param_groups]
    assert rates == [0.2, 0.02]
    before = [train.network.state[f"{index}.alpha"].item() for index in range(3)]
    train.epoch()
    after = [train.network.state[f"{index}.alpha"].item() for index in range(3)]
    assert all(a != b and b >= 1 for a, b in zip(before, after, strict=True))


def test_temperatures_fall_from_hot_to_cold() -> None:
    wanted = small()
    found = [wanted.temperature(part) for part in (0.0, 0.5, 1.0)]
    assert found == pytest.approx([1.0, np.sqrt(0.2), 0.2])


def test_samples_are_taken_once_the_network_is_warmed_up() -> None:
    wanted = small("concrete", warmup=0.6)
    assert wanted.temperature(0.59) is None
    assert [wanted.temperature(part) for part in (0.6, 0.8, 1.0)] == pytest.approx([1.0, np.sqrt(0.2), 0.2])
    with pytest.raises(ValueError, match=r"warmup must be at least 0 and below 1, not 1"):
        small(warmup=1)


def test_until_then_sums_go_straight_through_without_noise() -> None:
    images = synthetic.digits()
    sampled, straight = (Training(torch, small(method), images).network for method in ("concrete", "ste"))
    with torch.no_grad():
        for name, value in straight.state.items():
            value.copy_(sampled.state[name])
    inputs = input_codes("digits", torch.tensor(images.train[:32], dtype=torch.float32))
    assert torch.equal(sampled.forward(inputs, None), straight.forward(inputs, None))
    assert not torch.equal(sampled.forward(inputs, 1.0), straight.forward(inputs, None))


def test_wider_noise_makes_up_for_what_a_temperature_takes_from_it() -> None:
    """Of levels as far apart as networks have them: the spread of what is read is that of the noise, within a tenth."""
    generator = torch.Generator().manual_seed(5)
    for alpha in (3.5, 6.5):
        sums = torch.linspace(-alpha / 2, alpha / 2, 40_000)
        for temperature in (1.0, 0.5, 0.2):
            scale = torch.tensor(2.2 / sample_spread(temperature))
            step, zero = torch.tensor(alpha), torch.tensor(0.0)
            read = concrete(torch, sums, step, zero, scale, (-32, 31), temperature, generator=generator)
            assert float((read - sums).std()) == pytest.approx(2.2 * np.pi / np.sqrt(3), rel=0.1)


def test_only_methods_with_samples_have_what_is_theirs() -> None:
    plain, sampled = (recipe("cifar10", method=method) for method in ("noise", "concrete"))
    assert (plain.alpha_factor, plain.warmup, plain.widen) == (10.0, 0.0, False)
    assert (sampled.alpha_factor, sampled.warmup, sampled.widen) == (1.0, 0.6, True)
    assert recipe("cifar10", method="concrete", alpha_factor=3.0, widen=False).alpha_factor == 3.0


def test_a_network_that_widens_reads_as_with_so_much_more_noise() -> None:
    images, temperature = synthetic.digits(), 0.5
    wide = small("concrete", sigma=2.0, widen=True)
    noisy = small("concrete", sigma=2.0 / sample_spread(temperature))
    first, second = (Training(torch, each, images).network for each in (wide, noisy))
    with torch.no_grad():
        for name, value in second.state.items():
            value.copy_(first.state[name])
    inputs = input_codes("digits", torch.tensor(images.train[:32], dtype=torch.float32))
    found, expected = (each.forward(inputs, temperature) for each in (first, second))
    assert torch.allclose(found, expected, atol=1e-3)
