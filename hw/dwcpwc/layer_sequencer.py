"""Layer sequencer: runs the layers of a program one after the other and counts their cycles."""

from amaranth.hdl import Cat, Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.memory import Memory, ReadPort
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import DESCRIPTOR_PITCH, DESCRIPTOR_WORDS, LayerKind
from racelet.hw.dwcpwc.layouts import LAYER, ErrorCode, memory_write


class LayerSequencer(wiring.Component):
    """Keep the descriptors; from ``go`` on give them out one by one, the next after ``layer_done``.

    A layer's ``start`` comes ``TURN`` cycles after ``layer_done`` of the one before, the first layer's ``FETCH`` cycles
    after ``go``. The next descriptor is fetched while a layer runs, and a layer does not start earlier than
    ``FETCH - 1`` cycles after the one before started.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    go : In(1)
        Run the program. Ignored while busy or after an error.
    busy : Out(1)
        From ``go`` until the last layer is done and its cycle count is taken.
    error : Out(ErrorCode)
        KIND or UNFINISHED. Stays until reset.
    layer : Out(LAYER)
        The present layer. Steady while it runs.
    start : Out(1)
        The present layer begins.
    layer_done : In(1)
        The present layer has ended.
    layer_cycles : Out(stream.Signature(32))
        For each layer the cycles from the end of the one before (the first: from ``go``) to its own end. No layer
        starts before the counts of all but its predecessor are taken.
    write : In(stream.Signature(memory_write(32), always_ready=True))
        Descriptor words.
    """

    FETCH = DESCRIPTOR_WORDS + 3
    TURN = 3

    go: Signal
    busy: Signal
    error: Signal
    layer: View
    start: Signal
    layer_done: Signal
    layer_cycles: stream.Interface
    write: stream.Interface

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__(
            {
                "go": In(1),
                "busy": Out(1),
                "error": Out(ErrorCode),
                "layer": Out(LAYER),
                "start": Out(1),
                "layer_done": In(1),
                "layer_cycles": Out(stream.Signature(32)),
                "write": In(stream.Signature(memory_write(32), always_ready=True)),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        depth = DESCRIPTOR_PITCH * self.config.layers
        m.submodules.memory = memory = Memory(shape=unsigned(32), depth=depth, init=[])
        write_port, read_port = memory.write_port(), memory.read_port()
        m.d.comb += [
            write_port.addr.eq(self.write.p.address),
            write_port.data.eq(self.write.p.data),
            write_port.en.eq(self.write.valid),
        ]

        following = Signal(LAYER)
        index = Signal(range(self.config.layers))
        begin_fetch, fetched = Signal(), Signal()
        self._fetch(m, read_port, following, index, begin_fetch, fetched)

        count = Signal(32)
        m.d.sync += [count.eq(count + 1), self.start.eq(0)]
        with m.If(self.layer_cycles.ready):
            m.d.sync += self.layer_cycles.valid.eq(0)
        with m.FSM() as fsm:
            m.d.comb += self.busy.eq(~fsm.ongoing("IDLE") & ~fsm.ongoing("FAILED"))
            with m.State("IDLE"):
                m.d.sync += [index.eq(0), count.eq(1)]
                with m.If(self.go):
                    m.d.comb += begin_fetch.eq(1)
                    m.next = "LOAD"
            with m.State("LOAD"):
                with m.If(fetched):
                    self._load(m, following, index, begin_fetch)
            with m.State("RUN"):
                with m.If(self.layer_done):
                    m.next = "REPORT"
            with m.State("REPORT"):
                with m.If(~self.layer_cycles.valid | self.layer_cycles.ready):
                    m.d.sync += [self.layer_cycles.valid.eq(1), self.layer_cycles.p.eq(count), count.eq(1)]
                    m.next = "LOAD"
                    with m.If(self.layer.last):
                        m.next = "DRAIN"
            with m.State("DRAIN"):
                with m.If(self.layer_cycles.ready):
                    m.next = "IDLE"
            with m.State("FAILED"):
                pass
        return m

    def _load(self, m: Module, following: View, index: Signal, begin_fetch: Signal) -> None:
        m.d.sync += self.layer.eq(following)
        with m.If(following.kind > max(LayerKind)):
            m.d.sync += self.error.eq(ErrorCode.KIND)
            m.next = "FAILED"
        with m.Elif((index == self.config.layers - 1) & ~following.last):
            m.d.sync += self.error.eq(ErrorCode.UNFINISHED)
            m.next = "FAILED"
        with m.Else():
            m.d.sync += [self.start.eq(1), index.eq(index + 1)]
            m.d.comb += begin_fetch.eq(~following.last)
            m.next = "RUN"

    def _fetch(
        self, m: Module, port: ReadPort, following: View, index: Signal, begin_fetch: Signal, fetched: Signal
    ) -> None:
        """Shift the words of descriptor ``index``, as it is after ``begin_fetch``, into ``following``."""
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
