"""Column path: exact where nothing varies, and cell by cell where everything does."""

import dataclasses
import itertools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from racelet.golden.adc.cell_sampling import sample_cells
from racelet.golden.adc.cells import Cells
from racelet.golden.adc.column_path import ColumnPath
from racelet.golden.adc.config import PRESETS, AdcConfig
from racelet.golden.adc.error import Error
from racelet.golden.adc.imc_macro import cell_bits, currents, mac_values, row_bits
from racelet.golden.adc.logistic_noise import step
from racelet.golden.adc.macro_config import IDEAL, MacroConfig
from racelet.golden.adc.noise_table import NOISE_ROM
from racelet.golden.adc.sar_sequencer import search
from racelet.golden.adc.slice_accumulator import is_negative
from racelet.golden.adc.thresholds import dac_codes, dac_currents, integer_thresholds
from racelet.golden.dwcpwc.dot_engine import DotBeat, dot_products

SHAPES = {
    **PRESETS,
    "twos_complement": AdcConfig(signed=False, input_lanes=16, word_lines=16, weight_bits=4, input_bits=3),
    "int8": AdcConfig(signed=False, weight_bits=8, input_bits=8, signed_inputs=True, accumulator_bits=32),
    "flash": AdcConfig(kind="flash", weight_bits=8, input_bits=8, signed_inputs=True, accumulator_bits=32),
    "narrow": AdcConfig(bits=2, word_lines=1, vote=True),
    "wide": AdcConfig(bits=8, dac_bits=11, signed=False, input_lanes=64, word_lines=64, output_lanes=3, weight_bits=3),
}
REAL = MacroConfig(low_spread=0.1, offset_spread=0.4, gain_spread=0.03, ir_drop=0.004)


