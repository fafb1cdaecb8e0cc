import pytest

from racelet.golden.dwcpwc.config import PRESETS
from racelet.sim.dwcpwc.tb_weight_encoder import verify


@pytest.mark.simulation
@pytest.mark.parametrize("preset", ["tiny", "large"])
def test_digits_match_golden(preset: str) -> None:
    verify(PRESETS[preset], seed=1)
