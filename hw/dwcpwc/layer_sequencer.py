"""Layer sequencer: runs the layers of a program one after the other and counts their cycles."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import DESCRIPTOR_PITCH, DESCRIPTOR_WORDS, LayerKind
from racelet.hw.dwcpwc.field_check import FieldCheck
from racelet.hw.dwcpwc.layouts import LAYER, ErrorCode, memory_write


class LayerSequencer(wiring.Component):
    """Keep the descriptors; from ``go`` on give them out one by one, the next after ``layer_done``.

    A layer's ``start`` comes ``TURN`` cycles after ``layer_done`` of the one before, the first layer's ``FETCH`` cycles
    after ``go``. The next descriptor is fetched while a layer runs, and a layer does not start earlier than
    ``FETCH - 1`` cycles after the one before started.

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
    error : Out(ErrorCode)
        KIND, UNFINISHED or FIELD, or what ``failure`` was first. Stays until reset.
    failure : In(ErrorCode)
        What went wrong elsewhere; ends the run.
    layer : Out(LAYER)
        The present layer. Steady while it runs.
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

    FETCH = DESCRIPTOR_WORDS + 3
    TURN = 3

    go: Signal
    busy: Signal
    error: Signal
    failure: Signal
    layer: View
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
                "error": Out(ErrorCode),
                "failure": In(ErrorCode),
                "layer": Out(LAYER),
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
        ask, wanted, begin_fetch, fetched = Signal(), Signal(), Signal(), Signal()
        self._arrivals(m, ask, wanted, begin_fetch)

        count = Signal(32)
        m.d.sync += [count.eq(count + 1), self.start.eq(0)]
        with m.If(self.layer_cycles.ready):
            m.d.sync += self.layer_cycles.valid.eq(0)
        with m.FSM() as fsm:
            m.d.comb += [
                self.busy.eq(~fsm.ongoing("IDLE") & ~fsm.ongoing("FAILED")),
                self.running.eq(fsm.ongoing("RUN")),
                self.starved.eq(fsm.ongoing("LOAD") & wanted & ~begin_fetch),
            ]
            with m.State("IDLE"):
                m.d.sync += [index.eq(0), count.eq(1)]
                with m.If(self.go):
                    m.d.comb += ask.eq(1)
                    m.next = "LOAD"
                self._heed(m)
            with m.State("LOAD"):
                with m.If(fetched):
                    m.d.sync += fetched.eq(0)
                    self._load(m, following, index, ask, wanted)
                self._heed(m)
            with m.State("RUN"):
                with m.If(self.layer_done):
                    m.d.sync += self.ended.eq(self.ended + self.streaming)
                    m.next = "REPORT"
                self._heed(m)
            with m.State("REPORT"):
                good = self.failure == ErrorCode.NONE
                with m.If(good & (~self.layer_cycles.valid | self.layer_cycles.ready)):
                    m.d.sync += [self.layer_cycles.valid.eq(1), self.layer_cycles.p.eq(count), count.eq(1)]
                    m.next = "LOAD"
                    with m.If(self.layer.last):
                        m.next = "DRAIN"
                self._heed(m)
            with m.State("DRAIN"):
                with m.If(self.layer_cycles.ready):
                    m.d.sync += self.streaming.eq(0)
                    m.next = "IDLE"
                self._heed(m)
            with m.State("FAILED"):
                m.d.sync += self.streaming.eq(0)
        self._fetch(m, following, index, begin_fetch, fetched)
        return m

    def _load(self, m: Module, following: View, index: Signal, ask: Signal, wanted: Signal) -> None:
        """Run the descriptor that was fetched, or begin to stream."""
        m.submodules.field_check = field_check = FieldCheck(self.config)
        m.d.comb += field_check.layer.eq(following)
        ring = Signal.like(index)
        place_last = index == self.config.layers - 1
        known = Cat(following.kind == kind for kind in LayerKind).any()
        begins = following.kind == LayerKind.STREAM
        m.d.sync += self.layer.eq(following)
        with m.If(~known | (begins & self.streaming)):
            self._fail(m, ErrorCode.KIND)
        with m.Elif(place_last & ~self.streaming & (begins | ~following.last)):
            self._fail(m, ErrorCode.UNFINISHED)
        with m.Elif(field_check.wrong):
            self._fail(m, ErrorCode.FIELD)
        with m.Elif(begins):
            m.d.sync += [self.streaming.eq(1), self.ended.eq(0), wanted.eq(1)]
            m.d.sync += [index.eq(index + 1), ring.eq(index + 1)]
        with m.Else():
            m.d.sync += [self.start.eq(1), index.eq(Mux(place_last, ring, index + 1))]
            m.d.comb += ask.eq(~following.last)
            m.next = "RUN"

    def _heed(self, m: Module) -> None:
        with m.If(self.failure != ErrorCode.NONE):
            self._fail(m, self.failure)

    def _fail(self, m: Module, code: ErrorCode | Value) -> None:
        # A failure may come in the cycle in which the next layer would be started.
        m.d.sync += [self.error.eq(code), self.start.eq(0)]
        m.next = "FAILED"

    def _arrivals(self, m: Module, ask: Signal, wanted: Signal, begin_fetch: Signal) -> None:
        """Fetch a descriptor that is asked for as soon as it is there."""
        taken = Signal(20)
        m.d.comb += begin_fetch.eq((ask | wanted) & (~self.streaming | (self.arrived != taken)))
        m.d.sync += [wanted.eq((ask | wanted) & ~begin_fetch), taken.eq(taken + begin_fetch)]
        with m.If(~self.streaming):
            m.d.sync += taken.eq(0)

    def _fetch(self, m: Module, following: View, index: Signal, begin_fetch: Signal, fetched: Signal) -> None:
        """Shift the words of descriptor ``index``, as it is after ``begin_fetch``, into ``following``."""
        depth = DESCRIPTOR_PITCH * self.config.layers
        m.submodules.memory = memory = Memory(shape=unsigned(32), depth=depth, init=[])
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
