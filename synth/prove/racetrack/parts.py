"""Where the parts of a track are, whatever words are on it: nothing is pushed off an end, or over a port."""

from amaranth.hdl import Cat, Mux

from racelet.golden.racetrack.config import ENGINES, RacetrackConfig
from racelet.hw.racetrack.controller import Controller
from racelet.hw.racetrack.layouts import Code, Direction, Engine, Kind, Span
from racelet.hw.racetrack.steps import State
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.racetrack.track_parts import Parts
from racelet.synth.prove.subject import Subject

PLAIN = RacetrackConfig(word_bits=8, ports=2, words_per_port=2, engines=ENGINES, sweep=True)
GUARDED = RacetrackConfig(word_bits=8, ports=2, words_per_port=2, engines=ENGINES, sweep=True, guard=True, journal=True)

_SWEEPS = (State.SWEEP_MOVE, State.SWEEP_LOOK, State.SWEEP_SHIFT)
_HOMES = (State.HOME_LOOK, State.HOME_SHIFT)
_GUARDS = (State.GUARD_EMPTY, State.GUARD_OUT, State.GUARD_LOOK, State.GUARD_BACK)
_RETURNS = (State.RETURN_LOOK, State.RETURN_SHIFT)
_NAIVE = (State.NAIVE_INSERT, State.NAIVE_SHIFT)
_BACK = (State.BACK_SHIFT, State.BACK_INSERT, State.SETTLE)
_SETTLES = (State.SETTLE_LOOK, State.SETTLE_SHIFT)
_SURPLUS = (State.SURPLUS_SHIFT, State.SURPLUS_REMOVE)
_TURNS = (State.TURN, State.OUT_LAST)


def parts(harness: Harness, dut: Controller) -> None:
    """Each part moves within its bounds, and nothing comes over the port from one to the other."""
    track = Parts(harness, dut)
    _assume(harness, dut, track)
    left, right, most = track.left, track.right, dut.config.segment + 1
    harness.check("no skyrmion is pushed off the right end", right <= most)
    harness.check("ones: no more than are told apart", track.ones <= dut.config.segment)
    harness.check("the left part goes no further than its last word", left <= most)
    inwards = track.does(Kind.SHIFT, direction=Direction.LEFT)
    harness.check("no skyrmion is pushed off the left end", ~inwards | (dut.device.span == Span.RIGHT) | (left != 0))
    out = track.does(Kind.SHIFT, Span.LEFT, Direction.RIGHT)
    back = track.does(Kind.SHIFT, Span.RIGHT, Direction.LEFT)
    empty, full = track.known & ~track.there, track.known & track.there
    harness.check("no skyrmion is pushed over a port", ~(out | back) | empty)
    naive = track.writes(Engine.NAIVE)
    harness.check("inserted where there is none", ~track.does(Kind.INSERT) | empty | naive)
    harness.check("removed where there is one", ~track.does(Kind.REMOVE) | full | naive)
    _between(harness, track)
    _whole(harness, track)
    _permuted(harness, track)
    harness.cover("permute: as far right as can be", track.within(State.BACK_SHIFT) & (right == most - 1))


def _between(harness: Harness, track: Parts) -> None:
    """Where a command finds the track, and leaves it."""
    config, left, right = track.config, track.left, track.right
    known, at, within, resting = harness.inside["known"], harness.inside["positions.at"], track.within, track.resting
    harness.check("rest: the parts are one", ~resting | (left == right))
    harness.check("rest: the track is where it is known to be", ~resting | ~known | (left == at))
    harness.check("rest: at home, if that is unknown, or beside it", ~resting | known | (left <= config.guard))
    start = harness.register("start", len(left))
    harness.update(start, Mux(resting, left, start))
    harness.check("start: the track was where it is known to be", resting | ~known | (start == at))
    harness.check("start: at home, if that is unknown, or beside it", resting | known | (start <= config.guard))
    harness.check("start: no further than its words", start <= config.segment)
    homing = within(*_HOMES)
    harness.check("home: only where it is asked for", ~homing | (track.asked.code == Code.HOME))
    harness.check("home: as far as it was, less what it moved", ~homing | (start == left + track.count))
    harness.check("home: moved only if it is not there", ~within(State.HOME_SHIFT) | (left != 0))


