"""Processing element: weights and activations in, dot products out."""
# Ref: H. Lu et al., "Distilling bit-level sparsity parallelism for general purpose deep learning acceleration",
# MICRO 2021, section 4.

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from racelet.golden.bitlet.config import AccumulatorConfig, BitletConfig
from racelet.hw.bitlet.adder_tree import AdderTree
from racelet.hw.bitlet.digit_encoder import DigitEncoder
from racelet.hw.bitlet.distiller import Distiller
from racelet.hw.bitlet.exponent_matcher import ExponentMatcher
from racelet.hw.bitlet.layouts import by_form, number_beat, pass_record
from racelet.hw.bitlet.normalizer import Normalizer
from racelet.hw.bitlet.preprocessor import Preprocessor
from racelet.hw.bitlet.wide_accumulator import WideAccumulator
from racelet.hw.lib.credits import Credits
from racelet.hw.lib.stream_queue import StreamQueue

RESULTS = 16
"""Dot products that can be on their way or wait to be taken."""
PASSES = 16
"""Passes over windows of floating-point numbers that can be on their way to the accumulator."""


class Pe(wiring.Component):
    """Dot products by bit distillation.

    Takes one part of a window per cycle, while lanes work on the window before. Between integers and floating-point
    numbers it waits until all results have been taken. Computes :func:`racelet.golden.bitlet.dot_product.dot`, in the
    cycles of :class:`racelet.golden.bitlet.pe.PeTimes`.

    Parameters
    ----------
    config : BitletConfig

    Members
    -------
    i : In(stream.Signature(number_beat(config)))
        Weights and activations; ``config.terms`` of a dot product at most, which are not counted.
    o : Out(stream.Signature(config.result_width))
        Dot products, in the order of their last beats: an integer in two's complement, or a number of the format, zeros
        above. Held while ``o.valid`` is high and ``o.ready`` is low.
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: BitletConfig) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(number_beat(config))),
                "o": Out(stream.Signature(config.result_width)),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.preprocessor = preprocessor = Preprocessor(self.config)
        m.submodules.distiller = distiller = Distiller(self.config)
        m.submodules.tree = tree = AdderTree(self.config)
        m.submodules.results = results = StreamQueue(self.config.result_width, RESULTS)
        connect(m, distiller.o, tree.i)
        connect(m, results.o, flipped(self.o))
        # Which of the two ways between the preprocessor and the results is open.
        floats = self._admit(m, preprocessor)
        ways = {form.is_float for form in self.config.forms}
        if False in ways:
            self._integers(m, preprocessor, distiller, tree, results, ~floats)
        if True in ways:
            assert self.config.accumulator is not None
            self._floats(m, preprocessor, distiller, tree, results, floats, self.config.accumulator)
        return m

    def _admit(self, m: Module, preprocessor: Preprocessor) -> Value:
        """Take a dot product's last part where there is a place for it; tell whether its numbers have exponents."""
        m.submodules.places = places = Credits(RESULTS)
        outstanding = Signal(range(RESULTS + 1))
        closes, free, open_ = (Signal(name=name) for name in ("closes", "free", "open"))
        given = self.o.valid & self.o.ready
        kinds = [int(form.is_float) for form in self.config.forms]
        coming, floats = by_form(self.i.p.form, kinds), Signal(name="floats")
        m.d.comb += [
            closes.eq(self.i.p.ends & self.i.p.last),
            open_.eq((coming == floats) | (outstanding == 0)),
            free.eq((places.some | ~closes) & open_),
            preprocessor.i.p.eq(self.i.p),
            preprocessor.i.valid.eq(self.i.valid & free),
            self.i.ready.eq(preprocessor.i.ready & free),
            places.take.eq(self.i.valid & self.i.ready & closes),
            places.give.eq(given),
        ]
        if len(set(kinds)) == 1:
            m.d.comb += floats.eq(kinds[0])
            return floats
        m.d.sync += outstanding.eq(outstanding + places.take - given)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += floats.eq(coming)
        return floats

    def _integers(
        self,
        m: Module,
        preprocessor: Preprocessor,
        distiller: Distiller,
        tree: AdderTree,
        results: StreamQueue,
        here: Value,
    ) -> None:
        """Digits go to the lanes as they are; the sum of the columns is the dot product."""
        m.submodules.encoder = encoder = DigitEncoder(self.config)
        m.d.comb += [encoder.i.p.eq(preprocessor.o.p), encoder.i.valid.eq(preprocessor.o.valid & here)]
        with m.If(here):
            m.d.comb += [
                preprocessor.o.ready.eq(encoder.i.ready),
                distiller.i.p.eq(encoder.o.p),
                distiller.i.valid.eq(encoder.o.valid),
                encoder.o.ready.eq(distiller.i.ready),
                results.i.p.eq(tree.o.p),
                results.i.valid.eq(tree.o.valid),
            ]

    def _floats(
        self,
        m: Module,
        preprocessor: Preprocessor,
        distiller: Distiller,
        tree: AdderTree,
        results: StreamQueue,
        here: Value,
        shape: AccumulatorConfig,
    ) -> None:
        """A window goes through the lanes in passes; their sums meet in the accumulator."""
        m.submodules.matcher = matcher = ExponentMatcher(self.config)
        m.submodules.passes = passes = Credits(PASSES)
        m.submodules.records = records = StreamQueue(pass_record(shape).size, PASSES)
        m.submodules.sums = sums = StreamQueue(shape.total_width, PASSES)
        m.submodules.accumulator = accumulator = WideAccumulator(shape)
        m.submodules.normalizer = normalizer = Normalizer(shape)
        connect(m, accumulator.o, normalizer.i)
        ends, free, moves, meet = (Signal(name=name) for name in ("ends", "free", "moves", "meet"))
        m.d.comb += [
            matcher.i.p.eq(preprocessor.o.p),
            matcher.i.valid.eq(preprocessor.o.valid & here),
            ends.eq(matcher.o.p.beat.ends),
            free.eq(passes.some | ~ends),
            moves.eq(matcher.o.valid & distiller.i.ready & free),
            matcher.o.ready.eq(distiller.i.ready & free),
            passes.take.eq(moves & ends),
            records.i.p.eq(matcher.o.p.record),
            records.i.valid.eq(moves & ends),
            sums.i.p.eq(tree.o.p),
            sums.i.valid.eq(tree.o.valid & here),
            # What a pass is, is known long before its sum.
            meet.eq(sums.o.valid & accumulator.i.ready),
            sums.o.ready.eq(accumulator.i.ready),
            records.o.ready.eq(meet),
            accumulator.i.valid.eq(sums.o.valid),
            # The total is the first field of a pass.
            accumulator.i.p.as_value().eq(Cat(sums.o.p, records.o.p)),
            passes.give.eq(meet),
            normalizer.o.ready.eq(1),
        ]
        with m.If(here):
            m.d.comb += [
                preprocessor.o.ready.eq(matcher.i.ready),
                distiller.i.p.eq(matcher.o.p.beat),
                distiller.i.valid.eq(matcher.o.valid & free),
                results.i.p.eq(normalizer.o.p),
                results.i.valid.eq(normalizer.o.valid),
            ]
