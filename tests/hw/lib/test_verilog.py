import os
import subprocess
import sys
from pathlib import Path

import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from racelet.hw.lib.verilog import ports, streams, to_verilog
from tests.sim.benches.designs import REQUEST, Accumulator, Fetcher, Flood

ROOT = Path(__file__).parents[3]
WRITE = """
import sys
sys.path.insert(0, sys.argv[1])
from racelet.hw.lib.verilog import to_verilog
from tests.sim.benches.designs import Fetcher
sys.stdout.write(to_verilog(Fetcher()))
"""


def write_elsewhere(folder: Path, hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "AMARANTH_USE_YOSYS": "system"}
    done = subprocess.run(
        [sys.executable, "-c", WRITE, str(ROOT)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_text_is_the_same_in_every_process_and_folder(tmp_path: Path) -> None:
    text = to_verilog(Fetcher())
    assert write_elsewhere(tmp_path, "1") == text
    assert write_elsewhere(Path("/"), "2") == text


def test_text_names_no_path_and_no_tool() -> None:
    text = to_verilog(Accumulator())
    assert text.startswith("module top(")
    assert text.endswith("endmodule\n")
    assert not [word for word in ("/", "Generated", ".py", "src =", "racelet") if word in text.replace("://", "")]


def test_another_component_gives_another_text() -> None:
    assert to_verilog(Accumulator()) != to_verilog(Accumulator("drop"))


def test_module_has_the_name_asked_for() -> None:
    assert "module other(" in to_verilog(Flood(), "other")


@pytest.mark.parametrize("kind", [Accumulator, Fetcher, Flood])
def test_ports_are_those_of_the_text(kind: type[Accumulator] | type[Fetcher] | type[Flood]) -> None:
    component = kind()
    text = to_verilog(component)
    head = text.split("(", 1)[1].split(")", 1)[0]
    assert {name.strip() for name in head.split(",")} == {port.name for port in ports(component)} | {"clk", "rst"}
    for port in ports(component):
        span = f"[{port.width - 1}:0] " if port.width > 1 else ""
        assert f"\n  {port.direction}put {span}{port.name};" in text


def test_a_struct_is_one_port_with_its_layout() -> None:
    component = Fetcher()
    to_verilog(component)
    request = next(stream for stream in streams(component) if stream.name == "request")
    assert (request.direction, request.width, request.shape) == ("out", 12, REQUEST)


class Narrow(wiring.Component):
    """A stream of which a field has no bits."""

    i: stream.Interface
    o: stream.Interface

    def __init__(self) -> None:
        shape = stream.Signature(data.StructLayout({"none": 0, "some": 2}))
        super().__init__({"i": In(shape), "o": Out(shape)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        empty = Signal(0, name="empty")
        m.d.sync += [empty.eq(self.i.p.none), self.o.p.some.eq(self.i.p.some)]
        return m


def test_a_signal_without_bits_is_no_wire() -> None:
    text = to_verilog(Narrow())
    assert "some" in text
    assert not any(each in text for each in ("[-1:0]", "none", "empty"))


def test_a_stream_without_ready_or_valid_says_so() -> None:
    component = Flood()
    to_verilog(component)
    assert [(s.name, s.has_valid, s.has_ready) for s in streams(component)] == [("i", True, False), ("o", False, True)]
