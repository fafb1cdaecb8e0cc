import pytest

from racelet.golden.bitlet.config import AccumulatorConfig, BitletConfig
from racelet.sim.bitlet.tb_sum_path import verify, verify_shape


@pytest.mark.simulation
def test_results_match_golden() -> None:
    verify(BitletConfig(formats=("fp16", "bf16", "fp32")), seed=1, waves=None)


@pytest.mark.simulation
def test_results_of_one_format_match_golden() -> None:
    verify_shape(AccumulatorConfig(formats=("fp16",), total_width=25, guard=3, terms=64, additions=100), seed=1)
