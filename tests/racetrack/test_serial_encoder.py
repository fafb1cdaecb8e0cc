import pytest

from racelet.golden.racetrack.config import CodecConfig
from racelet.sim.racetrack.codec_configs import codecs
from racelet.sim.racetrack.tb_serial_encoder import verify_codec


@pytest.mark.simulation
@pytest.mark.parametrize("config", codecs(serial=True), ids=lambda config: f"{config.code}-{config.ones}")
def test_bits_and_cycles_match_golden(config: CodecConfig) -> None:
    verify_codec(config, seed=1)
