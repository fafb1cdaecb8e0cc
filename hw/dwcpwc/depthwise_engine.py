"""Depthwise engine: nine multipliers per channel."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.dwcpwc.layouts import LAYER, TAPS, depthwise_sums, memory_write, window
from racelet.hw.lib.record_memory import RecordMemory


class DepthwiseEngine(wiring.Component):
    """Multiply windows with their channels' weights and sum over the kernel.

    Takes one window of ``depthwise_lanes`` channels per cycle. A kernel of more than 3x3 comes as several windows,
    whose sums are added from ``first`` to ``last``. The sums of a ``last`` window follow ``LATENCY`` cycles later.
    Everything holds while ``o.ready`` is low, as in :class:`~racelet.hw.dwcpwc.requantizer.Requantizer`. Weights are
    kept inside, one row of nine per channel for each window of a pixel, in the order in which the windows come; every
    pixel begins at the layer's first row. Computes :func:`racelet.golden.dwcpwc.depthwise_engine.sums`.

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

    LATENCY = 8

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

        row = Signal(16)
        m.d.comb += [self.i.ready.eq(self.o.ready), weights.row.eq(row), weights.enable.eq(self.o.ready)]
        with m.If(self.i.valid & self.o.ready):
            m.d.sync += row.eq(Mux(self.i.p.pixel_last, self.layer.depthwise_address, row + 1))
        with m.If(self.start):
            m.d.sync += row.eq(self.layer.depthwise_address)

        # Stages: the memory's look-up; weights in its register; on their way; in those of the multipliers; products;
        # sums of three; sum of nine; sum over the kernel's windows.
        valid = Signal(self.LATENCY - 1)
        flags = [Signal(4, name=f"flags_{k}") for k in range(self.LATENCY - 1)]
        taps = [Signal(self.i.p.taps.shape(), name=f"taps_{k}", reset_less=True) for k in range(4)]
        here = Signal(weights.records.shape(), name="here", reset_less=True)
        between = Signal(weights.records.shape(), name="between", reset_less=True)
        near = Signal(weights.records.shape(), name="near", reset_less=True)
        first, last, pixel_last, layer_last = flags[-1]
        with m.If(self.o.ready):
            arriving = Cat(self.i.p.first, self.i.p.last, self.i.p.pixel_last, self.i.p.layer_last)
            m.d.sync += [
                valid.eq(Cat(self.i.valid, valid[:-1])),
                Cat(flags).eq(Cat(arriving, *flags[:-1])),
                Cat(taps).eq(Cat(self.i.p.taps, *taps[:-1])),
                here.eq(weights.records),
                between.eq(here),
                near.eq(between),
                self.o.valid.eq(valid[-1] & last),
                self.o.p.pixel_last.eq(pixel_last),
                self.o.p.layer_last.eq(layer_last),
            ]
            for lane in range(lanes):
                column = [taps[-1][k][lane] for k in range(TAPS)]
                total = self._total(m, column, near[lane])
                accumulated = self.o.p.sums[lane]
                with m.If(valid[-1]):
                    m.d.sync += accumulated.eq(Mux(first, 0, accumulated) + total)
        return m

    def _total(self, m: Module, taps: Sequence[Value], weights: Value) -> Signal:
        """Sum of nine products, after three stages."""
        products = [Signal(signed(16), name=f"product_{k}", reset_less=True) for k in range(TAPS)]
        for k, (tap, product) in enumerate(zip(taps, products, strict=True)):
            m.d.sync += product.eq(tap * weights[8 * k : 8 * k + 8].as_signed())
        threes = [Signal(signed(18), name=f"three_{k}", reset_less=True) for k in range(TAPS // 3)]
        for k, three in enumerate(threes):
            m.d.sync += three.eq(sum(products[3 * k : 3 * k + 3]))
        total = Signal(signed(20), reset_less=True)
        m.d.sync += total.eq(sum(threes))
        return total
