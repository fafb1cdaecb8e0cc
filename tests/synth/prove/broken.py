"""Components with a fault, one for each kind of property."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from racelet.hw.dwcpwc.program_loader import ProgramLoader
from racelet.hw.dwcpwc.window_reader import WindowReader
from racelet.hw.lib.beat_splitter import BeatSplitter
from racelet.hw.lib.record_memory import RecordMemory
from racelet.hw.lib.start_queue import StartQueue
from racelet.hw.lib.stream_slice import StreamSlice
from racelet.hw.lib.uart import UartTransmitter


class FaultySlice(StreamSlice):
    """A slice with a fault: ``withdraws``, ``changes``, ``loses``, ``repeats``, ``swaps`` or ``remembers``."""

    def __init__(self, fault: str) -> None:
        self.fault = fault
        super().__init__(4, registered=True)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        waiting = Signal(self.width)
        full = Signal(reset_less=self.fault == "remembers")
        m.d.comb += self.i.ready.eq(~full)
        free = ~self.o.valid | self.o.ready
        with m.If(free):
            m.d.sync += [self.o.valid.eq(full | self.i.valid), full.eq(0)]
            m.d.sync += self.o.p.eq(Mux(full, waiting, self.i.p))
        with m.Elif(~full):
            m.d.sync += [full.eq(self.i.valid), waiting.eq(self.i.p)]
            if self.fault == "loses":
                m.d.sync += full.eq(self.i.valid & ~self.i.p[0])
            if self.fault == "swaps":
                with m.If(self.i.valid):
                    m.d.sync += [waiting.eq(self.o.p), self.o.p.eq(self.i.p)]
        with m.Else():
            if self.fault == "withdraws":
                m.d.sync += [self.o.valid.eq(0), full.eq(0)]
            if self.fault == "changes":
                m.d.sync += self.o.p.eq(waiting)
        if self.fault == "repeats":
            with m.If(free & full & (waiting == 3)):
                m.d.sync += full.eq(1)
        return m


class OverflowingQueue(StartQueue):
    """Takes one start more than there is room for."""

    def elaborate(self, platform: object) -> Module:
        m = Module()
        accepted = Signal()
        m.d.comb += [
            self.go.eq(self.ready & (self.pending != 0)),
            accepted.eq(self.start & (self.go | (self.pending <= self.depth))),
        ]
        m.d.sync += self.pending.eq(self.pending + accepted - self.go)
        with m.If(self.start & ~accepted):
            m.d.sync += self.refused.eq(1)
        return m


class MisplacingMemory(RecordMemory):
    """Writes every record one row too far."""

    def elaborate(self, platform: object) -> Module:
        m = Module()
        for lane in range(self.lanes):
            m.submodules[f"lane_{lane}"] = memory = Memory(shape=unsigned(self.width), depth=self.depth, init=[])
            write, read = memory.write_port(), memory.read_port()
            unit, place = divmod(lane, self.together)
            m.d.comb += [
                read.addr.eq(self.row),
                read.en.eq(self.enable),
                self.records[lane].eq(read.data),
                write.addr.eq(self.write.p.address // self.lanes + 1),
                write.data.eq(self.write.p.data[place]),
                write.en.eq(self.write.valid & self.write.p.mask[place] & (self.write.p.address[1:2] == unit)),
            ]
        return m


class EarlyReader(WindowReader):
    """Ends a layer with the first pixel of its last tile."""

    def _count(self, m: Module, pixel_next: Value) -> Value:
        super()._count(m, pixel_next)
        return pixel_next & m.submodules.tile.last


class SwappingLoader(ProgramLoader):
    """Writes neighbouring words of descriptors in each other's places."""

    def _write(self, m: Module, header: View, words: BeatSplitter, walk: Any) -> None:
        super()._write(m, header, words, walk)
        m.d.sync += self.word.p.address.eq(walk.address ^ 1)


class HastyTransmitter(UartTransmitter):
    """A transmitter whose bits are a cycle shorter than it says."""

    def elaborate(self, platform: object) -> Module:
        told, self.divisor = self.divisor, self.divisor - 1
        m = super().elaborate(platform)
        self.divisor = told
        return m


class Machine(wiring.Component):
    """A state machine; faults: ``unreachable``, ``dead``, ``far`` (counts beyond its ten places)."""

    i: stream.Interface
    place: Signal

    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        super().__init__({"i": In(stream.Signature(1)), "place": Out(range(10))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.d.comb += self.i.ready.eq(1)
        with m.If(self.i.valid):
            m.d.sync += self.place.eq(Mux(self.place == (10 if self.fault == "far" else 9), 0, self.place + 1))
        with m.FSM():
            with m.State("IDLE"):
                with m.If(self.i.valid & self.i.p):
                    m.next = "WORK"
                if self.fault != "unreachable":
                    with m.If(self.i.valid & ~self.i.p):
                        m.next = "REST"
            with m.State("WORK"):
                if self.fault != "dead":
                    m.next = "IDLE"
            with m.State("REST"):
                m.next = "IDLE"
        return m
