"""Processing element: weights and activations in, dot products out."""
# Ref: H. Lu et al., "Distilling bit-level sparsity parallelism for general purpose deep learning acceleration",
# MICRO 2021, section 4.

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from racelet.golden.bitlet.config import BitletConfig
from racelet.hw.bitlet.adder_tree import AdderTree
from racelet.hw.bitlet.digit_encoder import DigitEncoder
from racelet.hw.bitlet.distiller import Distiller
from racelet.hw.bitlet.layouts import number_beat
from racelet.hw.bitlet.preprocessor import Preprocessor
from racelet.hw.lib.credits import Credits
from racelet.hw.lib.stream_queue import StreamQueue

RESULTS = 16
"""Dot products that can be on their way or wait to be taken."""


class Pe(wiring.Component):
    """Dot products by bit distillation.

    Takes one part of a window per cycle, while lanes work on the window before. Computes
    :func:`racelet.golden.bitlet.dot_product.dot`, in the cycles of :class:`racelet.golden.bitlet.pe.PeTimes`.

    Parameters
    ----------
    config : BitletConfig

    Members
    -------
    i : In(stream.Signature(number_beat(config)))
        Weights and activations.
    o : Out(stream.Signature(config.result_width))
        Dot products, in the order of their last beats. Held while ``o.valid`` is high and ``o.ready`` is low.
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
        m.submodules.encoder = encoder = DigitEncoder(self.config)
        m.submodules.distiller = distiller = Distiller(self.config)
        m.submodules.tree = tree = AdderTree(self.config)
        m.submodules.results = results = StreamQueue(self.config.result_width, RESULTS)
        m.submodules.places = places = Credits(RESULTS)
        free = Signal()
        m.d.comb += [
            # A dot product has its place in the queue before its last part is taken.
            free.eq(places.some | ~(self.i.p.ends & self.i.p.last)),
            preprocessor.i.p.eq(self.i.p),
            preprocessor.i.valid.eq(self.i.valid & free),
            self.i.ready.eq(preprocessor.i.ready & free),
            places.take.eq(self.i.valid & self.i.ready & self.i.p.ends & self.i.p.last),
            places.give.eq(self.o.valid & self.o.ready),
            results.i.p.eq(tree.o.p),
            results.i.valid.eq(tree.o.valid),
        ]
        connect(m, preprocessor.o, encoder.i)
        connect(m, encoder.o, distiller.i)
        connect(m, distiller.o, tree.i)
        connect(m, results.o, flipped(self.o))
        return m