def operands(config: AdcConfig, beats: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    ends = config.activations[0], config.activations[-1] + 1
    activations = rng.integers(*ends, (beats, config.input_lanes))
    activations[0], activations[1] = config.activations[0], config.activations[-1]
    weights = rng.integers(config.weights[0], config.weights[-1] + 1, (config.output_lanes, config.input_lanes))
    weights[0], weights[1] = config.weights[0], config.weights[-1]
    return activations, weights


def quiet(config: AdcConfig) -> AdcConfig:
    return dataclasses.replace(config, noise=False)


@pytest.mark.parametrize("name", SHAPES)
def test_products_are_exact_where_nothing_varies(name: str) -> None:
    config = quiet(SHAPES[name])
    activations, weights = operands(config, 20, 1)
    path = ColumnPath(config, sample_cells(config, IDEAL, 1))
    np.testing.assert_array_equal(path.products(activations, weights), activations @ weights.T)
    assert (path.errors, path.counters.misreads) == (Error.NONE, 0)
    assert path.counters.conversions == 20 * config.steps * config.adcs


@pytest.mark.parametrize("name", ["int8", "flash", "large"])
def test_it_is_a_dot_product_engine_of_int8(name: str) -> None:
    config = quiet(SHAPES[name])
    rng = np.random.default_rng(2)
    beats, begun = [], set[int]()
    for _ in range(30):
        slot = int(rng.integers(3))
        last = int(rng.integers(2))
        beats.append(
            DotBeat(
                activations=rng.integers(-128, 128, config.input_lanes).astype(np.int8),
                weights=rng.integers(-128, 128, (config.output_lanes, config.input_lanes)).astype(np.int8),
                slot=slot,
                first=int(slot not in begun),
                last=last,
            )
        )
        begun = begun - {slot} if last else begun | {slot}
    path = ColumnPath(config, sample_cells(config, IDEAL, 1))
    # Sums are kept from one call to the next.
    found = np.concatenate([path.dot_products(beats[:11]), path.dot_products(beats[11:])])
    np.testing.assert_array_equal(found, dot_products(beats))


def one_by_one(
    config: AdcConfig, cells: Cells, weights: NDArray[np.int64], rows: NDArray[np.int64], adc: int
) -> tuple[int, int]:
    """Current and MAC value of an ADC, cell by cell; rows that are on of a group, others -1."""
    output, place = divmod(adc, config.weight_bits)
    sums, mac = [0, 0], 0
    for row in np.flatnonzero(rows == 1).tolist():
        weight = int(weights[output, row])
        held = (max(weight, 0), max(-weight, 0)) if config.signed else (weight, 0)
        for column in (0, 1):
            bit = held[column] >> place & 1
            sums[column] += int((cells.low if bit else cells.high)[row, adc, column])
            mac += bit * (1 - 2 * column)
    dropped = [each - (each * each * cells.ir_factor >> 16 + config.current_bits) for each in sums]
    return dropped[0] - dropped[1] + int(cells.offsets[adc]), mac


@pytest.mark.parametrize("name", ["tiny", "small", "twos_complement", "narrow"])
@pytest.mark.parametrize("is_noisy", [False, True])
def test_codes_are_those_of_cells_one_by_one(name: str, is_noisy: bool) -> None:
    config = dataclasses.replace(SHAPES[name], noise=is_noisy)
    cells = sample_cells(config, REAL, 4)
    path = ColumnPath(config, cells, scale=43, seed=9)
    activations, weights = operands(config, 4, 3)
    found = path.codes(activations, weights)
    states = [(9 + 0x9E3779B9 * adc) % 2**32 for adc in range(config.adcs)]
    table = path.tables[0, 0].tolist()
    misreads = 0
    for beat, group, number in itertools.product(range(4), range(config.groups), range(config.input_bits)):
        rows = np.full(config.input_lanes, -1)
        of_group = slice(group * config.word_lines, (group + 1) * config.word_lines)
        rows[of_group] = activations[beat, of_group] >> config.input_bits - 1 - number & 1
        for adc in range(config.adcs):
            current, mac = one_by_one(config, cells, weights, rows, adc)
            seen = []
            for _ in range(config.samples):
                for _ in range(8):
                    states[adc] = step(states[adc])
                seen.append(current + (NOISE_ROM[states[adc] & 255] * 43 + 64 >> 7 if is_noisy else 0))
            output, place = divmod(adc, config.weight_bits)
            if config.kind == "flash":
                code = sum(seen[0] >= (each - config.dac_zero) << config.dac_shift for each in table)
            else:
                looks = iter(seen)
                code = search(
                    table, lambda dac, looks=looks: next(looks) >= (dac - config.dac_zero) << config.dac_shift, config
                ).code
            assert found[beat, group, number, output, place] == code
            misreads += code != min(max(mac + config.zero, 0), config.levels - 1)
    assert path.counters.misreads == misreads
    assert misreads


def test_sums_are_those_of_codes_slice_by_slice() -> None:
    config = SHAPES["twos_complement"]
    activations, weights = operands(config, 5, 6)
    cells = sample_cells(config, REAL, 4)
    codes = ColumnPath(config, cells, scale=200, seed=5).codes(activations, weights)
    found = ColumnPath(config, cells, scale=200, seed=5).products(activations, weights)
    expected = np.zeros_like(found)
    for group, number, place in itertools.product(range(config.groups), range(3), range(4)):
        sign = -1 if is_negative(2 - number, place, config) else 1
        expected += sign * codes[:, group, number, :, place] << 2 - number + place
    np.testing.assert_array_equal(found, expected)


def test_a_sum_that_overflows_stays_at_the_end_and_is_told() -> None:
    config = quiet(AdcConfig(accumulator_bits=8, weight_bits=4, input_bits=4, output_lanes=1))
    path = ColumnPath(config, sample_cells(config, IDEAL, 1))
    # The highest bits come first: beyond 127 at once, and what is subtracted afterwards counts from there.
    assert path.products(np.full((1, 8), 15), np.full((1, 8), 7)).tolist() == [[127]]
    assert path.errors == Error.OVERFLOW
    assert path.products(np.zeros((1, 8)), np.full((1, 8), 7)).tolist() == [[0]]
    assert path.errors == Error.OVERFLOW


def test_more_rows_than_levels_saturate() -> None:
    config = quiet(AdcConfig(bits=3, signed=True, input_lanes=8, word_lines=8, input_bits=1, output_lanes=2))
    path = ColumnPath(config, sample_cells(config, IDEAL, 1))
    found = path.products(np.ones((1, 8)), np.array([[1] * 8, [-1] * 8]))
    assert found.tolist() == [[3, -4]]
    # The code is the one next to the MAC value.
    assert path.counters.misreads == 0


def test_numbers_that_do_not_fit_are_named() -> None:
    config = AdcConfig()
    with pytest.raises(ValueError, match=r"weights must be in -2\.\.1 \(weight_bits=2\), not 0\.\.2"):
        cell_bits(np.full((8, 8), [0, 2] * 4), config)
    with pytest.raises(ValueError, match=r"activations must be in 0\.\.3 \(input_bits=2\), not -1\.\.-1"):
        row_bits(np.full((1, 8), -1), config)


def test_a_macro_that_the_twin_cannot_be_is_named() -> None:
    with pytest.raises(ValueError, match=r"MacroConfig.relative_noise must be 0 for cells .* not 0\.1"):
        sample_cells(AdcConfig(), MacroConfig(relative_noise=0.1), 1)
    with pytest.raises(ValueError, match=r"MacroConfig.ir_drop must be in 0\.\.0\.03125 .*word_lines=8.* not 0\.04"):
        sample_cells(AdcConfig(), MacroConfig(ir_drop=0.04), 1)


def test_currents_are_those_of_the_macro_in_whole_numbers() -> None:
    config = AdcConfig(signed=False, input_lanes=32, word_lines=32, input_bits=1, current_bits=10, dac_shift=7)
    macro = MacroConfig(ir_drop=0.002)
    cells = sample_cells(config, macro, 5)
    activations, weights = operands(config, 40, 5)
    rows, bits = row_bits(activations, config), cell_bits(weights, config)
    found = currents(rows, bits, cells, config) / 1024
    low, high = cells.low / 1024, cells.high / 1024
    sums = np.einsum("bn,nac->bac", activations, np.where(bits, low, high))
    real = sums / (1 + 0.002 * sums)
    # To second order: k squared times the sum cubed.
    assert np.abs(found - (real[..., 0] - real[..., 1])).max() < 0.002**2 * 33**3 + 0.01
    mac = mac_values(rows, bits, config)
    assert np.corrcoef(found.ravel(), mac.ravel())[0, 1] > 0.99
    np.testing.assert_array_equal(mac.reshape(40, 8, 2) @ [1, -2], activations @ weights.T)


def test_noise_and_seeds_decide_codes_and_nothing_else() -> None:
    config = SHAPES["small"]
    cells = sample_cells(config, REAL, 1)
    activations, weights = operands(config, 50, 8)

    def codes(scale: int, seed: int) -> NDArray[np.int64]:
        return ColumnPath(config, cells, scale=scale, seed=seed).codes(activations, weights)

    np.testing.assert_array_equal(codes(90, 1), codes(90, 1))
    assert np.any(codes(90, 1) != codes(90, 2))
    np.testing.assert_array_equal(codes(0, 1), codes(0, 2))
    path = ColumnPath(config, cells, scale=90, seed=1)
    split = np.concatenate([path.codes(activations[:7], weights), path.codes(activations[7:], weights)])
    np.testing.assert_array_equal(split, codes(90, 1))


@pytest.mark.parametrize("alpha", [0.5, 2.0, 2.6])
@pytest.mark.parametrize("kind", ["sar", "flash"])
def test_codes_are_those_of_the_deployed_quantizer_for_any_alpha(alpha: float, kind: Any) -> None:
    config = AdcConfig(
        bits=4, kind=kind, dac_bits=10, dac_shift=2, input_lanes=32, word_lines=32, output_lanes=4, noise=False
    )
    path = ColumnPath(config, sample_cells(config, IDEAL, 1), alpha=alpha, centred=True)
    activations, weights = operands(config, 60, 4)
    found = path.codes(activations, weights).reshape(-1, config.adcs)
    mac = mac_values(row_bits(activations, config), cell_bits(weights, config), config)
    nearest = np.floor(mac / alpha + 0.5).astype(np.int64)
    np.testing.assert_array_equal(found, np.clip(nearest, -8, 7) + 8)
    assert path.counters.misreads == 0


def test_centred_thresholds_read_what_lies_on_a_threshold_without_chance() -> None:
    config = AdcConfig(bits=4, dac_bits=10, dac_shift=2, input_lanes=32, word_lines=32, output_lanes=4)
    activations, weights = operands(config, 200, 4)
    shares = []
    for centred in (False, True):
        path = ColumnPath(config, sample_cells(config, IDEAL, 1), alpha=2.0, centred=centred, scale=43)
        path.codes(activations, weights)
        shares.append(path.counters.misreads / path.counters.conversions)
    # Every other MAC value lies on a threshold.
    assert shares[0] > 0.1
    assert shares[1] < 0.02


@pytest.mark.parametrize("alpha", [0.3, 1.0, 2.0, 3.7])
def test_centring_changes_no_code_of_a_mac_value(alpha: float) -> None:
    config = AdcConfig(dac_bits=12, dac_shift=0)
    table = dac_currents(dac_codes(alpha, 0.25, 60, config, centred=True)[0], config)
    inside = np.abs(table) < 2040
    values = np.arange(-30, 31)
    found = (60 * values[:, np.newaxis] >= table)[:, inside]
    np.testing.assert_array_equal(found, (values[:, np.newaxis] >= integer_thresholds(alpha, 0.25, config))[:, inside])
