import pytest

from racelet.golden.bitlet.config import BitletConfig
from racelet.sim.bitlet.tb_lane import verify


@pytest.mark.simulation
def test_digits_are_taken_once() -> None:
    verify(BitletConfig(), seed=1, waves=None)
