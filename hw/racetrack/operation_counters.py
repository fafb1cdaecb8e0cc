"""Counts operations, and adds up their time and energy."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from racelet.golden.racetrack.config import ENERGY_FJ, KINDS, LATENCY_NS
from racelet.hw.racetrack.layouts import Kind


class OperationCounters(wiring.Component):
    """Count operations of each kind, and what they add up to.

    Time and energy are those of the operations, whatever the clock. A detection at all ports counts once. Computes
    :func:`racelet.golden.racetrack.operation_counters.counted`.

    Parameters
    ----------
    width : int
        Bits of each counter, which begins anew at zero.

    Members
    -------
    done : In(1)
        An operation ends in this cycle.
    kind : In(Kind)
        Which one.
    forget : In(1)
        All before it is forgotten.
    detect : Out(width)
        Operations of this kind.
    shift : Out(width)
        Likewise.
    remove : Out(width)
        Likewise.
    insert : Out(width)
        Likewise.
    time : Out(width)
        Of all of them, in units of 0.1 ns.
    energy : Out(width)
        Of all of them, in fJ.
    """

    done: Signal
    kind: Any
    forget: Signal
    detect: Signal
    shift: Signal
    remove: Signal
    insert: Signal
    time: Signal
    energy: Signal

    def __init__(self, width: int) -> None:
        self.width = width
        super().__init__(
            {
                "done": In(1),
                "kind": In(Kind),
                "forget": In(1),
                "detect": Out(width),
                "shift": Out(width),
                "remove": Out(width),
                "insert": Out(width),
                "time": Out(width),
                "energy": Out(width),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        time, energy = Signal(range(round(10 * max(LATENCY_NS.values())) + 1)), Signal(range(256))
        for name in KINDS:
            here = Signal(name=f"is_{name}")
            counter = getattr(self, name)
            m.d.comb += here.eq(self.done & (self.kind == Kind[name.upper()]))
            with m.If(here):
                m.d.comb += [time.eq(round(10 * LATENCY_NS[name])), energy.eq(int(ENERGY_FJ[name]))]
            m.d.sync += counter.eq(Mux(self.forget, 0, counter) + here)
        for counter, more in ((self.time, time), (self.energy, energy)):
            m.d.sync += counter.eq(Mux(self.forget, 0, counter) + more)
        return m
