import dataclasses

import pytest

from racelet.golden.dwcpwc import depthwise_engine, requantize_stage
from racelet.golden.dwcpwc.activation_writer import LATENCY
from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig
from racelet.golden.dwcpwc.dot_engine import PARALLEL_LATENCY
from racelet.golden.dwcpwc.dot_path import QUEUE_LATENCY
from racelet.golden.dwcpwc.fill import FIRST_WINDOW
from racelet.sim.dwcpwc.tb_watchdog import verify

WIDE = dataclasses.replace(PRESETS["large"], tile_pixels=64, input_lanes=32, output_lanes=32, weight_beat_bytes=4)


@pytest.mark.simulation
@pytest.mark.parametrize("config", [PRESETS["tiny"], WIDE], ids=["tiny", "wide"])
def test_stalls_match_golden(config: DwcPwcConfig) -> None:
    verify(config, seed=1)


@pytest.mark.parametrize("config", [*PRESETS.values(), WIDE], ids=[*PRESETS, "wide"])
def test_patience_is_twice_as_long_as_all_pipelines_together(config: DwcPwcConfig) -> None:
    requantize = requantize_stage.LATENCY
    pipelines = FIRST_WINDOW + depthwise_engine.LATENCY + 2 * requantize + PARALLEL_LATENCY + QUEUE_LATENCY + LATENCY
    assert config.patience >= 2 * (pipelines + 1 + config.set_beats + 2 * config.tile_pixels)
