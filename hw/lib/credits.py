"""Credits: leave to send as much as there is room for at the other end."""
# Ref: Kung, Blackwell, Chapman, "Credit-based flow control for ATM networks", SIGCOMM 1994. doi:10.1145/190314.190324

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class Credits(wiring.Component):
    """Count what may still be sent.

    A pipeline whose sender takes a credit with each beat, and whose receiver gives it back when the beat is out of its
    queue, needs no way back for a stall. The output is a register.

    Parameters
    ----------
    count : int
        Credits at the beginning: beats that the receiver's queue holds.

    Members
    -------
    some : Out(1)
        There is a credit.
    take : In(1)
        One is taken. Only while there is ``some``.
    give : In(1)
        One that was taken comes back.
    """

    some: Signal
    take: Signal
    give: Signal

    def __init__(self, count: int) -> None:
        self.count = count
        super().__init__({"some": Out(1), "take": In(1), "give": In(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        left = Signal(range(self.count + 1), init=self.count)
        none = Signal()
        m.d.comb += self.some.eq(~none)
        with m.If(self.take & ~self.give):
            m.d.sync += [left.eq(left - 1), none.eq(left == 1)]
        with m.If(self.give & ~self.take):
            m.d.sync += [left.eq(left + 1), none.eq(0)]
        return m
