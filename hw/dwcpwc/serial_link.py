"""Control of the accelerator by a stream of bytes each way."""

from amaranth.hdl import Array, Cat, Module, ResetInserter, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.lib.config import LOST, UNKNOWN, Command, Tag
from racelet.hw.dwcpwc.layouts import ErrorCode


class SerialLink(wiring.Component):
    """Turn commands into what the accelerator takes, and what it gives into answers.

    Commands and answers are those of :mod:`racelet.golden.dwcpwc.serial_link`. One command at a time: the next one is
    taken after the answer. Takes a byte per cycle and gives one, as far as the accelerator does; bytes of a program or
    an input that the accelerator no longer wants, after an error, are dropped.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    i : In(stream.Signature(8))
        Commands.
    o : Out(stream.Signature(8))
        Answers.
    lost : In(1)
        A byte of a command was lost before it came here.
    restart : In(1)
        Forget the command at hand, that bytes were lost, and what the accelerator does.
    program : Out(stream.Signature(32 * config.program_words))
        As the accelerator takes it.
    data : Out(stream.Signature(signed(8)))
        Input bytes.
    result : In(stream.Signature(signed(8)))
        Output bytes.
    start, clear : Out(1)
        To the accelerator.
    busy : In(1)
        From the accelerator.
    error : In(ErrorCode)
        From the accelerator.
    """

    i: stream.Interface
    o: stream.Interface
    lost: Signal
    restart: Signal
    program: stream.Interface
    data: stream.Interface
    result: stream.Interface
    start: Signal
    clear: Signal
    busy: Signal
    error: Signal

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(8)),
                "o": Out(stream.Signature(8)),
                "lost": In(1),
                "restart": In(1),
                "program": Out(stream.Signature(32 * config.program_words)),
                "data": Out(stream.Signature(signed(8))),
                "result": In(stream.Signature(signed(8))),
                "start": Out(1),
                "clear": Out(1),
                "busy": In(1),
                "error": In(ErrorCode),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        inner = Module()
        told, finish, finished = Signal(8), Signal(), Signal()
        missing = Signal()
        with inner.If(self.lost):
            inner.d.sync += missing.eq(1)
        code = Signal(8)
        with inner.If(missing):
            inner.d.comb += code.eq(LOST)
        with inner.Elif(told != 0):
            inner.d.comb += code.eq(told)
        with inner.Else():
            inner.d.comb += code.eq(self.error)
        clearing = Signal()
        m.d.comb += self.clear.eq(clearing | self.restart)
        self._commands(inner, told, clearing, finish, finished)
        self._answers(inner, code, finish, finished)
        m.submodules.inner = ResetInserter(self.restart)(inner)
        return m

    def _commands(self, m: Module, told: Signal, clearing: Signal, finish: Signal, finished: Signal) -> None:
        command = Signal(8)
        count = Signal(32)
        length = Signal(range(4))
        with m.If(self.program.ready | (self.error != ErrorCode.NONE)):
            m.d.sync += self.program.valid.eq(0)
        with m.FSM():
            with m.State("COMMAND"):
                m.d.comb += self.i.ready.eq(1)
                m.d.sync += [command.eq(self.i.p), told.eq(0)]
                with m.If(self.i.valid):
                    m.next = "LENGTH"
                    with m.If(~Cat(self.i.p == each for each in Command).any()):
                        m.d.sync += told.eq(UNKNOWN)
                        m.next = "ANSWER"
            with m.State("LENGTH"):
                m.d.comb += self.i.ready.eq(1)
                with m.If(self.i.valid):
                    m.d.sync += [count.eq(Cat(count[8:], self.i.p)), length.eq(length + 1)]
                    with m.If(length == 3):
                        m.next = "BEGIN"
            with m.State("BEGIN"):
                m.d.comb += [clearing.eq(command == Command.CLEAR), self.start.eq(command == Command.RUN)]
                m.next = "PAYLOAD"
            with m.State("PAYLOAD"):
                with m.If(count == 0):
                    m.next = "WAIT"
                with m.Else():
                    self._payload(m, command)
                with m.If(self.i.valid & self.i.ready):
                    m.d.sync += count.eq(count - 1)
            with m.State("WAIT"):
                with m.If(~self.busy & ~self.program.valid & ~self.result.valid):
                    m.next = "ANSWER"
            with m.State("ANSWER"):
                m.d.comb += finish.eq(1)
                with m.If(finished):
                    m.next = "COMMAND"

    def _payload(self, m: Module, command: Signal) -> None:
        """Pass bytes on, or drop them where nobody will take them."""
        size = 4 * self.config.program_words
        place = Signal(range(size))
        failed = self.error != ErrorCode.NONE
        with m.If(command == Command.LOAD):
            m.d.comb += self.i.ready.eq(~self.program.valid | self.program.ready | failed)
            with m.If(self.i.valid & self.i.ready):
                m.d.sync += [
                    self.program.payload.eq(Cat(self.program.payload[8:], self.i.p)),
                    place.eq(place + 1),
                    self.program.valid.eq((place == size - 1) & ~failed),
                ]
        with m.Elif(command == Command.RUN):
            m.d.comb += [
                self.data.p.eq(self.i.p),
                self.data.valid.eq(self.i.valid & self.busy),
                self.i.ready.eq(self.data.ready | ~self.busy),
            ]
        with m.Else():
            m.d.comb += self.i.ready.eq(1)

    def _answers(self, m: Module, code: Signal, finish: Signal, finished: Signal) -> None:
        cycles = Signal(32)
        counting = Signal()
        m.d.sync += cycles.eq(cycles + counting)
        with m.If(self.data.valid & self.data.ready):
            m.d.sync += [cycles.eq(0), counting.eq(1)]
        with m.Elif(self.result.valid):
            m.d.sync += counting.eq(0)
        place = Signal(range(6))
        end = Array([Tag.END.value, code, *(cycles[8 * k : 8 * k + 8] for k in range(4))])
        with m.FSM():
            with m.State("TAG"):
                with m.If(self.result.valid):
                    m.d.comb += [self.o.p.eq(Tag.OUTPUT), self.o.valid.eq(1)]
                    with m.If(self.o.ready):
                        m.next = "OUTPUT"
                with m.Elif(finish):
                    m.next = "END"
            with m.State("OUTPUT"):
                m.d.comb += [
                    self.o.p.eq(self.result.p),
                    self.o.valid.eq(self.result.valid),
                    self.result.ready.eq(self.o.ready),
                ]
                with m.If(self.o.ready & self.result.valid):
                    m.next = "TAG"
            with m.State("END"):
                m.d.comb += [self.o.p.eq(end[place]), self.o.valid.eq(1)]
                with m.If(self.o.ready):
                    m.d.sync += place.eq(place + 1)
                    with m.If(place == 5):
                        m.d.sync += place.eq(0)
                        m.d.comb += finished.eq(1)
                        m.next = "TAG"
