"""Properties of a controller with its track where words lie behind words and are swept: the whole track moves."""

import dataclasses

from amaranth.hdl import Cat, Const, Mux, Value

from racelet.golden.racetrack.config import RacetrackConfig
from racelet.hw.racetrack.layouts import Code, Direction, Engine, Kind
from racelet.hw.racetrack.steps import State
from racelet.sim.racetrack.tracked_controller import TrackedController
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.subject import Subject

SWEEPING = RacetrackConfig(word_bits=8, ports=2, words_per_port=2, sweep=True, engines=("naive", "dcw"))
GUARDED = dataclasses.replace(SWEEPING, guard=True)

_SWEEPS = (State.SWEEP_MOVE, State.SWEEP_LOOK, State.SWEEP_SHIFT)
_HOMES = (State.HOME_LOOK, State.HOME_SHIFT)
_GUARDS = (State.GUARD_EMPTY, State.GUARD_OUT, State.GUARD_LOOK, State.GUARD_BACK)
_RETURNS = (State.RETURN_LOOK, State.RETURN_SHIFT)
_WRITES = (State.OUT_CHANGE, State.NAIVE_INSERT, State.NAIVE_SHIFT)
_WORDS = (State.MOVE_OUT, State.OUT_SHIFT, State.OUT_LOOK, State.RETURN, *_WRITES)


class _Moved:
    """Signals of both, and what the track would be at home.

    Attributes
    ----------
    by : Signal
        How many sites the track is right of home.
    image : Value
        Its sites, moved back.
    word : Value
        The word that the command names.
    """

    def __init__(self, harness: Harness, dut: TrackedController) -> None:
        inside, self.config, self.asked = harness.inside, dut.config, dut.command.p
        self.state, self.count = inside["controller.state"], inside["controller.count"]
        self.known, self.at = inside["controller.known"], inside["controller.positions.at"]
        self.sites: Value = inside["tracks.sites"]
        self.by = harness.register("by", self.config.segment.bit_length())
        self.shifts = inside["controller.device__strobe"] & (inside["controller.device__kind"] == Kind.SHIFT)
        left = inside["controller.device__direction"] == Direction.LEFT
        harness.update(self.by, self.by + Mux(self.shifts, Mux(left, -1, 1), 0))
        self.image = self.sites >> self.by
        width = self.config.word_bits
        self.before = Mux(self.asked.slot, width, 0)
        ends = [site - slot * width for site in self.config.port_sites for slot in range(self.config.words_per_port)]
        words = [Cat(reversed(self.image[end - width : end])) for end in ends]
        masks = [((1 << width) - 1) << end - width for end in ends]
        which = Cat(self.asked.slot, self.asked.port)
        self.word, self.elsewhere = words[0], Const(~masks[0], self.config.sites)
        for number in range(1, len(ends)):
            self.word = Mux(which == number, words[number], self.word)
            self.elsewhere = Mux(which == number, Const(~masks[number], self.config.sites), self.elsewhere)

    def within(self, *states: State) -> Value:
        """The controller is in one of some states."""
        return Cat(self.state == state for state in states).any()

    def below(self, place: Value) -> Value:
        """Bits of the word below a place."""
        width = self.config.word_bits
        return self.word & ((Const(1, width + 1) << place[:4]) - 1)[:width]


