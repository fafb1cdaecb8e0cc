import numpy as np
import pytest

from racelet.golden.dwcpwc.config import PRESETS
from racelet.golden.lib.record_memory import rows_read
from racelet.sim.lib.tb_record_memory import verify, verify_shape


@pytest.mark.simulation
@pytest.mark.parametrize("preset", ["tiny", "large"])
def test_rows_match_golden(preset: str) -> None:
    verify(PRESETS[preset], seed=1, waves=None)


@pytest.mark.simulation
@pytest.mark.parametrize(("lanes", "together"), [(4, 4), (8, 2), (16, 4)])
def test_records_that_are_written_together_match_golden(lanes: int, together: int) -> None:
    verify_shape(9, lanes, 6 * lanes, together=together, seed=1)


@pytest.mark.simulation
def test_rows_beyond_16_bits_match_golden() -> None:
    verify_shape(9, 1, (1 << 17) + 5, seed=1)


@pytest.mark.simulation
def test_a_memory_of_one_lane_and_odd_size_matches_golden() -> None:
    verify_shape(9, 1, 5, seed=1)


def test_a_row_is_what_was_written_before() -> None:
    rng = np.random.default_rng(1)
    shadow = np.zeros((4, 2), np.int64)
    writes, reads, expected = [], [], []
    for _ in range(200):
        number, record, row = (int(value) for value in rng.integers(0, (8, 100, 4)))
        writes.append({number: record})
        reads.append(row)
        expected.append(shadow[row].tolist())
        shadow[divmod(number, 2)] = record
    assert rows_read(2, 4, writes, reads) == expected
