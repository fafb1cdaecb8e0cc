"""Properties of a controller with its track: nothing is pushed off an end, and words are what they should be."""

from amaranth.hdl import Cat, Const, Mux, Value

from racelet.golden.racetrack.config import RacetrackConfig
from racelet.hw.racetrack.layouts import Code, Engine, Error, Kind, engine_code
from racelet.hw.racetrack.steps import State
from racelet.sim.racetrack.tracked_controller import TrackedController
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.racetrack.watched import Watched
from racelet.synth.prove.subject import Subject

PERMUTING = RacetrackConfig(word_bits=8, ports=2, engines=("pw", "cw", "cw_early", "cw_known"))
IN_PLACE = RacetrackConfig(word_bits=8, ports=2, engines=("naive", "dcw"))

_AT_TURN = (State.OUT_LAST, State.TURN)
_BACK = (State.BACK_SHIFT, State.BACK_INSERT, State.SETTLE)
_SURPLUS = (State.SURPLUS_SHIFT, State.SURPLUS_REMOVE)


def in_place(harness: Harness, dut: TrackedController) -> None:
    """Bits are changed where they are."""
    watched = _common(harness, dut, (State.OUT_CHANGE, State.NAIVE_INSERT, State.NAIVE_SHIFT))
    old, new, count = watched.old, dut.command.p.word, watched.count
    naive, differing = watched.writes(Engine.NAIVE), watched.writes(Engine.DCW)
    before = count - 1
    there = {
        State.OUT_SHIFT: Mux(naive, watched.from_place(old, count), watched.exchanged(old, new, count)),
        State.OUT_LOOK: Mux(naive, watched.from_place(old, before), watched.exchanged(old, new, before)),
        State.OUT_CHANGE: watched.exchanged(old, new, before),
        State.NAIVE_INSERT: watched.from_place(new, count),
        State.NAIVE_SHIFT: watched.from_place(new, before),
        State.RETURN: new,
    }
    for state, word in there.items():
        moved = watched.moved(watched.with_word(word), count)
        harness.check(
            f"write: the track in {state.name}",
            ~((naive | differing) & watched.within(state)) | (watched.sites == moved),
        )
    harness.check("write: changed only by what looks", ~watched.within(State.OUT_CHANGE) | differing)
    changes = watched.bit_of(old, before) != watched.bit_of(new, before)
    harness.check("write: changed only where it differs", ~watched.within(State.OUT_CHANGE) | changes)
    inserting = watched.within(State.NAIVE_INSERT)
    harness.check("write: inserted only where it is wanted", ~inserting | watched.bit_of(new, before))
    back = watched.within(State.NAIVE_INSERT, State.NAIVE_SHIFT)
    harness.check("write: on the way back there are bits left", ~back | (naive & (count != 0)))
    harness.check("write: the last shift is another one", ~watched.within(State.NAIVE_SHIFT) | (count != 1))
    harness.check("naive: its way home is a site", ~(naive & watched.within(State.RETURN)) | (count == 1))
    _written(harness, watched, naive | differing)


