import numpy as np
import pytest

from racelet.golden.adc.cell_sampling import sample_cells
from racelet.golden.adc.config import PRESETS, AdcConfig
from racelet.golden.adc.imc_macro import cell_bits, currents, latency, row_bits
from racelet.golden.adc.macro_config import IDEAL, MacroConfig
from racelet.hw.adc.imc_macro import ImcMacro
from racelet.hw.adc.sum_layouts import current_shape
from racelet.sim.adc.tb_imc_macro import verify, verify_shapes

SHAPES = {
    "small": (PRESETS["small"], MacroConfig(ir_drop=0.01)),
    "wide": (
        AdcConfig(
            input_lanes=10,
            word_lines=5,
            output_lanes=1,
            input_bits=8,
            weight_bits=8,
            current_bits=10,
            dac_shift=5,
            signed_inputs=True,
        ),
        MacroConfig(offset_spread=4.0),
    ),
}


@pytest.mark.simulation
def test_currents_and_cycles_match_golden() -> None:
    verify(PRESETS["tiny"], seed=1)


@pytest.mark.simulation
@pytest.mark.parametrize("name", SHAPES)
def test_any_shape_matches_golden(name: str) -> None:
    verify_shapes({"": SHAPES[name]}, seed=2)


@pytest.mark.parametrize("config", PRESETS.values(), ids=PRESETS)
@pytest.mark.parametrize("drop", [0.0, 0.01])
def test_the_hardware_states_the_latency_of_golden(config: AdcConfig, drop: float) -> None:
    cells = sample_cells(config, MacroConfig(ir_drop=drop), 1)
    assert ImcMacro(config, cells).latency == latency(cells, config)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("macro", [IDEAL, MacroConfig(ir_drop=0.03, gain_spread=0.5, offset_spread=2.0)])
def test_a_current_needs_no_more_bits_than_it_has(signed: bool, macro: MacroConfig) -> None:
    config = AdcConfig(signed=signed, input_lanes=8, word_lines=4)
    cells = sample_cells(config, macro, 2)
    rng = np.random.default_rng(3)
    weights = rng.integers(config.weights[0], config.weights[-1] + 1, (config.output_lanes, config.input_lanes))
    given = currents(row_bits(rng.integers(0, 4, (200, 8)), config), cell_bits(weights, config), cells, config)
    shape = current_shape(cells, config)
    half = 1 << shape.width - 1
    assert shape.signed
    assert -half <= given.min()
    assert given.max() < half
