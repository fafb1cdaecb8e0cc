import numpy as np
import pytest

from racelet.golden.dwcpwc.config import PRESETS
from racelet.golden.dwcpwc.depthwise_engine import sums
from racelet.golden.dwcpwc.depthwise_path import LATENCY, depthwise_bytes, weight_rows
from racelet.golden.dwcpwc.operators import depthwise_conv2d
from racelet.golden.dwcpwc.window_buffer import windows
from racelet.hw.dwcpwc.depthwise_path import DepthwisePath
from racelet.sim.dwcpwc.tb_depthwise_path import verify
from racelet.sim.dwcpwc.tensor_layers import (
    DEPTHWISE,
    FUSED,
    image_in_buffer,
    random_readings,
    reading_layer,
    readings,
)
from tests.netlist import paths


@pytest.mark.simulation
@pytest.mark.parametrize("preset", ["tiny", "large"])
def test_bytes_and_cycles_match_golden(preset: str) -> None:
    verify(PRESETS[preset], seed=1, waves=None)


def test_the_hardware_states_the_latency_of_golden() -> None:
    assert DepthwisePath.LATENCY == LATENCY


def test_no_path_leads_through() -> None:
    assert paths(DepthwisePath(PRESETS["tiny"])) == set()


@pytest.mark.parametrize("preset", ["tiny", "large"])
def test_bytes_are_those_of_a_depthwise_convolution(preset: str) -> None:
    config, rng = PRESETS[preset], np.random.default_rng(1)
    for reading in (*readings(config), *random_readings(20, config, rng)):
        if reading.kind not in (FUSED, DEPTHWISE):
            continue
        layer = reading_layer(reading, config, rng)
        image = image_in_buffer(layer, config, rng)[0][:, :, : reading.channels]
        kernels = rng.integers(-128, 128, (*reading.kernel, reading.channels)).astype(np.int8)
        bias = rng.integers(-5000, 5000, reading.channels)
        mult, right_shift = rng.integers(1 << 30, 1 << 31, reading.channels), rng.integers(5, 9, reading.channels)
        folded = bias - layer.pad_byte * kernels.astype(np.int64).sum(axis=(0, 1))
        parameters = np.stack([folded, mult, right_shift], axis=1)
        expected = depthwise_conv2d(
            image,
            kernels,
            bias.astype(np.int32),
            mult,
            -right_shift,
            stride=reading.stride,
            padding=reading.padding,
            input_zero_point=layer.pad_byte,
            output_zero_point=layer.depthwise_zero_point,
            low=layer.depthwise_low,
            high=layer.depthwise_high,
        )
        found = np.concatenate([data for _, data in depthwise_bytes(image, kernels, parameters, layer, config)])
        np.testing.assert_array_equal(found.reshape(expected.shape), expected)


def test_weight_rows_meet_their_windows() -> None:
    config, rng = PRESETS["large"], np.random.default_rng(1)
    lanes = config.depthwise_lanes
    reading = next(reading for reading in readings(config) if reading.kind == FUSED and reading.kernel == (10, 4))
    layer = reading_layer(reading, config, rng)
    image, _ = image_in_buffer(layer, config, rng)
    kernels = rng.integers(-128, 128, (*reading.kernel, reading.channels)).astype(np.int8)
    rows = weight_rows(kernels, lanes)
    taps = np.stack([window.taps for window in windows(image, layer, config)]).reshape(-1, *rows.shape)
    unit = np.stack([np.zeros(reading.channels), np.full(reading.channels, 1 << 30), np.full(reading.channels, 10)], 1)
    halves = depthwise_bytes(image, kernels, unit.astype(np.int64), layer, config)
    found = sums(taps, rows).reshape(-1, lanes)
    assert len(found) == len(halves)
    for (_, data), each in zip(halves, found, strict=True):
        scaled = np.floor(each / 2 + 0.5)
        rounded = np.sign(scaled) * np.floor(np.abs(scaled) / 1024 + 0.5) + layer.depthwise_zero_point
        np.testing.assert_array_equal(data, np.clip(rounded, layer.depthwise_low, layer.depthwise_high))
