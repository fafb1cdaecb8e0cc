"""What the benches of the accelerator's components share: the layer port, the start pulse, exact times."""

import dataclasses
from collections.abc import AsyncIterator, Sequence
from typing import Any

from cocotb.triggers import RisingEdge
from numpy.random import Generator

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.group_splitter import Group
from racelet.golden.dwcpwc.layer_config import LayerConfig
from racelet.golden.dwcpwc.program import program_beats
from racelet.golden.lib.reset_chain import cycles
from racelet.hw.dwcpwc.accelerator import PARTS
from racelet.sim.streams import cycle, handles, leap, wait

RESET_CYCLES = cycles(PARTS)
"""Cycles for which a clear of one cycle keeps the accelerator busy."""


def layer_bits(layer: LayerConfig) -> int:
    """Value of a ``layer`` port.

    Examples
    --------
    >>> from racelet.golden.dwcpwc.layer_config import LayerKind
    >>> hex(layer_bits(LayerConfig(kind=LayerKind.OUTPUT, last=1)) & 0x1F)
    '0x11'
    """
    return sum(int(word) << 32 * k for k, word in enumerate(layer.pack()))


def group_payload(group: Group) -> dict[str, Any]:
    """A golden group as the payload of :func:`racelet.hw.dwcpwc.layouts.group`.

    Examples
    --------
    >>> group_payload(Group(sums=[1, 2], parameter_row=3, channel=4, advance=1))["place"]["channel"]
    4
    """
    fields = dataclasses.asdict(group)
    sums, row = fields.pop("sums"), fields.pop("parameter_row")
    return {"sums": sums, "parameter_row": row, "place": fields}


def program_payloads(words: Sequence[int], config: DwcPwcConfig) -> list[int]:
    """Words as payloads of the program stream, filled up to whole beats.

    Examples
    --------
    >>> [hex(beat) for beat in program_payloads([1, 2, 3], DwcPwcConfig(bandwidth=8))]
    ['0x200000001', '0x3']
    """
    return [int.from_bytes(beat.tobytes(), "little") for beat in program_beats(words, config)]


async def pulse(dut: Any, name: str) -> int:
    """Set a 1-bit input high for one cycle; returns the number of that cycle as it ends."""
    port = getattr(dut, name)
    port.value = 1
    await RisingEdge(dut.clk)
    port.value = 0
    return cycle()


async def begin(dut: Any, layer: LayerConfig) -> int:
    """Begin a layer: set the port ``layer`` and pulse ``start``; returns the pulse's cycle as it ends."""
    dut.layer.value = layer_bits(layer)
    return await pulse(dut, "start")


async def show_layers(dut: Any, outputs: Sequence[str], rng: Generator, count: int = 12) -> None:
    """Show descriptors that do not begin, as one that is refused or begins a stream does: nothing may come of them.

    Parameters
    ----------
    dut : cocotb handle
        The top level, idle.
    outputs : sequence of str
        Names of its output streams.
    rng : Generator
        Of the descriptors, all of whose bits are random.
    count : int
        How many.

    Raises
    ------
    AssertionError
        If an output stream offers a beat.
    """
    valid = [handles(dut, name)[1] for name in outputs]
    for _ in range(count):
        dut.layer.value = int.from_bytes(rng.bytes(-(-len(dut.layer) // 8)), "little") >> -len(dut.layer) % 8
        for _ in range(3):
            await RisingEdge(dut.clk)
            assert not any(each.value for each in valid), f"in cycle {cycle()}"


async def highs(dut: Any, name: str, cycles: list[int]) -> None:
    """Note the cycles in which a 1-bit output is high, for ever."""
    port = getattr(dut, name)
    edge = RisingEdge(dut.clk)
    while True:
        await edge
        if port.value:
            cycles.append(cycle())


async def cycles_of_carries(dut: Any, count: int, first: int, rng: Generator) -> AsyncIterator[int]:
    """Let ``count`` beats of ``o`` pass, one for each step of a counter, and stop where its bits change.

    Beats are taken in every cycle, but for some after each stop.

    Parameters
    ----------
    dut : cocotb handle
        The top level; the present edge takes the beat of step 0, and ``o`` is ready.
    count : int
    first : int
        What a counter has in step 0; another counts from 0.
    rng : Generator
        Of some steps between.

    Yields
    ------
    int
        Number of the step whose beat is taken; the first, the last and those with a carry into any bit are among them.
    """
    carries = {(1 << k) + off for k in range(count.bit_length() + 1) for off in (-first - 1, -first, -1, 0)}
    steps = {0, count - 1, count // 2 - 1, count // 2, *carries, *rng.integers(0, count, 50).tolist()}
    now = 0
    for step in sorted(step for step in steps if 0 <= step < count):
        await leap(dut, step - now)
        now = step
        yield step
        dut.o__ready.value = 0
        await wait(dut, int(rng.integers(4)))
        dut.o__ready.value = 1
