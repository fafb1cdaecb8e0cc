import pytest

from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig
from racelet.golden.dwcpwc.depthwise_grouper import groups
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.window_reader import walk
from racelet.sim.dwcpwc.tb_depthwise_grouper import verify


@pytest.mark.simulation
@pytest.mark.parametrize("preset", ["tiny", "large"])
def test_places_match_golden(preset: str) -> None:
    verify(PRESETS[preset], seed=1, waves=None)


@pytest.mark.parametrize("channels", [1, 2, 7, 8])
@pytest.mark.parametrize("lanes", [1, 2, 8])
def test_groups_are_the_kernels_that_the_window_reader_walks_over(channels: int, lanes: int) -> None:
    config = DwcPwcConfig(depthwise_lanes=lanes)
    layer = LayerConfig(
        kind=LayerKind.DEPTHWISE, tiles=2, tile_pixels=3, last_tile_pixels=2, width=5, kernel_rows=4,
        source_channels=channels, depthwise_parameter_address=9,
    )  # fmt: skip
    expected = [
        (step.y * layer.width + step.x, step.channel, 9 + step.channel // lanes, step.pixel_last, step.layer_last)
        for step in walk(layer, config)
        if step.last
    ]
    found = [(g.pixel, g.channel, g.parameter_row, g.advance, g.final) for g in groups(layer, config)]
    assert found == expected
