"""Output stage: sums, or the activations that they become, in packets."""

from amaranth.hdl import Cat, Module, Mux, ResetInserter, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out

from racelet.golden.adc.config import AdcConfig
from racelet.hw.adc.requantizer import Requantizer
from racelet.hw.adc.sum_layouts import channel_activations, channel_parameter, column_sums, packet_sums
from racelet.hw.lib.stream_queue import StreamQueue
from racelet.hw.lib.stream_slice import StreamSlice

ENDS = 4
"""Ends of packets that wait behind one: as many sums are in a requantizer, at most."""


class OutputStage(wiring.Component):
    """Give out sums, or make activations of them first.

    Sums are offered in the cycle after they were taken, activations as many cycles later as the requantizer takes; no
    path leads from an input to an output. Computes :func:`racelet.golden.adc.requantizer.activations`, in the cycles of
    :func:`racelet.golden.adc.output_stage.schedule`.

    Parameters
    ----------
    config : AdcConfig

    Members
    -------
    i : In(stream.Signature(packet_sums(config)))
        Sums.
    requantizes : In(1)
        Activations are made of them. Each beat of sums goes the way that is said when it is taken.
    sums : Out(stream.Signature(StructLayout({"sums": column_sums(config), "last": 1})))
        Held while ``sums.valid`` is high and ``sums.ready`` is low.
    activations : Out(stream.Signature(StructLayout({"activations": channel_activations(config), "last": 1})))
        Held likewise.
    some : Out(1)
        Sums or activations wait to be taken, or are being made.
    shift : In(5)
        Of the requantizer.
    write : In(stream.Signature(channel_parameter(config, config.channel_rows), always_ready=True))
        Parameters of the requantizer.
    drop : In(1)
        Forget what is in the requantizer, but for parameters. What is offered stays.
    """

    i: stream.Interface
    requantizes: Signal
    sums: stream.Interface
    activations: stream.Interface
    some: Signal
    shift: Signal
    write: stream.Interface
    drop: Signal

    def __init__(self, config: AdcConfig) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(packet_sums(config))),
                "requantizes": In(1),
                "sums": Out(stream.Signature(StructLayout({"sums": column_sums(config), "last": 1}))),
                "activations": Out(
                    stream.Signature(StructLayout({"activations": channel_activations(config), "last": 1}))
                ),
                "some": Out(1),
                "shift": In(5),
                "write": In(stream.Signature(channel_parameter(config, config.channel_rows), always_ready=True)),
                "drop": In(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, coming = self.config, self.i.p
        requantizer, ends = Requantizer(config, config.channel_rows), StreamQueue(1, ENDS)
        m.submodules.requantizer = ResetInserter(self.drop)(requantizer)
        m.submodules.ends = ResetInserter(self.drop)(ends)
        m.submodules.kept_sums = sums = StreamSlice(self.sums.p.shape().size)
        m.submodules.kept_activations = activations = StreamSlice(self.activations.p.shape().size)
        takes = Signal()
        wiring.connect(m, wiring.flipped(self.write), requantizer.write)
        m.d.comb += [
            self.i.ready.eq(Mux(self.requantizes, requantizer.i.ready, sums.i.ready)),
            takes.eq(self.i.valid & self.requantizes & requantizer.i.ready),
            requantizer.i.valid.eq(self.i.valid & self.requantizes),
            requantizer.i.p.sums.eq(coming.sums),
            requantizer.i.p.row.eq(coming.row),
            requantizer.shift.eq(self.shift),
            ends.i.valid.eq(takes),
            ends.i.p.eq(coming.last),
            sums.i.valid.eq(self.i.valid & ~self.requantizes),
            sums.i.p.eq(Cat(coming.sums, coming.last)),
            activations.i.valid.eq(requantizer.o.valid),
            activations.i.p.eq(Cat(requantizer.o.p, ends.o.p)),
            requantizer.o.ready.eq(activations.i.ready),
            ends.o.ready.eq(requantizer.o.valid & activations.i.ready),
            self.some.eq(sums.o.valid | activations.o.valid | ends.o.valid),
        ]
        for kept, port in ((sums, self.sums), (activations, self.activations)):
            m.d.comb += [
                Value.cast(port.p).eq(kept.o.p),
                port.valid.eq(kept.o.valid),
                kept.o.ready.eq(port.ready),
            ]
        return m
