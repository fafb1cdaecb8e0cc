"""Properties of what stands between the accelerator and a serial line."""

from amaranth.hdl import Cat, Const, Mux, Value

from racelet.golden.lib.config import LACKING, LOST, UNKNOWN, Command, Tag, UartConfig
from racelet.hw.dwcpwc.layouts import ErrorCode
from racelet.hw.dwcpwc.serial_link import SerialLink
from racelet.hw.dwcpwc.uart_shell import WAITING_BYTES, UartShell
from racelet.synth.prove.dwcpwc.layer import CONFIG
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.order import Queue
from racelet.synth.prove.subject import Subject


def serial_link(harness: Harness, dut: SerialLink) -> None:
    """Every command is answered once, and its bytes go where it says."""
    (machine,) = harness.inside.machines()
    states = {name: machine.state == number for name, number in machine.encoding.items()}
    came = dut.i.valid & dut.i.ready
    command = harness.register("command", 8)
    harness.update(command, Mux(came & states["COMMAND"], dut.i.p, command))
    named = {each: command == each for each in Command}
    between = states["COMMAND"]
    known = Cat(named.values()).any()
    harness.check("command: the byte that came first", between | (harness.inside["command"] == command))
    harness.check("command: a byte that is none is answered at once", between | known | states["ANSWER"])
    lacking = harness.inside["lacking"]
    harness.check("start: with the command", ~dut.start | (named[Command.RUN] & states["BEGIN"] & ~lacking))
    harness.check("clear: with the command", dut.clear == (states["BEGIN"] & named[Command.CLEAR]))
    _bytes_counted(harness, dut, states)
    _program(harness, dut, states, came & states["PAYLOAD"] & named[Command.LOAD])
    wanted = dut.busy & ~lacking
    given = came & states["PAYLOAD"] & named[Command.RUN] & wanted
    harness.check("data: a byte leaves in the cycle in which it comes", (dut.data.valid & dut.data.ready) == given)
    harness.check("data: a byte leaves as it came", ~dut.data.valid | (dut.data.p.as_unsigned() == dut.i.p))
    _answers(harness, dut, states, Mux(known, 0, UNKNOWN))


def _bytes_counted(harness: Harness, dut: SerialLink, states: dict[str, Value]) -> None:
    """As many bytes as a command says are taken with it."""
    came, inside = dut.i.valid & dut.i.ready, harness.inside
    count, place = harness.register("count", 32), harness.register("place", 3)
    first = came & states["COMMAND"]
    further = came & states["LENGTH"]
    length = Cat(Mux(place == byte, dut.i.p, count.word_select(byte, 8)) for byte in range(4))
    taken = came & states["PAYLOAD"]
    harness.update(count, Mux(first, 0, Mux(further, length, count - taken)))
    harness.update(place, Mux(harness.clear | first, 0, place + further))
    harness.check("length: four bytes", ~states["LENGTH"] | (place == inside["length"]))
    harness.check("length: begins with the first", states["LENGTH"] | (inside["length"] == 0))
    at_top = (inside["count"] >> ((4 - place) << 3)[:6])[:32]
    harness.check("length: those that came", ~states["LENGTH"] | (at_top == count))
    left = Cat(states["BEGIN"], states["PAYLOAD"]).any()
    harness.check("bytes: those that are left of the command", ~left | (inside["count"] == count))
    harness.check("bytes: all are taken before the answer", ~states["WAIT"] | (count == 0))


def _program(harness: Harness, dut: SerialLink, states: dict[str, Value], came: Value) -> None:
    """Bytes gather at a register's upper end until they make a beat; it leaves or, if nobody wants it, is dropped."""
    size, inside = 4 * CONFIG.program_words, harness.inside
    payload, valid, place = Value.cast(dut.program.p), dut.program.valid, inside["place"]
    failed = (dut.error != ErrorCode.NONE) | dut.unserved | inside["lacking"]
    whole = came & (place == size - 1)
    shifted = Cat(payload[8:], dut.i.p)
    beat = Mux(valid, payload, shifted)
    left = valid & dut.program.ready
    stuck = ~dut.program.ready & ~dut.busy
    leaves = Mux(valid, dut.program.ready | failed | stuck, whole & failed)
    loading = Cat(states["PAYLOAD"], states["WAIT"]).any()
    harness.check("program: nothing is offered but in a command", ~valid | loading)
    harness.check("program: a beat is offered before bytes of the next one come", ~valid | (place == 0))
    Queue(
        harness,
        "program",
        entries=[(came, dut.i.p)],
        exits=[(leaves, beat.word_select(byte, 8)) for byte in range(size)],
        places=[(valid | (byte >= size - place), payload.word_select(byte, 8)) for byte in range(size)],
        forgets=dut.clear,
    )
    harness.check("program: a beat is dropped only where it would not be taken", ~leaves | left | failed | stuck)


