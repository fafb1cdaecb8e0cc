import pytest

from racelet.golden.adc.config import PRESETS
from racelet.sim.adc.tb_slice_splitter import verify


@pytest.mark.simulation
def test_slices_and_cycles_are_those_of_steps() -> None:
    verify(PRESETS["tiny"], seed=1)
