"""Layer sequencer: runs the layers of a program one after the other and counts their cycles."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout, View
from amaranth.lib.enum import EnumView
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import DESCRIPTOR_PITCH, DESCRIPTOR_WORDS, LayerKind
from racelet.hw.dwcpwc.field_check import FieldCheck
from racelet.hw.dwcpwc.layouts import LAYER, ErrorCode, memory_write
from racelet.hw.lib.block_memory import block_memory

VERDICT = StructLayout({"came": 1, "looked_at": 1, "begins": 1, "there": 1, "good": 1, "error": ErrorCode})
"""On a descriptor, in three steps: it is there; its fields were looked at, it begins to stream; whether it is in order
is known, and what is wrong else."""


class LayerSequencer(wiring.Component):
    """Keep the descriptors; from ``go`` on give them out one by one, the next after ``layer_done``.

    A layer's ``start`` comes ``TURN`` cycles after ``layer_done`` of the one before, the first layer's ``FETCH`` cycles
    after ``go``. The next descriptor is fetched while a layer runs, and a layer does not start earlier than
    ``FETCH - LOAD`` cycles after the one before started.

    From a descriptor of kind STREAM on, which is no layer, the places behind it are a ring: each descriptor is fetched
    as soon as it has arrived, one after the other, and after the last place comes again the first behind STREAM.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    go : In(1)
        Run the program. Ignored while busy or after an error.
    busy : Out(1)
        From ``go`` until the last layer is done and its cycle count is taken, or to an error.
    closed : Out(1)
        A program runs that does not stream: no words of a program may come.
    error : Out(ErrorCode)
        KIND, UNFINISHED, FIELD or TRANSFER, or what ``failure`` was first. Stays until reset.
    failure : In(ErrorCode)
        What went wrong elsewhere; ends the run, two cycles later.
    owed : In(1)
        Beats that the present layer asked for have not been moved. After its end: error TRANSFER.
    layer : Out(LAYER)
        The present layer. Steady while it runs.
    kinds : Out(16)
        Bit k: it is of kind k. A register.
    start : Out(1)
        The present layer begins.
    running : Out(1)
        The present layer has begun and not ended.
    layer_done : In(1)
        The present layer has ended.
    layer_cycles : Out(stream.Signature(32))
        For each layer the cycles from the end of the one before (the first: from ``go``) to its own end. No layer
        starts before the counts of all but its predecessor are taken. None for a layer that a failure ends.
    streaming : Out(1)
        Descriptors come while the program runs: from the STREAM descriptor to the end of ``busy``.
    arrived : In(20)
        Descriptors that came since ``streaming`` began, modulo 2**20. 0 as it begins.
    ended : Out(20)
        Of these, how many have ended.
    starved : Out(1)
        The run waits for a descriptor to arrive, and for nothing else.
    write : In(stream.Signature(memory_write(32), always_ready=True))
        Descriptor words.
    """

    FETCH = DESCRIPTOR_WORDS + 8
    TURN = 4
    LOAD = 2

    go: Signal
    busy: Signal
    closed: Signal
    error: Signal
    failure: Signal
    owed: Signal
    layer: View
    kinds: Signal
    start: Signal
    running: Signal
    layer_done: Signal
    layer_cycles: stream.Interface
    streaming: Signal
    arrived: Signal
    ended: Signal
    starved: Signal
    write: stream.Interface

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__(
            {
                "go": In(1),
                "busy": Out(1),
                "closed": Out(1),
                "error": Out(ErrorCode),
                "failure": In(ErrorCode),
                "owed": In(1),
                "layer": Out(LAYER),
                "kinds": Out(16),
                "start": Out(1),
                "running": Out(1),
                "layer_done": In(1),
                "layer_cycles": Out(stream.Signature(32)),
                "streaming": Out(1),
                "arrived": In(20),
                "ended": Out(20),
                "starved": Out(1),
                "write": In(stream.Signature(memory_write(32), always_ready=True)),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        following = Signal(LAYER)
        index = Signal(range(self.config.layers))
        wanted, begin_fetch, fetched = Signal(), Signal(), Signal()
        self._arrivals(m, wanted, begin_fetch)
        place_last = index == self.config.layers - 1
        verdict = self._check(m, following, place_last, fetched)

        failed = Signal()
        failure = Signal(ErrorCode)
        m.d.sync += [failed.eq(self.failure != ErrorCode.NONE), failure.eq(self.failure)]
        count = Signal(32)
        # A register of its own says when the layer is taken on, as it has some hundred bits.
        load = Signal()
        m.d.sync += [count.eq(count + 1), load.eq(0), self.start.eq(load)]
        with m.If(load):
            m.d.sync += [self.layer.eq(following), self.kinds.eq(1 << following.kind)]
        with m.If(self.layer_cycles.ready):
            m.d.sync += self.layer_cycles.valid.eq(0)
        with m.FSM() as fsm:
            m.d.comb += [
                self.busy.eq(~fsm.ongoing("IDLE") & ~fsm.ongoing("FAILED")),
                self.running.eq(fsm.ongoing("RUN") & ~load),
                self.starved.eq(fsm.ongoing("LOAD") & wanted & ~begin_fetch),
            ]
            with m.State("IDLE"):
                m.d.sync += [index.eq(0), count.eq(1)]
                with m.If(self.go):
                    m.d.sync += [wanted.eq(1), self.closed.eq(1)]
                    m.next = "LOAD"
                self._heed(m, failed, failure, load)
            with m.State("LOAD"):
                with m.If(verdict.there):
                    m.d.sync += [fetched.eq(0), verdict.came.eq(0), verdict.looked_at.eq(0), verdict.there.eq(0)]
                    self._load(m, following, verdict, place_last, index, wanted, load)
                self._heed(m, failed, failure, load)
            with m.State("RUN"):
                with m.If(self.layer_done & ~load):
                    m.d.sync += self.ended.eq(self.ended + self.streaming)
                    m.next = "REPORT"
                self._heed(m, failed, failure, load)
            with m.State("REPORT"):
                with m.If(self.owed):
                    self._fail(m, ErrorCode.TRANSFER)
                with m.Elif(~failed & (~self.layer_cycles.valid | self.layer_cycles.ready)):
                    m.d.sync += [self.layer_cycles.valid.eq(1), self.layer_cycles.p.eq(count), count.eq(1)]
                    m.next = "LOAD"
                    with m.If(self.layer.last):
                        m.next = "DRAIN"
                self._heed(m, failed, failure, load)
            with m.State("DRAIN"):
                with m.If(self.layer_cycles.ready):
                    m.d.sync += [self.streaming.eq(0), self.closed.eq(0)]
                    m.next = "IDLE"
                self._heed(m, failed, failure, load)
            with m.State("FAILED"):
                m.d.sync += self.streaming.eq(0)
        self._fetch(m, following, index, begin_fetch, fetched)
        return m

    def _check(self, m: Module, following: View, place_last: Value, fetched: Value) -> View:
        """Judge the descriptor that was fetched, in the three cycles after."""
        m.submodules.field_check = field_check = FieldCheck(self.config)
        verdict = Signal(VERDICT)
        begins, ends = following.kind == LayerKind.STREAM, following.last
        known = Cat(following.kind == kind for kind in LayerKind).any()
        wrong_kind, unfinished, wrong_field = Signal(), Signal(), Signal()
        m.d.comb += field_check.layer.eq(following)
        m.d.sync += [
            verdict.came.eq(fetched),
            verdict.looked_at.eq(verdict.came),
            verdict.begins.eq(begins),
            wrong_kind.eq(~known | (begins & self.streaming)),
            unfinished.eq(place_last & ~self.streaming & (begins | ~ends)),
            wrong_field.eq(field_check.wrong),
            verdict.there.eq(verdict.looked_at),
            verdict.good.eq(~(wrong_kind | unfinished | wrong_field)),
            verdict.error.eq(Mux(wrong_kind, ErrorCode.KIND, Mux(unfinished, ErrorCode.UNFINISHED, ErrorCode.FIELD))),
        ]
        return verdict

    def _load(
        self, m: Module, following: View, verdict: View, place_last: Value, index: Signal, wanted: Signal, load: Signal
    ) -> None:
        """Run the descriptor that was fetched, or begin to stream."""
        ring = Signal.like(index)
        following_place = Mux(place_last, ring, index + 1)
        with m.If(~verdict.good):
            self._fail(m, verdict.error)
        with m.Elif(verdict.begins):
            m.d.sync += [self.streaming.eq(1), self.closed.eq(0), self.ended.eq(0), wanted.eq(1)]
            m.d.sync += [index.eq(following_place), ring.eq(following_place)]
        with m.Else():
            m.d.sync += [load.eq(1), index.eq(following_place)]
            m.d.sync += wanted.eq(~following.last)
            m.next = "RUN"

    def _heed(self, m: Module, failed: Value, failure: "EnumView[ErrorCode]", load: Signal) -> None:
        with m.If(failed):
            m.d.sync += load.eq(0)
            self._fail(m, failure)

    def _fail(self, m: Module, code: "ErrorCode | EnumView[ErrorCode]") -> None:
        # A failure may come in the cycle in which the next layer would be started.
        m.d.sync += [self.error.eq(code), self.start.eq(0), self.closed.eq(0)]
        m.next = "FAILED"

    def _arrivals(self, m: Module, wanted: Signal, begin_fetch: Signal) -> None:
        """Fetch a descriptor that is wanted as soon as it is there."""
        taken = Signal(20)
        # One cycle late, also after the fetch that takes the last one; the next is wanted only when that has ended.
        there = Signal()
        m.d.comb += begin_fetch.eq(wanted & (~self.streaming | there))
        m.d.sync += [there.eq(self.arrived != taken), taken.eq(taken + begin_fetch)]
        with m.If(begin_fetch):
            m.d.sync += wanted.eq(0)
        with m.If(~self.streaming):
            m.d.sync += taken.eq(0)

    def _fetch(self, m: Module, following: View, index: Signal, begin_fetch: Signal, fetched: Signal) -> None:
        """Shift the words of descriptor ``index``, as it is after ``begin_fetch``, into ``following``."""
        depth = DESCRIPTOR_PITCH * self.config.layers
        m.submodules.memory = memory = block_memory(32, depth)
        write_port, port = memory.write_port(), memory.read_port()
        m.d.comb += [
            write_port.addr.eq(self.write.p.address),
            write_port.data.eq(self.write.p.data),
            write_port.en.eq(self.write.valid),
        ]
        word = Signal(range(DESCRIPTOR_PITCH))
        reading, arriving = Signal(), Signal()
        shifted = Signal(32 * DESCRIPTOR_WORDS)
        m.d.comb += [port.addr.eq(Cat(word, index)), following.eq(shifted)]
        m.d.sync += [arriving.eq(reading), word.eq(word + reading)]
        with m.If(word == DESCRIPTOR_WORDS - 1):
            m.d.sync += reading.eq(0)
        with m.If(arriving):
            m.d.sync += [shifted.eq(Cat(shifted[32:], port.data)), fetched.eq(~reading)]
        with m.If(begin_fetch):
            m.d.sync += [word.eq(0), reading.eq(1), arriving.eq(0), fetched.eq(0)]
