"""Bench of the whole accelerator: random programs that come while they run, and what can go wrong with them."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from amaranth.hdl import signed
from cocotb.task import Task
from numpy.random import Generator
from numpy.typing import NDArray

from racelet.golden.dwcpwc.accelerator import AcceleratorModel
from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import TRANSFER_KINDS, LayerConfig, LayerKind
from racelet.golden.dwcpwc.program import Block, descriptor_blocks, fence, header_beats
from racelet.hw.dwcpwc.accelerator import Accelerator
from racelet.hw.dwcpwc.layouts import WEIGHT_REQUEST, ErrorCode
from racelet.sim.answer import answer
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.drive import RESET_CYCLES, program_payloads, pulse
from racelet.sim.dwcpwc.streamed_programs import StreamedProgram, streamed_program
from racelet.sim.monitor import quiet
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start, wait

CONFIG = bench_config(DwcPwcConfig)
KINDS = [
    kind for kind in LayerKind if kind not in {LayerKind.INPUT, LayerKind.OUTPUT, LayerKind.STREAM, *TRANSFER_KINDS}
]
OUTSIDE = CONFIG.store == "stream"
PATIENCE = 200_000
"""Cycles that a stream may rest: the words of a layer come with gaps."""
LOAD = LayerConfig(kind=LayerKind.INPUT, tiles=5)
FIRST = header_beats(CONFIG)
"""Beats that are sent before a run starts: the fence for it to stream."""


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config."""
    run_bench(Accelerator(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


def _program(rng: Generator, layers: int) -> StreamedProgram:
    return streamed_program(rng, CONFIG, [KINDS[int(number)] for number in rng.integers(len(KINDS), size=layers)])


class _Host:
    """What is around the accelerator; the golden one runs beside."""

    def __init__(self, dut: Any, rng: Generator, idle: float = 0.0, stall: float = 0.0) -> None:
        self.dut, self.rng, self.idle, self.stall = dut, rng, idle, stall
        self.golden = AcceleratorModel(CONFIG)
        self.tasks: list[Task[Any]] = []

    async def load(self, program: StreamedProgram) -> None:
        """Load the part of a program that stays."""
        await put(self.dut, "program", program_payloads(program.words, CONFIG), idle=self.idle)
        assert self.golden.load(program.words, program.weights if OUTSIDE else None) == "NONE"
        self.serve(program)
        await wait(self.dut, 3 + CONFIG.program_words)

    def serve(self, program: StreamedProgram) -> None:
        """Answer for weights from now on, where they are outside."""
        if OUTSIDE:
            beats = [int.from_bytes(beat.tobytes(), "little") for beat in program.weights]
            serving = answer(
                self.dut, "weight_request", "weights", beats, shape=WEIGHT_REQUEST, idle=self.idle, stall=self.stall
            )
            self.tasks.append(cocotb.start_soon(serving))

    async def begin(self, program: StreamedProgram, *, sent: int = FIRST) -> NDArray[np.int8]:
        """Start a run, with everything offered; before it the first ``sent`` beats of the part that is streamed."""
        data = self.rng.integers(-128, 128, program.input_bytes).astype(np.int8)
        arriving = program_payloads(program.streamed, CONFIG)
        await put(self.dut, "program", arriving[:sent])
        await self.rest()
        await pulse(self.dut, "start")
        for name, beats in (("i", data.tolist()), ("program", arriving[sent:])):
            rng = random.Random(int(self.rng.integers(1 << 30)))
            sending = put(self.dut, name, beats, idle=self.idle, rng=rng, patience=PATIENCE)
            self.tasks.append(cocotb.start_soon(sending))
        return data

    async def rest(self) -> None:
        """Wait until a run can be started."""
        for _ in range(PATIENCE):
            # A beat is taken with its first word, and the loader is busy from the next cycle on.
            await wait(self.dut, 1)
            if not self.dut.busy.value:
                return
        raise TimeoutError(f"busy for {PATIENCE} cycles")

    async def compare(self, program: StreamedProgram, data: NDArray[np.int8], *, timed: bool = True) -> None:
        """Compare what comes out of a run that has begun."""
        patient: dict[str, Any] = {"stall": self.stall, "patience": PATIENCE}
        counting = cocotb.start_soon(get(self.dut, "layer_cycles", len(program.layers) - 1, **patient))
        outputs = await get(self.dut, "o", program.output_bytes, shape=signed(8), **patient)
        counts = await counting
        await wait(self.dut, 2)
        assert not self.dut.busy.value
        assert self.error() == ErrorCode.NONE
        expected = self.golden.run(data, program.streamed)
        assert expected.error == "NONE"
        np.testing.assert_array_equal(outputs, expected.outputs)
        if timed and not self.idle and not self.stall:
            assert counts == expected.layer_cycles

    async def run(self, program: StreamedProgram, *, sent: int = FIRST) -> None:
        """Run a program once and compare."""
        await self.compare(program, await self.begin(program, sent=sent))

    async def clear(self, program: StreamedProgram | None = None) -> None:
        """Take back whatever is offered, and pulse ``clear``."""
        for task in self.tasks:
            task.cancel()
        self.tasks = []
        for name in ("i__valid", "program__valid", "o__ready", "layer_cycles__ready"):
            getattr(self.dut, name).value = 0
        if OUTSIDE:
            self.dut.weights__valid.value = self.dut.weight_request__ready.value = 0
        await pulse(self.dut, "clear")
        await wait(self.dut, RESET_CYCLES)
        assert self.dut.busy.value
        if program is not None:
            self.serve(program)
        await wait(self.dut, 1)
        assert not self.dut.busy.value
        assert self.error() == ErrorCode.NONE

    def error(self) -> ErrorCode:
        return ErrorCode(self.dut.error.value.to_unsigned())


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5, 0.8], stall=[0.0, 0.5])
async def streamed_programs_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Of one layer and of many, each run several times back to back."""
    rng = bench_rng()
    await start(dut)
    host = _Host(dut, rng, idle, stall)
    for layers in (1, 2, 4, 6):
        program = _program(rng, layers)
        await host.load(program)
        for _ in range(3):
            await host.run(program)
        await host.clear()
    await quiet(dut, "o", 5)


@cocotb.test()
async def clear_stops_a_streamed_run_at_any_moment(dut: Any) -> None:
    """The same program then runs as if nothing had been, its streamed part sent anew."""
    rng = bench_rng()
    await start(dut)
    host = _Host(dut, rng)
    for layers in (1, 3, 5):
        program = _program(rng, layers)
        await host.load(program)
        cycles = sum(host.golden.run(np.zeros(program.input_bytes, np.int8), program.streamed).layer_cycles)
        for _ in range(8):
            await host.begin(program)
            dut.layer_cycles__ready.value = dut.o__ready.value = 1
            await wait(dut, int(rng.integers(1, cycles - 1)))
            assert dut.busy.value
            await host.clear(program)
            await host.run(program)
        await host.clear()


@cocotb.test()
async def a_program_may_come_before_start_or_after(dut: Any) -> None:
    """What waits before ``start`` does not keep it away; nothing, the first fence, a gap after it."""
    rng = bench_rng()
    await start(dut)
    host = _Host(dut, rng, 0.2)
    program = _program(rng, 3)
    await host.load(program)
    for sent in (0, FIRST, 0, 0, FIRST):
        await host.run(program, sent=sent)
    # The next run's words are offered while one runs; they wait for their run behind their fence.
    twice = program_payloads(program.streamed, CONFIG) * 2
    await host.clear(program)
    await put(dut, "program", twice[:FIRST])
    host.tasks.append(cocotb.start_soon(put(dut, "program", twice[FIRST:])))
    for _ in range(2):
        data = rng.integers(-128, 128, program.input_bytes).astype(np.int8)
        host.tasks.append(cocotb.start_soon(put(dut, "i", data.tolist())))
        await host.rest()
        await wait(dut, int(rng.integers(1, 50)))
        await pulse(dut, "start")
        await host.compare(program, data)


@cocotb.test(skip=not OUTSIDE)
async def weights_from_outside_may_take_their_time(dut: Any) -> None:
    """Neither a request that is not taken nor beats that do not come are a stall."""
    rng = bench_rng()
    await start(dut)
    host = _Host(dut, rng)
    program = streamed_program(rng, CONFIG, [LayerKind.FUSED])
    await host.load(program)
    await host.clear()
    data = await host.begin(program)
    comparing = cocotb.start_soon(host.compare(program, data, timed=False))
    await wait(dut, 1000 + 3 * CONFIG.patience)
    assert dut.busy.value
    assert dut.weight_request__valid.value
    assert host.error() == ErrorCode.NONE
    # The longest of so many gaps are longer than its patience.
    host.idle = 0.99
    host.serve(program)
    await comparing


def _words_of(blocks: Sequence[Block]) -> list[int]:
    return np.concatenate([block.words() for block in blocks]).tolist()


BAD_HEADER = [0x0001_010F, 0]


def _wrong_stream(wrong: str) -> tuple[list[int], int]:
    """Words that stop a run that begins with STREAM, and how many of its layers end."""

    def words(*blocks: Block) -> list[int]:
        return _words_of([fence(0), *blocks])

    good = descriptor_blocks([LOAD], first=1)
    stream = descriptor_blocks([LayerConfig(kind=LayerKind.STREAM)], first=2)
    field = descriptor_blocks([LayerConfig(kind=LayerKind.INPUT, channels=0)], first=2)
    return {
        "FENCE ahead": (words(*good, fence(2), *good), 1),
        "FENCE at once": (words(fence(1), *good), 0),
        "FENCE again": (words(*good, fence(0), *good), 1),
        "TARGET": ([*words(*good), *BAD_HEADER, 1, 2, 3], 0),
        "TARGET at once": ([*words(), *BAD_HEADER], 0),
        "KIND": (words(*good, *stream), 1),
        "FIELD": (words(*good, *field), 1),
    }[wrong]


@cocotb.test()
@cocotb.parametrize(
    wrong=["FENCE ahead", "FENCE at once", "FENCE again", "TARGET", "TARGET at once", "KIND", "FIELD"],
    hungry=[False, True],
)
async def a_bad_stream_is_an_error_until_clear(dut: Any, wrong: str, hungry: bool) -> None:
    """The run ends with its code, whatever else waits, and a good program runs after a clear."""
    rng = bench_rng()
    await start(dut)
    host = _Host(dut, rng)
    words, ended = _wrong_stream(wrong)
    expected = wrong.split(maxsplit=1)[0]
    resident = descriptor_blocks([LayerConfig(kind=LayerKind.STREAM)])[0].words().tolist()
    assert host.golden.load(resident) == "NONE"
    assert host.golden.run(np.zeros(20, np.int8), words).error == expected
    await put(dut, "program", program_payloads(resident, CONFIG))
    await wait(dut, 3 + CONFIG.program_words)
    beats = program_payloads(words, CONFIG)
    await put(dut, "program", beats[:FIRST])
    await wait(dut, 3)
    assert not dut.busy.value
    await pulse(dut, "start")
    host.tasks.append(cocotb.start_soon(put(dut, "program", beats[FIRST:])))
    dut.layer_cycles__ready.value = 1
    if hungry and "TARGET" in wrong:
        # The layer waits for its input; the run ends all the same.
        await wait(dut, 200)
    else:
        host.tasks.append(cocotb.start_soon(put(dut, "i", list(range(5 * max(ended, 1))))))
        await wait(dut, 200)
    for _ in range(3):
        assert host.error() == ErrorCode[expected]
        assert not dut.busy.value
        await pulse(dut, "start")
        await quiet(dut, "layer_cycles", 40)
    await host.clear()
    program = _program(rng, 2)
    await host.load(program)
    await host.run(program)


@cocotb.test()
@cocotb.parametrize(streamed=[False, True])
async def a_layer_that_cannot_end_is_stalled(dut: Any, streamed: bool) -> None:
    """A pooling that lacks channels stalls; layers that wait for a stream outside never do."""
    rng = bench_rng()
    await start(dut)
    host = _Host(dut, rng)
    pool = LayerConfig(kind=LayerKind.MAX_POOL, channels=2 * CONFIG.input_lanes, source_channels=1)
    give = LayerConfig(kind=LayerKind.OUTPUT, source_channels=3)
    stream = [LayerConfig(kind=LayerKind.STREAM)] if streamed else []
    layers = [LOAD, give, pool]
    resident = descriptor_blocks([*stream] if streamed else layers)
    await put(dut, "program", program_payloads(_words_of(resident), CONFIG))
    if streamed:
        rest = [descriptor_blocks([layer], first=1 + k)[0] for k, layer in enumerate(layers[: CONFIG.layers - 1])]
        beats = program_payloads(_words_of([fence(0), *rest]), CONFIG)
        host.tasks.append(cocotb.start_soon(put(dut, "program", beats)))
    await wait(dut, 5 + 3 * CONFIG.program_words)
    await pulse(dut, "start")
    for _ in range(2):
        # Neither a byte to take, nor one that is taken, nor a count that is taken.
        await wait(dut, 3 * CONFIG.patience)
        assert dut.busy.value
        assert host.error() == ErrorCode.NONE
        await put(dut, "i", list(range(2)))
    await put(dut, "i", list(range(1)))
    for _ in range(3):
        await wait(dut, 3 * CONFIG.patience)
        assert host.error() == ErrorCode.NONE
        await get(dut, "o", 1)
    await wait(dut, 3 * CONFIG.patience)
    await get(dut, "layer_cycles", 2)
    await wait(dut, CONFIG.patience - 20)
    assert host.error() == ErrorCode.NONE
    await wait(dut, 60)
    for _ in range(2):
        assert host.error() == ErrorCode.STALLED
        assert not dut.busy.value
        await pulse(dut, "start")
        await quiet(dut, "layer_cycles", 40)
    await host.clear()
    program = _program(rng, 2)
    await host.load(program)
    await host.run(program)
