import numpy as np
import pytest

from racelet.golden.dwcpwc.config import BANKS, PRESETS, DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.window_reader import TAP_KINDS, request_cycles, requests, walk
from racelet.sim.dwcpwc.tb_window_reader import verify
from racelet.sim.dwcpwc.tensor_layers import Reading, image_in_buffer, random_readings, reading_layer, readings


@pytest.mark.simulation
@pytest.mark.parametrize("preset", ["tiny", "large"])
def test_requests_and_cycles_match_golden(preset: str) -> None:
    verify(PRESETS[preset], seed=1, waves=None)


def layers(preset: str) -> list[tuple[Reading, LayerConfig, DwcPwcConfig]]:
    config, rng = PRESETS[preset], np.random.default_rng(1)
    shapes = [*readings(config), *random_readings(20, config, rng)]
    return [(shape, reading_layer(shape, config, rng), config) for shape in shapes]


@pytest.mark.parametrize("preset", ["tiny", "large"])
def test_addresses_lead_to_the_pixels_of_the_window(preset: str) -> None:
    for _, layer, config in layers(preset):
        image, banks = image_in_buffer(layer, config, np.random.default_rng(2))
        for step, request in zip(walk(layer, config), requests(layer, config), strict=True):
            for i, j in np.ndindex(3, 3):
                row, column = step.row + i, step.column + j
                inside = request.rows_inside >> i & request.columns_inside >> j & 1
                assert inside == (0 <= row < layer.source_height and 0 <= column < layer.source_width)
                if inside and not (layer.kind == LayerKind.ADD and step.kernel_row):
                    bank = 3 * ((request.row + i) % 3) + (request.column + j) % 3
                    assert banks[bank, request.addresses[bank]] == image[row, column, step.channel]


@pytest.mark.parametrize("preset", ["tiny", "large"])
def test_every_tap_of_every_output_is_read_once(preset: str) -> None:
    for shape, layer, config in layers(preset):
        taps = [
            (step.y, step.x, channel, step.kernel_row + i, step.kernel_column + j)
            for step, request in zip(walk(layer, config), requests(layer, config), strict=True)
            for i in range(1 if layer.kind in TAP_KINDS else request.kernel_rows)
            for j in range(1 if layer.kind in TAP_KINDS else request.kernel_columns)
            for channel in range(step.channel, step.channel + _channels(layer.kind, request.lanes, config))
            if channel < layer.source_channels
        ]
        rows, columns = _out(shape, 0), _out(shape, 1)
        assert len(taps) == len(set(taps))
        assert set(taps) == set(np.ndindex(rows, columns, shape.channels, *shape.kernel))


@pytest.mark.parametrize("preset", ["tiny", "large"])
def test_cycles_are_three_and_one_for_each_request(preset: str) -> None:
    for _, layer, config in layers(preset):
        assert [*request_cycles(layer, config)] == [3 + k for k in range(len(requests(layer, config)))]


def test_flags_mark_first_and_last_windows() -> None:
    layer = LayerConfig(kind=LayerKind.FUSED, source_channels=2, kernel_rows=4, kernel_columns=3, tiles=2)
    flags = [(s.first, s.last, s.pixel_last, s.layer_last) for s in walk(layer, PRESETS["tiny"])]
    begin, end, pixel, final = (1, 0, 0, 0), (0, 1, 0, 0), (0, 1, 1, 0), (0, 1, 1, 1)
    assert flags == [begin, end, begin, pixel, begin, end, begin, final]


def test_the_rows_and_columns_that_a_kernel_lacks_are_counted() -> None:
    layer = LayerConfig(
        kind=LayerKind.AVERAGE_POOL, kernel_rows=4, kernel_columns=3, pad_top=2, pad_left=1, width=2, tiles=4,
        source_height=3, source_width=3, stride_rows=2, stride_columns=1, source_row=1, source_column=2,
    )  # fmt: skip
    found = [(request.lacking_rows, request.lacking_columns) for request in requests(layer, PRESETS["tiny"])]
    assert found[::2] == [(2, 1), (2, 0), (1, 1), (1, 0)]


def test_a_request_names_nine_banks() -> None:
    (request,) = requests(LayerConfig(kind=LayerKind.OUTPUT), PRESETS["small"])
    assert len(request.addresses) == BANKS


def _channels(kind: LayerKind, lanes: int, config: DwcPwcConfig) -> int:
    if kind in (LayerKind.WORDS, LayerKind.AVERAGE_POOL, LayerKind.MAX_POOL, LayerKind.ADD, LayerKind.STORE):
        return lanes
    if kind == LayerKind.GATHER:
        return config.gather_channels if lanes >= config.gather_channels else 1
    return config.depthwise_lanes if kind in (LayerKind.FUSED, LayerKind.DEPTHWISE) else 1


def _out(shape: Reading, axis: int) -> int:
    span = shape.size[axis] if shape.padding == "SAME" else shape.size[axis] - shape.kernel[axis] + 1
    return -(-span // shape.stride[axis])
