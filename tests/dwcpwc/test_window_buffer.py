import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.padding import pad
from racelet.golden.dwcpwc.pooling import average_pool_2d
from racelet.golden.dwcpwc.window_buffer import LATENCY, windows
from racelet.golden.dwcpwc.window_forms import forms
from racelet.golden.dwcpwc.window_reader import requests
from racelet.hw.dwcpwc.window_buffer import WindowBuffer
from racelet.sim.dwcpwc.tb_window_buffer import verify
from racelet.sim.dwcpwc.tensor_layers import (
    GATHER,
    POOL,
    WORDS,
    Reading,
    image_in_buffer,
    images_in_buffer,
    random_readings,
    reading_layer,
    readings,
)


@pytest.mark.simulation
@pytest.mark.parametrize("preset", ["tiny", "large"])
def test_windows_and_cycles_match_golden(preset: str) -> None:
    verify(PRESETS[preset], seed=1, waves=None)


def test_the_hardware_states_the_latency_of_golden() -> None:
    assert WindowBuffer.LATENCY == LATENCY


@pytest.mark.parametrize("preset", ["tiny", "large"])
def test_requests_cut_out_of_the_buffer_are_windows_cut_out_of_the_image(preset: str) -> None:
    config, rng = PRESETS[preset], np.random.default_rng(1)
    for shape in readings(config):
        layer = reading_layer(shape, config, rng)
        layer, image, second, banks = images_in_buffer(layer, config, rng)
        expected = windows(image, layer, config, second)
        for request, want in zip(requests(layer, config), expected, strict=True):
            have = forms(request, banks, layer, config)
            for name, value in vars(want).items():
                if np.size(value):
                    np.testing.assert_array_equal(getattr(have, name), value, f"{name} of {request} of {layer}")


def layers(
    *kinds: LayerKind, preset: str = "small"
) -> list[tuple[Reading, LayerConfig, NDArray[np.int8], DwcPwcConfig]]:
    config, rng = PRESETS[preset], np.random.default_rng(1)
    shapes = [shape for shape in (*readings(config), *random_readings(60, config, rng)) if shape.kind in kinds]
    described = [(shape, reading_layer(shape, config, rng)) for shape in shapes]
    return [(shape, layer, image_in_buffer(layer, config, rng)[0], config) for shape, layer in described]


def patches(shape: Reading, image: NDArray[np.int8], pad_byte: int) -> NDArray[np.int8]:
    """Windows of the padded image, shape (pixels, channels, kernel rows, kernel columns)."""
    padded, (rows, columns) = pad(image[:, :, : shape.channels], shape.kernel, shape.stride, shape.padding, pad_byte)
    found = sliding_window_view(padded, shape.kernel, axis=(0, 1))[:: shape.stride[0], :: shape.stride[1]]
    return found[:rows, :columns].reshape(rows * columns, shape.channels, *shape.kernel)


@pytest.mark.parametrize("preset", ["small", "large"])
def test_what_is_gathered_by_channel_is_the_patch_of_every_pixel(preset: str) -> None:
    for shape, layer, image, config in layers(GATHER, preset=preset):
        blocks = [(i, j) for i in range(0, shape.kernel[0], 3) for j in range(0, shape.kernel[1], 3)]
        several = config.gather_channels
        whole = shape.channels // several * several
        spans = [(k, k + several) for k in range(0, whole, several)] + [
            (k, k + 1) for k in range(whole, shape.channels)
        ]
        expected = [
            patch[first:end, i : i + 3, j : j + 3].transpose(1, 2, 0).ravel().tolist()
            for patch in patches(shape, image, layer.pad_byte)
            for first, end in spans
            for i, j in blocks
        ]
        assert [window.gathered.tolist() for window in windows(image, layer, config)] == expected


def test_what_is_gathered_by_tap_is_the_patch_of_every_pixel() -> None:
    for shape, layer, image, config in layers(WORDS):
        lanes = config.input_lanes
        expected = [
            word[first : first + lanes, i, j].tolist()
            for word in patches(shape, image, layer.pad_byte)
            for first in range(0, shape.channels, lanes)
            for i, j in np.ndindex(*shape.kernel)
        ]
        assert [window.gathered.tolist() for window in windows(image, layer, config)] == expected


def test_sums_and_what_they_lack_give_the_mean_of_every_window() -> None:
    for shape, layer, image, config in layers(POOL):
        means, sums = [], np.zeros(config.input_lanes, np.int64)
        for window in windows(image, layer, config):
            sums = window.sums + (0 if window.first else sums)
            if window.last:
                rows, columns = divmod(window.pool_index, 1 << layer.pool_shift)
                count = (layer.kernel_rows - rows) * (layer.kernel_columns - columns)
                means.append(np.sign(sums) * ((np.abs(sums) + count // 2) // count))
        pooled = average_pool_2d(image, shape.kernel, shape.stride, shape.padding)
        words = pooled.reshape(-1, pooled.shape[-1] // config.input_lanes, config.input_lanes)
        used = -(-shape.channels // config.input_lanes)
        np.testing.assert_array_equal(np.array(means).reshape(-1, used, config.input_lanes), words[:, :used])


def test_taps_outside_are_the_pad_byte_and_add_nothing_to_sums() -> None:
    image = np.full((1, 1, 8), 5, np.int8)
    fields = {"kernel_rows": 3, "kernel_columns": 3, "pad_top": 1, "pad_left": 1, "source_row": 2, "source_column": 2}
    fields |= {"source_pixel_pitch": 8, "pad_byte": -9}
    (depthwise,) = windows(image, LayerConfig(kind=LayerKind.FUSED, **fields), PRESETS["small"])
    (pool,) = windows(image, LayerConfig(kind=LayerKind.AVERAGE_POOL, **fields), PRESETS["small"])
    assert depthwise.taps.ravel().tolist() == [-9] * 4 + [5] + [-9] * 4
    assert pool.sums.tolist() == [5] * 8
