"""Benches of ``UartReceiver`` and ``UartTransmitter``: the line and the bytes against golden."""

import itertools
from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from racelet.golden.lib.uart import line, received
from racelet.hw.lib.uart import UartReceiver, UartTransmitter
from racelet.sim.bench import bench_parameters, bench_rng
from racelet.sim.runner import run_bench
from racelet.sim.streams import put, start

DIVISOR = 21
CASES = {
    UartTransmitter: ["bytes_make_the_line_of_golden", "gaps_are_idle_line"],
    UartReceiver: ["line_gives_the_bytes_of_golden", "skewed_bits_are_read", "a_break_is_seen_and_gives_no_byte"],
}


def verify(config: object, *, seed: int, waves: Path | None) -> None:
    """Run the benches on a bit length of their own, whatever the block's config."""
    del config
    told = {"divisor": DIVISOR}
    for kind, tests in CASES.items():
        file = None if waves is None else waves.with_stem(f"{waves.stem}-{kind.__name__}")
        run_bench(kind(DIVISOR), __name__, parameters=told, seed=seed, waves=file, testcase=tests)


async def _levels(dut: Any, cycles: int) -> list[int]:
    edge = RisingEdge(dut.clk)
    levels = []
    for _ in range(cycles):
        await edge
        levels.append(int(dut.line.value))
    return levels


@cocotb.test()
async def bytes_make_the_line_of_golden(dut: Any) -> None:
    """Every byte value, one right after the other, cycle by cycle."""
    divisor, rng = bench_parameters()["divisor"], bench_rng()
    data = rng.permutation(256).tolist()
    await start(dut)
    watched = cocotb.start_soon(_levels(dut, 10 * divisor * len(data) + 40))
    cycles: list[int] = []
    await put(dut, "i", data, cycles=cycles)
    assert await watched == [1] * (cycles[0] + 1) + line(data, divisor) + [1] * (39 - cycles[0])
    assert [b - a for a, b in itertools.pairwise(cycles)] == [10 * divisor] * 255


@cocotb.test()
async def gaps_are_idle_line(dut: Any) -> None:
    """Bytes that come now and then."""
    divisor, rng = bench_parameters()["divisor"], bench_rng()
    data = rng.integers(0, 256, 40).tolist()
    await start(dut)
    watched = cocotb.start_soon(_levels(dut, 60 * 10 * divisor))
    await put(dut, "i", data, idle=0.98)
    assert received(await watched, divisor) == data


async def _drive(dut: Any, levels: list[int]) -> None:
    edge = RisingEdge(dut.clk)
    for level in levels:
        dut.line.value = level
        await edge
    dut.line.value = 1


async def _given(dut: Any, levels: list[int]) -> list[int]:
    divisor = bench_parameters()["divisor"]
    await start(dut)
    edge = RisingEdge(dut.clk)
    dut.line.value = 1
    # As the benches start, the line is low.
    for _ in range(divisor):
        await edge
    driven = cocotb.start_soon(_drive(dut, levels))
    found = []
    for _ in range(len(levels) + 8):
        await edge
        if dut.o__valid.value:
            found.append(int(dut.o__payload.value))
    await driven
    return found


@cocotb.test()
async def line_gives_the_bytes_of_golden(dut: Any) -> None:
    """Every byte value, with gaps, glitches shorter than half a bit and bytes without their stop bit."""
    divisor, rng = bench_parameters()["divisor"], bench_rng()
    levels = [1] * 8
    for byte in rng.permutation(256).tolist():
        kind = rng.random()
        if kind < 0.2:
            levels += [0] * int(rng.integers(1, divisor // 2 - 1)) + [1] * divisor
        bits = line([byte], divisor)
        levels += bits[:-divisor] + [0] * divisor + [1] * divisor if kind > 0.8 else bits
        levels += [1] * int(rng.integers(0, 2 * divisor))
    expected = received(levels + [1] * divisor, divisor)
    assert 150 < len(expected) < 250
    assert await _given(dut, levels + [1] * divisor) == expected


@cocotb.test()
async def skewed_bits_are_read(dut: Any) -> None:
    """Senders whose clocks are 2 % off."""
    divisor, rng = bench_parameters()["divisor"], bench_rng()
    data = rng.integers(0, 256, 200).tolist()
    bits = line(data, 1)
    for skew in (0.98, 1.02):
        levels = [bits[int(cycle / (divisor * skew))] for cycle in range(int(len(bits) * divisor * skew))]
        assert await _given(dut, levels + [1] * divisor) == data


@cocotb.test()
async def a_break_is_seen_and_gives_no_byte(dut: Any) -> None:
    """The line low for several bytes, then a byte."""
    divisor = bench_parameters()["divisor"]
    await start(dut)
    dut.line.value = 1
    edge = RisingEdge(dut.clk)
    # As the benches start, the line is low.
    for _ in range(divisor):
        await edge
    levels = [0] * 50 * divisor + [1] * divisor + line([165], divisor) + [1] * divisor
    driven = cocotb.start_soon(_drive(dut, levels))
    broken, found = 0, []
    for _ in levels:
        await edge
        broken += int(dut.broken.value)
        if dut.o__valid.value:
            found.append(int(dut.o__payload.value))
    await driven
    assert found == [165]
    assert abs(broken - (50 - 9.5) * divisor) <= 3