def _whole(harness: Harness, track: Parts) -> None:
    """All that moves the whole track."""
    config, asked, within = track.config, track.asked, track.within
    left, right, count, width = track.left, track.right, track.count, config.word_bits
    before = Mux(asked.slot, width, 0)
    known, at = harness.inside["known"], harness.inside["positions.at"]
    one = (*_HOMES, *_SWEEPS, *_GUARDS, *_RETURNS, *_NAIVE, State.MOVE_OUT, State.EDGE_LOOK, State.OUT_CHANGE)
    harness.check("whole: the parts are one", ~within(*one, State.RETURN) | (left == right))
    reads, writes = asked.code == Code.READ, asked.code == Code.WRITE
    verifies = within(*_GUARDS) & (asked.code == Code.HOME)
    works = ~track.resting & ~within(*_HOMES, *_SWEEPS) & ~verifies
    harness.check("words: only from home", ~works | (known & (at == 0)))
    harness.check("words: read or written", ~works | reads | writes)
    engines = Cat(track.engine == each for each in Engine).any()
    harness.check("words: by an engine that there is", ~(works & writes) | engines)
    naive, differing = track.writes(Engine.NAIVE), track.writes(Engine.DCW)
    harness.check("words: changed where they are by one", ~within(State.OUT_CHANGE) | differing)
    harness.check("words: inserted on the way back by another", ~within(*_NAIVE) | naive)
    harness.check("words: the way to them", ~within(State.MOVE_OUT) | ((left + count == before) & (count != 0)))
    harness.check("words: at the first of their bits", ~within(State.EDGE_LOOK) | ((left == before) & (count == 0)))
    going = within(State.OUT_SHIFT, State.OUT_LOOK, State.OUT_CHANGE, *_NAIVE)
    harness.check("words: behind those before them", ~going | (left == before + count))
    whole = reads | naive | differing
    harness.check("words: whole where they are not permuted", ~(going & whole) | (left == right))
    seen = within(State.OUT_LOOK, State.OUT_CHANGE, *_NAIVE) & ((count == 0) | (count > width))
    harness.check("words: at least a bit is past the port, at most all", ~seen)
    harness.check("words: not all before a shift", ~within(State.OUT_SHIFT) | (count < width))
    harness.check("words: the last shift is another one", ~within(State.NAIVE_SHIFT) | (count != 1))
    harness.check("words: the way home", ~within(State.RETURN) | ((left == count + config.guard) & (count != 0)))
    changed = within(State.OUT_CHANGE) & (track.there == ((asked.word >> (count - 1)[:4])[0]))
    harness.check("dcw: changed only where it differs", ~(changed | (within(State.OUT_CHANGE) & ~track.known)))

    if config.guard:
        unknown = (asked.code == Code.HOME) & ~known
        guards = within(*_GUARDS)
        harness.check("guards: of a word, or from an unknown place", ~guards | (asked.code != Code.HOME) | unknown)
        harness.check("guards: not looked at on a track that has none", ~guards | ~asked.blank)
        away = within(State.GUARD_LOOK, State.GUARD_BACK)
        harness.check("guards: looked at from home and a site beside it", ~guards | (left == away))
        harness.check("return: the marker tells of the last site", ~within(*_RETURNS) | (left + count == 1))
        harness.check("return: moved only if it is not there", ~within(State.RETURN_SHIFT) | (left == 1))

    low, high = before + 1, before + Mux(asked.slots[1], 2 * width, width)
    sweeps = within(*_SWEEPS)
    many = (asked.slots != 0) & (asked.slot + asked.slots <= config.words_per_port)
    harness.check("sweep: of words that there are", ~sweeps | ((asked.code == Code.SWEEP) & many & known))
    outwards = 2 * at <= low + high
    first = Mux(outwards, low, high)
    towards = Mux(first > at, left + count == first, left == first + count)
    harness.check("sweep: the way to its nearer end", ~within(State.SWEEP_MOVE) | (towards & (count != 0)))
    rest = count + within(State.SWEEP_SHIFT)
    there = Mux(outwards, left + rest == high, left == low + rest)
    harness.check("sweep: as far from its end as bits are left", ~within(*_SWEEPS[1:]) | there)
    harness.check("sweep: over its words alone", ~within(*_SWEEPS[1:]) | ((left >= low) & (left <= high)))


