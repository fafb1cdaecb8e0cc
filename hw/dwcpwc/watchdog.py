"""Watchdog: notices a layer that has come to a halt."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig


class Watchdog(wiring.Component):
    """Count the cycles in which a layer runs, waits for nothing outside and nothing in it moves.

    Computes :func:`racelet.golden.dwcpwc.watchdog.stalls`.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    running : In(1)
        A layer runs.
    moves : In(1)
        Something moves in it.
    waiting_outside : In(1)
        It waits for a stream that comes from outside or goes there.
    stalled : Out(1)
        The last ``config.patience`` cycles had ``running`` and neither of the others.
    """

    running: Signal
    moves: Signal
    waiting_outside: Signal
    stalled: Signal

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__({"running": In(1), "moves": In(1), "waiting_outside": In(1), "stalled": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        still = Signal(range(self.config.patience + 1))
        m.d.comb += self.stalled.eq(still[-1])
        with m.If(~self.running | self.moves | self.waiting_outside):
            m.d.sync += still.eq(0)
        with m.Elif(~self.stalled):
            m.d.sync += still.eq(still + 1)
        return m
