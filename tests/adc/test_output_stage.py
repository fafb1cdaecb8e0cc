import dataclasses

import pytest

from racelet.golden.adc.config import PRESETS
from racelet.golden.adc.output_stage import schedule
from racelet.sim.adc.tb_output_stage import verify


@pytest.mark.simulation
def test_sums_and_activations_match_golden() -> None:
    verify(dataclasses.replace(PRESETS["tiny"], channel_rows=1), seed=1)


@pytest.mark.simulation
def test_a_multiplier_matches_golden() -> None:
    verify(dataclasses.replace(PRESETS["large"], channel_rows=3), seed=2)


def test_a_result_that_is_taken_before_it_is_there_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^result 0 must be taken in a cycle in which it is there, not in 2$"):
        schedule([0], [2], 3)
