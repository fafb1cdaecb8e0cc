"""Properties of a controller whose power may be cut at any time: what the journal tells of can be finished."""

from amaranth.hdl import Cat, Const, Mux, Value

from racelet.golden.racetrack.config import RacetrackConfig
from racelet.hw.racetrack.layouts import Code, Direction, Engine, Error, Kind, Span, count_ones, journal
from racelet.hw.racetrack.steps import State
from racelet.sim.racetrack.tracked_controller import TrackedController
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.subject import Subject

CONFIG = RacetrackConfig(word_bits=8, ports=2, engines=("cw",), journal=True)
_OUT = (State.OUT_SHIFT, State.OUT_LOOK, State.TURN)
_BACK = (State.BACK_SHIFT, State.SETTLE)
_RECOVER = (State.RECOVER_LOOK, State.RECOVER_SHIFT)


class _Moved:
    """The track as it is at home, and how far its two parts are from there; these stay when power is cut."""

    def __init__(self, harness: Harness, dut: TrackedController) -> None:
        inside, config = harness.inside, dut.config
        self.config, self.asked = config, dut.command.p
        self.state, self.count = inside["controller.state"], inside["controller.count"]
        self.sites: Value = inside["tracks.sites"]
        self.journal = inside.view("kept_journal", journal(config))
        self.home = harness.register("home", config.sites, init=1)
        self.left, self.right = harness.register("left", 5), harness.register("right", 5)
        strobe = inside["controller.device__strobe"]
        pins = {name: inside[f"controller.device__{name}"] for name in ("kind", "span", "direction")}
        shifts = strobe & (pins["kind"] == Kind.SHIFT)
        step = Mux(pins["direction"] == Direction.RIGHT, 1, -1)
        for part, other in ((self.left, Span.RIGHT), (self.right, Span.LEFT)):
            harness.update(part, Mux(shifts & (pins["span"] != other), part + step, part)[:5])
        written = strobe & self.within(State.SETTLE)
        harness.update(self.home, Mux(written, self.with_word(self.asked.port, self.asked.word), self.home))
        self.going = self.journal.going
        self.port = Mux(self.going, self.journal.port, self.asked.port)

    def within(self, *states: State) -> Value:
        """The controller is in one of some states."""
        return Cat(self.state == state for state in states).any()

    def with_word(self, port: Value, word: Value) -> Value:
        """The track at home with another word."""
        return self.of_port(port, [self._placed(end, word) for end in self.config.port_sites])

    def _placed(self, end: int, word: Value) -> Value:
        return Cat(self.home[: end - self.config.word_bits], Cat(reversed(word)), self.home[end:])

    def word(self, port: Value) -> Value:
        """A word at home."""
        width = self.config.word_bits
        return self.of_port(port, [Cat(reversed(self.home[end - width : end])) for end in self.config.port_sites])

    def of_port(self, port: Value, each: list[Value]) -> Value:
        """What is said of a port."""
        return Mux(port[0], each[-1], each[0])

    def beyond(self, end: int) -> Value:
        """Left of the word all is as at home, but moved."""
        first = end - self.config.word_bits
        below = ((Const(1, self.config.sites) << first) - 1)[: self.config.sites]
        seen = ((Const(1, self.config.sites) << (first + self.left)[:6]) - 1)[: self.config.sites]
        return (self.sites & seen) == ((self.home & below) << self.left)[: self.config.sites]

    def behind(self, end: int) -> Value:
        """Right of the port there are as many ones as it was moved, and then all is as at home."""
        ones = ((Const(1, 9) << self.right[:4]) - 1)[:8]
        here = self.sites[end + 1 :]
        return here == ((self.home[end + 1 :] << self.right) | ones)[: len(here)]

    def region(self, end: int) -> Value:
        """Sites between the two: of the word, as far as it is left of the port, and the port's own."""
        width = self.config.word_bits
        return (self.sites[: end + 1] >> (end - width + self.left)[:5])[: width + 1]

    def emitted(self, end: int) -> Value:
        """What of the new word came back over the port: its highest bit is leftmost."""
        whole = Cat(Const(0, end - self.config.word_bits), Cat(reversed(self.asked.word)), Const(0, 1))
        seen = ((Const(1, end + 1) << (end - self.config.word_bits + self.left)[:5]) - 1)[: end + 1]
        return (self.sites[: end + 1] & ~seen) == ((whole << self.left)[: end + 1] & ~seen)


