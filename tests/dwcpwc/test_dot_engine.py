import dataclasses
from typing import get_args

import numpy as np
import pytest

from racelet.golden.dwcpwc.config import PRESETS, Engine
from racelet.golden.dwcpwc.dot_engine import DotBeat, dot_products, schedule
from racelet.golden.dwcpwc.engine_cycles import latency, set_cycles
from racelet.hw.dwcpwc.dot_engine import DotEngineSignature
from racelet.hw.dwcpwc.dot_engines import ENGINES
from racelet.sim.dwcpwc.tb_dot_engine import verify

ODD = dataclasses.replace(PRESETS["tiny"], output_lanes=8, tile_pixels=3)
NO_WEIGHTS = np.zeros((1, 1, 8, 8), np.int8)
SHAPES = {"tiny": PRESETS["tiny"], "large": PRESETS["large"], "odd": ODD}
# A macro of so many cells as "large" would have takes minutes to build.
CASES = [(shape, engine) for engine in get_args(Engine) for shape in SHAPES if (shape, engine) != ("large", "imc")]


@pytest.mark.simulation
@pytest.mark.parametrize(("shape", "engine"), CASES)
def test_sums_and_their_cycles_match_golden(shape: str, engine: Engine) -> None:
    verify(dataclasses.replace(SHAPES[shape], engine=engine), seed=1)


@pytest.mark.parametrize("engine", get_args(Engine))
def test_every_kind_has_the_ports_of_the_contract(engine: Engine) -> None:
    config = dataclasses.replace(PRESETS["small"], engine=engine)
    assert dict(ENGINES[engine](config).signature.members) == dict(DotEngineSignature(config).members)
    assert ENGINES[engine](config).latency == latency(config) + int(set_cycles(NO_WEIGHTS, config)[0, 0]) - 1


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
    latency = int(rng.integers(2, 10))
    gap, stall = rng.choice([0.0, 0.4, 0.8], 2)
    lasts = (rng.random(60) < rng.choice([0.2, 0.9])).astype(int).tolist()
    lasts[-1] = 1
    cycles = rng.integers(1, rng.choice([2, 6]), 60).tolist()
    # The last stage's sums go to two places in a row.
    registers: list[int | None] = [None] * (latency - 1)
    places: list[int] = []
    offered, accepted, given, taken = [], [], [], []
    busy = 0
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
            if busy == 0 and len(offered) > len(accepted):
                busy = cycles[len(accepted)]
                accepted.append(now)
            busy = max(busy - 1, -1)
            registers = [len(accepted) - 1 if busy == 0 else None, *registers[:-1]]
            busy = max(busy, 0)
    assert len(taken) == sum(lasts)
    assert schedule(offered, lasts, taken, cycles, latency) == (accepted, given)
