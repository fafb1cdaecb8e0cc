"""Spiller: cuts words of channels into the beats of the spill stream."""

from amaranth.hdl import Module, Mux, ResetInserter, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, StructLayout, View
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.dwcpwc.layouts import window
from racelet.hw.lib.stream_slice import StreamSlice


def spilled_word(config: DwcPwcConfig) -> StructLayout:
    """One word of channels, zeros behind its last, the number of its last beat, and whether it is the layer's last."""
    lanes = config.input_lanes
    return StructLayout(
        {"bytes": ArrayLayout(8, lanes), "last_beat": range(max(lanes // config.bandwidth, 2)), "final": 1}
    )


class Spiller(wiring.Component):
    """Keep words of channels and give them out, ``bandwidth`` bytes per cycle.

    Two words wait in a slice, and beats are read from there: the first is there ``LATENCY`` cycles after its word came
    at the earliest, and there is one per cycle. Beats without any channel are left out.
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
        size = self.config.bandwidth
        m.submodules.slice = waiting = ResetInserter(self.start)(StreamSlice(spilled_word(self.config).size))
        coming = View(spilled_word(self.config), waiting.i.p)
        word = View(spilled_word(self.config), waiting.o.p)
        count = self.i.p.gathered_count
        beat = Signal.like(word.last_beat)
        fire, word_last = Signal(), Signal()
        m.d.comb += [
            coming.last_beat.eq((count - 1) // size),
            coming.final.eq(self.i.p.layer_last),
            waiting.i.valid.eq(self.i.valid & (count != 0)),
            self.i.ready.eq(waiting.i.ready),
            self.o.valid.eq(waiting.o.valid & self.granted),
            self.o.p.eq(word.bytes.as_value().word_select(beat, 8 * size)),
            fire.eq(self.o.valid & self.o.ready),
            word_last.eq(fire & (beat == word.last_beat)),
            waiting.o.ready.eq(word_last),
        ]
        for lane in range(self.config.input_lanes):
            m.d.comb += coming.bytes[lane].eq(Mux(lane < count, self.i.p.gathered[lane], 0))
        m.d.sync += self.done.eq(word_last & word.final)
        with m.If(fire):
            m.d.sync += beat.eq(Mux(word_last, 0, beat + 1))
        with m.If(self.start):
            m.d.sync += beat.eq(0)
        return m
