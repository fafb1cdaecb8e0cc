"""Depthwise path: from windows to requantised depthwise bytes."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out, connect, flipped

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.dwcpwc.depthwise_engine import DepthwiseEngine
from racelet.hw.dwcpwc.depthwise_grouper import DepthwiseGrouper
from racelet.hw.dwcpwc.layouts import LAYER, PARAMETER_BYTES, TAPS, byte_group, memory_write, window
from racelet.hw.dwcpwc.requantize_stage import RequantizeStage
from racelet.hw.lib.stream_slice import StreamSlice


class DepthwisePath(wiring.Component):
    """Depthwise engine, then requantisers, ``depthwise_lanes`` channels per cycle.

    Takes one window per cycle; the bytes of a ``last`` window follow ``LATENCY`` cycles later. Two groups of bytes wait
    in a :class:`StreamSlice` at the end; while it is full, everything before it holds: one register says so to all.
    Computes :func:`racelet.golden.dwcpwc.depthwise_path.depthwise_bytes`.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    layer : In(LAYER)
        The layer. Steady until its last group is taken.
    start : In(1)
        Begin a layer.
    i : In(stream.Signature(window(config)))
        Windows.
    o : Out(stream.Signature(byte_group(config.depthwise_lanes)))
        Bytes with their places.
    write_weights : In(stream.Signature(memory_write(8 * TAPS), always_ready=True))
        Weights of one channel's window.
    write_parameters : In(stream.Signature(memory_write(8 * PARAMETER_BYTES), always_ready=True))
        Requantise parameters of one channel.
    """

    LATENCY = DepthwiseEngine.LATENCY + RequantizeStage.LATENCY + 1

    layer: View
    start: Signal
    i: stream.Interface
    o: stream.Interface
    write_weights: stream.Interface
    write_parameters: stream.Interface

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__(
            {
                "layer": In(LAYER),
                "start": In(1),
                "i": In(stream.Signature(window(config))),
                "o": Out(stream.Signature(byte_group(config.depthwise_lanes))),
                "write_weights": In(stream.Signature(memory_write(8 * TAPS), always_ready=True)),
                "write_parameters": In(stream.Signature(memory_write(8 * PARAMETER_BYTES), always_ready=True)),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lanes, channels = self.config.depthwise_lanes, self.config.depthwise_channels
        m.submodules.engine = engine = DepthwiseEngine(self.config)
        m.submodules.grouper = grouper = DepthwiseGrouper(self.config)
        m.submodules.requantize = requantize = RequantizeStage(lanes, channels)
        m.submodules.end = end = StreamSlice(byte_group(lanes).size, registered=True)
        connect(m, flipped(self.i), engine.i)
        connect(m, engine.o, grouper.i)
        connect(m, grouper.o, requantize.i)
        m.d.comb += [
            end.i.p.eq(requantize.o.p),
            end.i.valid.eq(requantize.o.valid),
            requantize.o.ready.eq(end.i.ready),
            self.o.p.eq(end.o.p),
            self.o.valid.eq(end.o.valid),
            end.o.ready.eq(self.o.ready),
        ]
        connect(m, flipped(self.write_weights), engine.write)
        connect(m, flipped(self.write_parameters), requantize.write)
        for component in (engine, grouper):
            m.d.comb += [component.layer.eq(self.layer), component.start.eq(self.start)]
        m.d.comb += [
            requantize.zero_point.eq(self.layer.depthwise_zero_point),
            requantize.low.eq(self.layer.depthwise_low),
            requantize.high.eq(self.layer.depthwise_high),
        ]
        return m
