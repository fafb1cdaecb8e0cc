"""Spiller: cuts words of channels into the beats of the spill stream."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.dwcpwc.layouts import window


class Spiller(wiring.Component):
    """Keep one word of channels and give it out, ``bandwidth`` bytes per cycle.

    A word is taken with the last beat of the word before, and its first beat is there ``LATENCY`` cycles later: one
    beat per cycle. Beats without any channel are left out. Computes :func:`racelet.golden.dwcpwc.spiller.spill`.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    start : In(1)
        Begin a layer; a word that is left is forgotten.
    granted : In(1)
        Beats may be given. Steady once it is high, until the next ``start``.
    i : In(stream.Signature(window(config)))
        Windows; ``gathered``, ``gathered_count`` and ``layer_last`` are used.
    o : Out(stream.Signature(8 * config.bandwidth))
        Beats, the first channel in the lowest byte; bytes beyond a pixel's last channel are zero.
    done : Out(1)
        The layer's last beat is being taken.
    """

    LATENCY = 1

    start: Signal
    granted: Signal
    i: stream.Interface
    o: stream.Interface
    done: Signal

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__(
            {
                "start": In(1),
                "granted": In(1),
                "i": In(stream.Signature(window(config))),
                "o": Out(stream.Signature(8 * config.bandwidth)),
                "done": Out(1),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lanes, size = self.config.input_lanes, self.config.bandwidth
        word = Signal(ArrayLayout(8, lanes))
        left = Signal(range(lanes // size + 1))
        final = Signal()
        fire, word_last = Signal(), Signal()
        m.d.comb += [
            self.o.valid.eq((left != 0) & self.granted),
            self.o.p.eq(word.as_value()[: 8 * size]),
            fire.eq(self.o.valid & self.o.ready),
            word_last.eq(fire & (left == 1)),
            self.i.ready.eq((left == 0) | word_last),
            self.done.eq(word_last & final),
        ]
        with m.If(fire):
            m.d.sync += [word.eq(word.as_value() >> 8 * size), left.eq(left - 1)]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [left.eq((self.i.p.gathered_count + (size - 1)) // size), final.eq(self.i.p.layer_last)]
            for lane in range(lanes):
                m.d.sync += word[lane].eq(Mux(lane < self.i.p.gathered_count, self.i.p.gathered[lane], 0))
        with m.If(self.start):
            m.d.sync += left.eq(0)
        return m
