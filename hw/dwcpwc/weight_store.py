"""Weight stores: one contract, one class per kind."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out, connect, flipped
from amaranth.utils import exact_log2

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.dwcpwc.layouts import WEIGHT_REQUEST, weight_write
from racelet.hw.lib.credits import Credits
from racelet.hw.lib.record_memory import RecordMemory
from racelet.hw.lib.stream_queue import StreamQueue


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

    The memory is a chain of ``config.store_banks`` banks of a few block RAMs each. Reads and writes pass from bank to
    bank, one per cycle, and the words that were read pass on behind them to a queue at the end; so no signal reaches
    further than from one bank to the next. Nothing stalls in the chain: a beat is read only when the queue has room.

    One beat per cycle without a gap between runs; a run's first beat comes ``config.store_banks + 5`` cycles after its
    request. A word can be asked for in the cycle after it was written; one that is written when its run was asked for
    before may be in it or not. A clear drops the runs, not the writes.

    Every bank has a register for the writes that pass it and are its own, which can so lie near its memory.

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
        # Beats that are on their way in a round trip, or more.
        self.room = 1 << (config.store_banks + 5).bit_length()
        write = In(stream.Signature(weight_write(self.config), always_ready=True))
        super().__init__({**WeightStoreSignature(config).members, "write": write})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        width = 8 * self.config.weight_beat_bytes
        m.submodules.queue = queue = StreamQueue(width, self.room)
        m.submodules.credits = allowance = Credits(self.room)
        next_row = Signal(20)
        read = Signal()
        arrived, word = self._chain(m, read, next_row)
        connect(m, queue.o, flipped(self.o))
        m.d.comb += [
            queue.i.valid.eq(arrived),
            queue.i.p.eq(word),
            allowance.take.eq(read),
        ]
        # A cycle late, as it comes from far away.
        m.d.sync += allowance.give.eq(self.o.valid & self.o.ready)
        left = Signal(20)
        # Whether none is left to read of a run, and whether one is.
        none = Signal(init=1)
        one = Signal()
        m.d.comb += [read.eq(~none & allowance.some), self.request.ready.eq(none | (one & allowance.some))]
        with m.If(read):
            m.d.sync += [next_row.eq(next_row + 1), left.eq(left - 1), none.eq(one), one.eq(left == 2)]
        with m.If(self.request.valid & self.request.ready):
            beats = self.request.p.beats
            m.d.sync += [next_row.eq(self.request.p.address), left.eq(beats), none.eq(beats == 0), one.eq(beats == 1)]
        return m

    def _chain(self, m: Module, read: Value, row: Value) -> tuple[Value, Value]:
        """Make the banks; returns whether a beat arrives at the end, and the beat."""
        words = self.config.weight_beat_bytes // 4
        beats, together = self.config.store_bank_beats, self.config.weight_words
        size = exact_log2(beats)
        # What is written stays written, so writes go on under a clear.
        write = self.write.p
        writing: Value = self.write.valid
        word: Value = Const(0, 32 * words)
        for bank in range(self.config.store_banks):
            left = self.config.weight_bytes // 4 - bank * beats * words
            memory = RecordMemory(32, words, min(beats * words, left), together)
            m.submodules[f"bank_{bank}"] = memory
            reading, here = Signal(name=f"reading_{bank}"), Signal(name=f"here_{bank}")
            row_here = Signal(20, name=f"row_{bank}", reset_less=True)
            m.d.sync += [reading.eq(read), row_here.eq(row), here.eq(read & (row[size:] == bank))]
            writing_here = Signal(name=f"writing_{bank}", reset_less=True)
            write_here = View(write.shape(), Signal(write.shape(), name=f"write_{bank}", reset_less=True))
            m.d.sync += [writing_here.eq(writing), write_here.eq(write)]
            wanted = writing_here & (write_here.address[size + exact_log2(words) :] == bank)
            kept, keeping = self._keep(m, bank, wanted, write_here)
            m.d.comb += [
                memory.row.eq(row_here[:size]),
                memory.enable.eq(here),
                memory.write.p.eq(kept),
                memory.write.p.address.eq(kept.address[: size + exact_log2(words)]),
                memory.write.valid.eq(keeping),
            ]
            word = self._word(m, bank, here, memory.records.as_value(), word)
            read, row, writing, write = reading, row_here, writing_here, write_here
        # The last bank's word comes three cycles after its read.
        arrived = Signal(3)
        m.d.sync += arrived.eq(Cat(read, arrived))
        return arrived[2], word

    def _keep(self, m: Module, bank: int, wanted: Value, write: View) -> tuple[View, Signal]:
        """What a bank keeps of the writes that pass it, and whether it does: a cycle later."""
        kept = View(write.shape(), Signal(write.shape(), name=f"kept_{bank}", reset_less=True))
        keeping = Signal(name=f"keeping_{bank}", reset_less=True)
        m.d.sync += [keeping.eq(wanted), kept.eq(write)]
        return kept, keeping

    def _word(self, m: Module, bank: int, here: Value, records: Value, word: Value) -> Value:
        """Put a bank's word in the place of the one that comes from the bank before, two cycles after its read."""
        behind = Signal(len(word), name=f"behind_{bank}", reset_less=True)
        following = Signal(len(word), name=f"word_{bank}", reset_less=True)
        was_here = Signal(2, name=f"was_here_{bank}")
        m.d.sync += [
            was_here.eq(Cat(here, was_here)),
            behind.eq(records),
            following.eq(Mux(was_here[1], behind, word)),
        ]
        return following


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
