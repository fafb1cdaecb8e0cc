"""Control of the accelerator by a stream of bytes each way."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.lib.config import LACKING, LOST, UNKNOWN, Command, Tag
from racelet.hw.dwcpwc.layouts import ErrorCode


class SerialLink(wiring.Component):
    """Turn commands into what the accelerator takes, and what it gives into answers.

    Commands and answers are those of :mod:`racelet.golden.dwcpwc.serial_link`. One command at a time: the next one is
    taken after the answer. Takes a byte per cycle and gives one, as far as the accelerator does; bytes of a program or
    an input that the accelerator no longer wants, after an error, are dropped. A command whose bytes do not suffice,
    and a program that wants what is not here, are answered all the same, and nothing is done then before a clear.

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
    program : Out(stream.Signature(32 * config.program_words))
        As the accelerator takes it.
    data : Out(stream.Signature(signed(8)))
        Input bytes.
    result : In(stream.Signature(signed(8)))
        Output bytes.
    start, clear : Out(1)
        To the accelerator.
    unserved : In(1)
        The accelerator asks for what is not here.
    busy : In(1)
        From the accelerator. While it is low, beats of a program are taken at once or not at all.
    error : In(ErrorCode)
        From the accelerator.
    failed : Out(1)
        There is an error.
    """

    i: stream.Interface
    o: stream.Interface
    lost: Signal
    program: stream.Interface
    data: stream.Interface
    result: stream.Interface
    start: Signal
    clear: Signal
    unserved: Signal
    busy: Signal
    error: Signal
    failed: Signal

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(8)),
                "o": Out(stream.Signature(8)),
                "lost": In(1),
                "program": Out(stream.Signature(32 * config.program_words)),
                "data": Out(stream.Signature(signed(8))),
                "result": In(stream.Signature(signed(8))),
                "start": Out(1),
                "clear": Out(1),
                "unserved": In(1),
                "busy": In(1),
                "error": In(ErrorCode),
                "failed": Out(1),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        told = Signal(8)
        # The accelerator waits for what will not come: nothing is done before a clear.
        lacking = Signal()
        finish = Signal()
        finished = Signal()
        missing = Signal()
        with m.If(self.lost):
            m.d.sync += missing.eq(1)
        code = Signal(8)
        with m.If(missing):
            m.d.comb += code.eq(LOST)
        with m.Elif(told != 0):
            m.d.comb += code.eq(told)
        with m.Elif(self.failed):
            m.d.comb += code.eq(self.error)
        with m.Elif(lacking):
            m.d.comb += code.eq(LACKING)
        m.d.comb += self.failed.eq(self.error != ErrorCode.NONE)
        self._commands(m, told, lacking, finish, finished)
        self._answers(m, code, finish, finished)
        return m

    def _commands(self, m: Module, told: Signal, lacking: Signal, finish: Signal, finished: Signal) -> None:
        command = Signal(8)
        count = Signal(32)
        length = Signal(range(4))
        place = Signal(range(4 * self.config.program_words))
        with m.If(self.program.ready | self.failed):
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
                m.d.comb += self.start.eq((command == Command.RUN) & ~lacking)
                with m.If(command == Command.CLEAR):
                    m.d.comb += self.clear.eq(1)
                    m.d.sync += [lacking.eq(0), place.eq(0)]
                m.next = "PAYLOAD"
            with m.State("PAYLOAD"):
                with m.If(count == 0):
                    m.next = "WAIT"
                with m.Else():
                    self._payload(m, command, place, lacking)
                with m.If(self.i.valid & self.i.ready):
                    m.d.sync += count.eq(count - 1)
            with m.State("WAIT"):
                with m.If(~self.program.valid & ~self.result.valid):
                    with m.If(~self.busy | lacking):
                        m.next = "ANSWER"
                    with m.Elif(self.program.ready | self.data.ready):
                        m.d.sync += lacking.eq(1)
            with m.State("ANSWER"):
                m.d.comb += finish.eq(1)
                with m.If(finished):
                    m.next = "COMMAND"
        left_over = self.program.valid & ~self.program.ready & ~self.busy
        with m.If((self.unserved | left_over) & ~self.clear):
            m.d.sync += [lacking.eq(1), self.program.valid.eq(0)]

    def _payload(self, m: Module, command: Signal, place: Signal, lacking: Signal) -> None:
        """Pass bytes on, or drop them where nobody will take them."""
        unwanted = self.failed | lacking
        with m.If(command == Command.LOAD):
            m.d.comb += self.i.ready.eq(~self.program.valid | self.program.ready | unwanted)
            with m.If(self.i.valid & self.i.ready):
                last = place == 4 * self.config.program_words - 1
                m.d.sync += [
                    self.program.payload.eq(Cat(self.program.payload[8:], self.i.p)),
                    place.eq(Mux(last, 0, place + 1)),
                    self.program.valid.eq(last & ~unwanted),
                ]
        with m.Elif(command == Command.RUN):
            running = self.busy & ~lacking
            m.d.comb += [
                self.data.p.eq(self.i.p),
                self.data.valid.eq(self.i.valid & running),
                self.i.ready.eq(self.data.ready | ~running),
            ]
        with m.Else():
            m.d.comb += self.i.ready.eq(1)

    def _answers(self, m: Module, code: Signal, finish: Signal, finished: Signal) -> None:
        """Give what has come to an answer byte by byte; what came before it was taken does not change it any more."""
        cycles = Signal(32)
        counting = Signal()
        m.d.sync += cycles.eq(cycles + counting)
        with m.If(self.data.valid & self.data.ready):
            m.d.sync += [cycles.eq(0), counting.eq(1)]
        with m.Elif(self.result.valid):
            m.d.sync += counting.eq(0)
        end, output = Cat(Const(Tag.END, 8), code, cycles), Cat(Const(Tag.OUTPUT, 8), self.result.p)
        # Bytes of an answer that have not left, and whether they are its last.
        bytes_ = Signal(len(end))
        left = Signal(range(len(end) // 8 + 1))
        ending = Signal()
        last = (left == 1) & self.o.ready
        free = (left == 0) | last
        m.d.comb += [
            self.o.p.eq(bytes_[:8]),
            self.o.valid.eq(left != 0),
            self.result.ready.eq(free),
            finished.eq(ending & last),
        ]
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += [bytes_.eq(bytes_ >> 8), left.eq(left - 1)]
        with m.If(last):
            m.d.sync += ending.eq(0)
        with m.If(free & self.result.valid):
            m.d.sync += [bytes_.eq(output), left.eq(len(output) // 8)]
        with m.Elif(free & finish & ~ending):
            m.d.sync += [bytes_.eq(end), left.eq(len(end) // 8), ending.eq(1)]
