import dataclasses
from typing import get_args

import pytest

from racelet.golden.dwcpwc import depthwise_path, group_splitter, requantize_stage
from racelet.golden.dwcpwc.activation_writer import LATENCY
from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig, Engine
from racelet.golden.dwcpwc.dot_path import QUEUE_LATENCY
from racelet.golden.dwcpwc.engine_cycles import latency
from racelet.golden.dwcpwc.fill import FIRST_WINDOW
from racelet.golden.dwcpwc.ping_pong_tile import FULL_LATENCY
from racelet.golden.dwcpwc.tile_reader import READ_AHEAD, READS
from racelet.golden.dwcpwc.weight_store import bram_latency
from racelet.sim.dwcpwc.tb_watchdog import verify

WIDE = dataclasses.replace(PRESETS["large"], tile_pixels=64, input_lanes=32, output_lanes=32, weight_beat_bytes=4)


@pytest.mark.simulation
@pytest.mark.parametrize("config", [PRESETS["tiny"], WIDE], ids=["tiny", "wide"])
def test_stalls_match_golden(config: DwcPwcConfig) -> None:
    verify(config, seed=1)


@pytest.mark.parametrize("engine", get_args(Engine))
@pytest.mark.parametrize("config", [*PRESETS.values(), WIDE], ids=[*PRESETS, "wide"])
def test_patience_is_twice_as_long_as_all_pipelines_together(config: DwcPwcConfig, engine: Engine) -> None:
    if engine == "bitlet":
        config = dataclasses.replace(config, weight_beat_bytes=max(config.weight_beat_bytes, config.input_lanes))
    config = dataclasses.replace(config, engine=engine)
    # Of a beat whose weights all have a digit in every column.
    most_cycles = {"parallel": 1, "serial": 8, "bitlet": config.input_lanes, "imc": 64}[engine]
    dots = FULL_LATENCY + READ_AHEAD + latency(config) + QUEUE_LATENCY + group_splitter.LATENCY
    # The words that wait, and the one that is worked on.
    dots += (READS + 1) * (most_cycles - 1)
    pipelines = FIRST_WINDOW + depthwise_path.LATENCY + dots + bram_latency(config)
    pipelines += requantize_stage.LATENCY + LATENCY
    assert config.patience >= 2 * (pipelines + config.set_beats + config.sum_places)
