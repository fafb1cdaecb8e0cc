"""Inference in integers against loops over its definition, and the file of a network."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from racelet.train.adc.deployed import Deployed, DeployedLayer, load_deployed, requantize_table
from racelet.train.adc.recipe import READOUTS, Readout
from racelet.train.adc.results import kept_file
from tests.train.adc import synthetic


def by_loops(layer: DeployedLayer, image: NDArray[np.int64]) -> NDArray[np.int64]:
    """One layer on one image, place by place and group by group."""
    outputs, channels, kernel, _ = layer.weights.shape
    padded = np.pad(image, ((0, 0), (layer.padding,) * 2, (layer.padding,) * 2))
    rows, columns = (size - kernel + 1 for size in padded.shape[1:])
    found = np.zeros((outputs, rows, columns), np.int64)
    for output, row, column in np.ndindex(outputs, rows, columns):
        total = 0
        for first in range(0, channels, layer.group_channels):
            part = slice(first, first + layer.group_channels)
            patch = padded[part, row : row + kernel, column : column + kernel]
            kernel_part = layer.weights[output, part].astype(np.int64)
            for i, j in np.ndindex(2, 2) if layer.slices else [(None, None)]:
                ones, worth = patch, 1
                weights = kernel_part
                if i is not None and j is not None:
                    ones, worth = (patch >> i) % 2, 2 ** (i + j)
                    weights = np.array([0, -1, 0, 1])[kernel_part + 2] if j == 0 else -1 * (kernel_part == -2)
                mac = int((ones * weights).sum())
                total += worth * min(max(int(np.floor(mac / layer.alpha + 0.5)), -16), 15)
        if layer.requantize.shape[1]:
            value = np.floor(layer.scale[output] * total + layer.shift[output] + 0.5)
            found[output, row, column] = min(max(int(value), 0), 3)
        else:
            found[output, row, column] = layer.sign[output] * total + layer.bias[output]
    if layer.pool:
        found = np.array([[[c[r : r + 2, k : k + 2].max() for k in (0, 2)] for r in (0, 2)] for c in found])
    return found


@pytest.mark.parametrize("seed", [3, 4, 5])
@pytest.mark.parametrize("alpha", [1.0, 2.3])
@pytest.mark.parametrize("slices", [False, True])
def test_inference_is_its_definition(slices: bool, alpha: float, seed: int) -> None:
    network = synthetic.network(alpha, seed, slices=slices)
    images = np.random.default_rng(seed).integers(0, 4, (3, 5, 4, 4))
    found = network.run(images, 0.0, np.random.default_rng(0))
    expected = [by_loops(network.layers[1], by_loops(network.layers[0], image)).ravel() for image in images]
    np.testing.assert_array_equal(found, expected)


def test_requantize_is_rounding_half_up_and_clipping() -> None:
    scale = np.array([0.5, -0.25, 0.0, 0.0, 1e-12, 3.0])
    shift = np.array([0.25, 1.0, 2.2, -9.0, 1.0, -1.0])
    sums = np.arange(-200, 201)
    sign, table = requantize_table(scale, shift)
    found = (sign[:, np.newaxis] * sums >= table[:, :, np.newaxis].transpose(1, 0, 2)).sum(axis=0)
    expected = np.floor(scale[:, np.newaxis] * sums + shift[:, np.newaxis] + 0.5).clip(0, 3)
    np.testing.assert_array_equal(found, expected)
    assert (np.diff(table, axis=1) >= 0).all()


@pytest.mark.parametrize("readout", READOUTS)
def test_kept_networks_have_the_tables_that_scale_and_shift_make(readout: Readout) -> None:
    network = load_deployed(kept_file("digits", readout).with_suffix(".npz"))
    for layer in network.layers[:-1]:
        sign, table = requantize_table(layer.scale, layer.shift)
        np.testing.assert_array_equal(sign, layer.sign)
        np.testing.assert_array_equal(table, layer.requantize)


@pytest.mark.parametrize(("alpha", "code"), [(4.0, 1), (1.0, 3), (1.7, 2)])
def test_noise_changes_codes_as_often_as_its_distribution_says(alpha: float, code: int) -> None:
    # A single product per sum, so that it is known: 3.
    layer = DeployedLayer(
        weights=np.ones((1, 1, 1, 1), np.int8),
        alpha=alpha,
        lowest=-16,
        levels=32,
        group_channels=1,
        slices=False,
        padding=0,
        pool=False,
        sign=np.ones(1, np.int64),
        requantize=np.zeros((1, 0), np.int64),
        bias=np.zeros(1, np.int64),
        scale=np.ones(1),
        shift=np.zeros(1),
    )
    codes = Deployed(layers=(layer,)).run(np.full((50_000, 1, 1, 1), 3), 2.0, np.random.default_rng(1))
    scale = 2.0 * np.sqrt(3) / np.pi
    lower, upper = (alpha * (code + half) - 3 for half in (-0.5, 0.5))
    expected = 1 / (1 + np.exp(-upper / scale)) - 1 / (1 + np.exp(-lower / scale))
    assert np.mean(codes == code) == pytest.approx(expected, abs=0.01)


def test_the_same_seed_gives_the_same_accuracy() -> None:
    network, images = synthetic.network(), np.random.default_rng(5).integers(0, 4, (50, 5, 4, 4))
    labels = network.run(images, 0.0, np.random.default_rng(0)).argmax(axis=1)
    assert network.accuracy(images, labels, 0.0, 1) == 1
    noisy = [network.accuracy(images, labels, 8.0, seed, batch=20) for seed in (1, 1, 2)]
    assert noisy[0] == noisy[1] < 1


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    network, file = synthetic.network(), tmp_path / "network.npz"
    file.write_bytes(network.content())
    found = load_deployed(file)
    assert found.recipe == network.recipe
    for layer, other in zip(found.layers, network.layers, strict=True):
        for name, value in vars(other).items():
            np.testing.assert_array_equal(vars(layer)[name], value)
    with np.load(file) as arrays:
        np.testing.assert_array_equal(arrays["0_thresholds"], network.layers[0].thresholds)
        assert arrays["0_thresholds"].shape == (31,)


@pytest.mark.parametrize("content", [b"", b"nothing", synthetic.network().content()[:-200]])
def test_a_damaged_file_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "network.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"network.npz is no network of `racelet train adc`"):
        load_deployed(tmp_path / "network.npz")


def test_another_version_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "network.npz", version=2, layers=0, recipe="{}")
    with pytest.raises(ValueError, match="version must be 1, not 2"):
        load_deployed(tmp_path / "network.npz")
