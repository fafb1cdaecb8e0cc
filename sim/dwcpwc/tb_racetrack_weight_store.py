"""Bench of the weight store on racetracks, with its tracks: beats, cycles, operations, and what is wrong."""

import dataclasses
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from numpy.random import Generator

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.racetrack_weight_store import Tracks, schedule
from racelet.golden.dwcpwc.weight_store import answers
from racelet.golden.racetrack.operations import KINDS, Counts
from racelet.hw.dwcpwc.layouts import WEIGHT_REQUEST, weight_write
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.tracked import TrackedStore
from racelet.sim.monitor import Trace, quiet
from racelet.sim.runner import run_bench
from racelet.sim.streams import cycle, get, put, start, wait

CONFIG = bench_config(DwcPwcConfig)
LANES = CONFIG.weight_beat_bytes
SMALL = DwcPwcConfig(
    store="racetrack",
    weight_beat_bytes=8,
    weight_bytes=2048,
    bandwidth=8,
    store_ports=4,
    store_words_per_port=4,
)
SHAPES = {
    "naive": dataclasses.replace(SMALL, store_reads="naive"),
    "buffer": dataclasses.replace(
        SMALL, store_reads="buffer", weight_beat_bytes=4, bandwidth=4, store_ports=8, store_words_per_port=2
    ),
    "serpentine": SMALL,
}
"""Several words of a port and tracks of each, and both widths of a program's beats."""
TESTS = (
    *(f"beats_and_cycles_match_golden/idle={idle}/stall={stall}" for idle in (0.0, 0.5) for stall in (0.0, 0.5)),
    "what_is_wrong_is_told",
    "a_clear_brings_all_tracks_home",
)
"""Each begins with tracks of its own, as a reset leaves them as they are."""


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on each way of reading, whatever the block's config."""
    del config
    for reads, shape in SHAPES.items():
        for number, test in enumerate(TESTS):
            file = waves.with_stem(f"{waves.stem}-{reads}-{number}") if waves is not None else None
            run_bench(TrackedStore(shape), __name__, parameters={"config": shape}, seed=seed, waves=file, testcase=test)


