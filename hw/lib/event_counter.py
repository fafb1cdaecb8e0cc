"""Counts events."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class EventCounter(wiring.Component):
    """Count events since they were forgotten last.

    Parameters
    ----------
    width : int
        Bits of the count, which begins anew at zero.

    Members
    -------
    event : In(1)
        One more.
    forget : In(1)
        Those of the cycles before and of this one do not count.
    count : Out(width)
        Events of the cycles before.
    """

    event: Signal
    forget: Signal
    count: Signal

    def __init__(self, width: int) -> None:
        self.width = width
        super().__init__({"event": In(1), "forget": In(1), "count": Out(width)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.d.sync += self.count.eq(Mux(self.forget, 0, self.count + self.event))
        return m
