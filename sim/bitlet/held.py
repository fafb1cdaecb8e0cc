"""What the benches of pipelines that hold share: all beats come out, none besides, each in its cycle."""

from collections.abc import Sequence
from typing import Any

import cocotb
from amaranth.hdl import ShapeLike

from racelet.sim.dwcpwc.pipeline import acceptances, latencies, waits
from racelet.sim.monitor import Trace, quiet
from racelet.sim.streams import get, put


async def through(
    dut: Any, beats: Sequence[int], shape: ShapeLike, latency: int, *, idle: float, stall: float
) -> list[Any]:
    """Send beats through a component that holds while its output stalls, and check every cycle of it.

    Parameters
    ----------
    dut : cocotb handle
        The top level, after its reset.
    beats : sequence of int
        Payloads for ``i``.
    shape : ShapeLike
        Shape of the payloads of ``o``.
    latency : int
        Cycles that a beat takes.
    idle, stall : float
        As of :func:`racelet.sim.streams.put` and :func:`racelet.sim.streams.get`.

    Returns
    -------
    list
        Payloads of ``o``, as many as beats.
    """
    entering, leaving = Trace(dut, "i"), Trace(dut, "o")
    cocotb.start_soon(put(dut, "i", beats, idle=idle))
    found = await get(dut, "o", len(beats), shape=shape, stall=stall)
    dut.o__ready.value = 1
    await quiet(dut, "o", latency + 2)
    dut.o__ready.value = 0
    stalls = waits(leaving.offered, leaving.taken)
    assert latencies(entering.taken, leaving.offered, stalls) == {latency}
    assert entering.taken == acceptances(entering.offered, stalls)
    return found
