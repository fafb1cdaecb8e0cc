"""What the controller does, whatever its hardware: counts, refusals, homing, faults that are told, cuts of power."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from numpy.random import Generator

from racelet.golden.racetrack.command import Command, Journal
from racelet.golden.racetrack.config import CONSTANT_WEIGHT, ENGINES, Engine, RacetrackConfig
from racelet.golden.racetrack.controller import Controller
from racelet.golden.racetrack.device import Track
from racelet.golden.racetrack.faults import FaultyTrack, Injection, PowerCut
from racelet.golden.racetrack.operations import Counts, counts, shift
from racelet.golden.racetrack.write_counts import read_counts, write_counts
from tests.golden.racetrack.replay import Replay

Words = dict[tuple[int, int], int]
EVERY = RacetrackConfig(
    word_bits=8, ports=3, words_per_port=2, tracks=2, engines=ENGINES, sweep=True, guard=True, journal=True
)
GUARDS = Counts(shift=2, detect=4)
"""What guards add to a read or a write: two shifts and two looks before, two looks at the end."""
VERIFIED = Counts(shift=2, detect=2)
"""And where the track comes home from an unknown place."""


def word_of(rng: Generator, width: int, ones: int) -> int:
    """Its lowest bit is a one, so that it may have a guard."""
    return 1 + sum(1 << int(place) for place in 1 + rng.choice(width - 1, ones - 1, replace=False))


def words_of(rng: Generator, config: RacetrackConfig, ones: int) -> Words:
    return {
        (port, slot): word_of(rng, config.word_bits, ones)
        for port in range(config.ports)
        for slot in range(config.words_per_port)
    }


def controller_of(config: RacetrackConfig, *tracks: Words, homed: bool = True) -> Controller:
    """With tracks that hold words; those that are not told hold none."""
    made = [FaultyTrack(config) for _ in range(config.tracks)]
    for track, words in zip(made, tracks, strict=False):
        for place, word in words.items():
            track.store(*place, word)
    controller = Controller(config, made)
    if homed:
        controller.positions = [0] * config.tracks
    return controller


def held(controller: Controller, number: int = 0) -> Words:
    config, track = controller.config, controller.tracks[number]
    every = [(port, slot) for port in range(config.ports) for slot in range(config.words_per_port)]
    return {place: track.load(*place) for place in every}


def sites_of(config: RacetrackConfig, words: Words) -> list[int]:
    return Replay(config, words).sites


def drawn(rng: Generator, **fixed: Any) -> RacetrackConfig:
    """Any shape that there is."""
    shape = {
        "word_bits": int(rng.integers(8, 65)),
        "ports": int(rng.integers(1, 33)),
        "words_per_port": int(rng.integers(1, 9)),
        "guard": bool(rng.integers(2)),
    }
    return RacetrackConfig(**{**shape, "engines": ENGINES, "sweep": True, "journal": True, **fixed})


def spent(controller: Controller, command: Command) -> Counts:
    before = len(controller.done)
    assert controller.run(command).error == "NONE"
    return counts(operation for _, operation in controller.done[before:])


def with_cut(controller: Controller, command: Command, at: int) -> bool:
    """Give a command, and cut the power at one of its operations; tells whether it came to that."""
    track = controller.tracks[command.track]
    assert isinstance(track, FaultyTrack)
    track.injections = [Injection(wrong="cut", operation=len(track.trace) + at)]
    try:
        controller.run(command)
    except PowerCut:
        controller.reset()
        return True
    finally:
        track.injections = []
    return False


@pytest.mark.parametrize("seed", range(6))
def test_every_operation_does_the_same_on_a_track_of_lists(seed: int) -> None:
    rng = np.random.default_rng(seed)
    config = drawn(
        rng, word_bits=int(rng.integers(8, 20)), ports=int(rng.integers(1, 6)), words_per_port=int(rng.integers(1, 4))
    )
    ones = int(rng.integers(1, config.word_bits))
    words = words_of(rng, config, ones)
    controller, replay = controller_of(config, words), Replay(config, words)
    for _ in range(60):
        place = int(rng.integers(config.ports)), int(rng.integers(config.words_per_port))
        command = _any_command(rng, controller, words, place, ones)
        before, seen = len(controller.done), len(replay.seen)
        response = controller.run(command)
        assert response.error == "NONE"
        replay.do(operation for _, operation in controller.done[before:])
        if command.code == "write":
            words[place] = command.word
        assert controller.tracks[0].sites.tolist() == list(map(bool, replay.sites))
        if command.code == "read":
            look = replay.seen[seen:][2 * config.guard :][: config.word_bits]
            assert response.data == words[place] == sum(bit << number for number, bit in enumerate(look))
    found = controller.counts
    assert Counts(**replay.count) == found
    # A blind removal of nothing is a fault of the device that nobody minds.
    assert replay.faults == len(controller.tracks[0].faults)
    assert {fault for _, fault in controller.tracks[0].faults} <= {"REMOVE_ON_ZERO"}


def _any_command(rng: Generator, controller: Controller, words: Words, place: tuple[int, int], ones: int) -> Command:
    port, slot = place
    if controller.positions[0] != 0 or rng.random() < 0.1:
        return Command(code="home")
    if rng.random() < 0.2:
        return Command(code="sweep", slot=slot, slots=int(rng.integers(1, controller.config.words_per_port - slot + 1)))
    if rng.random() < 0.3:
        return Command(code="read", port=port, slot=slot, ones=ones)
    engine = ENGINES[rng.integers(len(ENGINES))]
    word = word_of(rng, controller.config.word_bits, ones)
    return Command(code="write", engine=engine, port=port, slot=slot, word=word, old=words[place], ones=ones)


@pytest.mark.parametrize("seed", range(40))
def test_commands_take_what_the_formulas_say(seed: int) -> None:
    rng = np.random.default_rng(seed)
    config = drawn(rng)
    width, guards = config.word_bits, GUARDS if config.guard else Counts()
    ones = int(rng.integers(1, width))
    words = words_of(rng, config, ones)
    controller = controller_of(config, words)
    port, slot = place = int(rng.integers(config.ports)), int(rng.integers(config.words_per_port))
    assert spent(controller, Command(code="read", port=port, slot=slot)) == read_counts(config, slot=slot) + guards
    for engine in ENGINES:
        old, new = words[place], word_of(rng, width, ones)
        edge = slot > 0 and bool(words[port, slot - 1] >> width - 1)
        expected = write_counts(old, new, engine, config, slot=slot, edge=edge)
        write = Command(code="write", engine=engine, port=port, slot=slot, word=new, old=old, ones=ones)
        assert spent(controller, write) == expected + (guards if expected.total else Counts())
        words[place] = new
    assert held(controller) == words
    position = 0
    for _ in range(4):
        slot = int(rng.integers(config.words_per_port))
        slots = int(rng.integers(1, config.words_per_port - slot + 1))
        low, high = slot * width + 1, (slot + slots) * width
        found = spent(controller, Command(code="sweep", slot=slot, slots=slots))
        way = min(abs(position - low), abs(position - high))
        assert found == Counts(shift=way + slots * width - 1, detect=slots * width)
        ends = [end for end in (high, low) if controller.positions[0] == end]
        assert ends
        position = ends[0]
    assert spent(controller, Command(code="home")) == Counts(detect=position + 1, shift=position)


@pytest.mark.parametrize("guard", [False, True])
def test_home_is_found_from_everywhere(guard: bool) -> None:
    config = dataclasses.replace(EVERY, guard=guard)
    words = words_of(np.random.default_rng(1), config, 4)
    for moved in range(config.segment + 1):
        controller = controller_of(config, words, homed=False)
        for _ in range(moved):
            controller.tracks[0].apply(shift(0, "all", "right"))
        taken = spent(controller, Command(code="home"))
        assert taken == Counts(detect=moved + 1, shift=moved) + (VERIFIED if guard else Counts())
        assert controller.tracks[0].sites.tolist() == sites_of(config, words)
        # It is known now, and not verified again.
        assert spent(controller, Command(code="home")) == Counts(detect=1)


def test_a_track_without_a_marker_is_never_home() -> None:
    """Its first skyrmion would be taken for it, and words be read from beside their places."""
    rng = np.random.default_rng(2)
    for _ in range(200):
        config = drawn(rng, guard=True, word_bits=8, ports=int(rng.integers(1, 4)))
        controller = controller_of(config, words_of(rng, config, int(rng.integers(1, 9))), homed=False)
        controller.tracks[0].sites[0] = False
        for _ in range(2):
            assert controller.run(Command(code="home")).error in ("NO_MARKER", "DEVICE_FAULT")
        assert controller.run(Command(code="read")).error == "NOT_HOMED"


def test_a_track_that_is_not_where_it_was_left_has_to_go_home_twice() -> None:
    words = words_of(np.random.default_rng(3), EVERY, 4)
    controller = controller_of(EVERY, words)
    controller.run(Command(code="sweep"))
    controller.tracks[0].apply(shift(0, "all", "left"))
    assert controller.run(Command(code="home")).error == "DISPLACED"
    assert controller.run(Command(code="read")).error == "NOT_HOMED"
    assert controller.run(Command(code="home")).error == "NONE"
    assert controller.tracks[0].sites.tolist() == sites_of(EVERY, words)


@pytest.mark.parametrize("direction", ["left", "right"])
@pytest.mark.parametrize("code", ["read", "write"])
def test_a_track_displaced_by_one_is_found_before_anything_is_done(code: Any, direction: Any) -> None:
    rng = np.random.default_rng(4)
    for _ in range(100):
        words = words_of(rng, EVERY, int(rng.integers(1, 9)))
        port, slot = int(rng.integers(3)), int(rng.integers(2))
        controller = controller_of(EVERY, words)
        controller.tracks[0].apply(shift(0, "all", direction))
        new = words[port, 1 - slot]
        asked = Command(code=code, port=port, slot=slot, engine="cw", word=new, ones=new.bit_count())
        assert controller.run(asked).error == "DISPLACED"
        assert {operation.kind for _, operation in controller.done} <= {"detect", "shift"}
        assert len(controller.done) <= 3
        assert controller.positions[0] is None


REFUSED = {
    "COMMAND": Command(code="sweep"),
    "TRACK": Command(code="read", track=2),
    "PORT": Command(code="read", port=3),
    "SLOT": Command(code="write", slot=2, word=1),
    "ENGINE": Command(code="write", engine="dcw", word=1),
    "JOURNAL": Command(code="recover", word=1, ones=1),
    "NOT_HOMED": Command(code="read", track=1),
    "WORD_COUNT": Command(code="write", engine="cw", word=3, ones=3),
    "WORD_GUARD": Command(code="write", engine="naive", word=2),
}


@pytest.mark.parametrize("error", REFUSED)
def test_what_cannot_be_done_is_refused_and_nothing_is_done(error: str) -> None:
    config = dataclasses.replace(EVERY, sweep=False, engines=("naive", "cw", "cw_known"))
    controller = controller_of(config, words_of(np.random.default_rng(5), config, 4))
    controller.positions[1] = None
    assert controller.run(REFUSED[error]).error == error
    assert not controller.done
    assert controller.positions == [0, None]


def test_more_is_refused() -> None:
    controller = controller_of(EVERY)
    over = Command(code="sweep", slot=1, slots=2)
    assert controller.run(over).error == controller.run(dataclasses.replace(over, slots=0)).error == "SLOT"
    known = Command(code="write", engine="cw_known", word=3, old=7, ones=2)
    assert controller.run(known).error == "WORD_COUNT"
    controller.journal = Journal(track=0, port=1, slot=0, edge=False)
    recover = Command(code="recover", port=1, word=3, ones=2)
    for other in (Command(code="home"), dataclasses.replace(recover, port=0), dataclasses.replace(recover, slot=1)):
        assert controller.run(other).error == "JOURNAL"
    assert not controller.done


@pytest.mark.parametrize("guard", [False, True])
@pytest.mark.parametrize("engine", CONSTANT_WEIGHT)
def test_a_write_is_finished_wherever_it_was_cut(engine: Engine, guard: bool) -> None:
    rng = np.random.default_rng(6)
    points = 0
    for _ in range(8):
        config = drawn(rng, guard=guard, word_bits=int(rng.integers(8, 20)), ports=2, words_per_port=3)
        ones = int(rng.integers(2, config.word_bits))
        words = words_of(rng, config, ones)
        port, slot = place = int(rng.integers(2)), int(rng.integers(3))
        new = word_of(rng, config.word_bits, ones)
        write = Command(code="write", engine=engine, port=port, slot=slot, word=new, old=words[place], ones=ones)
        wanted = sites_of(config, {**words, place: new})
        at = 0
        while with_cut(controller := controller_of(config, words), write, at):
            at += 1
            recovers = controller.journal is not None
            again = dataclasses.replace(write, code="recover" if recovers else "write", engine="cw")
            if recovers:
                # Once more, anywhere in the recovery.
                with_cut(controller, again, int(rng.integers(8 * config.segment)))
            before = len(controller.done)
            if controller.journal is not None:
                assert controller.run(again).error == "NONE"
            assert controller.run(Command(code="home")).error == "NONE"
            if not recovers:
                assert controller.run(again).error == "NONE"
            done = counts(operation for _, operation in controller.done[before:])
            assert not done.insert + done.remove
            assert controller.tracks[0].sites.tolist() == wanted
            assert not controller.tracks[0].faults
        points += at
    assert points > 200


@pytest.mark.parametrize("engine", ["cw", "cw_early"])
@pytest.mark.parametrize("guard", [False, True])
def test_an_old_word_of_another_weight_is_told_and_healed(engine: Engine, guard: bool) -> None:
    rng = np.random.default_rng(7)
    for _ in range(60):
        config = dataclasses.replace(EVERY, guard=guard)
        ones = int(rng.integers(2, 8))
        words = words_of(rng, config, ones)
        place = int(rng.integers(3)), int(rng.integers(2))
        other = int(rng.integers(1, 9))
        controller = controller_of(config, {**words, place: word_of(rng, 8, other)})
        new = word_of(rng, 8, ones)
        write = Command(code="write", engine=engine, port=place[0], slot=place[1], word=new, ones=ones)
        error = controller.run(write).error
        if engine == "cw_early" and other > ones and error == "NONE":
            # What is too much lies where it does not look, and is found by the next read.
            read = Command(code="read", port=place[0], slot=place[1], ones=ones)
            assert controller.run(read).error == "READ_COUNT"
            error = controller.run(dataclasses.replace(write, engine="cw")).error
        assert error == ("NONE" if other == ones else "OLD_COUNT")
        assert controller.tracks[0].sites.tolist() == sites_of(config, {**words, place: new})


def test_a_word_of_another_weight_is_told_when_it_is_read() -> None:
    words = words_of(np.random.default_rng(8), EVERY, 4)
    controller = controller_of(EVERY, {**words, (1, 1): 0b111})
    read = Command(code="read", port=1, slot=1, ones=4)
    response = controller.run(read)
    assert (response.error, response.data) == ("READ_COUNT", 0b111)
    assert controller.run(dataclasses.replace(read, ones=0)).error == "NONE"


def test_a_permutation_that_ends_beside_its_place_is_told_and_recovered() -> None:
    """A shift that moves nothing, anywhere on the way out: the journal stays."""
    rng = np.random.default_rng(9)
    healed = 0
    for at in range(4, 20, 2):
        words = words_of(rng, EVERY, 4)
        controller = controller_of(EVERY, words)
        track = controller.tracks[0]
        assert isinstance(track, FaultyTrack)
        track.injections = [Injection(wrong="short", operation=at)]
        write = Command(code="write", engine="cw", port=2, word=word_of(rng, 8, 4), ones=4)
        assert controller.run(write).error == "DISPLACED"
        assert controller.journal is not None
        assert controller.positions[0] is None
        assert controller.run(dataclasses.replace(write, code="recover")).error in ("NONE", "DEVICE_FAULT")
        healed += track.sites.tolist() == sites_of(EVERY, {**words, (2, 0): write.word})
    assert healed >= 6


def test_tracks_are_apart() -> None:
    rng = np.random.default_rng(10)
    first, second = words_of(rng, EVERY, 4), words_of(rng, EVERY, 4)
    controller = controller_of(EVERY, first, second)
    write = Command(code="write", track=1, engine="pw", word=0xFF)
    assert controller.run(write).error == "NONE"
    assert held(controller, 0) == first
    assert held(controller, 1) == {**second, (0, 0): 0xFF}
    assert isinstance(controller.tracks[0], Track)
    assert not controller.tracks[0].trace
