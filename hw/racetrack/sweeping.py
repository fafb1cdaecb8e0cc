"""Steps that read words of all ports at a time, from where the track is, in either direction."""

from amaranth.hdl import Module, Mux, Value
from amaranth.lib.data import View
from amaranth.lib.stream import Interface

from racelet.hw.racetrack.layouts import Direction, Kind, Span
from racelet.hw.racetrack.steps import State, Steps


class Sweeping:
    """The groups of states of sweeps.

    Parameters
    ----------
    steps : Steps
    position : Value
        How far the track is from home.
    """

    def __init__(self, steps: Steps, position: Value) -> None:
        self.steps, self.m, self.position = steps, steps.m, position
        width = steps.config.word_bits
        self.low = steps.sites_before() + 1
        self.high = steps.sites_before() + Value.cast(steps.command.slots) * width
        self.outwards = 2 * position <= self.low + self.high

    @property
    def _first(self) -> Value:
        return Mux(self.outwards, self.low, self.high)

    @property
    def _steps_left(self) -> Value:
        return self.high - self.low

    def begin(self) -> None:
        """What comes first: the way to the nearer end of the words, or the first look."""
        m, steps = self.m, self.steps
        way = Mux(self._first > self.position, self._first - self.position, self.position - self._first)
        m.d.sync += steps.count.eq(way)
        steps.go(State.SWEEP_MOVE)
        with m.If(self._first == self.position):
            self._look_first()

    def _look_first(self) -> None:
        self.m.d.sync += self.steps.count.eq(self._steps_left)
        self.steps.go(State.SWEEP_LOOK)

    def states(self) -> None:
        """Add all states."""
        m, steps = self.m, self.steps
        towards = Mux(self._first > self.position, Direction.RIGHT, Direction.LEFT)
        with steps.shift(State.SWEEP_MOVE, Span.ALL, towards):
            steps.step_down()
            with m.If(steps.count == 1):
                self._look_first()
        with steps.operation(State.SWEEP_LOOK, Kind.DETECT):
            steps.step_down()
            steps.go(State.SWEEP_SHIFT)
            with m.If(steps.count == 0):
                steps.finish(Mux(self.outwards, self.high, self.low))
        with steps.shift(State.SWEEP_SHIFT, Span.ALL, Mux(self.outwards, Direction.RIGHT, Direction.LEFT)):
            steps.go(State.SWEEP_LOOK)

    def show(self, m: Module, bits: Value, last: Value, swept: Interface) -> None:
        """Give what is seen, in the last cycle of a look."""
        payload = View(swept.p.shape(), swept.p.as_value())
        m.d.comb += [
            swept.valid.eq((self.steps.state == State.SWEEP_LOOK) & last),
            payload.bits.eq(bits),
            payload.outwards.eq(self.outwards),
            payload.last.eq(self.steps.count == 0),
        ]
