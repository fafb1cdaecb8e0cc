"""Properties of what stands around the controller's steps: its checks, its timer, what it knows of tracks."""

from amaranth.hdl import Cat, Const, Mux, Value

from racelet.golden.racetrack.config import ENGINES, KINDS, RacetrackConfig
from racelet.hw.racetrack.command_check import CommandCheck
from racelet.hw.racetrack.layouts import Code, Engine, Error, Kind, count_ones
from racelet.hw.racetrack.operation_timer import OperationTimer
from racelet.hw.racetrack.track_positions import TrackPositions
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.subject import Subject

CONFIG = RacetrackConfig(
    word_bits=8, ports=3, words_per_port=3, tracks=3, engines=ENGINES, clock_ghz=4, sweep=True, guard=True, journal=True
)


def command_check(harness: Harness, dut: CommandCheck) -> None:
    """What passes is about tracks, ports and words that there are, where it can be done, and leaves no cut write."""
    config, asked, stored = dut.config, dut.command, dut.stored
    passes = dut.error == Error.NONE
    is_home, is_sweep, is_write, is_recover = (
        asked.code == code for code in (Code.HOME, Code.SWEEP, Code.WRITE, Code.RECOVER)
    )
    words = Mux(is_sweep, asked.slots, 1)
    within = (asked.track < config.tracks) & (asked.port < config.ports)
    slots = (words != 0) & (asked.slot + words <= config.words_per_port)
    harness.check("passes: a command that there is", ~passes | (asked.code.as_value() < len(Code)))
    harness.check("passes: a track and a port that there are", ~passes | within)
    harness.check("passes: words that there are", ~passes | is_home | slots)
    harness.check(
        "passes: an engine that there is", ~passes | ~is_write | (asked.engine.as_value() < len(config.engines))
    )
    place = Cat(asked[name] == stored[name] for name in ("track", "port", "slot")).all()
    harness.check("passes: a cut write is finished first, and nothing else", ~passes | (stored.going == is_recover))
    harness.check("passes: the word that was cut", ~passes | ~is_recover | place)
    needs = Mux(is_sweep, dut.known, is_home | is_recover | dut.home)
    harness.check("passes: the track is where it must be", ~passes | needs)
    permutes = is_recover | (is_write & (asked.engine.as_value() >= Engine.CW.value))
    known = is_write & (asked.engine == Engine.CW_KNOWN)
    right = (count_ones(asked.word) == asked.ones) & (~known | (count_ones(asked.old) == asked.ones))
    harness.check("passes: words of the right weight", ~passes | ~permutes | right)
    guarded = ~(is_write | is_recover) | asked.word[0]
    harness.check("passes: a word that has its guard", ~passes | guarded)
    all_well = (asked.code.as_value() < len(Code)) & within & (is_home | slots) & needs & guarded
    all_well &= (stored.going == is_recover) & (~is_recover | place) & (~permutes | right)
    all_well &= ~is_write | (asked.engine.as_value() < len(config.engines))
    harness.check("passes: whatever there is nothing against", passes | ~all_well)
    harness.check("error: one that is told before anything is done", dut.error.as_value() <= Error.WORD_GUARD.value)
    for error in list(Error)[: Error.WORD_GUARD.value + 1]:
        harness.cover(f"error: {error.name}", dut.error == error)


def operation_timer(harness: Harness, dut: OperationTimer) -> None:
    """Every operation is held as long as it takes, and longer only where it is told to."""
    cycles = {Kind[name.upper()]: dut.config.operation_cycles(name) for name in KINDS}
    past = harness.register("past", 6)
    going, ends = harness.past(dut.active & ~dut.strobe), dut.strobe
    stays = ~going | harness.cleared | (dut.active & (dut.kind.as_value() == harness.past(dut.kind.as_value())))
    harness.assume("kind: the same until the strobe", stays)
    most = max(cycles.values())
    count = Mux(past == most, past, past + 1)
    harness.update(past, Mux(harness.clear | ends | ~dut.active, 0, count))
    before_last: Value = Const(0)
    for kind, number in cycles.items():
        before_last = Mux(dut.kind == kind, number - 1, before_last)
        harness.cover(f"strobe: of {kind.name}", ends & (dut.kind == kind))
    harness.check("elapsed: never beyond the longest", past <= most)
    counted = Mux(past < before_last, past, before_last)
    harness.check("elapsed: cycles that are past", harness.inside["elapsed"] == Mux(dut.active, counted, 0))
    harness.check("last: as many cycles as the operation takes", dut.last == (dut.active & (past >= before_last)))
    harness.check("strobe: in the last cycle, unless that is made longer", ends == (dut.last & ~dut.hold))
    harness.cover("strobe: made longer", ends & (past == most))


def track_positions(harness: Harness, dut: TrackPositions) -> None:
    """Of a track, any one, is known where it was found last, unless it was lost since."""
    config = dut.config
    watched = harness.constant("watched", len(dut.track))
    harness.assume("track: one that there is", (dut.track < config.tracks) & (watched < config.tracks))
    here = dut.track == watched
    known, where = harness.register("known", 1), harness.register("where", len(dut.at))
    changes = here & (dut.find | dut.lose)
    harness.update(known, ~harness.clear & Mux(changes, dut.find, known))
    harness.update(where, Mux(here & dut.find, dut.where, where))
    bits = harness.inside.nth("known", 1)
    harness.check("known: of the track that is watched", bits.bit_select(watched[:2], 1) == known)
    held = harness.inside.peek("places", watched)
    harness.check("places: where it was found last", ~known | (held == where))
    harness.check("known: of the track that is worked on", ~here | (dut.known == known))
    harness.check("at: where it was found last", ~here | ~known | (dut.at == where))
    harness.cover("known: not any more", harness.past(known) & ~known & ~harness.cleared)


SUBJECTS = [
    Subject(block="racetrack", name="command_check", make=lambda: CommandCheck(CONFIG), describe=command_check),
    Subject(block="racetrack", name="operation_timer", make=lambda: OperationTimer(CONFIG), describe=operation_timer),
    Subject(block="racetrack", name="track_positions", make=lambda: TrackPositions(CONFIG), describe=track_positions),
]
