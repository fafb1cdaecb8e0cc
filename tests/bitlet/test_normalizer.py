import pytest

from racelet.golden.bitlet.config import AccumulatorConfig, BitletConfig
from racelet.golden.bitlet.normalizer import LATENCY
from racelet.hw.bitlet.normalizer import Normalizer
from racelet.sim.bitlet.tb_normalizer import verify, verify_shape


@pytest.mark.simulation
def test_codes_and_cycles_match_golden() -> None:
    verify(BitletConfig(formats=("fp16", "bf16", "fp32")), seed=1, waves=None)


@pytest.mark.simulation
@pytest.mark.parametrize(
    ("formats", "guard"),
    # With the last three, numbers that round to zero lie just below the reach of the shift.
    [(("fp16",), 0), (("bf16",), 0), (("fp32", "fp16"), 0), (("fp16",), 9), (("bf16",), 28), (("fp32",), 12)],
)
def test_any_formats_match_golden(formats: tuple[str, ...], guard: int) -> None:
    verify_shape(AccumulatorConfig(formats=formats, guard=guard, terms=3), seed=1)


def test_the_hardware_states_the_latency_of_golden() -> None:
    assert Normalizer.LATENCY == LATENCY
