"""Depthwise engine: nine multipliers per channel."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, View
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.dwcpwc.layouts import LAYER, TAPS, depthwise_sums, memory_write, window
from racelet.hw.lib.record_memory import RecordMemory


class DepthwiseEngine(wiring.Component):
    """Multiply windows with their channels' weights and sum over the kernel.

    Takes one window of ``depthwise_lanes`` channels per cycle. A kernel of more than 3x3 comes as several windows,
    whose sums are added from ``first`` to ``last``. The sums of a ``last`` window follow ``LATENCY`` cycles later.
    Everything holds while the output stalls. Weights are kept inside, one row of nine per channel for each window of a
    pixel, in the order in which the windows come; every pixel begins at the layer's first row. Computes
    :func:`racelet.golden.dwcpwc.depthwise_engine.sums`.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    layer : In(LAYER)
        The layer; ``depthwise_address`` is read. Steady while windows pass.
    start : In(1)
        Begin a layer.
    i : In(stream.Signature(window(config)))
        Windows; ``taps`` are used.
    o : Out(stream.Signature(depthwise_sums(config)))
        Sums.
    write : In(stream.Signature(memory_write(8 * TAPS), always_ready=True))
        Weights of one channel's window, row by row, ``depthwise_lanes`` records to a row.
    """

    LATENCY = 4

    layer: View
    start: Signal
    i: stream.Interface
    o: stream.Interface
    write: stream.Interface

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__(
            {
                "layer": In(LAYER),
                "start": In(1),
                "i": In(stream.Signature(window(config))),
                "o": Out(stream.Signature(depthwise_sums(config))),
                "write": In(stream.Signature(memory_write(8 * TAPS), always_ready=True)),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lanes = self.config.depthwise_lanes
        m.submodules.weights = weights = RecordMemory(8 * TAPS, lanes, self.config.depthwise_channels)
        wiring.connect(m, wiring.flipped(self.write), weights.write)

        step = Signal()
        row = Signal(16)
        m.d.comb += [
            step.eq(~self.o.valid | self.o.ready),
            self.i.ready.eq(step),
            weights.row.eq(row),
            weights.enable.eq(step),
        ]
        with m.If(step & self.i.valid):
            m.d.sync += row.eq(Mux(self.i.p.pixel_last, self.layer.depthwise_address, row + 1))
        with m.If(self.start):
            m.d.sync += row.eq(self.layer.depthwise_address)

        # Stage 1: taps beside their weights; 2: products; 3: sum of nine; 4: sum over the kernel's windows.
        valid = Signal(3)
        flags = [Signal(4, name=f"flags_{k}") for k in range(3)]
        taps = Signal(self.i.p.taps.shape())
        last = flags[2][1]
        with m.If(step):
            m.d.sync += [
                valid.eq(Cat(self.i.valid, valid[:-1])),
                flags[0].eq(Cat(self.i.p.first, self.i.p.last, self.i.p.pixel_last, self.i.p.layer_last)),
                flags[1].eq(flags[0]),
                flags[2].eq(flags[1]),
                taps.eq(self.i.p.taps),
                self.o.valid.eq(valid[2] & last),
                self.o.p.pixel_last.eq(flags[2][2]),
                self.o.p.layer_last.eq(flags[2][3]),
            ]
        for lane in range(lanes):
            products = Signal(ArrayLayout(signed(16), TAPS), name=f"products_{lane}")
            total = Signal(signed(20), name=f"total_{lane}")
            weight = weights.records[lane]
            accumulated = self.o.p.sums[lane]
            with m.If(step):
                for k in range(TAPS):
                    m.d.sync += products[k].eq(taps[k][lane] * weight[8 * k : 8 * k + 8].as_signed())
                m.d.sync += total.eq(sum(products[k] for k in range(TAPS)))
                with m.If(valid[2]):
                    m.d.sync += accumulated.eq(Mux(flags[2][0], total, accumulated + total))
        return m
