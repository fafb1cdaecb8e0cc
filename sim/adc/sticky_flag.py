"""What benches of sticky flags share: they forget now and then, and look at every cycle."""

from collections.abc import Collection
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from racelet.sim.bench import bench_rng
from racelet.sim.streams import cycle


class StickyFlag:
    """A flag that stays from the cycle after something came to pass until ``forget``.

    Parameters
    ----------
    dut : cocotb handle
    name : str
        Of the flag.
    forgetting : float
        Probability, per cycle, that it is forgotten.
    """

    def __init__(self, dut: Any, name: str, forgetting: float) -> None:
        self.dut, self.name, self.forgetting = dut, name, forgetting
        self.shown: dict[int, bool] = {}
        self.forgets: set[int] = set()
        self._watching = cocotb.start_soon(self._watch())

    async def _watch(self) -> None:
        rng, edge, flag = bench_rng(), RisingEdge(self.dut.clk), getattr(self.dut, self.name)
        while True:
            forget = bool(rng.random() < self.forgetting)
            self.dut.forget.value = int(forget)
            await edge
            self.shown[cycle()] = bool(flag.value)
            if forget:
                self.forgets.add(cycle())

    def stop(self) -> None:
        """Look and forget no more."""
        self._watching.cancel()
        self.dut.forget.value = 0

    def check(self, cycles: Collection[int]) -> None:
        """Compare every cycle with those in which something came to pass."""
        expected = False
        for at in sorted(self.shown):
            assert self.shown[at] == expected, f"{self.name} in cycle {at}"
            expected = (expected and at not in self.forgets) or at in cycles
