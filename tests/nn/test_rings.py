"""Room that is used again: never while it is needed, and written once for all who share it."""

import numpy as np
import pytest

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.nn.describe import Memories
from racelet.nn.rings import MemoryRings, Taken

CONFIG = DwcPwcConfig(weight_bytes=1024, channels=256, requantizers=4, depthwise_channels=64, depthwise_lanes=2)
CAPACITY = {"weights": 1024, "parameters": 64, "depthwise": 32, "depthwise_parameters": 32}


def random_steps(rng: np.random.Generator) -> list[Taken | None]:
    """Groups of one to three needs, each met again and again while its group lasts."""
    steps: list[Taken | None] = []
    for group in range(30):
        needs = int(rng.integers(1, 4))
        rooms = [
            Memories(**{name: int(rng.integers(0, most // needs + 1)) for name, most in CAPACITY.items()})
            for _ in range(needs)
        ]
        for need in [*range(needs), *rng.integers(0, needs, int(rng.integers(0, 5))).tolist()]:
            steps.append((group, need, rooms[need]))
            if rng.random() < 0.3:
                steps.append(None)
    return steps


@pytest.mark.parametrize("seed", range(20))
def test_what_a_step_finds_is_what_was_written_for_it(seed: int) -> None:
    """Writes go out as early as their fences allow."""
    steps = random_steps(np.random.default_rng(seed))
    rings = MemoryRings(CONFIG, steps)
    held = {name: [None] * most for name, most in CAPACITY.items()}
    placed: list[Memories | None] = []
    ended = 0

    def run_to(count: int) -> None:
        nonlocal ended
        while ended < count:
            step, places = steps[ended], placed[ended]
            if step is not None and places is not None:
                group, need, room = step
                for name, cells in held.items():
                    first = getattr(places, name)
                    assert cells[first : first + getattr(room, name)] == [(group, need)] * getattr(room, name)
            ended += 1

    for number, step in enumerate(steps):
        if step is None:
            placed.append(None)
            continue
        places, fence, new = rings.place(number)
        assert fence <= number
        run_to(fence)
        if new:
            for name, cells in held.items():
                first, size = getattr(places, name), getattr(step[2], name)
                assert first + size <= CAPACITY[name]
                cells[first : first + size] = [(step[0], step[1])] * size
        placed.append(places)
    run_to(len(steps))


def test_what_a_group_shares_is_written_once() -> None:
    room = Memories(weights=600)
    rings = MemoryRings(CONFIG, [(1, "a", room), (1, "a", room), (2, "b", room)])
    assert [rings.place(number)[1:] for number in range(3)] == [(0, True), (0, False), (2, True)]


def test_the_next_group_comes_while_there_is_room() -> None:
    room = Memories(weights=400)
    rings = MemoryRings(CONFIG, [(number, 0, room) for number in range(4)])
    found = [rings.place(number) for number in range(4)]
    assert [places.weights for places, _, _ in found] == [0, 400, 0, 400]
    assert [fence for _, fence, _ in found] == [0, 0, 1, 2]
    assert rings.used()["weight_bytes"] == 800
