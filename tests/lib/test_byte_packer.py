import pytest
from hypothesis import given
from hypothesis import strategies as st

from racelet.golden.dwcpwc.config import PRESETS
from racelet.golden.lib.byte_packer import LATENCY, pack, schedule
from racelet.hw.lib.byte_packer import BytePacker
from racelet.sim.lib.tb_byte_packer import verify, verify_shape

GROUPS = st.lists(st.tuples(st.lists(st.integers(0, 255), min_size=1, max_size=16), st.booleans()), max_size=20)
SIZES = st.sampled_from([1, 2, 3, 4, 8, 16])


@pytest.mark.simulation
@pytest.mark.parametrize("preset", ["tiny", "large"])
def test_words_and_cycles_match_golden(preset: str) -> None:
    verify(PRESETS[preset], seed=1, waves=None)


@pytest.mark.simulation
@pytest.mark.parametrize(("input_bytes", "output_bytes"), [(1, 3), (7, 1)])
def test_any_shape_matches_golden(input_bytes: int, output_bytes: int) -> None:
    verify_shape(input_bytes, output_bytes, seed=1)


@given(groups=GROUPS, size=SIZES)
def test_words_hold_each_rows_bytes_in_order(groups: list[tuple[list[int], bool]], size: int) -> None:
    rows: list[list[int]] = [[]]
    for data, last in groups:
        rows[-1] += data
        if last:
            rows.append([])
    unfinished = rows.pop()
    expected = []
    for row in rows:
        for first in range(0, len(row), size):
            word = row[first : first + size]
            expected.append((word + [0] * (size - len(word)), first + size >= len(row)))
    whole = len(unfinished) // size * size
    expected += [(unfinished[first : first + size], False) for first in range(0, whole, size)]
    assert pack(groups, size) == expected


def test_the_hardware_states_the_latency_of_golden() -> None:
    assert BytePacker.LATENCY == LATENCY


@given(groups=GROUPS, size=SIZES)
def test_schedule_is_that_of_a_buffer_stepped_cycle_by_cycle(groups: list[tuple[list[int], bool]], size: int) -> None:
    counts, lasts = [len(data) for data, _ in groups], [last for _, last in groups]
    waiting = list(zip(counts, lasts, strict=True))
    accepted, emitted, inside = [], [], []
    held, ending = 0, False
    for cycle in range(16 * 17 * 20):
        emits = held >= size or (ending and held > 0)
        if emits:
            emitted.append(cycle)
            held = max(held - size, 0)
        ending = ending and held > 0
        free = len(inside) < 2
        if inside and held < size and not ending:
            count, ending = inside.pop(0)
            held += count
        if waiting and free:
            inside.append(waiting.pop(0))
            accepted.append(cycle)
    assert schedule(counts, lasts, size) == (accepted, emitted)
