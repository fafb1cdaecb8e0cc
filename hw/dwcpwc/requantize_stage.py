"""Requantise stage: requantisers with the memory of their parameters."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from racelet.hw.dwcpwc.layouts import PARAMETER_BYTES, PLACE, byte_group, group, memory_write
from racelet.hw.dwcpwc.requantizer import Requantizer
from racelet.hw.lib.record_memory import RecordMemory


class RequantizeStage(wiring.Component):
    """Look up each group's parameters and requantise it.

    Takes one group per cycle; its bytes follow ``LATENCY`` cycles later. Everything holds while the output stalls, but
    for the look-up, which takes one more group if it is empty. Computes
    :func:`racelet.golden.dwcpwc.requantize_stage.requantize_rows`.

    Parameters
    ----------
    lanes : int
        Channels of a group.
    channels : int
        Channels whose parameters are kept.

    Members
    -------
    i : In(stream.Signature(group(lanes)))
        Sums; ``parameter_row`` names the row of ``lanes`` channels with their parameters.
    o : Out(stream.Signature(byte_group(lanes)))
        Bytes.
    broadcast : In(1)
        Use the row's first parameters for all lanes. Steady while groups pass.
    round_once : In(1)
        See :class:`Requantizer`. Steady while groups pass, as the next three.
    zero_point : In(signed(8))
        Output zero point.
    low : In(signed(8))
        Least byte.
    high : In(signed(8))
        Greatest byte.
    write : In(stream.Signature(memory_write(8 * PARAMETER_BYTES), always_ready=True))
        Parameters of one channel.
    """

    LATENCY = 1 + Requantizer.LATENCY

    i: stream.Interface
    o: stream.Interface
    broadcast: Signal
    round_once: Signal
    zero_point: Signal
    low: Signal
    high: Signal
    write: stream.Interface

    def __init__(self, lanes: int, channels: int) -> None:
        self.lanes = lanes
        self.channels = channels
        super().__init__(
            {
                "i": In(stream.Signature(group(lanes))),
                "o": Out(stream.Signature(byte_group(lanes))),
                "broadcast": In(1),
                "round_once": In(1),
                "zero_point": In(signed(8)),
                "low": In(signed(8)),
                "high": In(signed(8)),
                "write": In(stream.Signature(memory_write(8 * PARAMETER_BYTES), always_ready=True)),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.parameters = parameters = RecordMemory(8 * PARAMETER_BYTES, self.lanes, self.channels)
        m.submodules.requantizer = requantizer = Requantizer(self.lanes, PLACE)
        wiring.connect(m, wiring.flipped(self.write), parameters.write)

        step, valid = Signal(), Signal()
        sums = Signal(self.i.p.sums.shape())
        place = Signal(PLACE)
        m.d.comb += [
            step.eq(~valid | requantizer.i.ready),
            self.i.ready.eq(step),
            parameters.row.eq(self.i.p.parameter_row),
            parameters.enable.eq(step),
            requantizer.i.valid.eq(valid),
            requantizer.i.p.sums.eq(sums),
            requantizer.i.p.tag.eq(place),
            requantizer.round_once.eq(self.round_once),
            requantizer.zero_point.eq(self.zero_point),
            requantizer.low.eq(self.low),
            requantizer.high.eq(self.high),
            self.o.valid.eq(requantizer.o.valid),
            self.o.p.data.eq(requantizer.o.p.data),
            self.o.p.place.eq(requantizer.o.p.tag),
            requantizer.o.ready.eq(self.o.ready),
        ]
        with m.If(step):
            m.d.sync += [valid.eq(self.i.valid), sums.eq(self.i.p.sums), place.eq(self.i.p.place)]
        for lane in range(self.lanes):
            m.d.comb += requantizer.i.p.parameters[lane].as_value().eq(parameters.records[lane])
        with m.If(self.broadcast):
            for lane in range(1, self.lanes):
                m.d.comb += requantizer.i.p.parameters[lane].as_value().eq(parameters.records[0])
        return m
