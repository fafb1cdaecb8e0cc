"""Bench of a lane: every digit of a column is taken once, from either end."""

from pathlib import Path
from typing import Any

import cocotb
from amaranth.hdl import Module, Value
from cocotb.triggers import RisingEdge

from racelet.hw.bitlet.lane import Lane, digit_place
from racelet.sim.bench import bench_parameters, bench_rng
from racelet.sim.payload import unpack
from racelet.sim.promised import Promised
from racelet.sim.runner import run_bench
from racelet.sim.streams import start

CYCLES = 1500


def verify(config: object, *, seed: int, waves: Path | None) -> None:
    """Run the bench on windows of its own, whatever the block's config."""
    del config
    for window, load in ((4, 4), (16, 2), (16, 8)):
        file = None if waves is None else waves.with_stem(f"{waves.stem}-{window}-{load}")
        shape = {"window": window, "load": load}
        run_bench(Promised(Lane(window, load), promise), __name__, parameters=shape, seed=seed, waves=file)


def promise(m: Module, inner: Lane) -> Value:
    """Only what is there is taken, and a column begins where nothing is left of the one before."""
    del m
    return (
        (~inner.take_first | inner.some)
        & (~inner.take_last | inner.several)
        & (~inner.begin | (inner.ends & (inner.take_first == inner.some)))
    )


@cocotb.test()
@cocotb.parametrize(first=[0.0, 0.5, 1.0], last=[0.0, 0.5, 1.0], begin=[0.3, 1.0])
async def digits_are_taken_once(dut: Any, first: float, last: float, begin: float) -> None:
    """Taken at any time, both ends at once too; columns of any density, some of no digit."""
    rng, window, load = bench_rng(), bench_parameters()["window"], bench_parameters()["load"]
    place = digit_place(window, load)
    await start(dut)
    left: list[int] = []
    for _ in range(CYCLES):
        take_first = bool(left) and rng.random() < max(first, 0.1)
        take_last = len(left) > 1 and rng.random() < last
        begins = len(left) == take_first + take_last and rng.random() < begin
        density = rng.choice([0.0, 0.2, 0.5, 1.0])
        column = [number for number in range(window) if rng.random() < density]
        dut.take_first.value, dut.take_last.value, dut.begin.value = int(take_first), int(take_last), int(begins)
        dut.column.value, dut.count.value = sum(1 << number for number in column), len(column)
        await RisingEdge(dut.clk)
        assert dut.promised.value
        some, several = bool(left), len(left) > 1
        assert (int(dut.some.value), int(dut.several.value)) == (some, several)
        for there, port, number in ((some, dut.first, 0), (several, dut.last, -1)):
            part, k = divmod(left[number], load) if there else (0, 0)
            assert not there or unpack(place, int(port.value)) == {"part": part, "place": 1 << k}
        assert int(dut.ends.value) == (len(left) <= 1 + take_last)
        left = column if begins else left[int(take_first) : len(left) - int(take_last)]