def permuting(harness: Harness, dut: TrackedController) -> None:
    """Ones are packed right of the port, and taken from there."""
    inside, asked = harness.inside, dut.command.p
    watched = _common(harness, dut, (*_AT_TURN, *_BACK, *_SURPLUS))
    count, reach, old, new = watched.count, watched.reach, watched.old, asked.word
    packed, bit = inside["controller.packed"], inside["controller.bit"]
    known, early = watched.writes(Engine.CW_KNOWN), watched.writes(Engine.CW_EARLY)
    whole = watched.writes(Engine.PW) | watched.writes(Engine.CW)
    permutes = whole | known | early
    harness.assume("old: the word that is there", ~(dut.command.valid & known) | (asked.old == watched.present))

    out = permutes & watched.within(State.OUT_SHIFT, State.OUT_LOOK, State.OUT_LAST, State.TURN)
    back, surplus = watched.within(*_BACK), watched.within(*_SURPLUS)
    removing = watched.within(State.SURPLUS_REMOVE)
    at_turn = watched.within(*_AT_TURN)
    returning = watched.within(State.RETURN)
    harness.check("read: only from there the whole track goes home", ~returning | (asked.code == Code.READ))
    harness.check("edge: none where words are beside their ports", ~inside["controller.edge"])
    harness.check("permute: only where ones are permuted", ~(back | surplus | at_turn) | permutes)
    bare = permutes & watched.within(State.OUT_SHIFT) | at_turn
    harness.check("permute: the bit at the port is known", ~bare | (bit == watched.at(watched.sites)))
    harness.check("permute: all that was passed has been reached", ~out | (reach == count))
    harness.check("permute: left of the port on the way out", ~out | watched.left(watched.home, count))

    # The bit at the port is not there yet where one is to be inserted.
    exchanged = watched.exchanged(old, new, reach)
    lacking = Mux(watched.within(State.BACK_INSERT), Const(1, 9) << count, 0)[: len(exchanged)]
    back_image = watched.with_word(exchanged & ~lacking)
    harness.check("permute: left of the port on the way back", ~back | watched.left(back_image, count + 1))
    wanted = watched.bit_of(new, count)
    harness.check("permute: one is inserted only where it is wanted", ~watched.within(State.BACK_INSERT) | wanted)
    harness.check("permute: the last shift comes last", ~watched.within(State.SETTLE) | (count == 0))
    harness.check("permute: before it there are bits left", ~watched.within(State.BACK_SHIFT) | (count != 0))
    harness.check("permute: no more come back than went", ~back | (count <= reach))
    home = watched.left(watched.with_word(exchanged), Const(0, 4), port=~removing)
    harness.check("permute: left of the port in the end", ~surplus | home)
    harness.check("permute: what is removed is there", ~removing | watched.at(watched.sites))

    inside_right = Mux(removing, packed - 1, packed)[: len(packed)]
    some = permutes & (out | back | surplus)
    harness.check("permute: right of the port", ~some | watched.right(inside_right))
    most = Mux(count == 0, 0, count - 1)[: len(count)]
    harness.check("permute: no more ones than bits are packed", ~out | (packed <= most))
    harness.check("permute: never more than a word", packed <= dut.config.word_bits)
    harness.check("permute: what is left over is some", ~surplus | (packed != 0))

    settled = back | surplus | (at_turn & permutes)
    harness.check("cw, pw: over the whole word", ~(settled & whole) | (reach == dut.config.word_bits))
    differs = old ^ new
    same = (differs >> reach) == 0
    harness.check("cw_known: up to where words differ", ~(settled & known) | same)
    rest = ~(watched.within(State.OUT_SHIFT) & known) | (inside["controller.data"] == (differs >> count)[:8])
    harness.check("cw_known: what differs is left", rest & (~(out & known & (count == 0)) | (differs != 0)))
    harness.check("cw_known: there is more", ~(watched.within(State.OUT_SHIFT) & known) | ((differs >> count) != 0))
    _early(harness, watched, early, settled)
    harness.check("pw: the turn", ~watched.within(State.OUT_LAST) | watched.writes(Engine.PW))
    harness.check("cw: the turn", ~watched.within(State.TURN) | ~watched.writes(Engine.PW))
    turned = bit != watched.bit_of(new, count - 1)
    harness.check("cw: only a bit that differs is turned", ~watched.within(State.TURN) | turned)
    _written(harness, watched, whole | known | (early & (_weight(old) == asked.ones)))


def _early(harness: Harness, watched: Watched, early: Value, settled: Value) -> None:
    """What is counted on the way out, and that nothing is left when it ends."""
    inside, asked = harness.inside, watched.asked
    seen, passed, reach = inside["controller.ones"], inside["controller.passed"], watched.reach
    looking = watched.within(State.OUT_LOOK)
    out = early & (watched.within(State.OUT_SHIFT) | looking)
    before = Mux(looking, watched.count - 1, watched.count)[:4]
    below = watched.below(before)
    right = (seen == _weight(watched.old & below)) & (passed == _weight(asked.word & below))
    harness.check("cw_early: ones are counted", ~out | right)
    nothing = ((asked.word >> reach) == 0) & (_weight(watched.old & watched.below(reach)) >= asked.ones)
    harness.check("cw_early: nothing is left", ~(early & settled) | nothing | (reach == watched.config.word_bits))
    counts = ~(early & ~watched.resting) | (_weight(asked.word) == asked.ones)
    harness.check("cw_early: the word has as many ones as it must have", counts)


