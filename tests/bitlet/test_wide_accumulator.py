import pytest

from racelet.golden.bitlet.config import AccumulatorConfig, BitletConfig
from racelet.golden.bitlet.wide_accumulator import LATENCY
from racelet.hw.bitlet.wide_accumulator import WideAccumulator
from racelet.sim.bitlet.tb_wide_accumulator import verify, verify_shape

EVERY = ("fp16", "bf16", "fp32")


@pytest.mark.simulation
@pytest.mark.parametrize(
    "config",
    [
        BitletConfig(formats=EVERY, terms=256),
        BitletConfig(formats=("int8", "fp16"), width=24, window=4, load=4, terms=64),
    ],
    ids=["every", "fp16"],
)
def test_records_and_cycles_match_golden(config: BitletConfig) -> None:
    verify(config, seed=1, waves=None)


@pytest.mark.simulation
@pytest.mark.parametrize(
    "config",
    [
        AccumulatorConfig(formats=("bf16",), total_width=2, guard=0, terms=1, additions=40),
        AccumulatorConfig(formats=("fp32", "fp16"), total_width=97, guard=40, terms=300, additions=300),
    ],
    ids=["narrow", "broad"],
)
def test_any_shape_matches_golden(config: AccumulatorConfig) -> None:
    verify_shape(config, seed=1)


def test_the_hardware_states_the_latency_of_golden() -> None:
    assert WideAccumulator.LATENCY == LATENCY
