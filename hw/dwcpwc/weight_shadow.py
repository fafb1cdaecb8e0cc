"""Weight shadow registers: the next set of weights loads while the present one works."""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.dwcpwc.layouts import weight_set
from racelet.hw.dwcpwc.weight_encoder import WeightEncoder


class WeightShadow(wiring.Component):
    """Collect beats of weights into sets, as the engine keeps them.

    Takes a beat per cycle until the set is complete. A complete set moves on at once where there is none before it,
    else in the cycle in which that one is taken; the next set's first beat can be taken in the cycle after. So sets
    follow each other every ``config.set_beats`` cycles, and the first is there ``config.set_beats`` cycles after its
    first beat. A set lies in one of two registers, and ``o.ready`` decides on a choice between them, not on what goes
    into them.

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
        beats = self.config.set_beats
        width = weight_set(self.config).size // beats
        arriving: Value = self.i.p
        if self.config.engine == "bitlet":
            # Once for all pixels that a set is used for.
            m.submodules.encoder = encoder = WeightEncoder(self.config)
            m.d.comb += encoder.i.eq(self.i.p)
            arriving = encoder.o.as_value()
        # Two sets in turn: one works, the other is loaded.
        sets = [Signal(beats * width, name=f"set_{k}", reset_less=True) for k in range(2)]
        loading = Signal()
        # One for each row, as a set is wide; each counts for itself, or synthesis would make one of them.
        working = Signal(self.config.output_lanes)
        count, count_next = (Signal(range(beats), name=name) for name in ("count", "count_next"))
        # A complete set waits behind the one that works.
        full, full_next = Signal(name="full"), Signal(name="full_next")
        # Which beat of which set is written, whether one comes or not: worked out ahead, as a set is wide.
        writing = Signal(2 * beats, init=1)
        free, accept, complete = (Signal(name=name) for name in ("free", "accept", "complete"))
        m.d.comb += [
            free.eq(~self.o.valid | self.o.ready),
            self.i.ready.eq(~full),
            accept.eq(self.i.valid & ~full),
            complete.eq(accept & (count == beats - 1)),
            count_next.eq(Mux(accept, Mux(complete, 0, count + 1), count)),
            full_next.eq(~free & (full | complete)),
        ]
        with m.If(free):
            m.d.sync += self.o.valid.eq(full | complete)
        m.d.sync += [
            count.eq(count_next),
            full.eq(full_next),
            loading.eq(loading ^ complete),
            working.eq(working ^ (self.o.valid & self.o.ready).replicate(len(working))),
        ]
        size = beats * width // len(working)
        for row, second in enumerate(working):
            first, other = (each.word_select(row, size) for each in sets)
            m.d.comb += self.o.p.as_value().word_select(row, size).eq(Mux(second, other, first))
        for number, each in enumerate(sets):
            for beat in range(beats):
                here = writing[number * beats + beat]
                m.d.sync += here.eq(~full_next & ((loading ^ complete) == number) & (count_next == beat))
                with m.If(here):
                    m.d.sync += each.word_select(beat, width).eq(arriving)
        return m
