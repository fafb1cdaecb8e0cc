"""Cycle counts of layers, kept for software to read."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.lib.block_memory import block_memory


class LayerCounters(wiring.Component):
    """Take the counts of the run that goes on; show those of the last run that ended.

    Takes a count in every cycle. Computes :func:`racelet.golden.dwcpwc.layer_counters.counters`.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    i : In(stream.Signature(32, always_ready=True))
        Cycles of each layer as it ends.
    end : In(1)
        The run has ended with the counts before this cycle: show them from the next cycle on.
    abandon : In(1)
        Forget the counts of the run that goes on, but for ``total``.
    index : In(8)
        Layer to show.
    cycles : Out(32)
        Its count in the last run that ended, one cycle after ``index``; zero if it had no such layer. Of a streamed run
        with more than ``config.layers`` only those first ones are kept.
    layers : Out(20)
        Layers of that run.
    last : Out(64)
        Sum of its counts.
    total : Out(64)
        Sum of all counts since reset.
    """

    i: stream.Interface
    end: Signal
    abandon: Signal
    index: Signal
    cycles: Signal
    layers: Signal
    last: Signal
    total: Signal

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(32, always_ready=True)),
                "end": In(1),
                "abandon": In(1),
                "index": In(8),
                "cycles": Out(32),
                "layers": Out(20),
                "last": Out(64),
                "total": Out(64),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        index_width = (self.config.layers - 1).bit_length()
        m.submodules.memory = memory = block_memory(32, 2 << index_width)
        write, read = memory.write_port(), memory.read_port()
        # Two halves: one is written by the run that goes on while the other is read.
        half = Signal()
        count = Signal.like(self.layers)
        # No run has more than 2**20 - 1 layers, each of at most 2**32 - 1 cycles.
        elapsed = Signal(52)
        inside = Signal()
        m.d.comb += [
            write.addr.eq(Cat(count[:index_width], half)),
            write.data.eq(self.i.p),
            write.en.eq(self.i.valid & (count < self.config.layers)),
            read.addr.eq(Cat(self.index[:index_width], ~half)),
            self.cycles.eq(Mux(inside, read.data, 0)),
        ]
        m.d.sync += inside.eq((self.index < self.layers) & (self.index < self.config.layers))
        with m.If(self.i.valid):
            m.d.sync += [
                count.eq(count + 1),
                elapsed.eq(elapsed + self.i.p),
                self.total.eq(self.total + self.i.p),
            ]
        with m.If(self.end):
            m.d.sync += [self.layers.eq(count), self.last.eq(elapsed), half.eq(~half)]
        with m.If(self.end | self.abandon):
            m.d.sync += [count.eq(0), elapsed.eq(0)]
        return m
