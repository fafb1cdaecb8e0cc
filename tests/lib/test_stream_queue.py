import pytest

from racelet.hw.lib.stream_queue import StreamQueue
from racelet.sim.lib.tb_stream_queue import verify_shape
from tests.netlist import paths


@pytest.mark.simulation
@pytest.mark.parametrize(("width", "depth"), [(4, 2), (8, 4), (40, 32)])
def test_beats_come_out_as_they_went_in(width: int, depth: int) -> None:
    verify_shape(width, depth, seed=1)


def test_no_path_leads_through() -> None:
    assert paths(StreamQueue(8, 4)) == set()
