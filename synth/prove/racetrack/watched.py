"""A controller with its track, seen by a proof: what the track was at home, and what it has to be on the way."""

from amaranth.hdl import Cat, Const, Mux, Value

from racelet.hw.racetrack.layouts import Code, Engine
from racelet.hw.racetrack.steps import State
from racelet.sim.racetrack.tracked_controller import TrackedController
from racelet.synth.prove.harness import Harness


class Watched:
    """Signals of both, and what can be said of them.

    Parameters
    ----------
    harness : Harness
    dut : TrackedController
        Without guards, sweeps and a journal, with one track and one word to a port.

    Attributes
    ----------
    home : Signal
        Sites as they were before the command.
    reach : Signal
        Bits that went past the port.
    old, present : Value
        The word that the command means: before it, and now if none is worked on.
    ended : Value
        A command was worked on until this cycle, or was refused.
    worked : Value
        It was not refused.
    """

    def __init__(self, harness: Harness, dut: TrackedController) -> None:
        inside, self.config = harness.inside, dut.config
        self.asked = dut.command.p
        self.state, self.count = inside["controller.state"], inside["controller.count"]
        self.error = inside["controller.error"]
        self.sites: Value = inside["tracks.sites"]
        self.resting = self.within(State.IDLE, State.RESPOND)
        self.home = harness.register("home", self.config.sites, init=1)
        harness.update(self.home, Mux(self.resting, self.sites, self.home))
        self.reach = harness.register("reach", 4)
        out = inside["controller.timer.strobe"] & self.within(State.OUT_SHIFT)
        harness.update(self.reach, Mux(self.resting, 0, self.reach + out))
        self.old = self._chosen(self.home)
        self.present = Mux(self.resting, self._chosen(self.sites), self.old)
        self.worked = harness.past(~self.resting)
        self.ended = self.within(State.RESPOND) & self.worked

    def within(self, *states: State) -> Value:
        """The controller is in one of some states."""
        return Cat(self.state == state for state in states).any()

    def writes(self, engine: Engine) -> Value:
        """The command is a write by an engine."""
        return (self.asked.code == Code.WRITE) & (self.asked.engine == engine)

    def below(self, place: Value) -> Value:
        """Ones at all places of a word below one."""
        width = self.config.word_bits
        return ((Const(1, width + 1) << place[:4]) - 1)[:width]

    def from_place(self, word: Value, place: Value) -> Value:
        """Bits of a word from a place on."""
        return word & ~self.below(place)

    def exchanged(self, old: Value, new: Value, place: Value) -> Value:
        """Bits of the new word below a place, of the old one from there on."""
        below = self.below(place)
        return (old & ~below) | (new & below)

    def bit_of(self, word: Value, place: Value) -> Value:
        """A bit of a word."""
        return (word >> place[:4])[0]

    def with_word(self, word: Value) -> Value:
        """The track as it was at home, with another word."""
        images = []
        for end in self.config.port_sites:
            placed = Cat(reversed(word))
            images.append(Cat(self.home[: end - self.config.word_bits], placed, self.home[end:]))
        return Mux(self.asked.port[0], images[-1], images[0])

    def moved(self, sites: Value, by: Value) -> Value:
        """All sites moved right."""
        return (sites << by[:4])[: self.config.sites]

    def at(self, sites: Value) -> Value:
        """The port's site."""
        return self._of_port([sites[end] for end in self.config.port_sites])

    def left(self, sites: Value, by: Value, port: Value | None = None) -> Value:
        """Whether what is left of the port, and at it if ``port``, is that of some sites, moved right."""
        moved = self.moved(sites, by)
        whole = Const(1) if port is None else port
        return self._of_port(
            [
                (self.sites[:end] == moved[:end]) & (~whole | (self.sites[end] == moved[end]))
                for end in self.config.port_sites
            ]
        )

    def right(self, packed: Value) -> Value:
        """Whether there are so many ones right of the port, and what was there behind them."""
        return self._of_port([self._packed(end + 1, packed) for end in self.config.port_sites])

    def _packed(self, first: int, packed: Value) -> Value:
        here, before = self.sites[first:], self.home[first:]
        ones = ((Const(1, self.config.word_bits + 1) << packed[:4]) - 1)[: self.config.word_bits]
        return here == ((before << packed[:4]) | ones)[: len(here)]

    def settled(self, sites: Value) -> Value:
        """The marker is at home, ports are empty, and nothing is beyond the last one."""
        empty = [~sites[site] for site in self.config.port_sites]
        return Cat(sites[0], *empty, sites[self.config.port_sites[-1] :] == 0).all()

    def _chosen(self, sites: Value) -> Value:
        width = self.config.word_bits
        return self._of_port([Cat(reversed(sites[end - width : end])) for end in self.config.port_sites])

    def _of_port(self, each: list[Value]) -> Value:
        return Mux(self.asked.port[0], each[-1], each[0])
