import numpy as np
import pytest
from amaranth.hdl import Shape

from racelet.golden.adc.config import PRESETS, AdcConfig
from racelet.golden.adc.logistic_noise import scaled
from racelet.golden.adc.noise_table import NOISE_ROM
from racelet.hw.adc.path_layouts import noise_samples
from racelet.sim.adc.tb_logistic_noise import SHAPES, verify


@pytest.mark.simulation
def test_samples_and_cycles_match_golden() -> None:
    verify(PRESETS["tiny"], seed=1)


@pytest.mark.parametrize("config", [*PRESETS.values(), *SHAPES.values()], ids=[*PRESETS, *SHAPES])
def test_a_sample_needs_no_more_bits_than_it_has(config: AdcConfig) -> None:
    shape = Shape.cast(noise_samples(config).elem_shape)
    half = 1 << shape.width - 1
    ends = scaled(np.array([min(NOISE_ROM), max(NOISE_ROM)]), (1 << config.scale_bits) - 1)
    assert -half <= ends[0] < -half // 2
    assert half // 2 <= ends[1] < half
