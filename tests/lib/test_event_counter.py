import pytest

from racelet.hw.lib.event_counter import EventCounter
from racelet.sim.lib.tb_event_counter import verify
from tests.netlist import paths


@pytest.mark.simulation
def test_events_are_counted() -> None:
    verify(None, seed=1)


def test_no_path_leads_through() -> None:
    assert paths(EventCounter(5)) == set()
