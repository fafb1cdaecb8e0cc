"""Bench of ``StreamQueue``: the same beats, at once where nothing waits, and as many as there are places."""

from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from racelet.hw.lib.stream_queue import StreamQueue
from racelet.sim.bench import bench_parameters
from racelet.sim.lib.passing import pass_beats
from racelet.sim.monitor import Monitor, quiet
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, start, wait


def verify(config: object, *, seed: int, waves: Path | None) -> None:
    """Run the bench on a shape of its own, whatever the block's config."""
    del config
    verify_shape(40, 8, seed=seed, waves=waves)


def verify_shape(width: int, depth: int, *, seed: int, waves: Path | None = None) -> None:
    """Run the bench on any shape."""
    shape = {"width": width, "depth": depth}
    run_bench(StreamQueue(**shape), __name__, parameters=shape, seed=seed, waves=waves)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5])
async def beats_come_out_as_they_went_in(dut: Any, idle: float, stall: float) -> None:
    """None lost, repeated or changed; each one cycle after it came, or after the one before it was taken."""
    await pass_beats(dut, idle, stall)


@cocotb.test()
async def it_takes_as_many_as_there_are_places(dut: Any) -> None:
    """While nobody takes one; then they leave one a cycle, and others follow."""
    await start(dut)
    places = bench_parameters()["depth"] + 1
    for _ in range(3):
        dut.i__valid.value = 1
        taken = 0
        for beat in range(places + 6):
            dut.i__payload.value = beat
            await RisingEdge(dut.clk)
            taken += int(dut.i__ready.value)
        assert taken == places
        dut.i__valid.value = 0
        outputs = Monitor(dut, "o")
        limit = 1 << bench_parameters()["width"]
        assert await get(dut, "o", places) == [beat % limit for beat in range(places)]
        await quiet(dut, "o", 4)
        assert outputs.cycles == list(range(outputs.cycles[0], outputs.cycles[0] + places))
        await wait(dut, 1)
        assert dut.i__ready.value
