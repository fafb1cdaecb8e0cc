"""Properties of the AXI shell and of its parts: every command is answered once, in its turn."""

from amaranth.hdl import Cat, Mux, Value

from racelet.golden.lib.config import ShellConfig
from racelet.golden.racetrack.config import ENERGY_FJ, ENGINES, KINDS, LATENCY_NS, RacetrackConfig
from racelet.hw.racetrack.axi_shell import AxiShell
from racelet.hw.racetrack.command_reader import CommandReader
from racelet.hw.racetrack.error_log import ErrorLog
from racelet.hw.racetrack.layouts import Code, Error, Kind
from racelet.hw.racetrack.operation_counters import OperationCounters
from racelet.hw.racetrack.steps import State
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.order import Queue
from racelet.synth.prove.queues import buffered
from racelet.synth.prove.slices import behind
from racelet.synth.prove.subject import Subject

CONFIG = RacetrackConfig(word_bits=8, ports=3, words_per_port=3, engines=("naive",), sweep=True)
KNOWN = RacetrackConfig(word_bits=9, ports=3, words_per_port=3, tracks=2, engines=ENGINES, sweep=True)
SHELL = ShellConfig(input_buffer_bytes=64)


def operation_counters(harness: Harness, dut: OperationCounters) -> None:
    """Every operation counts once; time and energy are what the counts come to."""
    for name in KINDS:
        counter, done = harness.register(name, dut.width), dut.done & (dut.kind == Kind[name.upper()])
        harness.update(counter, Mux(harness.clear, 0, Mux(dut.forget, 0, counter) + done))
        harness.check(f"{name}: as many as were done", getattr(dut, name) == counter)
        harness.cover(f"{name}: some", getattr(dut, name) == 2)
    time = sum((getattr(dut, name) * round(10 * LATENCY_NS[name]) for name in KINDS[1:]), dut.detect)
    energy = sum((getattr(dut, name) * int(ENERGY_FJ[name]) for name in KINDS[1:]), dut.detect * 2)
    harness.check("time: that of all operations", dut.time == time[: dut.width])
    harness.check("energy: that of all operations", dut.energy == energy[: dut.width])


def error_log(harness: Harness, dut: ErrorLog) -> None:
    """Commands are counted; the first error stays until it is forgotten."""
    commands = harness.register("commands", dut.width)
    harness.update(commands, Mux(harness.clear, 0, commands + dut.answered))
    harness.check("commands: as many as were answered", dut.commands == commands)
    error, number = dut.error.as_value(), dut.number
    before = harness.past(error)
    stays = (before == Error.NONE.value) | harness.cleared | harness.past(dut.forget)
    harness.check("error: stays until it is forgotten", stays | ((error == before) & (number == harness.past(number))))
    wrong = dut.answered & (dut.answer != Error.NONE)
    came, first = harness.past(wrong), (before == Error.NONE.value) | harness.past(dut.forget)
    takes = came & first & ~harness.cleared
    harness.check("error: the first one that comes", ~takes | (error == harness.past(dut.answer.as_value())))
    harness.check("number: that of its command", ~takes | (number == harness.past(dut.commands)))
    harness.check("noted: where that is so", harness.cleared | (harness.past(dut.noted) == (came & first)))
    gone = harness.past(dut.forget) & ~came
    harness.check("error: none where it is forgotten", ~gone | harness.cleared | (error == Error.NONE.value))
    harness.cover("error: another one", (error != Error.NONE.value) & (before != error) & (before != Error.NONE.value))


def command_reader(harness: Harness, dut: CommandReader) -> None:
    """Every command is answered once: here if a number does not fit, else by the controller, which gets all bits."""
    given, asked = dut.i.p, dut.command.p
    offered = dut.command.valid
    harness.assume("done: of the command that is offered", ~dut.done.valid | offered)
    taken = dut.done.valid & dut.done.ready
    harness.assume("command: taken with its response", dut.command.ready == taken)
    answered, leaves = dut.response.valid & dut.response.ready, dut.i.valid & dut.i.ready
    harness.check("response: one for every command", answered == leaves)
    harness.check(
        "done: no response is lost", ~taken | (answered & (dut.response.p.as_value() == dut.done.p.as_value()))
    )
    fits: Value = Cat(
        given.code < len(Code),
        given.engine < len(ENGINES),
        *(given[name] == asked[name] for name in ("track", "port", "slot", "slots", "ones", "blank", "word", "old")),
    ).all()
    harness.check("command: whole, where it is offered", ~offered | fits)
    harness.check("command: offered where it fits", offered == (dut.i.valid & fits))
    harness.check("response: an error where it does not", ~answered | fits | (dut.response.p.error != Error.NONE))
    harness.cover("response: of a command that does not fit", answered & ~fits)
    harness.cover("response: of the controller", answered & fits)


def axi_shell(harness: Harness, dut: AxiShell) -> None:
    """Commands, responses and swept bits keep their order, each once, but for what a clear or a drain takes away."""
    inside, reader = harness.inside, dut.reader
    clear, drain = inside["clear"], inside["registers.control_drain"]
    command, answer = dut.s_axis.command, dut.m_axis.response
    leaves = reader.i.valid & reader.i.ready
    Queue(
        harness,
        "commands",
        entries=[(command.tvalid & command.tready & ~drain, Cat(command.tdata, command.tlast))],
        exits=[(leaves, Cat(Value.cast(reader.i.payload), inside["last"]))],
        places=buffered(harness, "input_buffer.", dut.buffer_beats),
        forgets=clear,
    )
    moves = inside["gives"]
    works = inside["controller.state"] != State.IDLE
    harness.check("controller: works on a command that waits", ~works | reader.command.valid)
    harness.check("responses: one for every command that is taken", moves == leaves)
    full, waiting = behind(harness, "output_response.")
    given = Cat(Value.cast(reader.response.payload), inside["outwards"], inside["last"])
    data = len(reader.response.p.data)
    Queue(
        harness,
        "responses",
        entries=[(moves, given)],
        exits=[
            (
                answer.tvalid & answer.tready,
                Cat(
                    answer.tdata[len(answer.tdata) // 2 :][:data],
                    answer.tdata[: len(Value.cast(reader.response.p.error))],
                    answer.tdata[8],
                    answer.tlast,
                ),
            )
        ],
        places=[(inside["output_response.o__valid"], inside["output_response.o__payload"]), (full, waiting)],
    )
    swept, port, ports = dut.controller.swept, dut.m_axis.swept, dut.config.ports
    full, waiting = behind(harness, "output_swept.")
    Queue(
        harness,
        "swept",
        entries=[(swept.valid & swept.ready, Value.cast(swept.p.bits))],
        exits=[(port.tvalid & port.tready, port.tdata[:ports])],
        places=[
            (inside["output_swept.o__valid"], inside["output_swept.o__payload"][:ports]),
            (full, waiting[:ports]),
            (inside["packets.open"], inside["packets.o__payload"][:ports]),
        ],
    )
    harness.cover("swept: the end of a sweep", port.tvalid & port.tlast)


SUBJECTS = [
    Subject(
        block="racetrack", name="operation_counters", make=lambda: OperationCounters(6), describe=operation_counters
    ),
    Subject(block="racetrack", name="error_log", make=lambda: ErrorLog(3), describe=error_log),
    Subject(block="racetrack", name="command_reader", make=lambda: CommandReader(KNOWN), describe=command_reader),
    Subject(
        block="racetrack",
        name="racetrack_axi_shell",
        make=lambda: AxiShell(CONFIG, SHELL),
        describe=axi_shell,
    ),
]
