import itertools

import numpy as np
import pytest

from racelet.golden.racetrack.config import RacetrackConfig
from racelet.golden.racetrack.device import Track
from racelet.golden.racetrack.odometer import Place, stored
from racelet.golden.racetrack.operations import Counts, detect, shift
from racelet.golden.racetrack.sweep import Sweep
from racelet.golden.racetrack.traversal import Lazy, eager, lazy
from racelet.golden.racetrack.write_engines import read

ROWS = stored((16, 12), 1)


def test_a_transposed_traversal_costs_what_rows_cost() -> None:
    turned = ROWS.permute((1, 0))
    assert lazy(ROWS.places(), 8, 12) == lazy(turned.places(), 8, 12) == Counts(shift=1536, detect=1536)
    assert eager(ROWS.places(), 8, 12) == eager(turned.places(), 8, 12) == Counts(shift=19_968, detect=1536)


def test_no_order_costs_less_than_each_word_once() -> None:
    """Every word has to pass, so one for each bit is the least; any order of whole dimensions is as good as rows."""
    view = ROWS.split(0, 4).split(2, 3)
    least = lazy(ROWS.places(), 8, 12).shift
    orders = [order for order in itertools.permutations(range(4)) if order.index(2) < order.index(3)]
    assert {lazy(view.permute(order).places(), 8, 12).shift for order in orders} == {least}
    # With a part of the words within the others, tracks go to and fro.
    assert lazy(view.permute((0, 1, 3, 2)).places(), 8, 12).shift > least


@pytest.mark.parametrize(("bits", "ports", "slots"), [(8, 1, 8), (9, 3, 2), (16, 2, 1)])
def test_tracks_are_read_with_as_many_operations(bits: int, ports: int, slots: int) -> None:
    """In any order on the device's model: each word as it was stored, with the shifts and detections that are told."""
    rng = np.random.default_rng(bits)
    config = RacetrackConfig(word_bits=bits, ports=ports, words_per_port=slots)
    words = rng.integers(1 << bits, size=(3, ports * slots))
    tracks = [Track(config) for _ in words]
    for (number, word), value in np.ndenumerate(words):
        tracks[number].store(word // slots, word % slots, int(value))
    before = [track.sites.copy() for track in tracks]
    told, away = Lazy(bits, slots), [0] * 3

    def pass_port(place: Place) -> int:
        number, word = place
        port, first, value = word // slots, word % slots * bits, 0
        outwards = told.read(place)
        for bit in range(bits) if outwards else reversed(range(bits)):
            while (distance := first + bit + 1 - away[number]) != 0:
                tracks[number].apply(shift(port, "all", "right" if distance > 0 else "left"))
                away[number] += 1 if distance > 0 else -1
            value |= tracks[number].apply(detect(port)).bit << bit
        return value

    for _ in range(60):
        place = int(rng.integers(3)), int(rng.integers(ports * slots))
        assert pass_port(place) == words[place]
        assert away[place[0]] == told.displacements[place[0]]
    assert told.pulses == sum((track.counts for track in tracks), Counts())
    for track, distance, sites in zip(tracks, away, before, strict=True):
        for _ in range(distance):
            track.apply(shift(0, "all", "left"))
        np.testing.assert_array_equal(track.sites, sites)
        assert not track.faults


def test_words_out_and_back_are_a_sweep() -> None:
    config = RacetrackConfig(word_bits=8, ports=1, words_per_port=5)
    sweep = Sweep(Track(config))
    for _ in range(4):
        sweep.read()
    order = [*range(5), *reversed(range(5))] * 2
    assert lazy([(0, word) for word in order], 8, 5) == sweep.pulses


def test_homing_after_each_word_is_a_read() -> None:
    config = RacetrackConfig(word_bits=8, ports=2, words_per_port=3)
    for word in range(6):
        track = Track(config)
        read(track, word // 3, slot=word % 3)
        assert eager([(0, word)], 8, 3) == track.counts
