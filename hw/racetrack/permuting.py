"""Steps that permute a word: ones are packed right of the port on the way out, and taken from there on the way back."""
# Ref: S. Yang et al., "Permutation-Write", DAC 2020.

from amaranth.hdl import Const, Mux, Signal, Value

from racelet.hw.racetrack.homing import enter_return, to_marker
from racelet.hw.racetrack.layouts import Direction, Kind, Span, journal
from racelet.hw.racetrack.steps import State, Steps


class Permuting:
    """The groups of states of :class:`racelet.golden.racetrack.permutation.Permutation`.

    Parameters
    ----------
    steps : Steps

    Attributes
    ----------
    notes : Signal(1)
        ``note`` is to be written into the journal.
    note : Signal(journal(config))
    stored_edge : Signal(1)
        Bit of the journal.
    """

    def __init__(self, steps: Steps) -> None:
        self.steps, self.m = steps, steps.m
        self.notes, self.note = Signal(), Signal(journal(steps.config))
        self.stored_edge = Signal()
        # The old word is seen, not told: there may be too few ones, or too many.
        self.mends = any(engine in ("pw", "cw", "cw_early") for engine in steps.config.engines)
        # Ones right of the port that the new word can have.
        self.packed = Signal(range(steps.config.word_bits + 1))
        self.pack, self.take = Signal(), Signal()
        with self.m.If(self.pack | self.take):
            self.m.d.sync += self.packed.eq(self.packed + Mux(self.take, -1, 1))
        # Ones of the new word among the bits that went past the port.
        self.passed = Signal(range(steps.config.word_bits + 1))
        # There is to be a skyrmion at the port in the end.
        self.edge = Signal()

    @property
    def needless(self) -> Value:
        """It is known before the first operation that nothing is to be done."""
        asked = self.steps.command
        early, known = self.steps.uses("cw_early"), self.steps.uses("cw_known")
        same = asked.old == asked.word if "cw_known" in self.steps.config.engines else Const(0)
        return (early & (asked.ones == 0)) | (known & same)

    def prepare(self) -> None:
        """Begin from nothing."""
        self.m.d.sync += [self.packed.eq(0), self.passed.eq(0), self.edge.eq(0)]
        if "cw_known" in self.steps.config.engines:
            with self.m.If(self.steps.uses("cw_known")):
                self.m.d.sync += self.steps.data.eq(self.steps.command.old ^ self.steps.command.word)

    def begin(self) -> None:
        """What comes at home: the first shift, or the way to the word."""
        steps, m = self.steps, self.m
        m.d.sync += steps.count.eq(steps.sites_before())
        with m.If(steps.behind):
            steps.go(State.MOVE_OUT)
        with m.Else():
            steps.go(State.OUT_SHIFT)
            self._write_journal(steps.uses("cw", "cw_early", "cw_known"), edge=Const(0))

    def at_word(self) -> None:
        """What comes behind the words that are on the way."""
        self.steps.go(State.OUT_SHIFT)
        with self.m.If(self.steps.permutes):
            self.steps.go(State.EDGE_LOOK)

    def states(self) -> None:
        """Add all states."""
        steps, m = self.steps, self.m
        if steps.config.words_per_port > 1 or steps.config.journal:
            with steps.operation(State.EDGE_LOOK, Kind.DETECT):
                m.d.sync += steps.bit.eq(steps.seen)
                steps.go(State.OUT_SHIFT)
                with m.If(~steps.recovers):
                    m.d.sync += self.edge.eq(steps.seen)
                    self._write_journal(steps.uses("cw", "cw_early", "cw_known"), edge=steps.seen)
        self._out()
        self._turn()
        self._back()
        self._settle()
        if steps.config.journal:
            self._recover()

    def _write_journal(self, when: Value, *, edge: Value) -> None:
        asked, note = self.steps.command, self.note
        with self.m.If(when):
            self.m.d.comb += [
                self.notes.eq(1),
                note.going.eq(1),
                note.edge.eq(edge),
                *(note[name].eq(asked[name]) for name in ("track", "port", "slot")),
            ]

    def _out(self) -> None:
        """Shift a bit past the port, a one to its right; the other groups look at it."""
        steps, m = self.steps, self.m
        span = Mux(steps.permutes & ~steps.bit, Span.LEFT, Span.ALL)
        # The old word's bit, if it is known, stands for what would be seen.
        lower = Mux(steps.uses("cw_known"), 0, 1)
        with steps.shift(State.OUT_SHIFT, span, Direction.RIGHT, lower=lower):
            steps.step_up()
            steps.go(State.OUT_LOOK)
            with m.If(steps.permutes):
                m.d.comb += self.pack.eq(steps.bit & (steps.count != 0))
            if "cw_known" in steps.config.engines:
                with m.If(steps.uses("cw_known")):
                    m.d.sync += [steps.bit.eq(steps.data[0] ^ steps.wanted), steps.data.eq(steps.data[1:])]
                    steps.go(State.OUT_SHIFT)
                    with m.If(steps.data[1:] == 0):
                        steps.go(State.TURN)

    def looked(self) -> None:
        """What comes after a bit was seen."""
        steps, m = self.steps, self.m
        passed = self.passed + steps.wanted
        m.d.sync += self.passed.eq(passed)
        early = steps.uses("cw_early")
        nothing_left = (passed == steps.command.ones) & (steps.ones + steps.seen == steps.command.ones)
        with m.If((steps.count == steps.config.word_bits) | (early & nothing_left)):
            with m.If(steps.uses("pw")):
                steps.go(State.OUT_LAST)
            with m.Elif(steps.seen != steps.wanted):
                steps.go(State.TURN)
            with m.Else():
                steps.step_down()
                self._go_back(steps.count == 1)

    def _go_back(self, last: Value) -> None:
        self.steps.go(State.BACK_SHIFT)
        with self.m.If(last):
            self._go_settle()

    def _go_settle(self) -> None:
        steps = self.steps
        steps.go(State.SETTLE)
        if steps.config.guard:
            with self.m.If(~steps.behind):
                steps.go(State.SETTLE_LOOK)

    @property
    def _some(self) -> Value:
        """There is a one to take from the right."""
        return (self.packed != 0) | self.steps.recovers if self.mends else Const(1)

    def _turn(self) -> None:
        """The last bit goes, or stays, or another one takes its place."""
        steps, m = self.steps, self.m
        if "pw" in steps.config.engines:
            with steps.shift(State.OUT_LAST, Mux(steps.bit, Span.ALL, Span.LEFT), Direction.RIGHT):
                m.d.comb += self.pack.eq(steps.bit)
                steps.go(State.BACK_SHIFT)
        if steps.config.permutes:
            kind = Mux(steps.bit | self._some, Kind.SHIFT, Kind.INSERT)
            direction = Mux(steps.bit, Direction.RIGHT, Direction.LEFT)
            with steps.operation(State.TURN, kind, span=Span.RIGHT, direction=direction):
                steps.step_down()
                with m.If(steps.bit):
                    m.d.comb += self.pack.eq(1)
                with m.Elif(self._some):
                    m.d.comb += self.take.eq(1)
                self._go_back(steps.count == 1)

    def _back(self) -> None:
        """Bits of the new word come back over the port."""
        steps, m = self.steps, self.m
        take = steps.wanted & self._some
        with steps.shift(State.BACK_SHIFT, Mux(take, Span.ALL, Span.LEFT), Direction.LEFT):
            steps.step_down()
            m.d.comb += self.take.eq(take)
            with m.If(steps.wanted & ~self._some):
                steps.go(State.BACK_INSERT)
            with m.Elif(steps.count == 1):
                self._go_settle()
        if self.mends:
            with steps.operation(State.BACK_INSERT, Kind.INSERT):
                self._go_back(steps.count == 0)

    def _settle(self) -> None:
        """The last shift."""
        steps = self.steps
        left_over = (self.packed != 0) & ~steps.recovers if self.mends else Const(0)
        # With guards, this is done behind other words only, and what follows it where there are none.
        behind = Const(1) if steps.config.guard else steps.behind
        with steps.shift(State.SETTLE, Mux(self.edge & ~left_over, Span.ALL, Span.LEFT), Direction.LEFT):
            self._settled(left_over, behind)
        if steps.config.guard:
            to_marker(steps, State.SETTLE_LOOK, Span.LEFT, lambda: self._settled(left_over, Const(0)), expected=1)
        if self.mends:
            self._remove_surplus()

    def _remove_surplus(self) -> None:
        """What is left over is removed, and what was at the port comes back."""
        steps, m = self.steps, self.m
        with steps.shift(State.SURPLUS_SHIFT, Span.RIGHT, Direction.LEFT):
            steps.go(State.SURPLUS_REMOVE)
        with steps.operation(State.SURPLUS_REMOVE, Kind.REMOVE):
            m.d.comb += self.take.eq(1)
            steps.go(State.SURPLUS_SHIFT)
            with m.If(self.packed == 1):
                with m.If(self.edge):
                    steps.go(State.EDGE_BACK)
                with m.Else():
                    self._ended(steps.behind)
        with steps.shift(State.EDGE_BACK, Span.RIGHT, Direction.LEFT):
            self._ended(steps.behind)

    def _settled(self, left_over: Value, behind: Value) -> None:
        with self.m.If(left_over):
            self.steps.go(State.SURPLUS_SHIFT)
        with self.m.Else():
            self._ended(behind)

    def _ended(self, behind: Value) -> None:
        """The word is as it should be: back over those before it."""
        steps, m = self.steps, self.m
        m.d.comb += self.notes.eq(1)
        with m.If(behind):
            enter_return(steps, steps.sites_before())
        with m.Else():
            steps.arrive()

    def _recover(self) -> None:
        """What is left of the port goes home, and back to where the word is; then the word is permuted."""
        steps, m = self.steps, self.m

        def out() -> None:
            m.d.sync += [self.edge.eq(self.stored_edge), steps.count.eq(steps.sites_before())]
            steps.go(State.EDGE_LOOK)
            with m.If(steps.behind):
                steps.go(State.RECOVER_OUT)

        to_marker(steps, State.RECOVER_LOOK, Span.LEFT, out)
        with steps.shift(State.RECOVER_OUT, Span.LEFT, Direction.RIGHT):
            steps.step_down()
            with m.If(steps.count == 1):
                steps.go(State.EDGE_LOOK)