class _Store:
    """A store that is filled and read, and its golden tracks.

    Parameters
    ----------
    dut : cocotb handle
    rng : Generator
    """

    def __init__(self, dut: Any, rng: Generator) -> None:
        self.dut, self.rng = dut, rng
        self.golden = Tracks(CONFIG)
        places = self.golden.shape
        self.beats = places.tracks * places.ports * places.words_per_port
        self.memory = np.zeros((self.beats, LANES), np.uint8)
        self.first_home = self.golden.home()
        self.bytes = rng.permutation(256).astype(np.uint8).tolist()
        self.writes, self.asked, self.given = (Trace(dut, name) for name in ("write", "request", "o"))

    async def fill(self, beats: list[int], *, idle: float, begun: int) -> None:
        """Write most words of some beats, in any order; no word is begun before some cycle."""
        most = CONFIG.weight_words
        words = [beat * (LANES // 4) + first for beat in beats for first in range(0, LANES // 4, most)]
        self.rng.shuffle(words)
        writes: list[dict[str, Any]] = []
        ended = [begun]
        self.writes.clear()
        for word in words:
            data = np.array([self._next_word() for _ in range(most)])
            mask = int(self.rng.integers(1, 1 << most)) if most > 1 else 1
            writes.append({"address": word, "data": data.tolist(), "mask": mask})
        single = [{"address": each["address"], "data": each["data"][0]} for each in writes]
        coded = single if most == 1 else writes
        await put(self.dut, "write", coded, shape=weight_write(CONFIG), idle=idle, patience=100_000)
        await _rest(self.dut)
        for each, offered, taken in zip(writes, self.writes.offered, self.writes.taken, strict=True):
            assert taken == max(offered, ended[-1] if len(ended) > 1 else 0), "a write is taken when its turn has come"
            beat, place = divmod(each["address"], LANES // 4)
            lanes = [4 * (place + k) + byte for k in range(most) if each["mask"] >> k & 1 for byte in range(4)]
            for lane in lanes:
                self.memory[beat, lane] = each["data"][lane // 4 - place] >> 8 * (lane % 4) & 0xFF
            ended.append(max(taken + 1, ended[-1]) + self.golden.write(beat, lanes))
        assert cycle() == ended[-1], "the store is busy until the last byte is written"

    def _next_word(self) -> int:
        """Bytes of which all come in their turn, in each test from others on."""
        four, self.bytes[:] = self.bytes[:4], self.bytes[4:] + self.bytes[:4]
        return int.from_bytes(bytes(four), "little")

    async def read(self, requests: list[tuple[int, int]], *, idle: float, stall: float) -> None:
        """Ask for runs, and compare beats, cycles and operations."""
        self.asked.clear()
        self.given.clear()
        wishes = [{"address": address, "beats": beats} for address, beats in requests]
        cocotb.start_soon(put(self.dut, "request", wishes, shape=WEIGHT_REQUEST, idle=idle, patience=100_000))
        beats = [int.from_bytes(beat.tobytes(), "little") for beat in self.memory]
        expected = answers([(address % self.beats, count) for address, count in requests], beats * 2)
        assert await get(self.dut, "o", len(expected), stall=stall, patience=1000) == expected
        await quiet(self.dut, "o", 5)
        accepted, there = schedule(requests, self.asked.offered, self.given.taken, self.golden)
        assert self.asked.taken == accepted
        assert self.given.offered == there

    def compare_operations(self, since: Counts) -> None:
        """Compare all operations with those of golden."""
        found = {kind: int(getattr(self.dut, f"pulses_{kind}").value) for kind in KINDS}
        assert Counts(**found) == since + self.golden.pulses

    def requests(self) -> list[tuple[int, int]]:
        """Runs at both ends and anywhere, some more than once, one without beats, and one beyond the last word."""
        count, many = self.beats, 3 * CONFIG.store_ports
        runs = [(0, many), (0, many), (0, many), (3, 1), (3, 1), (0, 0), (count - 5, 5), (count, 2), (count - 1, 3)]
        for _ in range(10):
            first = int(self.rng.integers(count))
            runs.append((first, int(self.rng.integers(1, min(many, count - first) + 1))))
        return runs


def _done(dut: Any) -> Counts:
    """Operations so far."""
    return Counts(**{kind: int(getattr(dut, f"pulses_{kind}").value) for kind in KINDS})


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5])
async def beats_and_cycles_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Blank tracks are filled, read and written again; all beats, cycles and operations are golden's."""
    rng = bench_rng()
    await start(dut)
    store, before = _Store(dut, rng), _done(dut)
    begun = 128 * (idle > 0) + 64 * (stall > 0)
    store.bytes = store.bytes[begun:] + store.bytes[:begun]
    beats = rng.choice(store.beats, 24, replace=False).tolist()
    await store.fill(beats, idle=idle, begun=1 + store.first_home)
    assert not dut.failed.value
    for _ in range(2):
        await store.read(store.requests(), idle=idle, stall=stall)
        await store.fill(beats[:4] + rng.choice(store.beats, 4).tolist(), idle=idle, begun=0)
    # What was written is not what was kept of the row.
    for _ in range(2):
        await store.read([(0, 2)], idle=idle, stall=stall)
        await store.fill([0, 1], idle=idle, begun=0)
    await store.read([(0, 2), *store.requests()], idle=idle, stall=stall)
    store.compare_operations(before)
    assert not dut.failed.value


async def _failures(dut: Any, found: list[int]) -> None:
    while True:
        await wait(dut, 1)
        if dut.failed.value:
            found.append(cycle())


@cocotb.test()
async def what_is_wrong_is_told(dut: Any) -> None:
    """A word with too few ones, in the cycle before its beat; a fault of the tracks, until the clear. Nothing hangs."""
    rng = bench_rng()
    await start(dut)
    store = _Store(dut, rng)
    await store.fill([0, 1, store.beats - 1], idle=0.0, begun=1 + store.first_home)
    failed: list[int] = []
    cocotb.start_soon(_failures(dut, failed))
    await store.read([(0, 2), (store.beats - 1, 1)], idle=0.0, stall=0.0)
    assert not failed
    every = (1 << CONFIG.weight_words) - 1
    ones = [_word(word, 0x01010101, every) for word in range(0, LANES // 4, CONFIG.weight_words)]
    await put(dut, "write", ones, shape=weight_write(CONFIG), patience=10_000)
    await _rest(dut)
    # Of the ones of a byte's word only some are seen.
    for lane in range(LANES):
        failed.clear()
        for seen in range(1, 24):
            await put(dut, "request", [{"address": 0, "beats": 1}], shape=WEIGHT_REQUEST)
            await wait(dut, seen)
            dut.hidden.value = 1 << lane
            await get(dut, "o", 1)
            dut.hidden.value = 0
            await put(dut, "request", [{"address": store.beats - 1, "beats": 1}], shape=WEIGHT_REQUEST)
            await get(dut, "o", 1)
        assert failed, lane
    failed.clear()
    dut.faulty.value = 1
    await put(dut, "request", [{"address": 0, "beats": 1}], shape=WEIGHT_REQUEST)
    await get(dut, "o", 1)
    dut.faulty.value = 0
    await wait(dut, 20)
    assert dut.failed.value
    await put(dut, "request", [{"address": 0, "beats": 1}], shape=WEIGHT_REQUEST)
    await get(dut, "o", 1)
    await _clear(dut)
    assert not dut.failed.value


async def _rest(dut: Any) -> None:
    await wait(dut, 1)
    while dut.busy.value:
        await wait(dut, 1)


def _word(address: int, data: int, mask: int = 1) -> dict[str, Any]:
    most = CONFIG.weight_words
    return {"address": address, "data": [data] * most, "mask": mask} if most > 1 else {"address": address, "data": data}


async def _clear(dut: Any) -> None:
    dut.clear.value = 1
    await wait(dut, 3)
    dut.clear.value = 0
    await _rest(dut)


@cocotb.test()
async def a_clear_brings_all_tracks_home(dut: Any) -> None:
    """At any time: runs are dropped, a word is finished; then all takes the time that it takes at first."""
    rng = bench_rng()
    await start(dut)
    store = _Store(dut, rng)
    await store.fill(list(range(12)), idle=0.0, begun=1 + store.first_home)
    for number in range(12):
        asking = cocotb.start_soon(
            put(dut, "request", [{"address": number, "beats": 60}], shape=WEIGHT_REQUEST, patience=1000)
        )
        getting = cocotb.start_soon(get(dut, "o", 60, patience=1000))
        await wait(dut, 1 + int(rng.integers(100)))
        if number % 3 == 0:
            data = int(rng.integers(1 << 32))
            await put(dut, "write", [_word(0, data)], shape=weight_write(CONFIG))
            store.memory[0, :4] = np.frombuffer(data.to_bytes(4, "little"), np.uint8)
            await wait(dut, int(rng.integers(40)))
        for task in (asking, getting):
            task.cancel()
        dut.o__ready.value, dut.request__valid.value = 0, 0
        await _clear(dut)
        await quiet(dut, "o", 3)
        store.golden.home()
        await store.read(store.requests(), idle=0.0, stall=0.0)
        store.golden.home()
        await _clear(dut)
    assert not dut.failed.value
