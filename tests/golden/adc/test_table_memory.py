import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.error import Error
from racelet.golden.adc.table_memory import TableMemory, starts
from racelet.golden.adc.thresholds import monotonic

CONFIG = AdcConfig(bits=2, input_lanes=2, word_lines=1, output_lanes=1, group_tables=True)
FIRST = np.array([[[1, 2, 3], [4, 5, 5]], [[9, 8, 7], [0, 255, 0]]])


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 3), st.integers(0, 9), st.booleans())))
def test_bits_of_neighbours_are_those_of_the_whole_table(writes: list[tuple[int, int, int, int, bool]]) -> None:
    memory, expected = TableMemory(CONFIG, FIRST), FIRST.copy()
    for group, table, entry, code, busy in writes:
        told = memory.write((group, table, entry), code, busy=busy)
        assert told == (Error.WRITE_BUSY if busy else Error.NONE)
        if not busy and entry < 3:
            expected[group, table, entry] = code
        np.testing.assert_array_equal(memory.tables, expected)
        for place in np.ndindex(2, 2):
            assert memory.is_monotonic(*place) == monotonic(expected[place])
    assert memory.errors == (Error.WRITE_BUSY if any(busy for *_, busy in writes) else Error.NONE)


def test_a_start_counts_when_what_went_on_has_ended() -> None:
    assert starts([0, 1, 9, 10, 11], [10, 1, 1, 5, 5]) == ([True, False, False, True, False], [10, 15])
    assert starts([], []) == ([], [])


def test_errors_are_bits_of_their_own() -> None:
    assert [each.value for each in Error] == [1 << k for k in range(7)]
