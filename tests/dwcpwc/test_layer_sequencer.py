import dataclasses

import numpy as np
import pytest

from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig
from racelet.golden.dwcpwc.layer_sequencer import FETCH, LOAD, TURN, schedule
from racelet.sim.dwcpwc.tb_layer_sequencer import verify

SEVEN = dataclasses.replace(PRESETS["tiny"], layers=7)


@pytest.mark.simulation
@pytest.mark.parametrize("config", [PRESETS["tiny"], PRESETS["large"], SEVEN], ids=["tiny", "large", "seven layers"])
def test_layers_and_their_cycles_match_golden(config: DwcPwcConfig) -> None:
    verify(config, seed=1)


@pytest.mark.parametrize("seed", range(10))
def test_counts_add_up_to_the_time_of_the_program(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 60, 8).tolist()
    times = schedule(100, lengths, [0] * 8)
    for _ in range(20):
        # Every count is taken when it is given.
        times = schedule(100, lengths, times.given)
    ends = [start + length for start, length in zip(times.starts, lengths, strict=True)]
    assert sum(times.counts) == ends[-1] + 1 - 100
    assert times.starts[0] == 100 + FETCH
    for number in range(7):
        follows = max(ends[number] + TURN, times.starts[number] + FETCH - LOAD)
        assert times.starts[number + 1] == follows


def test_a_count_that_is_not_taken_holds_the_layer_after_the_next() -> None:
    times = schedule(0, [30, 30, 30], [500, 501, 600])
    assert times.starts == [FETCH, FETCH + 30 + TURN, 503]
