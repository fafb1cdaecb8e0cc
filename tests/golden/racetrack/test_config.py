from typing import Any

import pytest

from racelet.golden.racetrack.config import RacetrackConfig
from racelet.golden.racetrack.device import Track
from racelet.golden.racetrack.operations import insert, remove, shift


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"word_bits": 7}, "word_bits must be in 8..64, not 7"),
        ({"ports": 33}, "ports must be in 1..32, not 33"),
        ({"words_per_port": 0}, "words_per_port must be in 1..8, not 0"),
        ({"clock_ghz": 0}, "clock_ghz must be above 0 and at most 100, not 0"),
        ({"clock_ghz": float("nan")}, "clock_ghz must be above 0 and at most 100, not nan"),
    ],
)
def test_what_is_outside_its_range_is_named(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=f"^RacetrackConfig.{said}$"):
        RacetrackConfig(**fields)


@pytest.mark.parametrize("fields", [{"ports": True}, {"word_bits": 8.0}, {"clock_ghz": "1"}])
def test_what_is_of_the_wrong_kind_is_named(fields: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=f"^RacetrackConfig.{next(iter(fields))} must be "):
        RacetrackConfig(**fields)


def test_faults_are_told() -> None:
    track = Track(RacetrackConfig(word_bits=8, ports=1))
    assert track.apply(shift(0, "all", "left")).fault == "PUSHED_OUT"
    assert track.displacement is None
    assert track.apply(remove(0)).fault == "REMOVE_ON_ZERO"
    assert track.apply(insert(0)).fault is None
    assert track.apply(insert(0)).fault == "INSERT_ON_ONE"
    # What is left of the port moves over it.
    assert track.apply(shift(0, "left", "right")).fault == "PUSHED_OUT"
    assert [number for number, _ in track.faults] == [0, 1, 3, 4]
    assert track.counts.total == 5
