import numpy as np
import pytest

from racelet.golden.adc.config import PRESETS, AdcConfig
from racelet.golden.adc.flash_encoder import LATENCY, encode
from racelet.hw.adc.flash_encoder import FlashEncoder
from racelet.sim.adc.tb_flash_encoder import bits_of_patterns, patterns, verify, verify_shapes

WIDTHS = {
    f"{bits}-{majority:d}": AdcConfig(bits=bits, kind="flash", majority=majority)
    for bits, majority in ((2, False), (4, True), (8, True))
}


@pytest.mark.simulation
def test_codes_bubbles_and_cycles_match_golden() -> None:
    verify(PRESETS["tiny"], seed=1)


@pytest.mark.simulation
@pytest.mark.parametrize("name", WIDTHS)
def test_every_width_matches_golden(name: str) -> None:
    verify_shapes({"": WIDTHS[name]}, seed=2)


def test_the_hardware_states_the_latency_of_golden() -> None:
    assert FlashEncoder.LATENCY == LATENCY


@pytest.mark.parametrize("bits", [2, 3, 5, 8])
def test_the_bench_tries_every_code_with_and_without_bubbles(bits: int) -> None:
    config = AdcConfig(bits=bits, kind="flash", majority=True)
    found = encode(bits_of_patterns(patterns(np.random.default_rng(1), config), config), config)
    for is_bubbly in (False, True):
        codes = set(found.codes[found.bubbles == is_bubbly].tolist())
        assert codes == set(range(config.levels))
