"""Serial line: a receiver and a transmitter of bytes, 8 data bits, no parity, one stop bit."""

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out


class UartReceiver(wiring.Component):
    """Give out the bytes on a serial line.

    Each bit is sampled in its middle, counted from the falling edge of the start bit, so that bits may be 2 % too long
    or too short. A byte comes out in the middle of its stop bit. Computes :func:`racelet.golden.lib.uart.received`.

    Parameters
    ----------
    divisor : int
        Clock cycles of a bit. At least 8.

    Members
    -------
    line : In(1)
        The line, asynchronous.
    o : Out(stream.Signature(8, always_ready=True))
        Bytes; whoever does not take one at once loses it.
    broken : Out(1)
        The line is low where a stop bit should be, as in a break; until it is high again. That byte is left out.
    """

    line: Signal
    o: stream.Interface
    broken: Signal

    def __init__(self, divisor: int) -> None:
        self.divisor = divisor
        super().__init__(
            {"line": In(1), "o": Out(stream.Signature(8, always_ready=True)), "broken": Out(1)},
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        level = Signal(init=1)
        m.submodules.synchronizer = FFSynchronizer(self.line, level, init=1)
        timer = Signal(range(self.divisor))
        bits = Signal(range(8))
        m.d.sync += [timer.eq(timer - 1), self.o.valid.eq(0)]
        with m.If(timer == 0):
            m.d.sync += timer.eq(self.divisor - 1)
        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += timer.eq(self.divisor // 2 - 1)
                with m.If(~level):
                    m.next = "START"
            with m.State("START"):
                with m.If(timer == 0):
                    m.next = "DATA"
                    with m.If(level):
                        m.next = "IDLE"
            with m.State("DATA"):
                with m.If(timer == 0):
                    m.d.sync += [bits.eq(bits + 1), self.o.payload.eq(Cat(self.o.payload[1:], level))]
                    with m.If(bits == 7):
                        m.next = "STOP"
            with m.State("STOP"):
                with m.If(timer == 0):
                    m.d.sync += self.o.valid.eq(level)
                    m.next = "IDLE"
                    with m.If(~level):
                        m.next = "BROKEN"
            with m.State("BROKEN"):
                m.d.comb += self.broken.eq(1)
                with m.If(level):
                    m.next = "IDLE"
        return m


class UartTransmitter(wiring.Component):
    """Send bytes on a serial line.

    Takes a byte every ``10 * divisor`` cycles; its start bit begins in the next cycle. Computes
    :func:`racelet.golden.lib.uart.line`.

    Parameters
    ----------
    divisor : int
        Clock cycles of a bit. At least 2.

    Members
    -------
    i : In(stream.Signature(8))
        Bytes.
    line : Out(1)
        The line; a register.
    """

    i: stream.Interface
    line: Signal

    def __init__(self, divisor: int) -> None:
        self.divisor = divisor
        super().__init__({"i": In(stream.Signature(8)), "line": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        timer = Signal(range(self.divisor))
        level = Signal(init=1)
        following = Signal(9, init=0x1FF)
        bits = Signal(range(11))
        m.d.comb += [self.line.eq(level), self.i.ready.eq((bits == 0) | ((bits == 1) & (timer == 0)))]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [
                Cat(level, following).eq(Cat(Const(0, 1), self.i.payload, Const(1, 1))),
                bits.eq(10),
                timer.eq(self.divisor - 1),
            ]
        with m.Elif(bits != 0):
            m.d.sync += timer.eq(timer - 1)
            with m.If(timer == 0):
                m.d.sync += [
                    Cat(level, following).eq(Cat(following, Const(1, 1))),
                    bits.eq(bits - 1),
                    timer.eq(self.divisor - 1),
                ]
        return m
