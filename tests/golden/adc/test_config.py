from typing import Any

import numpy as np
import pytest

from racelet.golden.adc.cell_sampling import sample_cells
from racelet.golden.adc.config import PRESETS, AdcConfig
from racelet.golden.adc.macro_config import VARIED, MacroConfig


@pytest.mark.parametrize("bits", range(2, 9))
@pytest.mark.parametrize("signed", [False, True])
def test_levels_are_those_of_the_bits(bits: int, signed: bool) -> None:
    config = AdcConfig(bits=bits, signed=signed)
    assert (config.levels, config.thresholds) == (2**bits, 2**bits - 1)
    assert (config.lowest, config.zero) == ((-(2 ** (bits - 1)), 2 ** (bits - 1)) if signed else (0, 0))


def test_presets_differ_in_kind_and_are_exact() -> None:
    assert list(PRESETS) == ["tiny", "small", "large"]
    assert {config.kind for config in PRESETS.values()} == {"sar", "flash"}
    assert all(config.exact for config in PRESETS.values())


def test_a_level_for_every_sum_is_needed_to_be_exact() -> None:
    assert AdcConfig(bits=5, signed=True, input_lanes=15, word_lines=15).exact
    assert not AdcConfig(bits=5, signed=True, input_lanes=16, word_lines=16).exact
    assert AdcConfig(bits=5, signed=False, input_lanes=31, word_lines=31).exact
    assert not AdcConfig(bits=5, signed=False, input_lanes=32, word_lines=32).exact


def test_numbers_are_those_of_their_bits() -> None:
    config = AdcConfig(input_bits=3, signed_inputs=True, weight_bits=4)
    assert (config.activations, config.weights) == (range(-4, 4), range(-8, 8))
    assert AdcConfig(input_bits=3).activations == range(8)
    assert AdcConfig(offset_bits=4).offsets == range(-8, 8)


