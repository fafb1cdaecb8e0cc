"""No result depends on a word that is read from a block memory in the cycle in which it is written."""

import dataclasses
import importlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from amaranth.hdl import Elaboratable, Module, Mux, Signal, unsigned
from amaranth.lib.memory import Memory

from racelet.cli import inference
from racelet.golden.dwcpwc.config import PRESETS
from racelet.hw.dwcpwc.accelerator import Accelerator
from racelet.hw.lib.verilog import to_verilog
from racelet.nn.compile import compile_network
from racelet.nn.fold import fold
from racelet.nn.graph import Graph
from racelet.nn.tflite import read_tflite
from racelet.nn.tflite_writer import write_tflite
from racelet.sim.dwcpwc.accelerator import AcceleratorSimulator
from tests.models import random_inputs
from tests.nn.test_schedule import INSIDE, identity_network, residual_network

USERS = (
    "dwcpwc.activation_buffer",
    "dwcpwc.layer_counters",
    "dwcpwc.layer_sequencer",
    "dwcpwc.ping_pong_tile",
    "lib.record_memory",
)


class _Inverting(Elaboratable):
    """A block memory that gives the complement of a word that is being written."""

    def __init__(self, width: int, depth: int) -> None:
        self.memory = Memory(shape=unsigned(width), depth=depth, init=[])

    def write_port(self, *, granularity: int | None = None) -> object:
        self.write = self.memory.write_port(granularity=granularity)
        return self.write

    def read_port(self) -> object:
        self.inner = self.memory.read_port()
        addr, data = Signal.like(self.inner.addr), Signal.like(self.inner.data)
        self.read = SimpleNamespace(addr=addr, data=data, en=Signal(init=1))
        return self.read

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.memory = self.memory
        collided = Signal()
        with m.If(self.read.en):
            m.d.sync += collided.eq((self.write.en != 0) & (self.write.addr == self.read.addr))
        m.d.comb += [
            self.inner.addr.eq(self.read.addr),
            self.inner.en.eq(self.read.en),
            self.read.data.eq(Mux(collided, ~self.inner.data, self.inner.data)),
        ]
        return m


def _difference(graph: Graph, preset: str, folder: Path, **settings: int) -> str | None:
    """What differs from LiteRT or from the cycle formula, if anything does."""
    model = folder / "model.tflite"
    model.write_bytes(write_tflite(graph))
    config = dataclasses.replace(PRESETS[preset], **settings)
    folded = fold(read_tflite(model))
    compiled = compile_network(folded.graph, config)
    # The hardware is not as its text says: its Verilog is not one to be kept.
    simulator = AcceleratorSimulator(config, netlist=to_verilog(Accelerator(config)))
    inputs = random_inputs(graph, 2, 1)
    results = inference.run(compiled, simulator, model, folded, inputs, 2, lambda *_: None)
    return str(results.difference) if results.difference else inference.cycles_are_exact(compiled, results)


@pytest.mark.parametrize(
    ("network", "sizes"),
    [
        (identity_network, {"activation_bytes": INSIDE.activation_bytes}),
        (residual_network, {"activation_bytes": 9 * 1152, "weight_bytes": 8192, "layers": 8}),
    ],
    ids=["sums in their operands' places", "larger than the chip"],
)
def test_networks_run_on_memories_that_invert_what_collides(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, network: Callable[[], Graph], sizes: dict[str, int]
) -> None:
    for user in USERS:
        monkeypatch.setattr(importlib.import_module(f"racelet.hw.{user}"), "block_memory", _Inverting)
    assert _difference(network(), "small", tmp_path, **sizes) is None
