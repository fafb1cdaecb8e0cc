"""cocotb monitors: record every transfer of a stream and check its contract."""

from typing import Any

import cocotb
from amaranth.hdl import ShapeLike
from cocotb.triggers import RisingEdge

from racelet.sim.payload import unpack
from racelet.sim.streams import bits_of, check_held, cycle, handles


class Monitor:
    """Watches one stream from its creation to the end of the test.

    A beat that is taken back or changed before it is taken fails the test, with the stream and the cycle named. Costs
    a few microseconds per simulated cycle.

    Parameters
    ----------
    dut : cocotb handle
        The top level.
    name : str
        Stream name, of an input or an output stream.
    shape : ShapeLike, optional
        Shape of the payload; without it beats are unsigned integers.

    Attributes
    ----------
    beats : list
        Transferred payloads so far.
    cycles : list[int]
        Their cycle numbers.
    """

    def __init__(self, dut: Any, name: str, shape: ShapeLike | None = None) -> None:
        self.beats: list[Any] = []
        self.cycles: list[int] = []
        cocotb.start_soon(self._watch(dut, name, shape))

    async def _watch(self, dut: Any, name: str, shape: ShapeLike | None) -> None:
        payload, valid, ready = handles(dut, name)
        edge = RisingEdge(dut.clk)
        offered: int | None = None
        while True:
            await edge
            now = bits_of(payload) if valid.value else None
            check_held(name, offered, now)
            offered = None
            if now is not None and ready.value:
                self.beats.append(now if shape is None else unpack(shape, now))
                self.cycles.append(cycle())
            else:
                offered = now


async def keep_promised(dut: Any) -> None:
    """Check in every cycle that a bench gives a :class:`~racelet.sim.promised.Promised` only what it may get.

    Started beside a test; it does not end.

    Raises
    ------
    AssertionError
        In the first cycle where the component's inputs break the promise.
    """
    while True:
        await RisingEdge(dut.clk)
        assert dut.promised.value, f"the bench breaks its promise in cycle {cycle()}"


async def quiet(dut: Any, name: str, cycles: int) -> None:
    """Check that an output stream offers nothing for a number of cycles.

    Raises
    ------
    AssertionError
        If it does, with the beat and the cycle.
    """
    payload, valid, _ = handles(dut, name)
    edge = RisingEdge(dut.clk)
    for _ in range(cycles):
        await edge
        if valid.value:
            raise AssertionError(f"stream {name} offers a beat too many in cycle {cycle()}: {bits_of(payload):#x}")


class Trace:
    """When each beat of a stream was offered and when it was taken.

    With these a golden schedule can be checked under any pattern of gaps and stalls.

    Parameters
    ----------
    dut : cocotb handle
        The top level.
    name : str
        Stream name, of an input or an output stream.

    Attributes
    ----------
    offered, taken : list[int]
        First cycle with the beat valid; cycle of its transfer.
    unready : set[int]
        Cycles with ``ready`` low.
    """

    def __init__(self, dut: Any, name: str) -> None:
        self.offered: list[int] = []
        self.taken: list[int] = []
        self.unready: set[int] = set()
        cocotb.start_soon(self._watch(dut, name))

    def clear(self) -> None:
        """Forget all beats; to be called where none is offered."""
        self.offered.clear()
        self.taken.clear()
        self.unready.clear()

    async def _watch(self, dut: Any, name: str) -> None:
        _, valid, ready = handles(dut, name)
        edge = RisingEdge(dut.clk)
        while True:
            await edge
            if not ready.value:
                self.unready.add(cycle())
            if valid.value:
                if len(self.offered) == len(self.taken):
                    self.offered.append(cycle())
                if ready.value:
                    self.taken.append(cycle())