def _answers(harness: Harness, dut: SerialLink, states: dict[str, Value], told: Value) -> None:
    """Output bytes behind their tag, and at the end of a command its code and its cycles, once."""
    inside = harness.inside
    lost, failed = harness.register("lost", 1), dut.error != ErrorCode.NONE
    harness.update(lost, ~harness.clear & (lost | dut.lost))
    code = Mux(failed, Value.cast(dut.error), Mux(inside["lacking"], LACKING, 0))
    code = Mux(lost, LOST, Mux(told != 0, told, code))[:8]
    cycles, counting = harness.register("cycles", 32), harness.register("counting", 1)
    data = dut.data.valid & dut.data.ready
    harness.update(counting, ~harness.clear & (data | (counting & ~dut.result.valid)))
    harness.update(cycles, Mux(harness.clear | data, 0, cycles + counting))
    harness.check("code: whether bytes were lost", inside["missing"] == lost)
    harness.check("code: whether the command is one", states["COMMAND"] | (inside["told"] == told))
    counted = Cat(inside["cycles"], inside["counting"]) == Cat(cycles, counting)
    harness.check("cycles: from the last byte of the input to the first one of the output", counted)
    bytes_, left, ending = inside["bytes_"], inside["left"], inside["ending"]
    output = dut.result.valid & dut.result.ready
    ends = states["ANSWER"] & ~ending & dut.result.ready & ~output
    end = Cat(Const(Tag.END, 8), code, cycles)
    given = Cat(Const(Tag.OUTPUT, 8), Value.cast(dut.result.p))
    coming = Mux(output, given, end)
    size = len(end) // 8
    Queue(
        harness,
        "answers",
        entries=[((output & (byte < 2)) | ends, coming.word_select(byte, 8)) for byte in range(size)],
        exits=[(dut.o.valid & dut.o.ready, dut.o.p)],
        places=[(byte < left, bytes_.word_select(byte, 8)) for byte in range(size)],
    )
    harness.check("answers: no more than there is room for", left <= size)
    owed = harness.register("owed", 1)
    harness.update(owed, ~harness.clear & Mux(dut.i.valid & dut.i.ready & states["COMMAND"], 1, owed & ~ends))
    harness.check("answers: one end for each command", owed == ~(states["COMMAND"] | (states["ANSWER"] & ending)))
    harness.check("answers: an end is taken before the next command", ~ending | states["ANSWER"])


def uart_shell(harness: Harness, _dut: UartShell) -> None:
    """Every byte of the line comes to the link or is told as lost; nothing waits behind a break."""
    inside = harness.inside
    level, broken = inside["waiting.level"], inside["receiver.broken"]
    came, taken = inside["w_en"], inside["r_en"] & inside["waiting.r_rdy"]
    room = inside["waiting.w_rdy"]
    waiting = harness.register("waiting", 16)
    harness.update(waiting, Mux(harness.clear | broken, 0, waiting + (came & room) - taken))
    harness.check("bytes: as many wait as came and were not taken", level == waiting)
    harness.check("bytes: no more than there is room for", level <= WAITING_BYTES)
    harness.check("bytes: one that does not wait is lost", inside["lost"] == (came & ~room))


SUBJECTS = [
    Subject(
        block="dwcpwc",
        name="serial_link",
        make=lambda: SerialLink(CONFIG),
        describe=serial_link,
        drops={
            "program": lambda dut: (dut.error != ErrorCode.NONE) | dut.unserved | ~dut.busy,
            "data": lambda dut: dut.unserved | ~dut.busy,
        },
        reach=24,
    ),
    Subject(
        block="dwcpwc",
        name="uart_shell",
        make=lambda: UartShell(CONFIG, UartConfig(clock_hz=8_000_000, baud=1_000_000)),
        describe=uart_shell,
        apart=("core", "receiver"),
    ),
]
