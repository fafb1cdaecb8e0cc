"""Counts runs, and the cycles of each."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class RunCounters(wiring.Component):
    """Count runs that ended, and the cycles of the last one.

    Computes :func:`racelet.golden.bitlet.run_counters.counted`.

    Parameters
    ----------
    runs_width, cycles_width : int
        Bits of the counts, which begin anew at zero.

    Members
    -------
    going : In(1)
        A run goes on.
    ended : In(1)
        It ends in this cycle; the next one may follow at once.
    forget : In(1)
        It is forgotten.
    runs : Out(runs_width)
        Runs that ended.
    last : Out(cycles_width)
        Cycles of the last one.
    """

    going: Signal
    ended: Signal
    forget: Signal
    runs: Signal
    last: Signal

    def __init__(self, runs_width: int, cycles_width: int) -> None:
        self.runs_width = runs_width
        self.cycles_width = cycles_width
        super().__init__(
            {
                "going": In(1),
                "ended": In(1),
                "forget": In(1),
                "runs": Out(runs_width),
                "last": Out(cycles_width),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        cycles = Signal(self.cycles_width, name="cycles")
        with m.If(self.ended):
            m.d.sync += [self.runs.eq(self.runs + 1), cycles.eq(0), self.last.eq(cycles + 1)]
        with m.Elif(self.forget):
            m.d.sync += cycles.eq(0)
        with m.Elif(self.going):
            m.d.sync += cycles.eq(cycles + 1)
        return m
