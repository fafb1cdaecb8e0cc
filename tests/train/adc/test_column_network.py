"""A network on a column path: exact where nothing varies, as numpy's where it is noisy; beats, counts, cycles."""

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from racelet.bench.columns.networks import kept_digits
from racelet.golden.adc.cell_sampling import sample_cells
from racelet.golden.adc.column_calibration import calibrate_columns
from racelet.golden.adc.column_path import Beat, ColumnPath
from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.error import Error
from racelet.golden.adc.macro_config import IDEAL, MacroConfig
from racelet.train.adc.column_network import Readout, layer_beats, path_config, read_out, sigma_scale
from racelet.train.adc.deployed import Deployed, DeployedLayer, load_deployed
from racelet.train.adc.recipe import Readout as Kind
from racelet.train.adc.results import kept_file
from tests.train.adc import synthetic


@functools.cache
def kept(kind: Kind = "slices") -> Deployed:
    return load_deployed(kept_file("digits", kind).with_suffix(".npz"))


@functools.cache
def images() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Those that ship, as the network takes them, with their classes."""
    found = kept_digits()
    return found.inputs, found.labels


def path(config: AdcConfig, sigma: float = 0.0, seed: int = 1, macro: MacroConfig = IDEAL) -> ColumnPath:
    cells = sample_cells(config, macro, 1)
    return ColumnPath(config, cells, scale=sigma_scale(sigma, cells, config), seed=seed)


def exact(network: Deployed, inputs: NDArray[np.int64]) -> NDArray[np.int64]:
    return network.run(inputs, 0.0, np.random.default_rng(0))


@pytest.mark.parametrize("changes", [{}, {"kind": "flash"}, {"output_lanes": 7, "slots": 3}, {"input_lanes": 64}])
def test_the_kept_network_is_exact_where_nothing_varies(changes: dict[str, Any]) -> None:
    network, (inputs, labels) = kept(), images()
    found = read_out(network, inputs[:40], path(path_config(network, **changes)))
    np.testing.assert_array_equal(found.results, exact(network, inputs[:40]))
    assert (found.errors, found.total("misreads")) == (Error.NONE, 0)
    assert found.accuracy(labels[:40]) == np.mean(found.results.argmax(axis=1) == labels[:40])


@pytest.mark.parametrize("alpha", [1.0, 2.0, 2.3])
@pytest.mark.parametrize("at_once", [1, 3])
def test_convolutions_with_any_step_are_exact(alpha: float, at_once: int) -> None:
    network = synthetic.network(alpha, slices=True)
    if at_once > 1:
        # Five channels, two a group: three groups, the last one of one channel.
        network = Deployed(layers=network.layers[:1])
    config = path_config(network, output_lanes=3)
    config = dataclasses.replace(config, input_lanes=at_once * config.word_lines)
    inputs = np.random.default_rng(2).integers(0, 4, (4, 5, 4, 4))
    found = read_out(network, inputs, path(config))
    np.testing.assert_array_equal(found.results, exact(network, inputs))


def test_a_layer_that_is_not_converted_is_exact_and_free() -> None:
    network = synthetic.network(1.0, slices=True)
    digital = dataclasses.replace(network.layers[0], levels=0, slices=False)
    mixed = Deployed(layers=(digital, network.layers[1]))
    inputs = np.random.default_rng(2).integers(-128, 128, (4, 5, 4, 4))
    found = read_out(mixed, inputs, path(path_config(mixed)))
    np.testing.assert_array_equal(found.results, exact(mixed, inputs))
    assert (found.layers[0].beats, found.layers[0].cycles, found.layers[0].conversions) == (0, 0, 0)
    assert found.layers[0].macs == 4 * 4 * 4 * 4 * 45


def test_noise_of_the_shift_registers_is_worth_that_of_numpy() -> None:
    network, (inputs, labels) = kept(), images()
    config = path_config(network, kind="flash")
    seeds = range(1, 6)
    lfsr = [read_out(network, inputs, path(config, 1.0, seed)).accuracy(labels) for seed in seeds]
    numpy = [network.accuracy(inputs, labels, 1.0, seed) for seed in seeds]
    # 360 images, five draws: half a point of standard deviation.
    assert np.mean(lfsr) == pytest.approx(np.mean(numpy), abs=0.015)
    assert np.mean(lfsr) < np.mean(exact(network, inputs).argmax(axis=1) == labels)


def test_noise_is_of_mac_units() -> None:
    config = path_config(kept(), kind="flash")
    ways = path(config, 2.0)
    noise = ways.noise.samples(4000).ravel() * ways.scale / 128
    assert np.std(noise) == pytest.approx(2.0 * ways.cells.unit, rel=0.02)


def test_counts_and_cycles_are_those_of_beats() -> None:
    network, (inputs, _) = kept(), images()
    config = path_config(network, kind="sar", output_lanes=16)
    found = read_out(network, inputs[:10], path(config, 1.0))
    # 128, 64 and 10 outputs of 64, 128 and 64 inputs.
    assert [layer.beats for layer in found.layers] == [10 * 8 * 2, 10 * 4 * 4, 10 * 1 * 2]
    assert [layer.macs for layer in found.layers] == [10 * 64 * 128, 10 * 128 * 64, 10 * 64 * 10]
    for layer, beats, last in zip(found.layers, (160, 160, 20), (0, 0, 1), strict=True):
        # Two bits of activations by two slices of sixteen outputs; six cycles each, and at the end what is behind.
        assert layer.conversions == beats * 2 * 32
        assert 0.4 < layer.misreads / layer.conversions < 0.6
        assert layer.cycles == 12 * (beats - 1) + (7 + 6 + 6 + 2) + (0 if last else 3)
        assert layer.parallel_cycles == beats - 1 + 9 + (0 if last else 3)
    assert found.total("beats") == 340


def test_beats_can_be_told_code_by_code() -> None:
    network, (inputs, _) = kept(), images()
    config = path_config(network, kind="flash", output_lanes=16, slots=16)
    found = read_out(network, inputs[:20], path(config, 1.0))
    other, sums = path(config, 1.0), np.zeros((20, 128), np.int64)
    other.set_levels(network.layers[0].alpha, centred=True)
    for part in layer_beats(network.layers[0], inputs[:20], config):
        codes = other.codes(part.activations, part.weights) - config.zero
        assert codes.shape == (len(part.activations), 1, 2, 16, 2)
        worth = np.array([[2, 4], [1, 2]])
        sums[part.rows, part.columns] += np.einsum("bgiov,iv->bo", codes, worth)
    np.testing.assert_array_equal(found.layers[0].sums, sums)


class Broken(ColumnPath):
    """One sum of all is off by one."""

    def dot_products(self, beats: Sequence[Beat]) -> NDArray[np.int32]:
        sums = super().dot_products(beats)
        if len(beats) == 256:
            sums[3, 2] += 1
        return sums


def test_what_differs_is_named() -> None:
    network, (inputs, _) = kept(), images()
    config = path_config(network)
    cells = sample_cells(config, IDEAL, 1)
    whole = read_out(network, inputs[:4], ColumnPath(config, cells))
    assert whole.difference(read_out(network, inputs[:4], ColumnPath(config, cells))) is None
    wrong = read_out(network, inputs[:4], Broken(config, cells))
    told = wrong.difference(whole)
    assert told is not None
    assert told.startswith("layer 0, place 3, output 2: the sum is ")
    layers = (dataclasses.replace(whole.layers[0], cycles=1), *whole.layers[1:])
    assert dataclasses.replace(whole, layers=layers).difference(whole) == (
        f"layer 0: 1 cycles, and there should be {whole.layers[0].cycles}"
    )
    told = dataclasses.replace(whole, errors=Error.BUBBLE).difference(whole)
    assert told is not None
    assert told.startswith("errors are ")


def test_a_calibration_before_each_layer_makes_up_for_offsets() -> None:
    network, (inputs, labels) = kept(), images()
    config = path_config(network)
    macro = MacroConfig(low_spread=0.0, high_spread=0.0, offset_spread=1.5)

    def accuracy(is_calibrated: bool) -> float:
        readout = path(config, 0.15, macro=macro)
        prepare = functools.partial(calibrate_columns, readout) if is_calibrated else None
        return read_out(network, inputs, readout, prepare=prepare).accuracy(labels)

    assert accuracy(False) < 0.9
    assert accuracy(True) > 0.95


def layer_of(network: Deployed, **changes: Any) -> Deployed:
    first: DeployedLayer = dataclasses.replace(network.layers[0], **changes)
    return Deployed(layers=(first, *network.layers[1:]))


@pytest.mark.parametrize(
    ("changes", "config", "message"),
    [
        ({"slices": False}, {}, "layer 0 must be read by slices"),
        ({"levels": 16, "lowest": -8}, {}, "layer 0 has 16 levels from -8 on, and the path 32 from -16 on"),
        ({}, {"word_lines": 16}, r"word_lines must be at least 32 \(rows of a group of layer 0\)"),
        ({}, {"input_bits": 3}, "input_bits and weight_bits must be 2"),
        ({"alpha": 9.0}, {}, "layer 0 has levels 9 MAC units apart, whose thresholds are beyond the DAC's range"),
        ({"group_channels": 22}, {"input_lanes": 64}, "layer 0 has 3 groups of rows, and a beat 2"),
    ],
)
def test_what_does_not_fit_is_named(changes: dict[str, Any], config: dict[str, Any], message: str) -> None:
    network, (inputs, _) = kept(), images()
    with pytest.raises(ValueError, match=message):
        read_out(layer_of(network, **changes), inputs[:1], path(path_config(network, **config)))


def test_a_network_that_reads_whole_groups_has_no_path() -> None:
    with pytest.raises(ValueError, match="a column path reads slices: train the network with --readout slices"):
        path_config(kept("group"))


def test_progress_is_told_and_results_are_numbers_of_classes() -> None:
    network, (inputs, _) = kept(), images()
    told: list[tuple[int, int]] = []
    found: Readout = read_out(
        network, inputs[:2], path(path_config(network)), progress=lambda done, of: told.append((done, of))
    )
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert found.results.shape == (2, 10)
