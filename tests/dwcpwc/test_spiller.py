import dataclasses

import numpy as np
import pytest

from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig
from racelet.golden.dwcpwc.spiller import LATENCY, SpilledWord, schedule, spill
from racelet.hw.dwcpwc.spiller import Spiller
from racelet.sim.dwcpwc.tb_spiller import verify

NARROW = dataclasses.replace(PRESETS["small"], bandwidth=1)
HALF = dataclasses.replace(PRESETS["small"], bandwidth=4)


@pytest.mark.simulation
@pytest.mark.parametrize("config", [PRESETS["large"], NARROW, HALF], ids=["whole words", "bytes", "halves"])
def test_beats_and_their_cycles_match_golden(config: DwcPwcConfig) -> None:
    verify(config, seed=1)


def test_the_hardware_states_the_latency_of_golden() -> None:
    assert Spiller.LATENCY == LATENCY


@pytest.mark.parametrize("bandwidth", [1, 2, 8])
@pytest.mark.parametrize("channels", [1, 2, 7, 8])
def test_beats_are_the_channels_and_zeros(channels: int, bandwidth: int) -> None:
    config = DwcPwcConfig(bandwidth=bandwidth)
    values = np.random.default_rng(channels).integers(-128, 128, channels).tolist()
    (beats,) = spill([SpilledWord(values=values)], config)
    flat = [byte for beat in beats for byte in beat]
    assert flat[:channels] == values
    assert flat[channels:] == [0] * (-channels % bandwidth)


def test_a_slow_output_holds_the_words_behind_it() -> None:
    accepted, given = schedule([2, 2, 1, 1], [1, 2, 3, 4], [9, 10, 11, 12, 13, 14], 0)
    assert given == [2, 10, 11, 12, 13, 14]
    assert accepted == [1, 2, 11, 13]
