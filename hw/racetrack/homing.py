"""Steps to and from home: to the marker, and out to a word that lies behind others."""

from collections.abc import Callable

from amaranth.hdl import Mux, Value, ValueLike

from racelet.hw.racetrack.layouts import Direction, Error, Kind, Span
from racelet.hw.racetrack.steps import State, Steps


def home(steps: Steps, position: Value) -> None:
    """The command to go to the marker; guards tell whether the track was where it was thought to be."""
    expected = position if steps.config.guard else None
    to_marker(steps, State.HOME_LOOK, Span.ALL, steps.arrive, expected=expected, unless=~steps.known)


def to_marker(
    steps: Steps,
    look: State,
    span: Span,
    done: Callable[[], None],
    *,
    expected: ValueLike | None = None,
    unless: ValueLike = 0,
) -> None:
    """Move left until the marker is seen, at most over a segment and two sites.

    Parameters
    ----------
    steps : Steps
        Its count is 0 before.
    look : State
        A state that looks; the one after it shifts.
    span : Span
        What is moved.
    done : callable
        Says what comes then.
    expected : value or None
        Shifts that it should take; else the command ends. Not ``unless``.
    """
    m = steps.m
    shift = State(look.value + 1)
    with steps.operation(look, Kind.DETECT, home=True):
        with m.If(steps.seen):
            if expected is None:
                done()
            else:
                with m.If((steps.count == expected) | Value.cast(unless)):
                    done()
                with m.Else():
                    steps.stop(Error.DISPLACED)
        with m.Elif(steps.count == steps.config.segment + 2):
            steps.stop(Error.NO_MARKER)
        with m.Else():
            steps.go(shift)
    with steps.shift(shift, span, Direction.LEFT):
        steps.step_up()
        steps.go(look)


def guards(steps: Steps, begin: Callable[[], None]) -> None:
    """Whether the port is empty and a guard beside it; then ``begin``, or the end of a command that verifies."""
    m = steps.m
    error = Mux(steps.verifies, Error.NO_MARKER, Error.DISPLACED)
    with steps.operation(State.GUARD_EMPTY, Kind.DETECT):
        steps.go(State.GUARD_OUT)
        with m.If(steps.seen):
            steps.stop(error)
    with steps.shift(State.GUARD_OUT, Span.ALL, Direction.RIGHT):
        steps.go(State.GUARD_LOOK)
    with steps.operation(State.GUARD_LOOK, Kind.DETECT):
        steps.go(State.GUARD_BACK)
        with m.If(~steps.seen):
            steps.stop(error)
    with steps.shift(State.GUARD_BACK, Span.ALL, Direction.LEFT):
        with m.If(steps.verifies):
            steps.finish()
        with m.Else():
            begin()


def move_out(steps: Steps, then: Callable[[], None]) -> None:
    """Over the words between the one that is meant and the port."""
    with steps.shift(State.MOVE_OUT, Span.ALL, Direction.RIGHT):
        steps.step_down()
        with steps.m.If(steps.count == 1):
            then()


def enter_return(steps: Steps, sites: ValueLike) -> None:
    """Begin to go home over so many sites, at least one."""
    m, sites = steps.m, Value.cast(sites)
    if not steps.config.guard:
        m.d.sync += steps.count.eq(sites)
        steps.go(State.RETURN)
        return
    m.d.sync += steps.count.eq(sites - 1)
    steps.go(State.RETURN)
    with m.If(sites == 1):
        steps.go(State.RETURN_LOOK)


def go_home(steps: Steps) -> None:
    """The way home; with guards, the marker tells of its last shift."""
    m = steps.m
    with steps.shift(State.RETURN, Span.ALL, Direction.LEFT):
        steps.step_down()
        with m.If(steps.count == 1):
            if steps.config.guard:
                steps.go(State.RETURN_LOOK)
            else:
                steps.finish()
    if steps.config.guard:
        to_marker(steps, State.RETURN_LOOK, Span.ALL, steps.arrive, expected=1)
