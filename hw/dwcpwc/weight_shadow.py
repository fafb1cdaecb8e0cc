"""Weight shadow registers: the next set of weights loads while the present one works."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig


def weight_set(config: DwcPwcConfig) -> ArrayLayout:
    """``output_lanes`` rows of ``input_lanes`` weights."""
    return ArrayLayout(ArrayLayout(signed(8), config.input_lanes), config.output_lanes)


class WeightShadow(wiring.Component):
    """Collect beats of weights into sets.

    Takes a beat per cycle until the set is complete. A complete set moves on at once where there is none before it,
    else in the cycle in which that one is taken; the next set's first beat can be taken in the cycle after. So sets
    follow each other every ``config.set_beats`` cycles, and the first is there ``config.set_beats`` cycles after its
    first beat. Every output is a register.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    i : In(stream.Signature(8 * config.weight_beat_bytes))
        Beats: the set's bytes in order, row after row.
    o : Out(stream.Signature(weight_set(config)))
        Sets.
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(8 * config.weight_beat_bytes)),
                "o": Out(stream.Signature(weight_set(config))),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        beats, width = self.config.set_beats, 8 * self.config.weight_beat_bytes
        shadow = Signal(beats * width)
        count = Signal(range(beats))
        # A complete set waits in the shadow.
        full = Signal()
        free, accept, complete = Signal(), Signal(), Signal()
        shifted = Cat(shadow, self.i.p)[width:]
        m.d.comb += [
            free.eq(~self.o.valid | self.o.ready),
            self.i.ready.eq(~full),
            accept.eq(self.i.valid & ~full),
            complete.eq(accept & (count == beats - 1)),
        ]
        with m.If(accept):
            m.d.sync += [shadow.eq(shifted), count.eq(Mux(complete, 0, count + 1))]
        with m.If(free):
            m.d.sync += self.o.valid.eq(full | complete)
        m.d.sync += full.eq(~free & (full | complete))
        with m.If(free & (full | complete)):
            m.d.sync += self.o.p.eq(Mux(full, shadow, shifted))
        return m
