"""Flash encoder: the code of a thermometer of comparators, and whether it has bubbles."""
# Ref: W. Kester (ed.), The Data Conversion Handbook, Analog Devices 2005, section 3.2.

import itertools

from amaranth.hdl import Cat, Const, Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from racelet.golden.adc.config import AdcConfig
from racelet.hw.adc.ones import count_ones
from racelet.hw.adc.sticky import keep_error


class FlashEncoder(wiring.Component):
    """Count the ones of an ADC's comparators, with ``majority`` of each after a vote with its neighbours.

    A code follows ``LATENCY`` cycles after its bits, which are taken in every cycle in which no code waits. Computes
    :func:`racelet.golden.adc.flash_encoder.encode`.

    Parameters
    ----------
    config : AdcConfig

    Members
    -------
    i : In(stream.Signature(unsigned(config.thresholds)))
        What comparators say, that of the lowest threshold first.
    o : Out(stream.Signature(unsigned(config.bits)))
        Codes. Held while ``o.valid`` is high and ``o.ready`` is low.
    forget : In(1)
        ``bubble`` of the cycles before is forgotten.
    bubble : Out(1)
        A comparator said 0 while the one above it said 1; from the cycle after, until it is forgotten.
    """

    LATENCY = 1

    i: stream.Interface
    o: stream.Interface
    forget: Signal
    bubble: Signal

    def __init__(self, config: AdcConfig) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(config.thresholds))),
                "o": Out(stream.Signature(unsigned(config.bits))),
                "forget": In(1),
                "bubble": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        moves, bubbly = Signal(name="moves"), Signal(name="bubbly")
        bits = list(self.i.p)
        counted = bits
        if self.config.majority:
            # Below the lowest comparator is a 1, above the highest one a 0.
            around = zip([Const(1), *bits], bits, [*bits[1:], Const(0)], strict=False)
            counted = [(low & bit) | (bit & high) | (low & high) for low, bit, high in around]
        m.d.comb += [
            moves.eq(~self.o.valid | self.o.ready),
            self.i.ready.eq(moves),
            bubbly.eq(Cat(high & ~low for low, high in itertools.pairwise(bits)).any()),
        ]
        with m.If(moves):
            m.d.sync += [self.o.valid.eq(self.i.valid), self.o.p.eq(count_ones(counted))]
        keep_error(m, self.bubble, self.i.valid & moves & bubbly, self.forget)
        return m
