import pytest

from racelet.golden.racetrack.config import CodecConfig
from racelet.sim.racetrack.codec_configs import codecs
from racelet.sim.racetrack.tb_encoder import verify_codec


@pytest.mark.simulation
@pytest.mark.parametrize("config", codecs(serial=False), ids=lambda config: f"{config.code}-{config.ones}")
def test_words_and_cycles_match_golden(config: CodecConfig) -> None:
    verify_codec(config, seed=1)
