import pytest

from racelet.golden.racetrack.config import OdometerConfig
from racelet.hw.racetrack.odometer import Odometer
from racelet.sim.racetrack.tb_odometer import SHAPES, verify_shape
from tests.netlist import operators, paths


@pytest.mark.simulation
@pytest.mark.parametrize("config", SHAPES.values(), ids=SHAPES)
def test_places_match_golden(config: OdometerConfig) -> None:
    verify_shape(config, seed=1)


@pytest.mark.parametrize("dimensions", [1, 5])
def test_there_is_one_adder_for_tracks_one_for_words_and_no_multiplier(dimensions: int) -> None:
    found = operators(Odometer(OdometerConfig(track_width=20, offset_width=14, dimensions=dimensions)))
    widths = sorted(width for (kind, width), count in found.items() if kind == "+" for _ in range(count))
    # With a carry, which nothing reads.
    assert widths == [15, 21]
    assert not {kind for kind, _ in found} & {"*", "u//", "s//", "u%", "s%"}
    # The counter of each dimension goes down.
    assert sum(count for (kind, _), count in found.items() if kind == "-") == dimensions


def test_only_the_readys_are_not_registered() -> None:
    assert paths(Odometer(OdometerConfig())) == {("o__ready", "i__ready")}
