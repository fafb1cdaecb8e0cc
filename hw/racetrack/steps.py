"""What all steps of a controller share: its state, its counters, and the operation that goes on."""

import contextlib
from collections.abc import Generator

from amaranth.hdl import Const, Module, Mux, Signal, Value, ValueLike
from amaranth.lib import enum
from amaranth.lib.data import View

from racelet.golden.racetrack.config import RacetrackConfig
from racelet.hw.racetrack.layouts import Code, Direction, Error, Kind, Span, engine_code


class State(enum.Enum):
    """What a controller does. Each state but the first two does one operation; few bits tell those that all have."""

    IDLE = 0
    RESPOND = 1
    HOME_LOOK = 2
    HOME_SHIFT = 3
    OUT_SHIFT = 4
    OUT_LOOK = 5
    RETURN = 6
    OUT_LAST = 7
    TURN = 8
    BACK_SHIFT = 9
    BACK_INSERT = 10
    SETTLE = 11
    SURPLUS_SHIFT = 12
    SURPLUS_REMOVE = 13
    NAIVE_INSERT = 14
    NAIVE_SHIFT = 15
    OUT_CHANGE = 16
    MOVE_OUT = 17
    EDGE_LOOK = 18
    EDGE_BACK = 19
    GUARD_EMPTY = 20
    GUARD_OUT = 21
    GUARD_LOOK = 22
    GUARD_BACK = 23
    RETURN_LOOK = 24
    RETURN_SHIFT = 25
    SETTLE_LOOK = 26
    SETTLE_SHIFT = 27
    RECOVER_LOOK = 28
    RECOVER_SHIFT = 29
    RECOVER_OUT = 30
    SWEEP_MOVE = 31
    SWEEP_LOOK = 32
    SWEEP_SHIFT = 33


class Steps:
    """Signals of a controller, to which groups of states add what they do.

    Parameters
    ----------
    m : Module
    config : RacetrackConfig
    command : View
        Held from the first operation to the response.

    Attributes
    ----------
    state : Signal(State)
    strobe : Signal(1)
        The operation of this cycle is done at its end.
    seen : Value
        What a detection sees.
    known : Value
        It was known before the command where the track is.
    count : Signal
        Bits of the word that are past the port, or shifts that are left, or that were made.
    data : Signal
        The word that is read.
    bit : Signal
        What was seen last.
    ones : Signal
        Ones of the word that were seen.
    error : Signal(Error)
    """

    def __init__(self, m: Module, config: RacetrackConfig, command: View, seen: Value, known: Value) -> None:
        self.m, self.config, self.command, self.seen, self.known = m, config, command, seen, known
        self.state = Signal(State)
        self.strobe = Signal()
        self.kind, self.home = Signal(Kind), Signal()
        self.span, self.direction = Signal(Span), Signal(Direction)
        self.blind = Signal()
        self.count = Signal(range(config.segment + 4))
        self.data = Signal(config.word_bits)
        self.bit = Signal()
        self.ones = Signal(range(config.word_bits + 1))
        self.error = Signal(Error)
        # Bit of the word that is just past the port, or comes next on the way back; others are so many places higher.
        self.wanted, self.lower = Signal(), Signal(2)
        self.place = Signal(range(config.word_bits))
        m.d.comb += [self.place.eq(self.count - self.lower), self.wanted.eq(command.word.bit_select(self.place, 1))]
        self._up, self._down = Signal(), Signal()
        with m.If(self._up | self._down):
            m.d.sync += self.count.eq(self.count + Mux(self._down, -1, 1))
        # It is known where the track is, and where; or no longer.
        self.found, self.where = Signal(), Signal(range(config.segment + 1))
        self.lost = Signal()

    @contextlib.contextmanager
    def operation(
        self,
        state: State,
        kind: "Kind | ValueLike",
        *,
        span: "Span | ValueLike" = Span.ALL,
        direction: "Direction | ValueLike" = Direction.RIGHT,
        home: bool = False,
        lower: ValueLike = 1,
    ) -> Generator[None]:
        """A state with its operation, and a place of ``wanted``; what is within happens when that is done."""
        m = self.m
        with m.Case(state):
            m.d.comb += [self.kind.eq(kind), self.direction.eq(direction), self.home.eq(home)]
            m.d.comb += [self.span.eq(span), self.lower.eq(lower)]
            with m.If(self.strobe):
                yield

    def shift(
        self,
        state: State,
        span: "Span | ValueLike",
        direction: "Direction | ValueLike",
        *,
        lower: ValueLike = 1,
    ) -> contextlib.AbstractContextManager[None]:
        """A state that shifts."""
        return self.operation(state, Kind.SHIFT, span=span, direction=direction, lower=lower)

    def go(self, state: State) -> None:
        """Do this next."""
        self.m.d.sync += self.state.eq(state)

    def step_up(self) -> None:
        """Count one more."""
        self.m.d.comb += self._up.eq(1)

    def step_down(self) -> None:
        """Count one less."""
        self.m.d.comb += self._down.eq(1)

    def finish(self, where: ValueLike = 0) -> None:
        """The command is done, and it is known where the track is; tell of a word that had too few ones or too many."""
        self.m.d.comb += [self.found.eq(1), self.where.eq(where)]
        with self.m.If(self._miscounted):
            self.fail(Error.OLD_COUNT)
            with self.m.If(self.reads):
                self.fail(Error.READ_COUNT)
        self.go(State.RESPOND)

    @property
    def _miscounted(self) -> Value:
        wanted = self.command.ones
        counts = (self.reads & (wanted != 0)) | self.uses("cw", "cw_early")
        return counts & (self.ones != wanted)

    def arrive(self) -> None:
        """The track is at home; with guards, that is verified where it was not known before."""
        if not self.config.guard:
            self.finish()
            return
        self.go(State.GUARD_EMPTY)
        with self.m.If(~self.verifies):
            self.finish()

    def fail(self, error: "Error | ValueLike") -> None:
        """Remember an error."""
        self.m.d.sync += self.error.eq(error)

    def stop(self, error: "Error | ValueLike") -> None:
        """The command ends here, and it is not known where the track is."""
        self.fail(error)
        self.m.d.comb += self.lost.eq(1)
        self.go(State.RESPOND)

    def uses(self, *engines: str) -> Value:
        """Whether the write is by one of these engines."""
        here = [engine_code(name) for name in self.config.engines if name in engines]
        found: Value = Const(0)
        for engine in here:
            found |= self.command.engine == engine
        return (self.command.code == Code.WRITE) & found

    @property
    def recovers(self) -> Value:
        """Whether the command is to finish a write."""
        return self.command.code == Code.RECOVER if self.config.journal else Const(0)

    @property
    def verifies(self) -> Value:
        """Whether the command ends with a look at the last port's guard: the track came home from an unknown place."""
        homes = (self.command.code == Code.HOME) & ~self.known & ~self.command.blank.any()
        return homes | self.recovers

    @property
    def reads(self) -> Value:
        """Whether the command is to read a word."""
        return self.command.code == Code.READ

    @property
    def permutes(self) -> Value:
        """Whether ones are packed right of the port."""
        return self.uses("pw", "cw", "cw_early", "cw_known") | self.recovers

    @property
    def behind(self) -> Value:
        """Whether there are words between this one and the port."""
        return self.command.slot != 0 if self.config.words_per_port > 1 else Const(0)

    def sites_before(self, words: int = 0) -> Value:
        """Sites from the port to the word, and some words more."""
        width = self.config.word_bits
        return (self.command.slot + words) * width if self.config.words_per_port > 1 else Const(words * width)
