import pytest

from racelet.hw.lib.stream_slice import StreamSlice
from racelet.sim.lib.tb_stream_slice import verify_width
from tests.netlist import paths


@pytest.mark.simulation
@pytest.mark.parametrize("width", [4, 8, 40])
def test_beats_come_out_as_they_went_in(width: int) -> None:
    verify_width(width, seed=1)


def test_no_path_leads_through() -> None:
    assert paths(StreamSlice(8)) == set()
