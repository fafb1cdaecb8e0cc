"""Bench of ``BytePacker``: words against golden, and the cycle of every transfer."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.lib.byte_packer import pack, schedule
from racelet.hw.dwcpwc.layouts import gather_bytes
from racelet.hw.lib.byte_packer import BytePacker, byte_run, byte_word
from racelet.sim.bench import bench_parameters, bench_rng
from racelet.sim.monitor import Monitor, quiet
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start

GROUPS = 400

Group = tuple[list[int], bool]


def verify(config: DwcPwcConfig, *, seed: int, waves: Path | None) -> None:
    """Run the bench on the packer that gathers the patches of an accelerator's regular convolutions."""
    verify_shape(gather_bytes(config), config.input_lanes, seed=seed, waves=waves)


def verify_shape(input_bytes: int, output_bytes: int, *, seed: int, waves: Path | None = None) -> None:
    """Run the bench on a packer of any shape."""
    parameters = {"input_bytes": input_bytes, "output_bytes": output_bytes}
    component = BytePacker(input_bytes, output_bytes)
    run_bench(component, __name__, parameters=parameters, seed=seed, waves=waves)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5], rows=["short", "long", "equal"])
async def words_match_golden(dut: Any, idle: float, stall: float, rows: str) -> None:
    """Rows of one group, of many groups of any size, and of equal groups, as a convolution has them."""
    shape = bench_parameters()
    groups = _groups(rows, shape["input_bytes"])
    await check(dut, groups, idle, stall)


async def check(dut: Any, groups: list[Group], idle: float, stall: float) -> None:
    """Send groups; compare words, and with neither gaps nor stalls the cycles."""
    input_bytes, output_bytes = bench_parameters()["input_bytes"], bench_parameters()["output_bytes"]
    words = pack(groups, output_bytes)
    beats = [_beat(data, last, input_bytes) for data, last in groups]
    await start(dut)
    entering = Monitor(dut, "i")
    taken: list[int] = []
    cocotb.start_soon(put(dut, "i", beats, shape=byte_run(input_bytes), idle=idle))
    found = await get(dut, "o", len(words), shape=byte_word(output_bytes), stall=stall, cycles=taken)
    await quiet(dut, "o", 3)
    assert [(word["data"], bool(word["last"])) for word in found] == words
    if not idle and not stall:
        counts, lasts = [len(data) for data, _ in groups], [last for _, last in groups]
        assert (entering.cycles, taken) == schedule(counts, lasts, output_bytes)


def _groups(rows: str, input_bytes: int) -> list[Group]:
    """Random groups; the last one ends its row."""
    rng = bench_rng()
    chance = {"short": 0.8, "long": 0.05, "equal": 0.25}[rows]
    groups: list[Group] = []
    count = 1
    last = True
    while len(groups) < GROUPS or not last:
        if last or rows != "equal":
            count = int(rng.integers(1, input_bytes + 1))
        last = bool(rng.random() < chance)
        groups.append((rng.integers(0, 256, count).tolist(), last))
    return groups


def _beat(data: list[int], last: bool, input_bytes: int) -> dict[str, Any]:
    """The bytes beyond the group's are there and must not matter."""
    noise = np.random.default_rng(sum(data)).integers(0, 256, input_bytes - len(data)).tolist()
    return {"data": data + noise, "count": len(data), "last": int(last)}
