"""Steps that look at a word on its way out, and change it where it is: reading, and two engines."""

from collections.abc import Callable

from amaranth.hdl import Cat, Mux

from racelet.hw.racetrack.homing import enter_return
from racelet.hw.racetrack.layouts import Direction, Kind, Span
from racelet.hw.racetrack.steps import State, Steps


def look_out(steps: Steps, after_permuted: Callable[[], None]) -> None:
    """See a bit, or remove it.

    Parameters
    ----------
    steps : Steps
    after_permuted : callable
        Says what comes where words are permuted.
    """
    m = steps.m
    naive, differing = steps.uses("naive"), steps.uses("dcw")
    last = steps.count == steps.config.word_bits
    m.d.comb += steps.blind.eq((steps.state == State.OUT_LOOK) & naive)
    with steps.operation(State.OUT_LOOK, Mux(naive, Kind.REMOVE, Kind.DETECT)):
        m.d.sync += [steps.bit.eq(steps.seen), steps.ones.eq(steps.ones + steps.seen)]
        steps.go(State.OUT_SHIFT)
        with m.If(steps.permutes):
            after_permuted()
        with m.Elif(steps.reads):
            m.d.sync += steps.data.eq(Cat(steps.data[1:], steps.seen))
            with m.If(last):
                leave(steps)
        with m.Elif(naive):
            with m.If(last):
                steps.go(State.NAIVE_SHIFT)
                with m.If(steps.wanted):
                    steps.go(State.NAIVE_INSERT)
        with m.Elif(differing):
            with m.If(steps.seen != steps.wanted):
                steps.go(State.OUT_CHANGE)
            with m.Elif(last):
                leave(steps)
    if "dcw" in steps.config.engines:
        with steps.operation(State.OUT_CHANGE, Mux(steps.wanted, Kind.INSERT, Kind.REMOVE)):
            steps.go(State.OUT_SHIFT)
            with m.If(last):
                leave(steps)


def leave(steps: Steps) -> None:
    """Begin to go home from the word's end."""
    if steps.config.words_per_port == 1 and not steps.config.guard:
        # Over as many sites as are counted.
        steps.go(State.RETURN)
    else:
        enter_return(steps, steps.sites_before(1))


def insert_back(steps: Steps) -> None:
    """Ones of the new word come into sites that are empty, on the way back."""
    if "naive" not in steps.config.engines:
        return
    m = steps.m
    with steps.operation(State.NAIVE_INSERT, Kind.INSERT):
        steps.go(State.NAIVE_SHIFT)
        with m.If(steps.count == 1):
            enter_return(steps, steps.sites_before() + 1)
    # What is wanted is the bit that comes to the port.
    with steps.shift(State.NAIVE_SHIFT, Span.ALL, Direction.LEFT, lower=2):
        steps.step_down()
        with m.If(steps.wanted):
            steps.go(State.NAIVE_INSERT)
        with m.Elif(steps.count == 2):
            enter_return(steps, steps.sites_before() + 1)
