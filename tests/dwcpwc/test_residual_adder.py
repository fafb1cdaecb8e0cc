import numpy as np
import pytest

from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.requantize import requantize
from racelet.golden.dwcpwc.residual_adder import LATENCY, scaled_sums, schedule
from racelet.hw.dwcpwc.residual_adder import ResidualAdder
from racelet.sim.dwcpwc.tb_residual_adder import verify


@pytest.mark.simulation
@pytest.mark.parametrize("config", [PRESETS["tiny"], PRESETS["large"]], ids=["tiny", "large"])
def test_groups_and_their_cycles_match_golden(config: DwcPwcConfig) -> None:
    verify(config, seed=1)


def test_the_hardware_states_the_latency_of_golden() -> None:
    assert ResidualAdder.LATENCY == LATENCY


@pytest.mark.parametrize(("mult", "shift"), [(1 << 30, 0), ((1 << 31) - 1, 0), (1_234_567_890, 3), (1 << 30, 31)])
@pytest.mark.parametrize(("there", "beside"), [(0, 0), (-128, 127), (127, -128)])
def test_both_inputs_are_scaled_as_requantisation_scales(mult: int, shift: int, there: int, beside: int) -> None:
    """Over all bytes: a requantisation wide enough not to clamp, of the input shifted left by 20."""
    codes = np.arange(-128, 128)
    layer = LayerConfig(
        kind=LayerKind.ADD, pad_byte=there, second_zero_point=beside, second_multiplier=mult, second_shift=shift
    )
    first, second = np.meshgrid(codes, codes)
    halves = requantize_wide((codes - there) << 20, 1 << 30, 0)
    scaled = requantize_wide((codes - beside) << 20, mult, shift)
    expected = halves[np.newaxis, :] + scaled[:, np.newaxis]
    np.testing.assert_array_equal(scaled_sums(first.astype(np.int8), second.astype(np.int8), layer), expected)


def requantize_wide(values: np.ndarray, mult: int, shift: int) -> np.ndarray:
    """Both roundings of requantisation in big integers, without its clamp."""
    found = []
    for value in values.tolist():
        total = (value * mult + (1 << 30)) >> 31
        magnitude = (2 * abs(total) + (1 << shift)) // (2 << shift) if shift else abs(total)
        found.append(-magnitude if total < 0 else magnitude)
    narrow = requantize(values, mult, -shift, 0, -128, 127)
    np.testing.assert_array_equal(np.clip(found, -128, 127), narrow)
    return np.array(found)


def test_a_pair_waits_for_the_groups_of_the_one_before() -> None:
    accepted, given = schedule([6, 2, 2], [0, 1, 2, 3, 4, 5])
    assert accepted == [0, 1, 2, 7, 8, 9]
    assert given == [2 + LATENCY + k for k in range(10)]
