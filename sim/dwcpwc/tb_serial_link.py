"""Bench of the serial link: commands in a row, of all kinds, before an accelerator that does what it is told to."""

import dataclasses
import random
from pathlib import Path
from typing import Any

import cocotb
from numpy.random import Generator

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.serial_link import Answer, read_answer
from racelet.golden.lib.config import LACKING, LOST, UNKNOWN, Command, Tag
from racelet.hw.dwcpwc.serial_link import SerialLink
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.linked_core import LinkedCore, Plan
from racelet.sim.monitor import quiet
from racelet.sim.runner import run_bench
from racelet.sim.streams import cycle, get, put, start, wait

CONFIG = bench_config(DwcPwcConfig)
BEAT = 4 * CONFIG.program_words
END = 6
"""Bytes of an answer behind the output."""
ANSWERED = 4
"""Cycles from the last byte of a command to the first of the answer's end, where nothing goes on any more."""


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config."""
    run_bench(SerialLink(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


@dataclasses.dataclass
class Expected:
    """What the link must remember, and what one command leads to."""

    error: int = 0
    lacking: bool = False
    lost: bool = False
    rest: bytes = b""
    """Of a program, less than a beat."""

    def code(self) -> int:
        """Of the answer to a command that is one."""
        return LOST if self.lost else self.error or (LACKING if self.lacking else 0)


def _bytes(rng: Generator, count: int) -> bytes:
    return rng.integers(0, 256, count, dtype="uint8").tobytes()


def _load(rng: Generator, now: Expected) -> tuple[bytes, Plan, list[bytes]]:
    """A program, whole or not; its bytes, what the accelerator does with it, and the beats that it gets."""
    payload = _bytes(rng, int(rng.integers(0, 6 * BEAT)))
    if rng.random() < 0.5:
        payload = payload[: (len(payload) // BEAT) * BEAT]
    if now.error or now.lacking:
        return payload, Plan(), []
    whole = now.rest + payload
    beats = [whole[first : first + BEAT] for first in range(0, len(whole) - BEAT + 1, BEAT)]
    now.rest = whole[len(beats) * BEAT :]
    kind = rng.choice(["block", "zeros", "short", "fence", "error"]) if beats else "zeros"
    some = int(rng.integers(len(beats))) if beats else 0
    if kind == "short":
        now.lacking = True
        return payload, Plan(block=len(beats) + int(rng.integers(1, 4))), beats
    if kind == "fence":
        now.lacking = True
        return payload, Plan(fence=some), beats[:some]
    if kind == "error":
        now.error = int(rng.integers(1, 256))
        return payload, Plan(block=len(beats), error=now.error, fails_after=some + 1), beats[: some + 1]
    return payload, Plan(block=len(beats) if kind == "block" else 0), beats


def _run(rng: Generator, now: Expected) -> tuple[bytes, Plan, bytes]:
    """An input, whole or not; its bytes, what the accelerator does with it, and its output."""
    needed = int(rng.integers(1, 12))
    payload, outputs = _bytes(rng, needed), _bytes(rng, int(rng.integers(0, 6)))
    if now.error or now.lacking:
        return payload, Plan(inputs=needed, outputs=outputs), b""
    plan = Plan(inputs=needed, outputs=outputs, delay=int(rng.integers(0, 9)))
    kind = rng.choice(["whole", "short", "long", "error", "late", "unserved"])
    if kind == "short":
        now.lacking = True
        return payload[: int(rng.integers(needed))], plan, b""
    if kind == "long":
        return payload + _bytes(rng, int(rng.integers(1, 9))), plan, outputs
    if kind == "error":
        now.error = int(rng.integers(1, 256))
        return payload, dataclasses.replace(plan, error=now.error, fails_after=int(rng.integers(1, needed + 1))), b""
    if kind == "late":
        now.error = int(rng.integers(1, 256))
        return payload, dataclasses.replace(plan, error=now.error, fails_after=needed + len(outputs)), outputs
    if kind == "unserved":
        now.lacking = True
        return payload, dataclasses.replace(plan, asks_after=int(rng.integers(needed + 1))), b""
    return payload, plan, outputs


async def answer(dut: Any, stall: float, rng: random.Random, *, at_once: bool = True) -> Answer:
    """The answer to a command; if nothing stalls, it comes as one byte per cycle."""
    received: list[int] = []
    cycles: list[int] = []
    while True:
        received += await get(dut, "o", 1, stall=stall, rng=rng, cycles=cycles)
        try:
            found = read_answer(received)
        except ValueError:
            continue
        # The end waits for the rest of an input that is too long.
        parts = (cycles,) if at_once else (cycles[:-END], cycles[-END:])
        assert stall or all(part == list(range(part[0], part[0] + len(part))) for part in parts if part)
        return found


def run(count: int) -> bytes:
    """The command, before its input."""
    return bytes([Command.RUN]) + count.to_bytes(4, "little")


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.7])
async def every_command_is_answered_and_done(dut: Any, idle: float, stall: float) -> None:
    """Programs, inputs and what is neither, whole or not, errors in between; the next command waits already."""
    rng, gaps = bench_rng(), random.Random(int(bench_rng().integers(1 << 32)))
    await start(dut)
    core = LinkedCore(dut, CONFIG, gaps, stall)
    now = Expected()
    cases: list[tuple[bytes, Plan, int, bytes, list[bytes], bool]] = []
    for number in range(150):
        kind = rng.choice(["load", "run", "clear", "none"], p=[0.35, 0.35, 0.22, 0.08])
        plan, output, beats = Plan(), b"", list[bytes]()
        if kind == "none":
            name = int(rng.choice([value for value in range(256) if value not in list(Command)]))
            cases.append((bytes([name]), plan, LOST if now.lost else UNKNOWN, output, beats, False))
            continue
        if kind == "load":
            payload, plan, beats = _load(rng, now)
        elif kind == "run":
            payload, plan, output = _run(rng, now)
        else:
            now.error, now.lacking, now.rest, payload = 0, False, b"", b""
        name = {"load": Command.LOAD, "run": Command.RUN, "clear": Command.CLEAR}[str(kind)]
        command = bytes([name]) + len(payload).to_bytes(4, "little") + payload
        cases.append((command, plan, now.code(), output, beats, number == 120))
        now.lost |= number == 120
    core.plan = cases[0][1]
    cocotb.start_soon(put(dut, "i", b"".join(case[0] for case in cases), idle=idle, rng=gaps))
    for number, (command, plan, code, output, beats, loses) in enumerate(cases):
        found = await answer(dut, stall, gaps, at_once=len(command) <= len(run(0)) + plan.inputs)
        assert (found.code, found.output) == (code, output), f"command {number}: {command!r}"
        core.check(command, beats, found.cycles, done=code == 0)
        core.plan = cases[min(number + 1, len(cases) - 1)][1]
        if loses:
            dut.lost.value = 1
            await wait(dut, 1)
            dut.lost.value = 0
    await quiet(dut, "o", 20)


@cocotb.test()
async def long_runs_are_counted(dut: Any) -> None:
    """A million cycles between input and output, and then a short run."""
    gaps = random.Random(0)
    await start(dut)
    core = LinkedCore(dut, CONFIG, gaps, 0.0)
    for asleep in (1_100_000, 5):
        core.plan = Plan(inputs=1, outputs=b"c", delay=asleep + 5)
        await put(dut, "i", run(1) + b"d")
        await wait(dut, 2)
        await core.sleep(asleep)
        found = await answer(dut, 0.0, gaps)
        core.check(run(1) + b"d", [], found.cycles, done=True)
        assert found.cycles == asleep + 6


@cocotb.test()
async def a_command_has_as_many_bytes_as_it_says(dut: Any) -> None:
    """A million bytes, nearly all of them too many; of longer inputs the first bytes, and then a reset."""
    rng, gaps = bench_rng(), random.Random(0)
    await start(dut)
    core = LinkedCore(dut, CONFIG, gaps, 0.0)
    part, count = _bytes(rng, 40), (1 << 20) + int(rng.integers(100, 1000))
    core.plan = Plan(inputs=3, outputs=b"a")
    sending = cocotb.start_soon(put(dut, "i", run(count) + part))
    assert await get(dut, "o", 2) == [Tag.OUTPUT, ord("a")]
    await sending
    dut.i__valid.value = 1
    await core.sleep(count - len(part))
    dut.i__valid.value, last, taken = 0, cycle(), list[int]()
    found = read_answer(await get(dut, "o", END, cycles=taken))
    assert taken == [last + ANSWERED + byte for byte in range(END)]
    core.check(run(count) + part, [], found.cycles, done=True)
    for bit in range(8, 32):
        part = _bytes(rng, int(rng.integers(2, 30)))
        core.plan = Plan(inputs=len(part) - 1)
        await put(dut, "i", run((1 << bit) + len(part) - 2) + part)
        await quiet(dut, "o", 20)
        assert core.data == part[:-1]
        dut.rst.value = 1
        await wait(dut, 1)
        dut.rst.value = 0
        core.forget()
