import random
from collections import deque

import pytest

from racelet.golden.adc.pipeline import schedule


@pytest.mark.parametrize("latency", [1, 2, 5])
@pytest.mark.parametrize("idle", [0.0, 0.6])
@pytest.mark.parametrize("stall", [0.0, 0.7])
def test_cycles_are_those_of_stages_that_move_or_stand_still(latency: int, idle: float, stall: float) -> None:
    rng = random.Random(latency)
    steps = [rng.randint(1, 3) for _ in range(60)]
    gives = [rng.random() < 0.6 for _ in steps]
    stages: deque[bool] = deque([False] * latency)
    offered: list[int] = []
    accepted: list[int] = []
    given: list[int] = []
    taken: list[int] = []
    cycle = done = 0
    while len(accepted) < len(steps) or any(stages):
        here = len(accepted)
        if len(offered) == here < len(steps) and rng.random() >= idle:
            offered.append(cycle)
        if stages[-1] and len(given) == len(taken):
            given.append(cycle)
        takes = rng.random() >= stall
        if stages[-1] and takes:
            taken.append(cycle)
        if takes or not stages[-1]:
            enters = len(offered) > here
            stages.pop()
            stages.appendleft(enters and gives[here])
            done += enters
            if enters and done == steps[here]:
                accepted.append(cycle)
                done = 0
        cycle += 1
    assert schedule(offered, steps, gives, taken, latency) == (accepted, given)
