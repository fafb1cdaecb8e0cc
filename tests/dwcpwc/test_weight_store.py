import dataclasses

import numpy as np
import pytest

from racelet.golden.dwcpwc.config import PRESETS
from racelet.golden.dwcpwc.weight_store import answers, bram_credits, bram_latency, schedule
from racelet.sim.dwcpwc.tb_weight_store import verify


@pytest.mark.simulation
@pytest.mark.parametrize("store", ["bram", "stream"])
@pytest.mark.parametrize("preset", ["tiny", "large"])
def test_beats_and_their_cycles_match_golden(preset: str, store: str) -> None:
    verify(dataclasses.replace(PRESETS[preset], store=store), seed=1)


def test_every_request_is_answered_with_its_own_beats() -> None:
    memory = list(range(100, 200))
    requests = [(0, 3), (97, 3), (5, 0), (5, 1)]
    assert answers(requests, memory) == [*memory[0:3], *memory[97:100], memory[5]]


@pytest.mark.parametrize("seed", range(20))
def test_runs_follow_without_a_gap(seed: int) -> None:
    config = PRESETS["small"]
    latency = bram_latency(config)
    beats = np.random.default_rng(seed).integers(1, 9, 40).tolist()
    taken = list(range(latency, latency + sum(beats)))
    accepted = [0, *(int(end) for end in np.cumsum(beats)[:-1])]
    offered = [0, *(before + 1 for before in accepted[:-1])]
    assert schedule(beats, offered, taken, config) == (accepted, taken)


def test_beats_that_are_not_taken_hold_those_behind_them_and_the_next_request() -> None:
    config = dataclasses.replace(PRESETS["tiny"], weight_bytes=16384)
    most = bram_credits(config)
    taken = [9, 30, *range(40, 40 + most)]
    accepted, given = schedule([most, 1, 1], [0, 1, 2], taken, config)
    assert given == [6, 10, 31, *range(41, 41 + most - 1)]
    assert accepted == [0, most, 11]
