"""What stands around the layer sequencer in its bench: the loader, the units, and a watch on what it tells."""

from collections.abc import Sequence
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge
from numpy.random import Generator

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import DESCRIPTOR_PITCH
from racelet.golden.dwcpwc.layer_sequencer import SequencerTimes
from racelet.hw.dwcpwc.layouts import LAYER, memory_write
from racelet.sim.bench import bench_config
from racelet.sim.payload import unpack
from racelet.sim.streams import PATIENCE, cycle, put, wait

CONFIG = bench_config(DwcPwcConfig)


def descriptor_words(bits: int) -> list[int]:
    """Words of a descriptor and what is left free behind it."""
    return [bits >> 32 * word & 0xFFFFFFFF for word in range(DESCRIPTOR_PITCH)]


async def write_descriptors(dut: Any, layers: Sequence[int], rng: Generator, first: int = 0) -> None:
    """Write descriptors, word by word in any order."""
    writes = [
        {"address": number * DESCRIPTOR_PITCH + word, "data": data}
        for number, bits in enumerate(layers, first)
        for word, data in enumerate(descriptor_words(bits))
    ]
    rng.shuffle(writes)
    await put(dut, "write", writes, shape=memory_write(32))


class Ring:
    """Stands for the loader: writes streamed descriptors, each as soon as its place is free or some time later."""

    def __init__(self, dut: Any, layers: Sequence[int], first: int, rng: Generator) -> None:
        self.dut, self.layers, self.first, self.rng = dut, layers, first, rng
        self.arrivals: list[int] = []

    async def run(self) -> None:
        """Write all of them."""
        dut, places = self.dut, CONFIG.layers - self.first
        edge = RisingEdge(dut.clk)
        while not dut.streaming.value:
            dut.arrived.value = 0
            await edge
        late = self.rng.random() < 0.5
        number = 0
        while number < len(self.layers):
            # As many at once as a block may have.
            block = min(int(self.rng.integers(1, 4)), places, len(self.layers) - number)
            if late:
                await wait(dut, int(self.rng.integers(0, 60)))
            while dut.ended.value.to_unsigned() + places < number + block:
                await edge
            for k in range(number, number + block):
                await write_descriptors(dut, self.layers[k : k + 1], self.rng, self.first + k % places)
            number += block
            dut.arrived.value = number
            self.arrivals += [cycle() + 1] * block


class Watch:
    """What the sequencer tells of a run, cycle by cycle."""

    def __init__(self, dut: Any) -> None:
        self.cycles: dict[str, set[int]] = {"streaming": set(), "starved": set(), "running": set()}
        self.ended: dict[int, int] = {}
        self.task = cocotb.start_soon(self._watch(dut))

    async def _watch(self, dut: Any) -> None:
        edge = RisingEdge(dut.clk)
        ports = [(getattr(dut, name), cycles) for name, cycles in self.cycles.items()]
        while True:
            await edge
            for port, cycles in ports:
                if port.value:
                    cycles.add(cycle())
            self.ended[cycle()] = dut.ended.value.to_unsigned()

    def check(self, times: SequencerTimes, lengths: Sequence[int], resident: int) -> None:
        """Compare with the times of a run that has ended."""
        self.task.cancel()
        ends = [begun + length for begun, length in zip(times.starts, lengths, strict=True)]
        running = {now for begun, end in zip(times.starts, ends, strict=True) for now in range(begun, end + 1)}
        assert self.cycles["running"] == running
        if times.begun is None:
            assert not self.cycles["streaming"] | self.cycles["starved"]
            return
        assert self.cycles["streaming"] == set(range(times.begun, times.stopped))
        made = [given - 1 for given in times.given]
        loads = [times.begun, *(each + 1 for each in made[resident:])]
        waits = {now for load, fetch in zip(loads, times.fetches, strict=False) for now in range(load, fetch)}
        assert self.cycles["starved"] == waits
        for now in self.cycles["streaming"]:
            assert self.ended[now] == sum(end < now for end in ends[resident:])


class Units:
    """Stands for the units that run layers: each layer ends so many cycles after its start."""

    def __init__(self, dut: Any, lengths: Sequence[int]) -> None:
        self.dut, self.lengths = dut, lengths
        self.starts: list[int] = []
        self.layers: list[int] = []

    async def run(self) -> None:
        """Until the last layer has ended."""
        dut, edge = self.dut, RisingEdge(self.dut.clk)
        end = -1
        for _ in range(PATIENCE):
            await edge
            now = cycle()
            if dut.start.value:
                assert now > end, f"a layer starts in cycle {now}, before the end of the one before"
                self.starts.append(now)
                self.layers.append(dut.layer.value.to_unsigned())
                end = now + self.lengths[len(self.starts) - 1]
            if now <= end:
                assert dut.layer.value.to_unsigned() == self.layers[-1], f"the layer changes in cycle {now}"
                kind = unpack(LAYER, self.layers[-1])["kind"]
                assert dut.kinds.value.to_unsigned() == 1 << kind, f"not the layer's kind in cycle {now}"
            dut.layer_done.value = int(now + 1 == end)
            if now == end and len(self.starts) == len(self.lengths):
                return
        raise TimeoutError(f"{len(self.starts)} of {len(self.lengths)} layers in {PATIENCE} cycles")
