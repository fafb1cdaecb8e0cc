"""Controller of racetracks."""

from typing import Any

from amaranth.hdl import Const, Module, Mux, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from racelet.golden.racetrack.config import RacetrackConfig
from racelet.hw.racetrack.command_check import CommandCheck
from racelet.hw.racetrack.homing import go_home, guards, home, move_out
from racelet.hw.racetrack.in_place import insert_back, look_out
from racelet.hw.racetrack.layouts import (
    Code,
    DeviceSignature,
    Error,
    JournalSignature,
    command,
    response,
    swept,
)
from racelet.hw.racetrack.operation_timer import OperationTimer
from racelet.hw.racetrack.permuting import Permuting
from racelet.hw.racetrack.steps import State, Steps
from racelet.hw.racetrack.sweeping import Sweeping
from racelet.hw.racetrack.track_positions import TrackPositions


class Controller(wiring.Component):
    """Do commands on tracks, one after the other.

    A command's operations begin in the cycle after it is offered, follow each other without a gap, and are those of
    :class:`racelet.golden.racetrack.controller.Controller`; its response comes in the cycle after the last one, or
    after the command if nothing is done. The command is taken together with the response; the next one is looked at in
    the cycle after. A sweep waits for its bits to be taken; nothing else waits for anything but the device.

    Parameters
    ----------
    config : RacetrackConfig

    Members
    -------
    command : In(stream.Signature(command(config)))
        What to do.
    response : Out(stream.Signature(response(config)))
        What came of it.
    device : Out(DeviceSignature(config))
        The tracks.
    swept : Out(stream.Signature(swept(config)))
        Only with ``sweep`` true: bits that a sweep sees, step by step.
    journal : Out(JournalSignature(config))
        Only with ``journal`` true: what is remembered without power.
    """

    command: stream.Interface
    response: stream.Interface
    swept: stream.Interface
    device: Any
    journal: Any

    def __init__(self, config: RacetrackConfig) -> None:
        self.config = config
        more = {}
        if config.sweep:
            more["swept"] = Out(stream.Signature(swept(config)))
        if config.journal:
            more["journal"] = Out(JournalSignature(config))
        super().__init__(
            {
                "command": In(stream.Signature(command(config))),
                "response": Out(stream.Signature(response(config))),
                "device": Out(DeviceSignature(config)),
                **more,
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, asked, device = self.config, self.command.p, self.device
        m.submodules.check = check = CommandCheck(config)
        m.submodules.positions = positions = TrackPositions(config)
        m.submodules.timer = timer = OperationTimer(config)
        steps = Steps(m, config, asked, device.bit, positions.known)
        permuting = Permuting(steps)
        m.d.comb += [
            check.command.eq(asked),
            check.known.eq(positions.known),
            check.home.eq(positions.known & (positions.at == 0)),
            positions.track.eq(asked.track),
            positions.where.eq(steps.where),
            timer.active.eq((steps.state != State.IDLE) & (steps.state != State.RESPOND)),
            timer.kind.eq(steps.kind),
            steps.strobe.eq(timer.strobe),
        ]
        if config.journal:
            m.d.comb += [check.stored.eq(self.journal.stored), permuting.stored_edge.eq(self.journal.stored.edge)]
        sweeping = Sweeping(steps, positions.at) if config.sweep else None
        with m.Switch(steps.state):
            self._idle(m, steps, check, permuting, sweeping)
            with m.Case(State.RESPOND):
                m.d.comb += [self.response.valid.eq(1), self.command.ready.eq(self.response.ready)]
                with m.If(self.response.ready):
                    steps.go(State.IDLE)
            home(steps, positions.at)
            if config.guard:
                guards(steps, permuting.begin)
            move_out(steps, permuting.at_word)
            look_out(steps, permuting.looked)
            insert_back(steps)
            go_home(steps)
            permuting.states()
            if sweeping is not None:
                sweeping.states()
        if sweeping is not None:
            sweeping.show(m, device.bits, timer.last, self.swept)
            m.d.comb += timer.hold.eq(self.swept.valid & ~self.swept.ready)
        self._device(m, steps, timer.active)
        stopped = steps.strobe & device.fault & ~steps.blind
        with m.If(stopped):
            steps.fail(Error.DEVICE_FAULT)
            steps.go(State.RESPOND)
        m.d.comb += [positions.find.eq(steps.found & ~stopped), positions.lose.eq(steps.lost | stopped)]
        if config.journal:
            m.d.comb += [self.journal.write.eq(permuting.notes & ~stopped), self.journal.value.eq(permuting.note)]
        return m

    def _idle(
        self,
        m: Module,
        steps: Steps,
        check: CommandCheck,
        permuting: Permuting,
        sweeping: Sweeping | None,
    ) -> None:
        """Look at a command, and begin."""
        code = steps.command.code
        with m.Case(State.IDLE):
            m.d.sync += [steps.error.eq(check.error), steps.count.eq(0), steps.ones.eq(0), steps.bit.eq(0)]
            permuting.prepare()
            with m.If(self.command.valid & (check.error != Error.NONE)):
                steps.go(State.RESPOND)
            with m.Elif(self.command.valid):
                with m.If(code == Code.HOME):
                    steps.go(State.HOME_LOOK)
                if sweeping is not None:
                    with m.Elif(code == Code.SWEEP):
                        sweeping.begin()
                if self.config.journal:
                    with m.Elif(code == Code.RECOVER):
                        steps.go(State.RECOVER_LOOK)
                with m.Elif(permuting.needless):
                    m.d.comb += steps.found.eq(1)
                    steps.go(State.RESPOND)
                if self.config.guard:
                    with m.Elif(~steps.command.blank):
                        steps.go(State.GUARD_EMPTY)
                with m.Else():
                    permuting.begin()

    def _device(self, m: Module, steps: Steps, active: Value) -> None:
        device, asked = self.device, steps.command
        last: Value = Const(0)
        if self.config.guard:
            for state in (State.GUARD_EMPTY, State.GUARD_OUT, State.GUARD_LOOK, State.GUARD_BACK):
                last |= (steps.state == state) & steps.verifies
        m.d.comb += [
            device.valid.eq(active),
            device.strobe.eq(steps.strobe),
            device.kind.eq(steps.kind),
            device.home.eq(steps.home),
            device.track.eq(asked.track),
            device.port.eq(Mux(last, self.config.ports - 1, asked.port)),
            device.span.eq(steps.span),
            device.direction.eq(steps.direction),
            self.response.p.data.eq(steps.data),
            self.response.p.error.eq(steps.error),
        ]
