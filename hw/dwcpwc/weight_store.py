"""Weight stores: one contract, one class per kind."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.dwcpwc.layouts import WEIGHT_REQUEST, weight_write
from racelet.hw.lib.record_memory import RecordMemory


class WeightStoreSignature(wiring.Signature):
    """Contract of every weight store.

    A request names a run of beats; the store gives them in order, run after run, nothing dropped or repeated.

    Parameters
    ----------
    config : DwcPwcConfig
    """

    def __init__(self, config: DwcPwcConfig) -> None:
        super().__init__(
            {
                "request": In(stream.Signature(WEIGHT_REQUEST)),
                "o": Out(stream.Signature(8 * config.weight_beat_bytes)),
            },
        )


class BramWeightStore(wiring.Component):
    """Weights in on-chip memory, written once per program.

    One beat per cycle without a gap between runs; a run's first beat comes two cycles after its request.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    request : In(stream.Signature(WEIGHT_REQUEST))
        Runs.
    o : Out(stream.Signature(8 * config.weight_beat_bytes))
        Beats.
    write : In(stream.Signature(weight_write(config), always_ready=True))
        Words of four weights.
    """

    request: stream.Interface
    o: stream.Interface
    write: stream.Interface

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        write = In(stream.Signature(weight_write(self.config), always_ready=True))
        super().__init__({**WeightStoreSignature(config).members, "write": write})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lanes = self.config.weight_beat_bytes // 4
        m.submodules.memory = memory = RecordMemory(
            32, lanes, self.config.weight_bytes // 4, together=self.config.weight_words
        )
        connect(m, flipped(self.write), memory.write)
        address, left = Signal(20), Signal(20)
        step = Signal()
        m.d.comb += [
            step.eq(~self.o.valid | self.o.ready),
            self.request.ready.eq((left == 0) | (step & (left == 1))),
            memory.row.eq(address),
            memory.enable.eq(step),
            self.o.p.eq(memory.records),
        ]
        with m.If(step):
            m.d.sync += self.o.valid.eq(left != 0)
            with m.If(left != 0):
                m.d.sync += [address.eq(address + 1), left.eq(left - 1)]
        with m.If(self.request.valid & self.request.ready):
            m.d.sync += [address.eq(self.request.p.address), left.eq(self.request.p.beats)]
        return m


class StreamWeightStore(wiring.Component):
    """Weights from outside: runs are passed on, beats come back.

    Adds no latency. The outside answers runs in order.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    request : In(stream.Signature(WEIGHT_REQUEST))
        Runs.
    o : Out(stream.Signature(8 * config.weight_beat_bytes))
        Beats.
    outside_request : Out(stream.Signature(WEIGHT_REQUEST))
        Runs, to the outside.
    outside : In(stream.Signature(8 * config.weight_beat_bytes))
        Beats, from the outside.
    waiting : Out(1)
        A beat would be taken that was asked for, or is being, and has not come.
    """

    request: stream.Interface
    o: stream.Interface
    outside_request: stream.Interface
    outside: stream.Interface
    waiting: Signal

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        contract = WeightStoreSignature(config).members
        super().__init__(
            {
                **contract,
                "outside_request": Out(stream.Signature(WEIGHT_REQUEST)),
                "outside": In(stream.Signature(8 * config.weight_beat_bytes)),
                "waiting": Out(1),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        connect(m, flipped(self.request), flipped(self.outside_request))
        connect(m, flipped(self.outside), flipped(self.o))
        # As many runs as a layer has tiles may be asked for at once.
        owed = Signal(40)
        asked = Mux(self.request.valid & self.request.ready, self.request.p.beats, 0)
        m.d.sync += owed.eq(owed + asked - (self.o.valid & self.o.ready))
        m.d.comb += self.waiting.eq(self.o.ready & ~self.o.valid & ((owed != 0) | self.request.valid))
        return m


STORES = {"bram": BramWeightStore, "stream": StreamWeightStore}
"""Kinds of weight store, by ``config.store``."""
