"""Properties of the two ends of a serial line."""

from amaranth.hdl import Cat, Const, Mux

from racelet.hw.lib.uart import UartReceiver, UartTransmitter
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.subject import Subject

FRAME = 10
"""Bits of a byte on the line: a start bit, eight of data, a stop bit."""


def uart_transmitter(harness: Harness, dut: UartTransmitter) -> None:
    """What is left of the byte that came last goes out bit by bit; behind it the line is high."""
    inside = harness.inside
    bits, timer = inside["bits"], inside["timer"]
    came = dut.i.valid & dut.i.ready
    byte, since = harness.register("byte", 8), harness.register("since", 8)
    harness.update(byte, Mux(came, dut.i.p, byte))
    # Cycles since it came; none was taken before.
    sending = FRAME * dut.divisor
    harness.update(since, Mux(harness.clear, 0, Mux(came, sending, Mux(since == 0, 0, since - 1))))
    harness.check("timer: within a bit", timer < dut.divisor)
    harness.check("bits: no more than a byte has", bits <= FRAME)
    left = Mux(bits == 0, 0, (bits - 1) * dut.divisor + timer + 1)
    harness.check("bits: each takes as many cycles as the divisor says", left == since)
    frame = Cat(Const(0, 1), byte, Const(1, 1), Const(~0, FRAME))
    harness.check(
        "line: the bits of the byte that came, in their order, and high behind them",
        Cat(inside["level"], inside["following"]) == (frame >> (FRAME - bits)[:4])[:FRAME],
    )
    harness.check("i: the next byte is taken with the last cycle of the one before", dut.i.ready == (since <= 1))


def uart_receiver(harness: Harness, dut: UartReceiver) -> None:
    """Eight samples make a byte, and it comes out only behind a stop bit."""
    inside = harness.inside
    harness.check("timer: within a bit", inside["timer"] < dut.divisor)
    valid = dut.o.valid & ~harness.cleared
    harness.check("o: a byte is there for a cycle", ~valid | ~harness.past(dut.o.valid))
    level = harness.past(inside["synchronizer.level"])
    harness.check("o: where the line is high in the middle of a stop bit", ~valid | level)
    harness.check("broken: none comes out of a break", ~(dut.broken & dut.o.valid))


SUBJECTS = [
    Subject(block="lib", name="uart_transmitter", make=lambda: UartTransmitter(2), describe=uart_transmitter, reach=24),
    Subject(block="lib", name="uart_receiver", make=lambda: UartReceiver(4), describe=uart_receiver, reach=50),
]