def power(harness: Harness, dut: TrackedController) -> None:
    """A clear is a cut of power: the controller begins anew, track and journal stay as they are."""
    inside, offered, config = harness.inside, dut.command, dut.config
    moved = _Moved(harness, dut)
    asked, going, width = moved.asked, moved.going, config.word_bits
    held = harness.past(offered.valid & ~offered.ready) & ~harness.cleared
    same = offered.valid & (offered.payload.as_value() == harness.past(offered.payload.as_value()))
    harness.assume("command: held until it is taken", ~held | same)
    writes = (asked.code == Code.WRITE) & (asked.engine == Engine.CW)
    recovers = asked.code == Code.RECOVER
    weight = count_ones(moved.word(moved.port))
    right_ones = ~(offered.valid & (writes | recovers)) | (asked.ones == count_ones(moved.word(asked.port)))
    harness.assume("command: words have as many ones as there are", right_ones)
    busy = ~moved.within(State.IDLE)
    works = busy & ~moved.within(State.RESPOND)
    there = offered.valid & (held | harness.cleared)
    harness.check("command: held while it is worked on", ~busy | there)
    states = (State.HOME_LOOK, State.HOME_SHIFT, State.RETURN, State.EDGE_LOOK, *_OUT, *_BACK, *_RECOVER)
    harness.check("state: one of those that there are", moved.within(State.IDLE, State.RESPOND, *states))
    homing = moved.within(State.HOME_LOOK, State.HOME_SHIFT)
    harness.check("state: home", ~homing | ((asked.code == Code.HOME) & ~going))
    out, back, recovering = moved.within(*_OUT), moved.within(*_BACK), moved.within(*_RECOVER)
    permutes = out & (asked.code != Code.READ)
    harness.check("state: what permutes", ~(permutes | back) | (writes | recovers))
    harness.check("state: what recovers", ~(recovering | moved.within(State.EDGE_LOOK)) | recovers)
    harness.check("state: only a read returns", ~moved.within(State.RETURN) | (asked.code == Code.READ))
    harness.check("state: a read is no permutation", ~moved.within(State.TURN) | permutes)
    harness.check("journal: of the word that is permuted", ~works | (going == (permutes | back | recovers)))
    place = moved.journal.port == asked.port
    harness.check("journal: of the command", ~(works & going) | place)
    harness.check("journal: no bit at the port", ~moved.journal.edge & ~inside["controller.edge"])

    fault = inside["tracks.device__fault"] & inside["controller.device__strobe"]
    kind = inside["controller.device__kind"]
    harness.check("no skyrmion is pushed off an end, or over a port", ~fault)
    changes = inside["controller.device__valid"] & ((kind == Kind.INSERT) | (kind == Kind.REMOVE))
    harness.check("none is inserted or removed", ~changes)

    empty = [~moved.home[site] for site in config.port_sites]
    settled = Cat(moved.home[0], *empty, moved.home[config.port_sites[-1] :] == 0).all()
    harness.check("home: as it should be", settled)
    together = (moved.left == moved.right) & (moved.sites == (moved.home << moved.left)[: config.sites])
    harness.check("track: all in one piece while nothing is permuted", going | together)
    ends = config.port_sites
    apart = moved.of_port(moved.port, [moved.beyond(end) & moved.behind(end) for end in ends])
    harness.check("track: left and right of the word as at home, while it is permuted", ~going | apart)
    region = moved.of_port(moved.port, [moved.region(end) for end in ends])
    harness.check("track: no one is lost while it is permuted", ~going | (count_ones(region) + moved.right == weight))
    harness.check("track: never far from home", (moved.left <= width) & (moved.right <= width))
    port_empty = ~moved.of_port(moved.port, [moved.sites[end] for end in ends])
    harness.check("track: the port is empty at home", ~going | (moved.left != 0) | port_empty)

    known = inside["controller.known"]
    harness.check("position: known to be at home", ~(known & ~works) | ((moved.left == 0) & ~going))
    harness.check("position: known where it is needed", ~works | known | (asked.code == Code.HOME) | recovers)
    steps = moved.within(State.HOME_LOOK, State.HOME_SHIFT, *_RECOVER)
    harness.check("count: of the way home", ~steps | (moved.count + moved.left <= width))
    looked = moved.within(State.HOME_SHIFT, State.RECOVER_SHIFT)
    harness.check("count: a way is left", ~looked | (moved.left != 0))
    begun = moved.within(State.EDGE_LOOK)
    harness.check("count: of the way to the word", ~begun | ((moved.left == 0) & (moved.count == 0)))
    counted = out | moved.within(State.RETURN)
    harness.check("count: of bits that are past the port", ~counted | (moved.left == moved.count))
    harness.check("count: of bits that come back", ~back | (moved.left == moved.count + 1))
    some = moved.within(State.OUT_LOOK, State.TURN, State.RETURN, State.BACK_SHIFT)
    harness.check("count: at least a bit", ~some | (moved.count != 0))
    harness.check("count: not all before a shift", ~moved.within(State.OUT_SHIFT) | (moved.count != width))
    harness.check("count: the last shift comes last", ~moved.within(State.SETTLE) | (moved.count == 0))
    harness.check("count: at the turn", ~moved.within(State.TURN) | (moved.count == width))
    bit = inside["controller.bit"]
    shown = (moved.within(State.OUT_SHIFT) & permutes) | moved.within(State.TURN)
    harness.check("permute: the bit at the port is known", ~shown | (bit == ~port_empty))
    emitted = moved.of_port(moved.port, [moved.emitted(end) for end in ends])
    harness.check("permute: what came back is the new word", ~back | emitted)
    weighs = ~(permutes | back | begun | recovering) | (count_ones(asked.word) == asked.ones)
    harness.check("permute: the new word weighs as much", weighs)
    packed = inside["controller.packed"]
    trusted = ~((permutes | back) & writes) | (packed == moved.right)
    harness.check("write: ones that are packed are counted", trusted)
    done = moved.within(State.RESPOND) & harness.past(works) & ~harness.cleared & (writes | recovers)
    finished = ~done | (moved.sites == moved.with_word(asked.port, asked.word))
    harness.cover("recover: brings home what was moved", moved.within(State.RECOVER_SHIFT))
    harness.check("error: none while nothing was wrong", ~works | (inside["controller.error"] == Error.NONE))
    good = inside["controller.error"] != Error.DEVICE_FAULT
    harness.check("write, recover: the word is the new one, all else as it was", finished & (~done | good))


SUBJECTS = [
    Subject(
        block="racetrack",
        name="tracks_without_power",
        make=lambda: TrackedController(CONFIG),
        describe=power,
        reach=20,
    ),
]
