import pytest
from hypothesis import given
from hypothesis import strategies as st

from racelet.golden.dwcpwc.config import PRESETS
from racelet.golden.lib.packet_end import packets
from racelet.sim.lib.tb_packet_end import verify


@pytest.mark.simulation
def test_packets_match_golden() -> None:
    verify(PRESETS["tiny"], seed=1, waves=None)


@given(lengths=st.lists(st.integers(0, 5), max_size=20), rest=st.integers(0, 5))
def test_the_last_beat_of_every_packet_is_marked(lengths: list[int], rest: int) -> None:
    beats = list(range(sum(lengths) + rest))
    ends = [sum(lengths[: number + 1]) for number in range(len(lengths))]
    expected = [(number == length - 1) for length in lengths for number in range(length)]
    expected += [False] * max(rest - 1, 0)
    assert packets(beats, ends) == list(zip(beats, expected, strict=False))
