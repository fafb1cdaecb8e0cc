"""Spiller: cuts words of channels into the beats of the spill stream."""

from amaranth.hdl import Module, Mux, ResetInserter, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, StructLayout, View
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.dwcpwc.layouts import window
from racelet.hw.lib.stream_slice import StreamSlice


def spilled_word(config: DwcPwcConfig) -> StructLayout:
    """One word of channels, zeros behind its last, the beats that it makes, and whether it is the layer's last."""
    lanes = config.input_lanes
    return StructLayout({"bytes": ArrayLayout(8, lanes), "beats": range(lanes // config.bandwidth + 1), "final": 1})


class Spiller(wiring.Component):
    """Keep one word of channels and give it out, ``bandwidth`` bytes per cycle.

    Up to two words wait in a slice. One moves on with the last beat of the word before, and its first beat is there
    ``LATENCY`` cycles after it came at the earliest: one beat per cycle. Beats without any channel are left out.
    Computes :func:`racelet.golden.dwcpwc.spiller.spill`.

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
        The layer's last beat was taken in the cycle before.
    """

    LATENCY = 2

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
        waiting = StreamSlice(spilled_word(self.config).size)
        m.submodules.slice = ResetInserter(self.start)(waiting)
        coming = View(spilled_word(self.config), waiting.i.p)
        following = View(spilled_word(self.config), waiting.o.p)
        word = Signal(8 * lanes)
        left = Signal(range(lanes // size + 1))
        # Whether none are left, and whether one is.
        none, one = Signal(name="none", init=1), Signal(name="one")
        final = Signal()
        fire, word_last = Signal(), Signal()
        m.d.comb += [
            coming.beats.eq((self.i.p.gathered_count + (size - 1)) // size),
            coming.final.eq(self.i.p.layer_last),
            waiting.i.valid.eq(self.i.valid),
            self.i.ready.eq(waiting.i.ready),
            self.o.valid.eq(~none & self.granted),
            self.o.p.eq(word),
            fire.eq(self.o.valid & self.o.ready),
            word_last.eq(fire & one),
            waiting.o.ready.eq(none | word_last),
        ]
        for lane in range(lanes):
            byte = self.i.p.gathered[lane]
            m.d.comb += coming.bytes[lane].eq(Mux(lane < self.i.p.gathered_count, byte, 0))
        m.d.sync += self.done.eq(word_last & final)
        with m.If(fire):
            m.d.sync += [word.eq(word >> 8 * size), left.eq(left - 1), none.eq(one), one.eq(left == 2)]
        with m.If(waiting.o.valid & waiting.o.ready):
            m.d.sync += [word.eq(following.bytes), left.eq(following.beats), final.eq(following.final)]
            m.d.sync += [none.eq(following.beats == 0), one.eq(following.beats == 1)]
        with m.If(self.start):
            m.d.sync += [left.eq(0), none.eq(1), one.eq(0)]
        return m
