import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from racelet.golden.adc.calibrator import calibrate, calibration_cycles, corrected, gain_of, offset_of, read_count
from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.error import Error

CONFIG = AdcConfig(calibration_reads=2)
NOMINAL = list(range(8, 8 + 31 * 8, 8))
OLD = tuple(range(31))


@given(st.integers(-40, 40), st.integers(40, 216), st.integers(60, 120), st.integers(0, 2**32))
def test_offset_and_gain_are_means_and_ratios_of_reads(offset: int, gain: int, span: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    zero = rng.integers(-2, 3, 4) + 128 + offset
    full = rng.integers(-2, 3, 4) + 128 + offset + gain * span // 128
    found = calibrate(NOMINAL, OLD, zero.tolist(), full.tolist(), span, CONFIG)
    assert found.offset == int(np.floor(zero.mean() + 0.5)) - 128
    exact = 128 * (full.sum() - zero.sum()) / (4 * span)
    assert found.gain == min(int(np.floor(exact + 0.5)), 255)
    if found.offset in range(-32, 32) and 64 <= found.gain <= 192:
        wanted = [128 + found.offset + int(np.floor(found.gain * (code - 128) / 128 + 0.5)) for code in NOMINAL]
        assert list(found.table) == np.clip(wanted, 0, 255).tolist()
        assert (Error.DAC_CLAMP in found.errors) == (min(wanted) < 0 or max(wanted) > 255)
    else:
        assert (found.table, found.errors) == (OLD, Error.CALIBRATION)


@pytest.mark.parametrize(
    ("offset", "gain", "errors"),
    [
        (-32, 128, Error.DAC_CLAMP),
        (-33, 128, Error.CALIBRATION),
        (4, 128, Error.NONE),
        (31, 128, Error.DAC_CLAMP),
        (32, 128, Error.CALIBRATION),
        (0, 64, Error.NONE),
        (0, 63, Error.CALIBRATION),
        (0, 192, Error.DAC_CLAMP),
        (0, 193, Error.CALIBRATION),
        (0, -9, Error.CALIBRATION),
    ],
)
def test_what_is_out_of_range_is_told_and_leaves_the_table(offset: int, gain: int, errors: Error) -> None:
    # A span of 64 makes half a code of each gain: averages of two.
    reads = [128 + offset + each for each in (gain // 2, gain - gain // 2)] * 2
    found = calibrate(NOMINAL, OLD, [128 + offset] * 4, reads, 64, CONFIG)
    assert found.errors == errors
    assert (found.table == OLD) == (errors == Error.CALIBRATION)
    assert (found.offset, found.gain) == (offset, max(gain, 0))


def test_a_column_without_offset_and_gain_keeps_the_nominal_table() -> None:
    assert corrected(NOMINAL, 0, 128, CONFIG) == (tuple(NOMINAL), False)
    assert calibrate(NOMINAL, OLD, [128] * 4, [228] * 4, 100, CONFIG).table == tuple(NOMINAL)


def test_a_gain_is_never_beyond_its_bits() -> None:
    assert gain_of(0, 4 * 255, 1, CONFIG) == 255
    assert gain_of(4 * 255, 0, 1, CONFIG) == 0
    assert offset_of(0, CONFIG) == -128


@pytest.mark.parametrize("settle", [0, 2])
@pytest.mark.parametrize("shared", [1, 4])
def test_cycles_are_those_of_reads_division_and_table(settle: int, shared: int) -> None:
    config = AdcConfig(settle=settle, calibration_reads=3, adcs_per_table=shared)
    assert read_count(config) == 2 * 8 * shared
    reads = read_count(config) * (8 * (1 + settle) + 1)
    assert calibration_cycles(config, kept=True) == reads + 11
    assert calibration_cycles(config) == reads + 11 + 31


def test_a_wrong_number_of_reads_is_named() -> None:
    with pytest.raises(ValueError, match="there must be 4 reads of either kind, not 3 and 4"):
        calibrate(NOMINAL, OLD, [0] * 3, [0] * 4, 9, CONFIG)
    with pytest.raises(ValueError, match=r"span must be in 1\.\.255, not 0"):
        calibrate(NOMINAL, OLD, [0] * 4, [0] * 4, 0, CONFIG)
