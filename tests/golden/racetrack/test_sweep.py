import numpy as np
import pytest

from racelet.golden.racetrack.config import RacetrackConfig
from racelet.golden.racetrack.device import Track
from racelet.golden.racetrack.matrix_reads import (
    Product,
    buffered,
    kept_row,
    least_shifts,
    reductions,
    serpentine,
    word_by_word,
)
from racelet.golden.racetrack.sweep import Sweep

FFN = Product(rows=512, terms=768, columns=3072, word_bits=32)


@pytest.mark.parametrize(("bits", "ports", "slots"), [(8, 1, 1), (9, 3, 2), (64, 2, 3)])
def test_all_words_are_read_in_either_direction(bits: int, ports: int, slots: int) -> None:
    rng = np.random.default_rng(bits)
    track = Track(RacetrackConfig(word_bits=bits, ports=ports, words_per_port=slots))
    words = rng.integers(0, 1 << bits, (ports, slots), np.uint64, endpoint=False) if bits < 64 else None
    if words is None:
        words = rng.integers(0, (1 << 64) - 1, (ports, slots), np.uint64, endpoint=True)
    for (port, slot), word in np.ndenumerate(words):
        track.store(port, slot, int(word))
    before, sweep, segment = track.sites.copy(), Sweep(track), bits * slots
    for number in range(1, 5):
        np.testing.assert_array_equal(sweep.read(), words)
        assert (sweep.pulses.shift, sweep.pulses.detect) == (number * (segment - 1) + 1, number * segment)
    sweep.home()
    np.testing.assert_array_equal(track.sites, before)
    assert not track.faults
    np.testing.assert_array_equal(sweep.read(), words)


def test_a_product_on_tracks_takes_what_is_told() -> None:
    """Rows and columns on tracks: integer sums are exact, and shifts those of the formula."""
    rng = np.random.default_rng(1)
    config = RacetrackConfig(word_bits=8, ports=3, words_per_port=2)
    left, right = rng.integers(0, 256, (4, 6)), rng.integers(0, 256, (6, 5))

    def sweeps(lines: np.ndarray) -> list[Sweep]:
        tracks = [Track(config) for _ in lines]
        for track, line in zip(tracks, lines, strict=True):
            for number, value in enumerate(line.tolist()):
                track.store(number // 2, number % 2, value)
        return [Sweep(track) for track in tracks]

    rows, columns = sweeps(left), sweeps(right.T)
    found = [[int((row.read() * column.read()).sum()) for column in columns] for row in rows]
    assert found == (left @ right).tolist()
    shifts = sum(each.pulses.shift for each in (*rows, *columns))
    detects = sum(each.pulses.detect for each in (*rows, *columns))
    told = serpentine(Product(rows=4, terms=6, columns=5, word_bits=8), config.segment)
    assert (shifts, detects) == (told.shift, told.detect)
    assert told.shift == least_shifts(2 * 4 * 5, config.segment) + 4 + 5


def test_shifts_of_a_layer_of_bert_are_those_of_the_specification() -> None:
    billions = [
        (word_by_word(FFN), 154.6),
        (buffered(FFN), 77.3),
        (kept_row(FFN), 38.7),
        (buffered(FFN, tile=8), 9.66),
        (buffered(FFN, tile=64), 1.21),
        (serpentine(FFN, 32, tile=8), 0.0122),
    ]
    for counts, wanted in billions:
        assert counts.shift / 1e9 == pytest.approx(wanted, rel=2e-3)


def test_a_buffer_track_saves_what_is_published() -> None:
    found = reductions(word_by_word(FFN), buffered(FFN))
    assert found == pytest.approx({"shift": 50.0, "latency": 45.45, "energy": 47.62, "ops": 33.33}, abs=0.01)
