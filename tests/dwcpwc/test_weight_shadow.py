import dataclasses

import numpy as np
import pytest

from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig
from racelet.golden.dwcpwc.weight_shadow import schedule, weight_sets
from racelet.sim.dwcpwc.tb_weight_shadow import verify

ONE_BEAT = dataclasses.replace(PRESETS["tiny"], weight_beat_bytes=16)


@pytest.mark.simulation
@pytest.mark.parametrize("config", [PRESETS["tiny"], PRESETS["large"], ONE_BEAT], ids=["tiny", "large", "one beat"])
def test_sets_and_their_cycles_match_golden(config: DwcPwcConfig) -> None:
    verify(config, seed=1)


def test_a_byte_of_a_beat_has_its_row_and_lane() -> None:
    config = PRESETS["small"]
    data = np.random.default_rng(1).integers(-128, 128, (3, config.set_beats, config.weight_beat_bytes)).astype(np.int8)
    sets = weight_sets(data.reshape(-1, config.weight_beat_bytes), config)
    for number in range(3):
        stream = [int(byte) for beat in data[number] for byte in beat]
        for row in range(config.output_lanes):
            for lane in range(config.input_lanes):
                assert sets[number, row, lane] == stream[row * config.input_lanes + lane]


@pytest.mark.parametrize("seed", range(20))
def test_the_schedule_is_that_of_two_places_for_sets(seed: int) -> None:
    rng = np.random.default_rng(seed)
    config = DwcPwcConfig(input_lanes=4, output_lanes=4, weight_beat_bytes=int(rng.choice([4, 8, 16])))
    gap, stall = rng.choice([0.0, 0.4, 0.8], 2)
    offered, accepted, available, taken = [], [], [], []
    shadow, output, waiting = 0, False, False
    for now in range(300):
        ready = rng.random() >= stall
        waiting = waiting or rng.random() >= gap
        if waiting and len(offered) == len(accepted):
            offered.append(now)
        if output and len(available) == len(taken):
            available.append(now)
        if output and ready:
            taken.append(now)
            output = False
        # What is complete moves on as soon as there is room; there is room for the next beat in the cycle after.
        full = shadow == config.set_beats
        if full and not output:
            shadow, output = 0, True
        if waiting and not full:
            accepted.append(now)
            waiting = False
            shadow += 1
            if shadow == config.set_beats and not output:
                shadow, output = 0, True
    whole = len(taken) * config.set_beats
    expected = accepted[:whole], available[: len(taken)]
    assert schedule(offered[:whole], taken, config) == expected
