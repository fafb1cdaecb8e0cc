"""Requantise stage: requantisers with the memory of their parameters."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from racelet.hw.dwcpwc.layouts import PARAMETER_BYTES, PLACE, byte_group, group, memory_write
from racelet.hw.dwcpwc.requantizer import Requantizer
from racelet.hw.lib.record_memory import RecordMemory


class RequantizeStage(wiring.Component):
    """Look up each group's parameters and requantise it.

    Takes one group per cycle; its bytes follow ``LATENCY`` cycles later. Everything holds while ``o.ready`` is low, as
    in :class:`Requantizer`. Computes :func:`racelet.golden.dwcpwc.requantize_stage.requantize_rows`.

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

    LATENCY = 4 + Requantizer.LATENCY

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

        # The row is kept, as it comes from one of several; the memory's output goes into its registers; then the
        # parameters of each lane are chosen.
        row = Signal.like(self.i.p.parameter_row, reset_less=True)
        valid = Signal(4)
        sums = [Signal(self.i.p.sums.shape(), name=f"sums_{k}", reset_less=True) for k in range(4)]
        places = [Signal(PLACE, name=f"place_{k}") for k in range(4)]
        records = Signal(parameters.records.shape(), reset_less=True)
        chosen = Signal(parameters.records.shape(), reset_less=True)
        broadcast = Signal()
        m.d.comb += [
            self.i.ready.eq(self.o.ready),
            parameters.row.eq(row),
            parameters.enable.eq(self.o.ready),
            requantizer.i.valid.eq(valid[-1]),
            requantizer.i.p.sums.eq(sums[-1]),
            requantizer.i.p.tag.eq(places[-1]),
            requantizer.round_once.eq(self.round_once),
            requantizer.zero_point.eq(self.zero_point),
            requantizer.low.eq(self.low),
            requantizer.high.eq(self.high),
            self.o.valid.eq(requantizer.o.valid),
            self.o.p.data.eq(requantizer.o.p.data),
            self.o.p.place.eq(requantizer.o.p.tag),
            requantizer.o.ready.eq(self.o.ready),
        ]
        m.d.sync += broadcast.eq(self.broadcast)
        with m.If(self.o.ready):
            m.d.sync += [
                row.eq(self.i.p.parameter_row),
                valid.eq(Cat(self.i.valid, valid[:-1])),
                Cat(sums).eq(Cat(self.i.p.sums, *sums[:-1])),
                Cat(places).eq(Cat(self.i.p.place, *places[:-1])),
                records.eq(parameters.records),
                chosen.eq(Cat(records[0], *(Mux(broadcast, records[0], records[k]) for k in range(1, self.lanes)))),
            ]
        for lane in range(self.lanes):
            m.d.comb += requantizer.i.p.parameters[lane].as_value().eq(chosen[lane])
        return m
