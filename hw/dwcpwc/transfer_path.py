"""Transfer path: tensors that come from the memory outside the chip, and those that go there."""
# Ref: AMD, "AXI DataMover v5.1 LogiCORE IP product guide", PG022: commands and data on streams of their own.

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out, connect, flipped

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerKind
from racelet.hw.dwcpwc.input_loader import InputLoader
from racelet.hw.dwcpwc.layouts import LAYER, OUTSIDE, TRANSFER, byte_group, window
from racelet.hw.dwcpwc.spiller import Spiller


class TransferPath(wiring.Component):
    """Ask for the transfer of a LOAD or STORE, then move its beats, one per cycle.

    The request is there in the cycle after ``start``; beats move from the cycle after it is taken on. Layers of other
    kinds are passed over. Computes :func:`racelet.golden.dwcpwc.transfer_path.transfer`.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    layer : In(LAYER)
        The layer. Steady until its last beat is taken.
    start : In(1)
        Begin a layer.
    transfer : Out(stream.Signature(TRANSFER))
        Requests.
    fill : In(stream.Signature(8 * config.bandwidth))
        LOAD: beats that come in.
    o : Out(stream.Signature(byte_group(config.bandwidth)))
        LOAD: the same beats with their places, in the same cycle.
    i : In(stream.Signature(window(config)))
        STORE: words of channels, see :class:`Spiller`.
    spill : Out(stream.Signature(8 * config.bandwidth))
        STORE: beats that go out.
    done : Out(1)
        STORE: the last beat was taken in the cycle before.
    waiting : Out(1)
        The outside has a request to take, a beat to give or one to take.
    owed : Out(1)
        Beats that were asked for have not been moved yet.
    short : Out(1)
        The layer would move another beat, but no more are moved than were asked for.
    """

    layer: View
    start: Signal
    transfer: stream.Interface
    fill: stream.Interface
    o: stream.Interface
    i: stream.Interface
    spill: stream.Interface
    done: Signal
    waiting: Signal
    owed: Signal
    short: Signal

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__(
            {
                "layer": In(LAYER),
                "start": In(1),
                "transfer": Out(stream.Signature(TRANSFER)),
                "fill": In(stream.Signature(8 * config.bandwidth)),
                "o": Out(stream.Signature(byte_group(config.bandwidth))),
                "i": In(stream.Signature(window(config))),
                "spill": Out(stream.Signature(8 * config.bandwidth)),
                "done": Out(1),
                "waiting": Out(1),
                "owed": Out(1),
                "short": Out(1),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.loader = loader = InputLoader(self.config.bandwidth)
        m.submodules.spiller = spiller = Spiller(self.config)
        kind, settings = self.layer.kind, View(OUTSIDE, self.layer.as_value())
        taken, granted = Signal(), Signal()
        m.d.comb += [
            self.transfer.p.address.eq(settings.outside_address),
            self.transfer.p.beats.eq(settings.outside_beats),
            taken.eq(self.transfer.valid & self.transfer.ready),
            loader.layer.eq(self.layer),
            loader.start.eq(self.start & (kind == LayerKind.LOAD)),
            spiller.start.eq(self.start),
            spiller.granted.eq(granted),
            self.done.eq(spiller.done),
        ]
        left = Signal(32)
        # Beats may move: granted and owed, in a register of its own.
        moving = Signal()
        m.d.comb += [
            self.short.eq((loader.i.ready | spiller.o.valid) & granted & ~self.owed),
            loader.i.p.eq(self.fill.p),
            loader.i.valid.eq(self.fill.valid & moving),
            self.fill.ready.eq(loader.i.ready & moving),
            self.spill.p.eq(spiller.o.p),
            self.spill.valid.eq(spiller.o.valid & moving),
            spiller.o.ready.eq(self.spill.ready & moving),
            self.waiting.eq(
                (self.transfer.valid & ~self.transfer.ready)
                | (self.fill.ready & ~self.fill.valid)
                | (self.spill.valid & ~self.spill.ready)
            ),
        ]
        connect(m, loader.o, flipped(self.o))
        connect(m, flipped(self.i), spiller.i)
        with m.If((self.fill.valid & self.fill.ready) | (self.spill.valid & self.spill.ready)):
            m.d.sync += [left.eq(left - 1), self.owed.eq(left != 1), moving.eq(left != 1)]
        with m.If(taken):
            m.d.sync += [self.transfer.valid.eq(0), granted.eq(1)]
            some = settings.outside_beats != 0
            m.d.sync += [left.eq(settings.outside_beats), self.owed.eq(some), moving.eq(some)]
        with m.If(self.start):
            m.d.sync += [
                self.transfer.valid.eq((kind == LayerKind.LOAD) | (kind == LayerKind.STORE)),
                granted.eq(0),
                moving.eq(0),
            ]
            m.d.sync += self.transfer.p.store.eq(kind == LayerKind.STORE)
        return m
