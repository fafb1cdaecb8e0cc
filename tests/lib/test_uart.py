import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racelet.golden.dwcpwc.config import PRESETS
from racelet.golden.lib.config import UartConfig
from racelet.golden.lib.uart import line, received
from racelet.sim.lib.tb_uart import verify


@pytest.mark.simulation
def test_bytes_and_line_match_golden() -> None:
    verify(PRESETS["tiny"], seed=1, waves=None)


@given(data=st.lists(st.integers(0, 255), max_size=20), divisor=st.integers(8, 30), gap=st.integers(0, 50))
def test_what_is_sent_is_received(data: list[int], divisor: int, gap: int) -> None:
    levels = [level for byte in data for level in line([byte], divisor) + [1] * gap]
    assert received(levels, divisor) == data


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"clock_hz": 4}, "UartConfig.clock_hz must be at least 8, not 4"),
        ({"baud": 4_000_000}, "UartConfig.baud must be in 1..3125000 (clock_hz=25000000), not 4000000"),
        ({"baud": 3_000_000}, "UartConfig.baud must be within 2 % of clock_hz=25000000 by a whole number, not 3000000"),
    ],
)
def test_a_field_out_of_range_is_named(fields: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        UartConfig(**fields)


@pytest.mark.parametrize("value", [9600.0, True, "9600"])
def test_a_field_of_another_kind_is_named(value: Any) -> None:
    with pytest.raises(TypeError, match=f"UartConfig.baud must be int, not {value!r}"):
        UartConfig(baud=value)
