"""Words written into tracks: every engine, every bit of the track, every count; and what is published of them."""

from collections import deque
from typing import get_args

import numpy as np
import pytest
from numpy.random import Generator

from racelet.golden.racetrack.config import CONSTANT_WEIGHT, ENGINES, Engine, RacetrackConfig
from racelet.golden.racetrack.constant_weight import encode
from racelet.golden.racetrack.device import Track
from racelet.golden.racetrack.operations import Direction, Operation, Span, cycles, shift
from racelet.golden.racetrack.write_counts import read_counts, write_counts
from racelet.golden.racetrack.write_engines import WriteError, read, write

State = tuple[bytes, int]


def word_of(rng: Generator, width: int, ones: int) -> int:
    return sum(1 << int(place) for place in rng.choice(width, ones, replace=False))


def filled(rng: Generator, config: RacetrackConfig, ones: int) -> tuple[Track, dict[tuple[int, int], int]]:
    track = Track(config)
    words = {
        (port, slot): word_of(rng, config.word_bits, ones)
        for port in range(config.ports)
        for slot in range(config.words_per_port)
    }
    for (port, slot), word in words.items():
        track.store(port, slot, word)
    return track, words


@pytest.mark.parametrize("engine", ENGINES)
def test_a_word_is_written_and_all_else_stays(engine: Engine) -> None:
    rng = np.random.default_rng(1)
    for _ in range(60):
        config = RacetrackConfig(
            word_bits=int(rng.integers(8, 20)), ports=int(rng.integers(1, 4)), words_per_port=int(rng.integers(1, 4))
        )
        ones = int(rng.integers(0, config.word_bits + 1))
        track, words = filled(rng, config, ones)
        place = int(rng.integers(config.ports)), int(rng.integers(config.words_per_port))
        of_weight = engine in CONSTANT_WEIGHT
        new = word_of(rng, config.word_bits, ones if of_weight else int(rng.integers(0, config.word_bits + 1)))
        write(track, place[0], new, engine, slot=place[1], ones=ones, old=words[place])
        edge = place[1] > 0 and bool(words[place[0], place[1] - 1] >> config.word_bits - 1)
        assert track.counts == write_counts(words[place], new, engine, config, slot=place[1], edge=edge)
        words[place] = new
        assert {each: track.load(*each) for each in words} == words
        # Nothing else lies about, and the track is at home.
        assert track.sites.sum() == 1 + sum(word.bit_count() for word in words.values())
        assert track.displacement == 0
        assert {fault for _, fault in track.faults} <= ({"REMOVE_ON_ZERO"} if engine == "naive" else set())


def test_a_word_is_read_where_it_is() -> None:
    rng = np.random.default_rng(2)
    config = RacetrackConfig(word_bits=12, ports=3, words_per_port=3)
    track, words = filled(rng, config, 5)
    before = track.sites.copy()
    for place, word in words.items():
        done = track.counts
        assert read(track, place[0], slot=place[1]) == word
        assert done + read_counts(config, slot=place[1]) == track.counts
    assert not track.faults
    np.testing.assert_array_equal(track.sites, before)


def test_a_word_of_another_weight_is_refused_before_anything_is_done() -> None:
    track = Track(RacetrackConfig(word_bits=8, ports=1))
    with pytest.raises(WriteError, match=r"^a word must have 4 ones, not 3$"):
        write(track, 0, 0b111, "cw", ones=4)
    with pytest.raises(WriteError, match=r"^a word must have 8 bits, not be 0x100$"):
        write(track, 0, 256, "pw")
    assert not track.trace


def test_uniform_words_take_as_many_inserts_as_published() -> None:
    rng = np.random.default_rng(3)
    words = rng.integers(0, 1 << 64, (2, 40_000), np.uint64)
    config = RacetrackConfig(word_bits=64)
    inserts = [write_counts(int(old), int(new), "pw", config).insert for old, new in words.T]
    assert np.mean(inserts) == pytest.approx(2.25, abs=0.03)