def _common(harness: Harness, dut: TrackedController, writing: tuple[State, ...]) -> Watched:
    """What holds whatever words are written by."""
    inside, offered = harness.inside, dut.command
    watched = Watched(harness, dut)
    harness.assume("power is never cut", ~harness.clear)
    waits = harness.past(offered.valid & ~offered.ready) & ~harness.cleared
    same = offered.valid & (offered.payload.as_value() == harness.past(offered.payload.as_value()))
    harness.assume("command: held until it is taken", ~waits | same)
    worked = watched.within(State.IDLE) | (offered.valid & harness.past(offered.valid & ~offered.ready))
    harness.check("command: held while it is worked on", worked)
    every = watched.within(
        State.IDLE, State.RESPOND, State.HOME_LOOK, State.OUT_SHIFT, State.OUT_LOOK, State.RETURN, *writing
    )
    harness.check("state: one of those that there are", every)
    harness.check("state: what writes, writes", ~watched.within(*writing) | (offered.p.code == Code.WRITE))
    engines = Cat(offered.p.engine == engine_code(engine) for engine in dut.config.engines).any()
    able = watched.resting | (offered.p.code != Code.WRITE) | engines
    harness.check("engine: one of those that there are", able)
    fault = inside["tracks.device__fault"] & inside["controller.device__strobe"]
    kind = inside["controller.device__kind"]
    harness.check("no skyrmion is pushed off an end, or over a port", ~fault | (kind != Kind.SHIFT))
    harness.check("no skyrmion is inserted where there is one", ~fault | (kind != Kind.INSERT))
    blind = inside["controller.blind"]
    harness.check("none is removed where there is none, but blindly", ~fault | (kind != Kind.REMOVE) | blind)
    harness.check("the track is as it should be between commands", ~watched.resting | watched.settled(watched.sites))
    harness.check("the track was as it should be before the command", watched.settled(watched.home))
    idle = watched.within(State.IDLE)
    harness.check("nothing happens while no command is worked on", ~idle | (watched.sites == watched.home))
    homing = watched.within(State.HOME_LOOK)
    still = (watched.sites == watched.home) & (watched.count == 0)
    harness.check("home: the marker is there", ~homing | still)
    code = offered.p.code
    harness.check("home: only where it is asked for", ~homing | (code == Code.HOME))
    reads = code == Code.READ
    moved = reads & watched.within(State.OUT_SHIFT, State.OUT_LOOK, State.RETURN)
    whole = watched.sites == watched.moved(watched.home, watched.count)
    harness.check("read: the whole track moves", ~moved | whole)
    harness.check("words: only read or written", watched.resting | homing | reads | (code == Code.WRITE))
    steps = watched.within(State.OUT_SHIFT, State.OUT_LOOK, State.RETURN)
    harness.check("read: out and back", ~(reads & ~watched.resting) | steps)
    width = watched.config.word_bits
    harness.check("count: at most a word", watched.count <= width)
    looking = watched.within(State.OUT_LOOK, State.OUT_CHANGE, State.TURN, State.OUT_LAST, State.RETURN)
    harness.check("count: at least a bit after a shift", ~looking | (watched.count != 0))
    harness.check("count: not all before a shift", ~watched.within(State.OUT_SHIFT) | (watched.count != width))
    data = inside["controller.data"]
    seen = Mux(watched.within(State.OUT_LOOK), watched.count - 1, watched.count)[:4]
    shifting = reads & watched.within(State.OUT_SHIFT, State.OUT_LOOK)
    collected = (data >> (width - seen)[:4]) == (watched.old & watched.below(seen))
    harness.check("read: what was seen is kept", ~shifting | collected)
    returning = reads & (watched.within(State.RETURN) | watched.ended)
    good = inside["controller.error"] == Error.NONE
    harness.check("read: the word is told", ~(returning & good) | (data == watched.old))
    harness.check("read: nothing is changed", ~(reads & watched.ended) | (watched.sites == watched.home))
    return watched


def _written(harness: Harness, watched: Watched, writes: Value) -> None:
    """The outcome of a write that was done."""
    harness.cover("write: a bit is seen", writes & watched.within(State.OUT_LOOK))
    done = writes & watched.ended & (watched.error != Error.DEVICE_FAULT) & watched.worked
    right = watched.sites == watched.with_word(watched.asked.word)
    harness.check("write: the word is the new one, all else as it was", ~done | right)


def _weight(word: Value) -> Value:
    return sum(word[1:], word[0])


SUBJECTS = [
    Subject(
        block="racetrack",
        name="tracks_in_place",
        make=lambda: TrackedController(IN_PLACE),
        describe=in_place,
        reach=16,
    ),
    Subject(
        block="racetrack",
        name="tracks_permuting",
        make=lambda: TrackedController(PERMUTING),
        describe=permuting,
        reach=16,
    ),
]
