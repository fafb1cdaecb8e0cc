"""What the benches of components that pass beats on have in common."""

from typing import Any

import cocotb

from racelet.sim.bench import bench_parameters, bench_rng
from racelet.sim.monitor import Monitor, quiet
from racelet.sim.streams import get, put, start

BEATS = 300


async def pass_beats(dut: Any, idle: float, stall: float) -> None:
    """Reset, then compare random beats of the bench's ``width``: none lost, repeated or changed.

    Where nobody stalls, each must come out one cycle after it went in; where nobody idles either, one a cycle.

    Parameters
    ----------
    dut : cocotb handle
        With the streams ``i`` and ``o``.
    idle, stall : float
        Share of the cycles in which no beat is offered or taken.
    """
    await start(dut)
    width = bench_parameters()["width"]
    rng = bench_rng()
    beats = [int.from_bytes(rng.bytes(-(-width // 8)), "little") % (1 << width) for _ in range(BEATS)]
    inputs, outputs = Monitor(dut, "i"), Monitor(dut, "o")
    cocotb.start_soon(put(dut, "i", beats, idle=idle))
    assert await get(dut, "o", len(beats), stall=stall) == beats
    await quiet(dut, "o", 4)
    if not stall:
        assert outputs.cycles == [cycle + 1 for cycle in inputs.cycles]
    if not stall and not idle:
        assert inputs.cycles == list(range(inputs.cycles[0], inputs.cycles[0] + BEATS))
