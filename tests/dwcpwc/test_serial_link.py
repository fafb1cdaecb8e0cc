import pytest

from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig
from racelet.sim.dwcpwc.tb_serial_link import verify


@pytest.mark.simulation
@pytest.mark.parametrize("config", [PRESETS["tiny"], PRESETS["large"]], ids=["tiny", "large"])
def test_every_command_is_answered_and_done(config: DwcPwcConfig) -> None:
    verify(config, seed=1)