def test_cells_vary_where_they_have_a_seed() -> None:
    config = AdcConfig(cells_seed=2)
    assert len(np.unique(AdcConfig().cells.low)) == 1
    np.testing.assert_array_equal(config.cells.low, sample_cells(config, VARIED, 2).low)
    assert not np.array_equal(config.cells.low, AdcConfig(cells_seed=3).cells.low)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"bits": 1}, r"^AdcConfig.bits must be in 2\.\.8, not 1$"),
        ({"bits": 9, "dac_bits": 12}, r"^AdcConfig.bits must be in 2\.\.8, not 9$"),
        ({"dac_bits": 4}, r"^AdcConfig.dac_bits must be in 5\.\.12 \(bits=5: every threshold needs a code\), not 4$"),
        ({"dac_shift": 7}, r"^AdcConfig.dac_shift must be in 0\.\.6 \(current_bits=6\), not 7$"),
        (
            {"bits": 2, "dac_bits": 5, "dac_shift": 1},
            r"^AdcConfig.dac_shift must be above 1 \(a cell's current of .* not 1$",
        ),
        ({"settle": 64}, r"^AdcConfig.settle must be in 0\.\.63, not 64$"),
        ({"current_bits": 1}, r"^AdcConfig.current_bits must be in 2\.\.10, not 1$"),
        ({"kind": "slope"}, r"^AdcConfig.kind must be one of sar, flash, not slope$"),
        ({"requantize": "shift"}, r"^AdcConfig.requantize must be one of thresholds, multiplier, not shift$"),
        ({"kind": "flash", "vote": True}, r'^AdcConfig.vote must be false \(kind is "flash"\), not true$'),
        ({"kind": "flash", "settle": 2}, r'^AdcConfig.settle must be 0 \(kind is "flash"\), not 2$'),
        ({"majority": True}, r'^AdcConfig.majority must be false \(kind is "sar"\), not true$'),
        ({"input_lanes": 65}, r"^AdcConfig.input_lanes must be in 1\.\.64, not 65$"),
        ({"output_lanes": 0}, r"^AdcConfig.output_lanes must be in 1\.\.64, not 0$"),
        ({"word_lines": 9}, r"^AdcConfig.word_lines must be in 1\.\.8 \(input_lanes=8\), not 9$"),
        ({"word_lines": 3}, r"^AdcConfig.word_lines must divide input_lanes=8 .* not 3$"),
        (
            {"input_bits": 1, "signed_inputs": True},
            r"^AdcConfig.input_bits must be in 2\.\.8 \(a sign is a bit\), not 1$",
        ),
        ({"weight_bits": 9}, r"^AdcConfig.weight_bits must be in 2\.\.8, not 9$"),
        ({"weight_bits": 1}, r"^AdcConfig.weight_bits must be in 2\.\.8, not 1$"),
        ({"adcs_per_table": 17}, r"^AdcConfig.adcs_per_table must be in 1\.\.16 \(there are 16 ADCs\), not 17$"),
        ({"adcs_per_table": 3}, r"^AdcConfig.adcs_per_table must be a power of two that divides 16 .* not 3$"),
        ({"output_lanes": 3, "adcs_per_table": 4}, r"^AdcConfig.adcs_per_table must be a power of two that divides 6 "),
        ({"accumulator_bits": 33}, r"^AdcConfig.accumulator_bits must be in 8\.\.32, not 33$"),
        ({"slots": 0}, r"^AdcConfig.slots must be in 1\.\.256, not 0$"),
        ({"output_bits": 9}, r"^AdcConfig.output_bits must be in 1\.\.8, not 9$"),
        ({"channel_rows": 0}, r"^AdcConfig.channel_rows must be in 1\.\.64, not 0$"),
        ({"channel_rows": 65}, r"^AdcConfig.channel_rows must be in 1\.\.64, not 65$"),
        ({"multiplier_bits": 1}, r"^AdcConfig.multiplier_bits must be in 2\.\.16, not 1$"),
        ({"calibration_reads": 9}, r"^AdcConfig.calibration_reads must be in 0\.\.8, not 9$"),
        ({"offset_bits": 9}, r"^AdcConfig.offset_bits must be in 2\.\.8 \(dac_bits=8\), not 9$"),
        ({"cells_seed": 1 << 32}, r"^AdcConfig.cells_seed must be in 0\.\.4294967295, not 4294967296$"),
        ({"gain_low": 0}, r"^AdcConfig.gain_low must be in 1\.\.255, not 0$"),
        ({"gain_low": 100, "gain_high": 99}, r"^AdcConfig.gain_high must be in 100\.\.255 \(gain_low=100\), not 99$"),
    ],
)
def test_a_value_out_of_range_is_named(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AdcConfig(**fields)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"bits": 5.0}, r"^AdcConfig.bits must be int, not 5\.0$"),
        ({"bits": True}, r"^AdcConfig.bits must be int, not True$"),
        ({"signed": 1}, r"^AdcConfig.signed must be bool, not 1$"),
        ({"noise": "on"}, r"^AdcConfig.noise must be bool, not 'on'$"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        AdcConfig(**fields)


@pytest.mark.parametrize(
    ("fields", "kind", "message"),
    [
        ({"on_off_ratio": 1.0}, ValueError, r"^MacroConfig.on_off_ratio must be above 1 .*, not 1$"),
        ({"on_off_ratio": 0.5}, ValueError, r"^MacroConfig.on_off_ratio must be in 1\.\.1e\+09, not 0\.5$"),
        ({"low_spread": -0.1}, ValueError, r"^MacroConfig.low_spread must be in 0\.\.1, not -0\.1$"),
        ({"high_spread": 5}, ValueError, r"^MacroConfig.high_spread must be in 0\.\.4, not 5$"),
        ({"sense_noise": float("nan")}, ValueError, r"^MacroConfig.sense_noise must be in 0\.\.16, not nan$"),
        ({"gain_spread": 0.6}, ValueError, r"^MacroConfig.gain_spread must be in 0\.\.0\.5, not 0\.6$"),
        ({"ir_drop": "low"}, TypeError, r"^MacroConfig.ir_drop must be float, not 'low'$"),
    ],
)
def test_what_a_macro_cannot_be_is_named(fields: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        MacroConfig(**fields)
