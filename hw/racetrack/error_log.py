"""Counts commands, and remembers the first that went wrong."""

from typing import Any

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from racelet.hw.racetrack.layouts import Error


class ErrorLog(wiring.Component):
    """Count commands that are answered, and remember the first error and of which command it is.

    Computes :func:`racelet.golden.racetrack.error_log.logged`.

    Parameters
    ----------
    width : int
        Bits of the numbers, which begin anew at zero.

    Members
    -------
    answered : In(1)
        A command is answered in this cycle.
    answer : In(Error)
        With which error.
    forget : In(1)
        Errors of the cycles before are forgotten.
    commands : Out(width)
        Commands that were answered.
    error : Out(Error)
        The first error that was not forgotten.
    number : Out(width)
        Commands that were answered before the one that it is of.
    noted : Out(1)
        The error of this cycle is a first one. Combinational from ``answered``, ``answer`` and ``forget``.
    """

    answered: Signal
    answer: Any
    forget: Signal
    commands: Signal
    error: Any
    number: Signal
    noted: Signal

    def __init__(self, width: int) -> None:
        self.width = width
        super().__init__(
            {
                "answered": In(1),
                "answer": In(Error),
                "forget": In(1),
                "commands": Out(width),
                "error": Out(Error),
                "number": Out(width),
                "noted": Out(1),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        wrong = self.answered & (self.answer != Error.NONE)
        m.d.comb += self.noted.eq(wrong & (self.forget | (self.error == Error.NONE)))
        m.d.sync += self.commands.eq(self.commands + self.answered)
        with m.If(self.noted):
            m.d.sync += [self.error.eq(self.answer), self.number.eq(self.commands)]
        with m.Elif(self.forget):
            m.d.sync += self.error.eq(Error.NONE)
        return m
