"""Window marker: the numbers of a run to parts of windows."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from racelet.golden.bitlet.config import BitletConfig
from racelet.hw.bitlet.layouts import COUNT_WIDTH, array_beat, by_form, run, vectors


class WindowMarker(wiring.Component):
    """Tell of the numbers that come which of them there are, and where windows and dot products end.

    Accepts and gives one part per cycle, from one run to the next too; it comes out in the next cycle. Computes
    :func:`racelet.golden.bitlet.job.parts` for every matrix product of a run.

    Parameters
    ----------
    config : BitletConfig

    Members
    -------
    run : In(stream.Signature(run(config)))
        Matrix products to be made, one at least, of a term at least. Taken when the run before has its last part, and
        where ``begun`` is taken.
    i : In(stream.Signature(vectors(config)))
        Their numbers.
    o : Out(stream.Signature(array_beat(config)))
        Parts. Held while ``o.valid`` is high and ``o.ready`` is low.
    begun : Out(stream.Signature(COUNT_WIDTH))
        Of every run, when it is taken, its products.
    """

    run: stream.Interface
    i: stream.Interface
    o: stream.Interface
    begun: stream.Interface

    def __init__(self, config: BitletConfig) -> None:
        self.config = config
        super().__init__(
            {
                "run": In(stream.Signature(run(config))),
                "i": In(stream.Signature(vectors(config))),
                "o": Out(stream.Signature(array_beat(config))),
                "begun": Out(stream.Signature(COUNT_WIDTH)),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        parts = config.window // config.load
        now, there = Signal(run(config), name="now"), Signal(name="there")
        # Terms that have not come of the dot product, matrix products behind it.
        left = Signal(range(config.terms + 1), name="left")
        part, lasts = Signal(range(max(parts, 2)), name="part"), Signal(name="lasts")
        step, moves, closes, ends, last = (Signal(name=name) for name in ("step", "moves", "closes", "ends", "last"))
        ended = Signal(name="ended")
        numbers = [config.load * config.windows(form) for form in config.forms]
        taken = by_form(now.form, numbers)
        # What lies beyond the numbers of a format in a beat is not there.
        places = Cat(by_form(now.form, [int(place < each) for each in numbers]) for place in range(config.beat_numbers))
        m.d.comb += [
            step.eq(~self.o.valid | self.o.ready),
            moves.eq(self.i.valid & there & step),
            self.i.ready.eq(there & step),
            closes.eq(left <= taken),
            ends.eq(closes | (part == parts - 1)),
            last.eq(Mux(part == 0, left <= by_form(now.form, [parts * each for each in numbers]), lasts)),
        ]
        with m.If(step):
            m.d.sync += self.o.valid.eq(self.i.valid & there)
            m.d.sync += [
                *(self.o.p.weights[column].eq(self.i.p.weights[column]) for column in range(config.columns)),
                *(self.o.p.activations[row].eq(self.i.p.activations[row]) for row in range(config.rows)),
                self.o.p.keep.eq(places & Cat(left > place for place in range(config.beat_numbers))),
                self.o.p.form.eq(now.form),
                self.o.p.ends.eq(ends),
                self.o.p.last.eq(last),
            ]
        with m.If(moves):
            m.d.sync += [left.eq(left - taken), part.eq(part + 1), lasts.eq(last)]
            with m.If(ends):
                m.d.sync += part.eq(0)
            with m.If(closes):
                m.d.sync += [left.eq(now.terms), now.products.eq(now.products - 1)]
        with m.If(closes & moves & (now.products == 1)):
            m.d.comb += ended.eq(1)
            m.d.sync += there.eq(0)
        free = ~there | ended
        m.d.comb += [
            self.run.ready.eq(free & self.begun.ready),
            self.begun.valid.eq(self.run.valid & free),
            self.begun.p.eq(self.run.p.products),
        ]
        with m.If(self.run.valid & self.run.ready):
            m.d.sync += [now.eq(self.run.p), there.eq(1), left.eq(self.run.p.terms)]
        return m
