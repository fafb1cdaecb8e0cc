"""Bench of ``PacketEnd``: beats and ends against golden."""

from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from racelet.golden.lib.packet_end import packets
from racelet.hw.lib.packet_end import PacketEnd
from racelet.sim.bench import bench_rng
from racelet.sim.monitor import Monitor, quiet
from racelet.sim.runner import run_bench
from racelet.sim.streams import bits_of, get, put, start, wait

CYCLES = 600
WIDTH = 8


def verify(config: object, *, seed: int, waves: Path | None) -> None:
    """Run the bench on bytes, whatever the block's config."""
    del config
    run_bench(PacketEnd(WIDTH), __name__, seed=seed, waves=waves)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5], ending=[0.02, 0.5])
async def packets_match_golden(dut: Any, idle: float, stall: float, ending: float) -> None:
    """Ends at any moment: with a beat, long after it, several for one packet, before the first beat."""
    rng = bench_rng()
    await start(dut)
    beats: list[int] = []
    ends: list[int] = []
    found: list[tuple[int, bool]] = []
    offering = False
    for number in range(CYCLES + 20):
        live = number < CYCLES
        if not offering:
            offering = live and rng.random() >= idle
            dut.i__payload.value = int(rng.integers(256))
        dut.i__valid.value = int(offering)
        end = int(not live or rng.random() < ending)
        dut.end.value = end
        dut.o__ready.value = int(not live or rng.random() >= stall)
        await RisingEdge(dut.clk)
        assert bool(dut.i__ready.value) == (not dut.open.value or bool(dut.o__ready.value))
        if offering and dut.i__ready.value:
            beats.append(bits_of(dut.i__payload))
            offering = False
        # A beat that is offered and not accepted belongs to the packet after this end.
        if end:
            ends.append(len(beats))
        if dut.o__valid.value and dut.o__ready.value:
            payload = bits_of(dut.o__payload)
            found.append((payload & 0xFF, bool(payload >> 8)))
    assert len(beats) > 50
    assert found == packets(beats, ends)
    assert not dut.open.value


@cocotb.test()
async def one_beat_per_cycle_the_last_one_when_its_end_is_known(dut: Any) -> None:
    """Nothing waits but the last beat, for the end of its packet."""
    await start(dut)
    inputs, outputs = Monitor(dut, "i"), Monitor(dut, "o")
    dut.o__ready.value = 1
    await put(dut, "i", range(50))
    await wait(dut, 1)
    assert inputs.cycles == list(range(50))
    assert outputs.cycles == inputs.cycles[1:]
    await quiet(dut, "o", 5)
    assert dut.open.value
    dut.end.value = 1
    await wait(dut, 1)
    dut.end.value = 0
    assert await get(dut, "o", 1) == [49 | 1 << WIDTH]
    await wait(dut, 1)
    assert not dut.open.value
