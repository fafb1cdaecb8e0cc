import dataclasses

import pytest

from racelet.golden.dwcpwc import depthwise_path, group_splitter, requantize_stage
from racelet.golden.dwcpwc.activation_writer import LATENCY
from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig
from racelet.golden.dwcpwc.dot_engine import parallel_latency
from racelet.golden.dwcpwc.dot_path import QUEUE_LATENCY
from racelet.golden.dwcpwc.fill import FIRST_WINDOW
from racelet.golden.dwcpwc.ping_pong_tile import FULL_LATENCY
from racelet.golden.dwcpwc.tile_reader import READ_AHEAD
from racelet.golden.dwcpwc.weight_store import bram_latency
from racelet.sim.dwcpwc.tb_watchdog import verify

WIDE = dataclasses.replace(PRESETS["large"], tile_pixels=64, input_lanes=32, output_lanes=32, weight_beat_bytes=4)


@pytest.mark.simulation
@pytest.mark.parametrize("config", [PRESETS["tiny"], WIDE], ids=["tiny", "wide"])
def test_stalls_match_golden(config: DwcPwcConfig) -> None:
    verify(config, seed=1)


@pytest.mark.parametrize("config", [*PRESETS.values(), WIDE], ids=[*PRESETS, "wide"])
def test_patience_is_twice_as_long_as_all_pipelines_together(config: DwcPwcConfig) -> None:
    dots = FULL_LATENCY + READ_AHEAD + parallel_latency(config.input_lanes) + QUEUE_LATENCY + group_splitter.LATENCY
    pipelines = FIRST_WINDOW + depthwise_path.LATENCY + dots + bram_latency(config)
    pipelines += requantize_stage.LATENCY + LATENCY
    assert config.patience >= 2 * (pipelines + config.set_beats + config.sum_places)
