"""The smallest component with a register."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import Out


class Toggle(wiring.Component):
    """``o`` changes in every cycle; one register of one bit."""

    o: Signal

    def __init__(self) -> None:
        super().__init__({"o": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.d.sync += self.o.eq(~self.o)
        return m
