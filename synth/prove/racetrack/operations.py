"""Properties of the controller, whatever the device says."""

import dataclasses

from amaranth.hdl import Cat, Value

from racelet.golden.racetrack.config import PRESETS
from racelet.hw.racetrack.controller import Controller
from racelet.hw.racetrack.layouts import Code, Error
from racelet.hw.racetrack.steps import State
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.subject import Subject

SLOW = dataclasses.replace(PRESETS["tiny"], clock_ghz=4.0)
"""Everything that can be chosen, on small tracks, with operations of several cycles."""

_PERMUTES = (
    *(State.EDGE_LOOK, State.OUT_LAST, State.TURN, State.BACK_SHIFT, State.BACK_INSERT, State.EDGE_BACK),
    *(State.SETTLE, State.SETTLE_LOOK, State.SETTLE_SHIFT, State.SURPLUS_SHIFT, State.SURPLUS_REMOVE),
    *(State.RECOVER_LOOK, State.RECOVER_SHIFT, State.RECOVER_OUT),
)


def controller(harness: Harness, dut: Controller) -> None:
    """Operations are held, follow each other, and end in a response; nothing is done for what is refused."""
    inside, command, device = harness.inside, dut.command, dut.device
    _held(harness, "command", command.valid & ~command.ready, Cat(command.valid, command.payload.as_value()))
    _held(harness, "device: what is swept", dut.swept.valid & ~dut.swept.ready, device.bits)
    state = inside["state"]
    harness.check("device: busy from the first operation to the response", device.valid == _works(state))
    what = Cat(device.kind, device.home, device.track, device.port, device.span, device.direction)
    waits = harness.past(device.valid & ~device.strobe) & ~harness.cleared
    held = device.valid & (what == harness.past(what))
    harness.check("device: an operation is held until it is done", ~waits | held)
    there = command.valid & (harness.past(command.valid & ~command.ready) | harness.cleared)
    harness.check("command: there as long as it is worked on", (state == State.IDLE) | there)
    harness.check("device: nothing is done but in an operation", ~device.strobe | device.valid)
    begins = device.valid & ~harness.past(device.valid) & ~harness.cleared
    refused = harness.past(inside["check.error"] != Error.NONE)
    harness.check("device: nothing is done for what is refused", ~begins | ~refused)
    harness.check("device: a port that there is", ~device.valid | (command.p.port < dut.config.ports))
    fault = harness.past(device.strobe & device.fault & ~inside["blind"]) & ~harness.cleared
    told = (state == State.RESPOND) & (inside["error"] == Error.DEVICE_FAULT)
    harness.check("device: a fault ends the command, and is told", ~fault | told)
    harness.check("command: taken with its response", command.ready == (dut.response.valid & dut.response.ready))
    value = dut.journal.value
    place = Cat(value[name] == command.p[name] for name in ("track", "port", "slot")).all()
    harness.check("journal: tells of the word that is written", ~(dut.journal.write & value.going) | place)
    writes = (command.p.code == Code.WRITE) | (command.p.code == Code.RECOVER)
    permutes = Cat(state == each for each in _PERMUTES).any()
    harness.check("state: only what writes permutes", ~permutes | (command.valid & writes))
    harness.check("journal: changed by writes", ~dut.journal.write | (command.valid & writes))
    harness.cover("response: a command is done", dut.response.valid & (dut.response.p.error == Error.NONE))
    harness.cover("journal: a write goes on", dut.journal.write & value.going)


def _works(state: Value) -> Value:
    return (state != State.IDLE) & (state != State.RESPOND)


def _held(harness: Harness, name: str, waits: Value, what: Value) -> None:
    held = harness.past(waits) & ~harness.cleared
    harness.assume(f"{name}: held until it is taken", ~held | (what == harness.past(what)))


SUBJECTS = [
    Subject(block="racetrack", name="controller", make=lambda: Controller(SLOW), describe=controller, reach=40),
]
