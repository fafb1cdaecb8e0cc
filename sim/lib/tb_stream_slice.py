"""Bench of ``StreamSlice``: the same beats, one cycle later."""

import itertools
from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from racelet.hw.lib.stream_slice import StreamSlice
from racelet.sim.lib.passing import pass_beats
from racelet.sim.monitor import quiet
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start, wait


def verify(config: object, *, seed: int, waves: Path | None) -> None:
    """Run the bench on a width of its own, whatever the block's config."""
    del config
    verify_width(40, seed=seed, waves=waves)


def verify_width(width: int, *, seed: int, waves: Path | None = None) -> None:
    """Run the bench on any width."""
    for registered in (False, True):
        file = None if waves is None else waves.with_stem(f"{waves.stem}-{'registered' if registered else 'in-turn'}")
        component = StreamSlice(width, registered=registered)
        run_bench(component, __name__, parameters={"width": width}, seed=seed, waves=file)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5])
async def beats_come_out_as_they_went_in(dut: Any, idle: float, stall: float) -> None:
    """None lost, repeated or changed; one a cycle, one cycle later, where nothing waits."""
    await pass_beats(dut, idle, stall)


@cocotb.test()
async def it_takes_two_beats_and_no_more(dut: Any) -> None:
    """While nobody takes one."""
    await start(dut)
    dut.i__valid.value = 1
    taken = 0
    for beat in range(8):
        dut.i__payload.value = beat
        await RisingEdge(dut.clk)
        taken += int(dut.i__ready.value)
    assert taken == 2
    dut.i__valid.value = 0
    assert await get(dut, "o", 2) == [0, 1]
    await quiet(dut, "o", 4)
    await wait(dut, 1)
    assert dut.i__ready.value


@cocotb.test()
async def a_reset_of_one_cycle_forgets_all(dut: Any) -> None:
    """Wherever the next beat would have gone, and with none, one and two of them inside."""
    await start(dut)
    for passed, left in itertools.product((0, 1), (0, 1, 2)):
        await _offer(dut, passed)
        assert await get(dut, "o", passed) == list(range(passed))
        await _offer(dut, left)
        dut.rst.value = 1
        await RisingEdge(dut.clk)
        dut.rst.value = 0
        await quiet(dut, "o", 1)
        await _offer(dut, 2)
        assert await get(dut, "o", 2) == [0, 1]


async def _offer(dut: Any, count: int) -> None:
    await put(dut, "i", range(count))
