import dataclasses

import pytest

from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.spiller import SpilledWord, spill
from racelet.golden.dwcpwc.transfer_path import transfer_beats
from racelet.golden.dwcpwc.window_reader import walk
from racelet.sim.dwcpwc.tb_transfer_path import verify

NARROW = dataclasses.replace(PRESETS["small"], bandwidth=2)


@pytest.mark.simulation
@pytest.mark.parametrize("config", [PRESETS["tiny"], NARROW], ids=["tiny", "narrow"])
def test_beats_move_once_the_request_is_taken(config: DwcPwcConfig) -> None:
    verify(config, seed=1)


@pytest.mark.parametrize("channels", [1, 4, 5, 8, 17])
@pytest.mark.parametrize("bandwidth", [1, 4, 8])
def test_a_store_moves_as_many_beats_as_its_words_give(channels: int, bandwidth: int) -> None:
    config = DwcPwcConfig(bandwidth=bandwidth)
    layer = LayerConfig(kind=LayerKind.STORE, tiles=6, width=3, source_channels=channels)
    sizes = [min(channels - step.channel, config.input_lanes) for step in walk(layer, config)]
    beats = spill([SpilledWord(values=[0] * size) for size in sizes], config)
    assert sum(len(word) for word in beats) == transfer_beats(layer, config)
    load = LayerConfig(kind=LayerKind.LOAD, tiles=6, width=3, channels=channels)
    assert transfer_beats(load, config) == transfer_beats(layer, config)