def sweeping(harness: Harness, dut: TrackedController) -> None:
    """It is known in every state how far the track is from home, and nothing is lost on the way."""
    track = _Moved(harness, dut)
    config, asked, count, by, within = dut.config, dut.command.p, track.count, track.by, track.within
    resting = within(State.IDLE, State.RESPOND)
    _assume(harness, dut, track)
    fault = harness.inside["tracks.device__fault"] & harness.inside["controller.device__strobe"]
    kind, blind = harness.inside["controller.device__kind"], harness.inside["controller.blind"]
    harness.check("no skyrmion is pushed off an end", ~fault | (kind != Kind.SHIFT))
    harness.check("no skyrmion is inserted where there is one", ~fault | (kind != Kind.INSERT))
    harness.check("none is removed where there is none, but blindly", ~fault | (kind != Kind.REMOVE) | blind)

    empty = (track.image >> config.port_sites[-1]) == 0
    whole = (track.image << by)[: config.sites] == track.sites
    harness.check("track: its marker comes first, its last word last", track.image[0] & whole & empty)
    verified = (*_GUARDS, *_RETURNS) if config.guard else ()
    harness.check("state: one of those that there are", resting | within(*_HOMES, *_SWEEPS, *_WORDS, *verified))

    start = harness.register("start", len(by))
    harness.update(start, Mux(resting, by, start))
    never = (by <= config.segment) & (start <= config.segment)
    harness.check("track: never further than a segment", never)
    # Where it is unknown, as at first, it is not away; but a guard that is missing is missed a site from home.
    harness.check("start: the track was where it is known to be", ~track.known | resting | (start == track.at))
    harness.check("start: at home, if that is unknown, or beside it", track.known | resting | (start <= config.guard))
    harness.check("rest: the track is where it is known to be", ~resting | ~track.known | (by == track.at))
    harness.check("rest: at home, if that is unknown, or beside it", ~resting | track.known | (by <= config.guard))
    code, writes = asked.code, asked.code == Code.WRITE
    harness.check("home: only where it is asked for", ~within(*_HOMES) | (code == Code.HOME))
    harness.check("home: as far as it was, less what it moved", ~within(*_HOMES) | (start == by + count))
    harness.check("home: moved only if it is not there", ~within(State.HOME_SHIFT) | (by != 0))

    works = within(*_WORDS) | (within(*_GUARDS) & (code != Code.HOME)) | within(*_RETURNS)
    harness.check("words: only from home", ~works | (track.known & (track.at == 0)))
    harness.check("words: read or written", ~works | writes | (code == Code.READ))
    naive, differing = (writes & (asked.engine == engine) for engine in (Engine.NAIVE, Engine.DCW))
    harness.check("words: by an engine that there is", ~(works & writes) | naive | differing)
    harness.check("words: changed where they are by one", ~within(State.OUT_CHANGE) | differing)
    harness.check("words: inserted on the way back by the other", ~within(*_WRITES[1:]) | naive)
    behind = track.before
    out = within(State.OUT_SHIFT, State.OUT_LOOK, *_WRITES)
    harness.check("words: behind those before them", ~out | (by == behind + count))
    harness.check("words: the way to them", ~within(State.MOVE_OUT) | ((by + count == behind) & (count != 0)))
    harness.check("words: the way home", ~within(State.RETURN) | ((by == count + config.guard) & (count != 0)))
    if config.guard:
        _guarded(harness, track)
    width = config.word_bits
    seen = within(State.OUT_LOOK, *_WRITES) & ((count == 0) | (count > width))
    harness.check("words: at least a bit is past the port, at most all", ~seen)
    harness.check("words: not all before a shift", ~within(State.OUT_SHIFT) | (count < width))
    harness.check("words: the last shift is another one", ~within(State.NAIVE_SHIFT) | (count != 1))

    gone = track.below(Mux(within(State.OUT_LOOK, State.NAIVE_SHIFT), count - 1, count))
    clears = naive & within(State.OUT_SHIFT, State.OUT_LOOK, State.NAIVE_INSERT, State.NAIVE_SHIFT)
    harness.check("naive: bits that went past are gone, until they are inserted", ~clears | (gone == 0))
    here = ((track.word ^ asked.word) >> (count - 1)[:4])[0]
    harness.check("dcw: changed only where it differs", ~within(State.OUT_CHANGE) | here)

    low, high = behind + 1, behind + Mux(asked.slots[1], 2 * width, width)
    many = (asked.slots != 0) & (asked.slot + asked.slots <= config.words_per_port)
    harness.check("sweep: of words that there are", ~within(*_SWEEPS) | ((code == Code.SWEEP) & many & track.known))
    outwards = 2 * track.at <= low + high
    first = Mux(outwards, low, high)
    towards = Mux(first > track.at, by + count == first, by == first + count)
    harness.check("sweep: the way to its nearer end", ~within(State.SWEEP_MOVE) | (towards & (count != 0)))
    left = count + within(State.SWEEP_SHIFT)
    there = Mux(outwards, by + left == high, by == low + left)
    harness.check("sweep: as far from its end as bits are left", ~within(*_SWEEPS[1:]) | there)
    harness.check("sweep: over its words alone", ~within(*_SWEEPS[1:]) | ((by >= low) & (by <= high)))

    kept = harness.register("kept", config.sites, init=1)
    harness.update(kept, Mux(resting, track.image, kept))
    same = Mux(writes, (track.image ^ kept) & track.elsewhere, track.image ^ kept) == 0
    harness.check("track: nothing is changed but a word that is written", resting | same)
    harness.cover("sweep: a bit is seen", within(State.SWEEP_LOOK))
    harness.cover("words: one behind another", works & asked.slot & within(State.OUT_LOOK))


def _guarded(harness: Harness, track: _Moved) -> None:
    """Looks at guards, and the last site on the way home."""
    by, count, within = track.by, track.count, track.within
    unknown = (track.asked.code == Code.HOME) & ~track.known
    verifies = within(*_GUARDS) & (track.asked.code == Code.HOME)
    harness.check("guards: looked at where words are, or from an unknown place", ~verifies | unknown)
    harness.check("guards: not looked at on a track that has none", ~within(*_GUARDS) | ~track.asked.blank)
    away = within(State.GUARD_LOOK, State.GUARD_BACK)
    harness.check("guards: looked at from home and a site beside it", ~within(*_GUARDS) | (by == away))
    harness.check("return: the marker tells of the last site", ~within(*_RETURNS) | (by + count == 1))
    harness.check("return: moved only if it is not there", ~within(State.RETURN_SHIFT) | (by == 1))


def _assume(harness: Harness, dut: TrackedController, track: _Moved) -> None:
    offered = dut.command
    harness.assume("power is never cut", ~harness.clear)
    waits = harness.past(offered.valid & ~offered.ready) & ~harness.cleared
    same = offered.valid & (offered.payload.as_value() == harness.past(offered.payload.as_value()))
    harness.assume("command: held until it is taken", ~waits | same)
    worked = track.within(State.IDLE) | (offered.valid & harness.past(offered.valid & ~offered.ready))
    harness.check("command: held while it is worked on", worked)


SUBJECTS = [
    Subject(
        block="racetrack",
        name="tracks_sweeping",
        make=lambda: TrackedController(SWEEPING),
        describe=sweeping,
        reach=24,
    ),
    Subject(
        block="racetrack",
        name="tracks_sweeping_with_guards",
        make=lambda: TrackedController(GUARDED),
        describe=sweeping,
        reach=24,
    ),
]
