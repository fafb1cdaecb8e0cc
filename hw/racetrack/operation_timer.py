"""Holds an operation of the device as long as it takes."""

from typing import Any

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from racelet.golden.racetrack.config import KINDS, RacetrackConfig
from racelet.hw.racetrack.layouts import Kind


class OperationTimer(wiring.Component):
    """Tell the last cycle of operations that follow each other without a gap.

    Computes :func:`racelet.golden.racetrack.operation_timer.strobes`.

    Parameters
    ----------
    config : RacetrackConfig

    Members
    -------
    active : In(1)
        An operation is held.
    kind : In(Kind)
        Which one; the same until its strobe.
    hold : In(1)
        Its last cycle is made longer.
    last : Out(1)
        All cycles have gone by that it takes, with this one.
    strobe : Out(1)
        The same, and it is not held any longer.
    """

    active: Signal
    kind: Any
    hold: Signal
    last: Signal
    strobe: Signal

    def __init__(self, config: RacetrackConfig) -> None:
        self.config = config
        super().__init__(
            {
                "active": In(1),
                "kind": In(Kind),
                "hold": In(1),
                "last": Out(1),
                "strobe": Out(1),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        cycles = {Kind[name.upper()]: self.config.operation_cycles(name) for name in KINDS}
        most = max(cycles.values())
        elapsed = Signal(range(most))
        with m.Switch(self.kind):
            for kind, count in cycles.items():
                with m.Case(kind):
                    m.d.comb += self.last.eq(self.active & (elapsed == count - 1))
        m.d.comb += self.strobe.eq(self.last & ~self.hold)
        if most > 1:
            with m.If(self.strobe):
                m.d.sync += elapsed.eq(0)
            with m.Elif(self.active & ~self.last):
                m.d.sync += elapsed.eq(elapsed + 1)
        return m
