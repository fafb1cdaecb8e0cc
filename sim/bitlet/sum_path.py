"""Accumulator and normaliser one behind the other, as in a processing element."""

from amaranth.hdl import Module, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from racelet.golden.bitlet.config import AccumulatorConfig
from racelet.hw.bitlet.layouts import column_pass
from racelet.hw.bitlet.normalizer import Normalizer
from racelet.hw.bitlet.wide_accumulator import WideAccumulator


class SumPath(wiring.Component):
    """Round the sum of every dot product once.

    Parameters
    ----------
    config : AccumulatorConfig

    Members
    -------
    i : In(stream.Signature(column_pass(config)))
        As of :class:`WideAccumulator`.
    o : Out(stream.Signature(unsigned(width)))
        As of :class:`Normalizer`.
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: AccumulatorConfig) -> None:
        self.config = config
        width = max(form.width for form in config.forms)
        super().__init__({"i": In(stream.Signature(column_pass(config))), "o": Out(stream.Signature(unsigned(width)))})

    def elaborate(self, platform: object) -> Module:
        """Join the two."""
        m = Module()
        m.submodules.accumulator = accumulator = WideAccumulator(self.config)
        m.submodules.normalizer = normalizer = Normalizer(self.config)
        wiring.connect(m, wiring.flipped(self.i), accumulator.i)
        wiring.connect(m, accumulator.o, normalizer.i)
        wiring.connect(m, normalizer.o, wiring.flipped(self.o))
        return m
