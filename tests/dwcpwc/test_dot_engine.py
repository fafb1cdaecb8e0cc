import dataclasses

import numpy as np
import pytest

from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig
from racelet.golden.dwcpwc.dot_engine import DotBeat, dot_products, parallel_latency, schedule
from racelet.sim.dwcpwc.tb_dot_engine import verify

ODD = dataclasses.replace(PRESETS["tiny"], output_lanes=8, tile_pixels=3)


@pytest.mark.simulation
@pytest.mark.parametrize("config", [PRESETS["tiny"], PRESETS["large"], ODD], ids=["tiny", "large", "odd"])
def test_sums_and_their_cycles_match_golden(config: DwcPwcConfig) -> None:
    verify(config, seed=1)


def test_sums_are_those_of_whole_numbers_wrapped() -> None:
    rng = np.random.default_rng(1)
    beats = []
    partial: dict[int, list[int]] = {}
    expected = []
    for _ in range(200):
        slot = int(rng.integers(5))
        first = slot not in partial
        last = rng.random() < 0.3
        activations, weights = rng.integers(-128, 128, 4), rng.integers(-128, 128, (3, 4))
        beats.append(
            DotBeat(
                activations=activations.astype(np.int8),
                weights=weights.astype(np.int8),
                slot=slot,
                first=int(first),
                last=int(last),
            )
        )
        for row in range(3):
            before = 0 if first else partial[slot][row]
            partial.setdefault(slot, [0] * 3)[row] = before + sum(
                int(a) * int(w) for a, w in zip(activations, weights[row], strict=True)
            )
        if last:
            expected.append(partial.pop(slot))
    assert dot_products(beats).tolist() == expected
    extreme = np.full(32, -128, np.int8)
    beat = DotBeat(activations=extreme, weights=extreme[np.newaxis], slot=0, first=0, last=0)
    many = [dataclasses.replace(beat, first=1), *[beat] * 4094, dataclasses.replace(beat, last=1)]
    assert dot_products(many).tolist() == [[-(1 << 31)]]


@pytest.mark.parametrize("seed", range(20))
def test_the_schedule_is_that_of_a_row_of_registers(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lanes = int(rng.choice([4, 8, 16, 32]))
    gap, stall = rng.choice([0.0, 0.4, 0.8], 2)
    lasts = (rng.random(60) < rng.choice([0.2, 0.9])).astype(int).tolist()
    lasts[-1] = 1
    # The last stage's sums go to two places in a row.
    registers: list[int | None] = [None] * (parallel_latency(lanes) - 1)
    places: list[int] = []
    offered, accepted, given, taken = [], [], [], []
    for now in range(2000):
        if len(offered) == len(accepted) < len(lasts) and rng.random() >= gap:
            offered.append(now)
        moves = len(places) < 2
        if places and len(given) == len(taken):
            given.append(now)
        if places and rng.random() >= stall:
            taken.append(now)
            places.pop(0)
        if moves:
            if registers[-1] is not None and lasts[registers[-1]]:
                places.append(registers[-1])
            entering = len(accepted) if len(offered) > len(accepted) else None
            registers = [entering, *registers[:-1]]
            if entering is not None:
                accepted.append(now)
    assert len(taken) == sum(lasts)
    assert schedule(offered, lasts, taken, lanes) == (accepted, given)
