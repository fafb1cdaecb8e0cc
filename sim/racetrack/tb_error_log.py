"""Bench of the log of errors: cycle by cycle against golden."""

import itertools
from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, RisingEdge

from racelet.golden.racetrack.command import Error as ErrorName
from racelet.golden.racetrack.error_log import Log, logged
from racelet.golden.racetrack.packets import ERRORS
from racelet.hw.racetrack.error_log import ErrorLog
from racelet.sim.bench import bench_rng
from racelet.sim.runner import run_bench
from racelet.sim.streams import start

CYCLES = 3000
WIDTH = 9


def verify(config: object, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on numbers that begin anew soon, whatever the block's config."""
    del config
    run_bench(ErrorLog(WIDTH), __name__, seed=seed, waves=waves)


@cocotb.test()
@cocotb.parametrize(answering=[0.3, 1.0], wrong=[0.02, 0.7], forgetting=[0.01, 0.3])
async def the_first_error_is_kept(dut: Any, answering: float, wrong: float, forgetting: float) -> None:
    """Rare errors and many; what is forgotten and comes in the same cycle."""
    rng = bench_rng()
    await start(dut)
    answers: list[ErrorName | None] = [
        (ERRORS[rng.integers(1, len(ERRORS))] if rng.random() < wrong else "NONE") if rng.random() < answering else None
        for _ in range(CYCLES)
    ]
    forgets = (rng.random(CYCLES) < forgetting).astype(int).tolist()
    shown: list[Log] = []
    noted: list[bool] = []
    for answer, forget in zip(answers, forgets, strict=True):
        dut.answered.value, dut.forget.value = int(answer is not None), forget
        dut.answer.value = int(rng.integers(len(ERRORS))) if answer is None else ERRORS.index(answer)
        await FallingEdge(dut.clk)
        noted.append(bool(int(dut.noted.value)))
        await RisingEdge(dut.clk)
        error = ERRORS[int(dut.error.value)]
        shown.append(Log(commands=int(dut.commands.value), error=error, number=int(dut.number.value)))
    assert shown == logged(answers, forgets, WIDTH)
    firsts = [
        after.error != "NONE" and (before.error == "NONE" or bool(forget)) and answer not in (None, "NONE")
        for (before, after), forget, answer in zip(itertools.pairwise(shown), forgets, answers, strict=False)
    ]
    assert noted[:-1] == firsts
