import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racelet.golden.dwcpwc.config import PRESETS
from racelet.golden.lib.reset_chain import cycles, resets
from racelet.sim.lib.tb_reset_chain import verify


@pytest.mark.simulation
def test_resets_match_golden() -> None:
    verify(PRESETS["tiny"], seed=1, waves=None)


@given(clears=st.lists(st.integers(0, 1), max_size=60), parts=st.integers(1, 6))
def test_all_parts_are_reset_at_once_after_every_clear(clears: list[int], parts: int) -> None:
    # Then it ends.
    shown = resets(parts, [*clears, *[0] * (cycles(parts) + 1)])
    everything = (1 << parts) - 1
    assert shown[-1] == (0, 0, 0)
    assert all(busy or not each for each, busy, _ in shown)
    assert all(coming == after[1] for (_, _, coming), after in itertools.pairwise(shown))
    for cycle, clear in enumerate(clears):
        after = shown[cycle + 1 :]
        until = after[: next(k for k, (_, busy, _) in enumerate(after) if not busy)]
        assert not clear or everything in [each for each, busy, _ in until if busy]


@pytest.mark.parametrize("parts", [1, 2, 7])
def test_a_clear_takes_as_long_as_it_says(parts: int) -> None:
    idle = [0] * (parts + 2)
    shown = resets(parts, [*idle, 1, *[0] * (cycles(parts) + 1)])
    assert [busy for _, busy, _ in shown[len(idle) :]] == [0, *[1] * cycles(parts), 0]
