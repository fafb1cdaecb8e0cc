import numpy as np
import pytest

from racelet.golden.lib.beat_splitter import BeatSplitter
from racelet.sim.lib.tb_beat_splitter import verify_shape


@pytest.mark.simulation
@pytest.mark.parametrize(("width", "beat_words", "most"), [(5, 2, 1), (32, 2, 2), (9, 4, 4), (16, 8, 2), (7, 4, 1)])
def test_groups_and_their_cycles_match_golden(width: int, beat_words: int, most: int) -> None:
    verify_shape(width, beat_words, most, seed=1)


def test_no_beat_is_taken_before_its_first_word() -> None:
    rng = np.random.default_rng(1)
    for size in (1, 2, 4, 8):
        counts = rng.integers(1, size + 1, 60).tolist()
        splitter = BeatSplitter([0] * 60, size)
        cycles = [splitter.take(count, 0) for count in counts]
        # Nothing waits, so each group takes one cycle.
        assert cycles == list(range(60))
        ends = np.cumsum(counts)
        assert splitter.taken == [int(np.argmax(ends > size * beat)) for beat in range(-(-int(ends[-1]) // size))]
