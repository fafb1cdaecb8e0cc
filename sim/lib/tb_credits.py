"""Bench of ``Credits``: never more are out than there were."""

from pathlib import Path
from typing import Any

import cocotb
from amaranth.hdl import Module, Signal, Value
from cocotb.triggers import RisingEdge

from racelet.hw.lib.credits import Credits
from racelet.sim.bench import bench_parameters, bench_rng
from racelet.sim.promised import Promised
from racelet.sim.runner import run_bench
from racelet.sim.streams import start

CYCLES = 400


def verify(config: object, *, seed: int, waves: Path | None) -> None:
    """Run the bench on counts of its own, whatever the block's config."""
    del config
    for count in (1, 5):
        file = None if waves is None else waves.with_stem(f"{waves.stem}-{count}")
        run_bench(Promised(Credits(count), promise), __name__, parameters={"count": count}, seed=seed, waves=file)


def promise(m: Module, inner: Credits) -> Value:
    """Only what is there is taken, and only what was taken is given back."""
    out = Signal(range(inner.count + 1))
    m.d.sync += out.eq(out + inner.take - inner.give)
    return (~inner.take | inner.some) & (~inner.give | (out != 0))


@cocotb.test()
@cocotb.parametrize(taking=[0.2, 0.6, 1.0], giving=[0.2, 0.6, 1.0])
async def some_are_there_while_not_all_are_out(dut: Any, taking: float, giving: float) -> None:
    """Taken and given back at any time, both at once too."""
    rng = bench_rng()
    await start(dut)
    left = count = bench_parameters()["count"]
    for _ in range(CYCLES):
        take, give = left > 0 and rng.random() < taking, left < count and rng.random() < giving
        dut.take.value, dut.give.value = int(take), int(give)
        await RisingEdge(dut.clk)
        assert bool(dut.some.value) == (left > 0)
        assert dut.promised.value
        left += give - take