def test_what_a_write_of_gaussian_words_takes() -> None:
    """The specification's table."""
    rng = np.random.default_rng(4)
    values = rng.normal(0, 0.02, (2, 20_000)).astype(np.float32)
    words = values.view(np.uint32)
    config = RacetrackConfig()
    table: dict[Engine, tuple[float, float]] = {"naive": (74.3, 5260), "dcw": (47.6, 2863), "pw": (39.5, 1727)}
    for engine, (nanoseconds, femtojoules) in table.items():
        found = [write_counts(int(old), int(new), engine, config) for old, new in words.T]
        assert np.mean([each.latency_ns for each in found]) == pytest.approx(nanoseconds, rel=0.01)
        assert np.mean([each.energy_fj for each in found]) == pytest.approx(femtojoules, rel=0.01)
    coded = np.stack([encode(each) for each in values])
    steps = 1 + 1e-3 * rng.choice([-1, 1], 20_000)
    updated = np.stack([coded[0], encode((values[0] * steps).astype(np.float32))])
    modes: dict[Engine, tuple[float, float]] = {"cw": (35.4, 1354), "cw_early": (34.9, 1333), "cw_known": (16.0, 639)}
    for engine, (nanoseconds, femtojoules) in modes.items():
        pairs = updated if engine == "cw_known" else coded
        found = [write_counts(int(old), int(new), engine, config) for old, new in pairs.T]
        assert not any(each.insert + each.remove for each in found)
        assert np.mean([each.latency_ns for each in found]) == pytest.approx(nanoseconds, rel=0.01)
        assert np.mean([each.energy_fj for each in found]) == pytest.approx(femtojoules, rel=0.01)


def test_an_operation_takes_whole_cycles() -> None:
    assert [cycles(kind, 10) for kind in ("detect", "shift", "remove", "insert")] == [1, 5, 8, 10]
    assert [cycles(kind, 2.5) for kind in ("detect", "shift", "remove", "insert")] == [1, 2, 2, 3]


@pytest.mark.parametrize("width", [2, 3, 4, 5, 6])
def test_no_permutation_by_shifts_is_shorter(width: int) -> None:
    """Breadth first over all shifts: from a word to any other of its weight takes 2 n + 1 shifts, no fewer."""
    full = RacetrackConfig(word_bits=8, ports=1)
    end = full.port_sites[0]
    shifts = [shift(0, span, direction) for span in get_args(Span) for direction in get_args(Direction)]
    track = Track(full)
    for start in range(1 << width):
        track.sites[:] = False
        # Ones may be moved anywhere, as long as all is back in the end; without a marker, which would be in the way.
        track.sites[end - width : end] = [start >> place & 1 for place in reversed(range(width))]
        first: State = (track.sites.tobytes(), 0)
        ones = start.bit_count()
        wanted = {other for other in range(1 << width) if other.bit_count() == ones and other != start}
        distance: dict[State, int] = {first: 0}
        waiting: deque[State] = deque([first])
        found: dict[int, int] = {}
        while waiting and len(found) < len(wanted):
            state, moved = waiting.popleft()
            for each in shifts:
                track.sites[:] = np.frombuffer(state, np.bool_)
                if track.apply(each).fault or abs(after := moved + _left(each)) > width + 1:
                    continue
                following = (track.sites.tobytes(), after)
                if following in distance:
                    continue
                distance[following] = distance[state, moved] + 1
                waiting.append(following)
                word = sum(int(bit) << place for place, bit in enumerate(track.sites[end - width : end][::-1]))
                if not after and word in wanted and int(track.sites.sum()) == int(track.sites[end - width : end].sum()):
                    found.setdefault(word, distance[following])
        for word in wanted:
            assert found[word] == write_counts(start, word, "cw_known", full).shift


def _left(operation: Operation) -> int:
    """How far what is left of the port has moved."""
    return 0 if operation.span == "right" else 1 if operation.direction == "right" else -1