def _permuted(harness: Harness, track: Parts) -> None:
    """The right part is as far as ones are packed, behind words that are before this one."""
    inside, asked, config, within = harness.inside, track.asked, track.config, track.within
    left, right, count, width = track.left, track.right, track.count, config.word_bits
    packed, edge, bit = inside["packed"], inside["edge"], inside["bit"]
    before = Mux(asked.slot, width, 0)
    permutes = track.writes(Engine.PW, Engine.CW, Engine.CW_EARLY, Engine.CW_KNOWN)
    pw = track.writes(Engine.PW)
    out = within(State.OUT_SHIFT, State.OUT_LOOK) & permutes
    back, turns, surplus = within(*_BACK), within(*_TURNS), within(*_SURPLUS)
    settles = within(*_SETTLES)
    some = out | back | turns | surplus | settles | within(State.EDGE_LOOK)
    harness.check("permute: only where ones are permuted", ~some | out | permutes)
    harness.check("permute: none is at the port but behind others", ~(some & edge) | asked.slot)
    first = within(*_GUARDS, State.MOVE_OUT, State.EDGE_LOOK) | (within(State.OUT_SHIFT) & (count == 0))
    harness.check("permute: nothing is packed before the first shift", ~(permutes & first) | (packed == 0))
    sooner = within(*_GUARDS, State.MOVE_OUT)
    harness.check("permute: nothing was seen before", ~(permutes & sooner) | ~(edge | bit))
    moved = Mux(first, 0, edge)
    removing = within(State.SURPLUS_REMOVE)
    harness.check(
        "permute: the right part is as far as ones are packed",
        ~(out | back | turns) | (right == before + packed + moved),
    )
    harness.check(
        "permute: so it is while some are left over", ~surplus | (right + removing == before + packed + moved)
    )
    last = within(State.EDGE_BACK)
    harness.check("permute: and in the end", ~last | (edge & (packed == 0) & (right == before + 1) & (left == before)))
    harness.check("permute: that many ones are there", ~(out | back | turns | settles) | (track.ones >= packed))
    harness.check("permute: of those left over too", ~surplus | (track.ones + removing >= packed))
    harness.check("permute: what is left over is some", ~surplus | (packed != 0))
    harness.check("permute: the left part is in its place then", ~surplus | (left == before))
    bare = (within(State.OUT_SHIFT) & permutes) | turns
    harness.check("permute: the bit at the port is known", ~bare | (track.known & (track.there == bit)))
    empty = within(State.BACK_INSERT) | (surplus & ~removing) | last
    harness.check("permute: the port is empty", ~empty | (track.known & ~track.there))
    harness.check("permute: what is removed is there", ~removing | (track.known & track.there))
    most = Mux(count == 0, 0, count - 1)[: len(count)]
    harness.check("permute: no more ones than bits are packed", ~out | (packed <= most))
    harness.check("permute: never more than a word", ~some | (packed <= width))
    harness.check("permute: not more before the turn", ~turns | (packed <= count - 1))
    harness.check(
        "permute: the turn is behind the word", ~turns | ((left == before + count) & (count != 0) & (count <= width))
    )
    harness.check("pw: the turn", ~within(State.OUT_LAST) | (pw & (count == width)))
    harness.check("cw: the turn", ~within(State.TURN) | (permutes & ~pw))
    harness.check(
        "permute: on the way back the left part is a site further",
        ~back | ((left == before + count + 1) & (count <= width)),
    )
    harness.check("permute: before the last shift there are bits left", ~within(State.BACK_SHIFT) | (count != 0))
    harness.check("permute: the last shift comes last", ~within(State.SETTLE) | (count == 0))
    known = track.writes(Engine.CW_KNOWN) & ~track.resting
    differs, shifting = asked.old ^ asked.word, within(State.OUT_SHIFT)
    left_over = (differs >> Mux(shifting, count, 0))[: len(differs)]
    begins = known & (shifting | within(*_GUARDS, State.MOVE_OUT, State.EDGE_LOOK))
    harness.check("cw_known: what differs is left", ~begins | ((inside["data"] == left_over) & (left_over != 0)))
    harness.check("cw_known: not looked at", ~(known & within(State.OUT_LOOK)))
    if config.guard:
        beside = ~settles | (~asked.slot & (left + count == 1) & (right == packed))
        harness.check("settle: the marker tells of the last site", beside)
        harness.check("settle: moved only if it is not there", ~within(State.SETTLE_SHIFT) | (left == 1))
        harness.check("settle: by its last shift", ~within(State.SETTLE) | asked.slot)


def _assume(harness: Harness, dut: Controller, track: Parts) -> None:
    device, offered = dut.device, dut.command
    harness.assume("power is never cut", ~harness.clear)
    waits = harness.past(offered.valid & ~offered.ready) & ~harness.cleared
    same = offered.valid & (offered.payload.as_value() == harness.past(offered.payload.as_value()))
    harness.assume("command: held until it is taken", ~waits | same)
    worked = track.within(State.IDLE) | (offered.valid & harness.past(offered.valid & ~offered.ready))
    harness.check("command: held while it is worked on", worked)
    harness.assume("device: nothing goes wrong", ~device.fault)
    held = harness.past(dut.swept.valid & ~dut.swept.ready) & ~harness.cleared
    harness.assume(
        "device: what is swept is held until it is taken", ~held | (device.bits == harness.past(device.bits))
    )
    harness.assume("device: the marker is seen at home alone", ~device.home | (device.bit == (track.left == 0)))
    harness.assume(
        "device: what is known to be there is seen", device.home | ~track.known | (device.bit == track.there)
    )
    if dut.config.journal:
        stored, kept = dut.journal.stored.as_value(), harness.register("kept", len(dut.journal.stored.as_value()))
        harness.update(kept, Mux(dut.journal.write, dut.journal.value.as_value(), kept))
        harness.assume("journal: what was written", stored == kept)
        recovers = (State.RECOVER_LOOK, State.RECOVER_SHIFT, State.RECOVER_OUT)
        harness.check("journal: nothing is recovered without a cut", ~track.within(*recovers))
        going = (State.OUT_SHIFT, State.OUT_LOOK, *_TURNS, *_BACK, *_SETTLES, *_SURPLUS, State.EDGE_BACK)
        permutes = track.writes(Engine.CW, Engine.CW_EARLY, Engine.CW_KNOWN) & track.within(*going)
        harness.check("journal: a write goes on only while it permutes", ~kept[0] | permutes)


SUBJECTS = [
    Subject(block="racetrack", name="track_parts", make=lambda: Controller(PLAIN), describe=parts, reach=40),
    Subject(
        block="racetrack", name="track_parts_with_guards", make=lambda: Controller(GUARDED), describe=parts, reach=40
    ),
]
