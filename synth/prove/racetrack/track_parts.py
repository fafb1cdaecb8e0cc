"""Parts of a track, left and right of a port: what operations tell of them, whatever was on it before."""

from amaranth.hdl import Cat, Const, Mux, Value

from racelet.hw.racetrack.controller import Controller
from racelet.hw.racetrack.layouts import Code, Direction, Engine, Kind, Span
from racelet.hw.racetrack.steps import State
from racelet.synth.prove.harness import Harness


class Parts:
    """Where both are, and what is known of what is at the port and right of it.

    Parameters
    ----------
    harness : Harness
    dut : Controller
        With one track.

    Attributes
    ----------
    left, right : Signal
        How many sites the part left of the port, and the one right of it, are right of home.
    known, there : Value
        It is known whether there is a skyrmion at the port, and there is one.
    ones : Signal
        Skyrmions side by side right of the port, at least.
    """

    def __init__(self, harness: Harness, dut: Controller) -> None:
        self.harness, self.config, self.asked, self.device = harness, dut.config, dut.command.p, dut.device
        inside = harness.inside
        self.state, self.count, self.engine = inside["state"], inside["count"], dut.command.p.engine
        self.resting = self.within(State.IDLE, State.RESPOND)
        bits = (self.config.segment + 2).bit_length()
        self.left, self.right = harness.register("left", bits), harness.register("right", bits)
        self.ones = harness.register("ones", bits)
        self._known, self._there = harness.register("known", 1), harness.register("there", 1)
        # Words end beside their ports: at home there is nothing at one, but for ones that are left over.
        home = (self.left == 0) & (self.right == 0) & ~self.within(State.SURPLUS_SHIFT, State.SURPLUS_REMOVE)
        self.known, self.there = self._known | home, self._there & ~home
        self._move()

    def within(self, *states: State) -> Value:
        """The controller is in one of some states."""
        return Cat(self.state == state for state in states).any()

    def writes(self, *engines: Engine) -> Value:
        """The command is a write by one of some engines."""
        return (self.asked.code == Code.WRITE) & Cat(self.engine == engine for engine in engines).any()

    def does(self, kind: Kind, span: Span | None = None, direction: Direction | None = None) -> Value:
        """An operation is done in this cycle."""
        device = self.device
        done = device.strobe & (device.kind == kind)
        done &= Const(1) if span is None else device.span == span
        return done & (Const(1) if direction is None else device.direction == direction)

    def _move(self) -> None:
        harness, device, ones = self.harness, self.device, self.ones
        shifts, outwards = self.does(Kind.SHIFT), device.direction == Direction.RIGHT
        lefts, rights = (shifts & (device.span != other) for other in (Span.RIGHT, Span.LEFT))
        for part, moves in ((self.left, lefts), (self.right, rights)):
            harness.update(part, Mux(moves, part + Mux(outwards, 1, -1), part)[: len(part)])
        # What was at the port comes to its right, or the other way round.
        packed = Mux(self.known & self.there, Mux(ones == self.config.segment, ones, ones + 1), 0)
        more = Mux(outwards, packed, Mux(ones != 0, ones - 1, 0))
        harness.update(ones, Mux(self.resting, 0, Mux(rights, more, ones))[: len(ones)])
        comes = Mux(outwards, Const(0), (ones != 0) & rights)
        leaves = Mux(outwards, ~lefts, ~rights)
        # Left of the port nothing was changed when it went out, so that it is the word that was told.
        told = outwards & self.within(State.OUT_SHIFT) & self.writes(Engine.CW_KNOWN)
        old = (self.asked.old >> self.count)[0]
        known = Mux(shifts, comes | leaves | told, self._known)
        there = Mux(shifts, Mux(told, old, comes), self._there)
        looks = self.does(Kind.DETECT) & ~device.home
        changes = self.does(Kind.INSERT) | self.does(Kind.REMOVE)
        harness.update(self._known, ~self.resting & (looks | changes | known))
        harness.update(self._there, Mux(looks, device.bit, Mux(changes, self.does(Kind.INSERT), there)))
