"""Bench of the weight stores, written against their contract; which one it is, ``config.store`` tells."""

import itertools
from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge
from numpy.random import Generator

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.weight_store import answers, bram_latency, schedule
from racelet.hw.dwcpwc.layouts import WEIGHT_REQUEST, weight_write
from racelet.hw.dwcpwc.weight_stores import STORES
from racelet.sim.answer import answer
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.monitor import Trace, quiet
from racelet.sim.payload import pack, unpack
from racelet.sim.runner import run_bench
from racelet.sim.streams import cycle, get, handles, put, start, wait

CONFIG = bench_config(DwcPwcConfig)
BEATS = CONFIG.weight_bytes // CONFIG.weight_beat_bytes
"""Capacity."""
USED = max(min(24, BEATS // 2), 1)
"""Beats that are filled at the beginning, and again at the end, of the memory."""
POWERS = [1 << k for k in range(BEATS.bit_length()) if USED <= 1 << k < BEATS - USED]
"""Beats that are filled as well, so that no address line is idle."""
APART = [(place * BEATS // 16, min(6, BEATS // 16)) for place in range(16)]
"""Runs of beats all over the memory, so that none of the blocks that it is made of is idle."""


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on the config's kind of store."""
    run_bench(STORES[config.store](config), __name__, parameters={"config": config}, seed=seed, waves=waves)


async def _check_waiting(dut: Any) -> None:
    """Check in every cycle whether the store tells rightly that it waits for beats."""
    edge = RisingEdge(dut.clk)
    _, asked, granted = handles(dut, "request")
    _, there, taken = handles(dut, "o")
    owed = 0
    while True:
        await edge
        waits = taken.value and not there.value and (owed or asked.value)
        assert bool(dut.waiting.value) == bool(waits), f"in cycle {cycle()}"
        if asked.value and granted.value:
            owed += unpack(WEIGHT_REQUEST, dut.request__payload.value.to_unsigned())["beats"]
        owed -= int(there.value and taken.value)


async def _fill(dut: Any, rng: Generator) -> list[int]:
    """Fill both ends of a memory, word by word in any order; returns all beats."""
    lanes = CONFIG.weight_beat_bytes // 4
    memory = [0] * BEATS
    apart = (range(first, first + beats) for first, beats in APART)
    filled = {*range(USED), *POWERS, *itertools.chain.from_iterable(apart), *range(BEATS - USED, BEATS)}
    words = [(beat * lanes + lane, int(rng.integers(1 << 32))) for beat in filled for lane in range(lanes)]
    rng.shuffle(words)
    for address, data in words:
        beat, lane = divmod(int(address), lanes)
        memory[beat] |= int(data) << 32 * lane
    if CONFIG.store == "bram":
        most = CONFIG.weight_words
        writes: list[dict[str, Any]] = [{"address": int(address), "data": int(data)} for address, data in words]
        if most > 1:
            # One word of a write is meant, the others are no matter.
            writes = [
                {
                    "address": each["address"],
                    "data": [each["data"] if lane == each["address"] % most else 7 for lane in range(most)],
                    "mask": 1 << each["address"] % most,
                }
                for each in writes
            ]
        await put(dut, "write", writes, shape=weight_write(CONFIG), idle=0.2)
        # What is not valid is not written.
        for number in rng.permutation(len(writes))[:300].tolist():
            dut.write__payload.value = pack(weight_write(CONFIG), writes[number] | {"data": writes[0]["data"]})
            await wait(dut, 1)
    return memory


def _requests(rng: Generator) -> list[tuple[int, int]]:
    runs = [(0, 1), (0, USED), (BEATS - USED, USED), (BEATS - 1, 1), (3, 1), (3, 1), (5, 2), (0, 0), (1, 1)]
    runs = [(first, min(beats, BEATS - first)) for first, beats in runs if first < BEATS]
    runs += [*((beat, 1) for beat in POWERS), *APART]
    for _ in range(8):
        first = int(rng.integers(USED))
        runs.append((first + int(rng.integers(2)) * (BEATS - USED), int(rng.integers(1, USED - first + 1))))
    return runs


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5])
async def beats_and_their_cycles_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Runs of any length, back to back and with gaps, at both ends of the memory."""
    rng = bench_rng()
    requests = _requests(rng)
    await start(dut)
    memory = await _fill(dut, rng)
    asked, given = Trace(dut, "request"), Trace(dut, "o")
    outside: list[Trace] = []
    if CONFIG.store == "stream":
        answering = answer(
            dut, "outside_request", "outside", memory, shape=WEIGHT_REQUEST, idle=idle / 2, stall=stall / 2
        )
        cocotb.start_soon(answering)
        cocotb.start_soon(_check_waiting(dut))
        outside = [Trace(dut, "outside_request"), Trace(dut, "outside")]
    wishes = [{"address": address, "beats": beats} for address, beats in requests]
    cocotb.start_soon(put(dut, "request", wishes, shape=WEIGHT_REQUEST, idle=idle))
    expected = answers(requests, memory)
    assert await get(dut, "o", len(expected), stall=stall) == expected
    await quiet(dut, "o", 5)
    if CONFIG.store == "stream":
        for inside, there in zip((asked, given), outside, strict=True):
            assert (inside.offered, inside.taken) == (there.offered, there.taken)
        return
    accepted, there = schedule([beats for _, beats in requests], asked.offered, given.taken, CONFIG)
    assert asked.taken == accepted
    assert given.offered == there
    if not idle and not stall:
        # Without gaps, but for the run without beats.
        whole = sum(beats for _, beats in requests[: [beats for _, beats in requests].index(0)])
        first = asked.offered[0] + bram_latency(CONFIG)
        assert given.taken[:whole] == list(range(first, first + whole))


@cocotb.test()
async def a_run_may_follow_after_a_pause(dut: Any) -> None:
    """The last beat of a run stays until it is taken; the next run begins at its own first beat."""
    rng = bench_rng()
    await start(dut)
    memory = await _fill(dut, rng)
    if CONFIG.store == "stream":
        cocotb.start_soon(answer(dut, "outside_request", "outside", memory, shape=WEIGHT_REQUEST))
    for request in _requests(rng)[:5]:
        await put(dut, "request", [{"address": request[0], "beats": request[1]}], shape=WEIGHT_REQUEST)
        await wait(dut, 6)
        assert await get(dut, "o", request[1]) == answers([request], memory)
        await quiet(dut, "o", 4)


@cocotb.test(skip=CONFIG.store != "bram")
async def all_beats_come_in_one_run_and_zeros_behind_them(dut: Any) -> None:
    """The counters of rows and of beats go through all their bits."""
    rng = bench_rng()
    await start(dut)
    memory = await _fill(dut, rng)
    beyond = [(1 << bit, 2) for bit in range(20) if 1 << bit >= BEATS]
    # What was read last of the first block is not what comes from behind the last one.
    requests = [(0, BEATS + 2), *beyond, (0, 1), ((1 << 20) - 1, 1)]
    wishes = [{"address": address, "beats": beats} for address, beats in requests]
    cocotb.start_soon(put(dut, "request", wishes, shape=WEIGHT_REQUEST, patience=2 * BEATS))
    behind = 2 + sum(beats for _, beats in beyond)
    found = await get(dut, "o", BEATS + behind + 2)
    assert [have if want else 0 for have, want in zip(found, memory, strict=False)] == memory
    assert memory[0]
    assert found[BEATS:] == [*[0] * behind, memory[0], 0]
