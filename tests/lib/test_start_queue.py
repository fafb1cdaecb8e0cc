import pytest
from hypothesis import given
from hypothesis import strategies as st

from racelet.golden.dwcpwc.config import PRESETS
from racelet.golden.lib.start_queue import queue
from racelet.sim.lib.tb_start_queue import verify


@pytest.mark.simulation
def test_starts_match_golden() -> None:
    verify(PRESETS["tiny"], seed=1, waves=None)


@given(events=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), max_size=40), depth=st.integers(1, 4))
def test_no_start_is_lost_unless_it_is_refused(events: list[tuple[int, int]], depth: int) -> None:
    starts, readies = [start for start, _ in events], [ready for _, ready in events]
    # Then it drains.
    shown = queue(depth, [*starts, *[0] * (depth + 1)], [*readies, *[1] * (depth + 1)])
    given_out, refused = sum(go for _, go, _ in shown), any(refused for *_, refused in shown)
    assert given_out <= sum(starts)
    assert (given_out == sum(starts)) is not refused
    assert all(0 <= pending <= depth for pending, *_ in shown)
