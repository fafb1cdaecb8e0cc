"""Small components for the tests of the simulation tools, some of them broken on request."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

REQUEST = data.StructLayout({"address": 8, "beats": 4})
TRANSFER = data.StructLayout({"address": 32, "beats": 32, "store": 1})
PAIR = data.StructLayout({"sum": signed(9), "parts": data.ArrayLayout(signed(8), 2)})


class Accumulator(wiring.Component):
    """A register with sums of two neighbours at ``o``; ``wide`` must take each beat in the cycle ``i`` gives it.

    Parameters
    ----------
    fault : {"", "drop", "change", "retract", "repeat"}
        Breaks it under backpressure: loses a beat, changes or takes back a beat that waits, gives one twice.
    """

    i: stream.Interface
    o: stream.Interface
    wide: stream.Interface

    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        super().__init__(
            {
                "i": In(stream.Signature(signed(8))),
                "o": Out(stream.Signature(PAIR)),
                "wide": Out(stream.Signature(100)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        full, before, beat = Signal(), Signal(signed(8)), Signal(PAIR)
        count = Signal(64)
        room = ~full | self.o.ready
        m.d.comb += [
            self.i.ready.eq(room & self.wide.ready),
            self.o.valid.eq(full),
            self.o.payload.eq(beat),
            self.wide.valid.eq(self.i.valid & room),
            self.wide.payload.eq(count * 0x1_0000_0001_0000 + self.i.payload.as_unsigned()),
        ]
        waits = full & ~self.o.ready
        waited = Signal()
        m.d.sync += waited.eq(waits)
        if self.fault == "drop":
            m.d.comb += [self.i.ready.eq(self.wide.ready), self.wide.valid.eq(self.i.valid)]
        with m.If(self.o.ready):
            m.d.sync += full.eq(waited if self.fault == "repeat" else 0)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [
                full.eq(1),
                before.eq(self.i.payload),
                count.eq(count + 1),
                beat.sum.eq(self.i.payload + before),
                beat.parts[0].eq(self.i.payload),
                beat.parts[1].eq(before),
            ]
        with m.If(waits):
            if self.fault == "change":
                m.d.sync += beat.sum.eq(beat.sum + 1)
            if self.fault == "retract":
                m.d.sync += full.eq(0)
        return m


class Fetcher(wiring.Component):
    """Passes requests to ``request`` and their answers to ``o``; a pulse on ``start`` keeps ``busy`` up for a while.

    ``error`` is 9 after a pulse while busy. ``o`` starts at ``offset``, so that plain inputs have a use.
    """

    i: stream.Interface
    request: stream.Interface
    response: stream.Interface
    o: stream.Interface
    start: Signal
    offset: Signal
    busy: Signal
    starts: Signal
    error: Signal

    def __init__(self) -> None:
        super().__init__(
            {
                "i": In(stream.Signature(REQUEST)),
                "request": Out(stream.Signature(REQUEST)),
                "response": In(stream.Signature(40)),
                "o": Out(stream.Signature(signed(40))),
                "start": In(1),
                "offset": In(4),
                "busy": Out(1),
                "starts": Out(8),
                "error": Out(8),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        connect(m, flipped(self.i), flipped(self.request))
        left = Signal(3)
        m.d.comb += [
            self.o.valid.eq(self.response.valid),
            self.o.payload.eq(self.response.payload + self.offset),
            self.response.ready.eq(self.o.ready),
            self.busy.eq(left != 0),
        ]
        with m.If(self.busy):
            m.d.sync += left.eq(left - 1)
        with m.If(self.start):
            m.d.sync += [left.eq(5), self.starts.eq(self.starts + 1)]
            with m.If(self.busy):
                m.d.sync += self.error.eq(9)
        return m


class Mover(wiring.Component):
    """Passes requests to ``request``, beats of ``read`` to ``o`` and those of ``i`` to ``write``; counts requests."""

    requests: stream.Interface
    i: stream.Interface
    o: stream.Interface
    request: stream.Interface
    read: stream.Interface
    write: stream.Interface
    count: Signal

    def __init__(self) -> None:
        super().__init__(
            {
                "requests": In(stream.Signature(TRANSFER)),
                "i": In(stream.Signature(72)),
                "o": Out(stream.Signature(72)),
                "request": Out(stream.Signature(TRANSFER)),
                "read": In(stream.Signature(72)),
                "write": Out(stream.Signature(72)),
                "count": Out(8),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        connect(m, flipped(self.requests), flipped(self.request))
        connect(m, flipped(self.i), flipped(self.write))
        connect(m, flipped(self.read), flipped(self.o))
        with m.If(self.request.valid & self.request.ready):
            m.d.sync += self.count.eq(self.count + 1)
        return m


class Flood(wiring.Component):
    """Takes every beat of ``i`` and offers a count at ``o`` all the time: streams without ``ready`` and ``valid``."""

    i: stream.Interface
    o: stream.Interface

    def __init__(self) -> None:
        super().__init__(
            {
                "i": In(stream.Signature(8, always_ready=True)),
                "o": Out(stream.Signature(12, always_valid=True)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        count = Signal(12)
        m.d.comb += self.o.payload.eq(count)
        with m.If(self.i.valid):
            m.d.sync += count.eq(count + self.i.payload)
        return m
