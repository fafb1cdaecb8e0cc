"""Bench of ``UartShell``: only the two serial lines are touched; every answer is that of the golden accelerator."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.accelerator import AcceleratorModel
from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import TRANSFER_KINDS, LayerConfig, LayerKind
from racelet.golden.dwcpwc.program import fence
from racelet.golden.dwcpwc.serial_link import (
    Answer,
    answer_cycles,
    clear_command,
    load_command,
    read_answer,
    run_command,
)
from racelet.golden.lib.config import LACKING, LOST, UNKNOWN, Command, UartConfig
from racelet.hw.dwcpwc.layouts import ErrorCode
from racelet.hw.dwcpwc.uart_shell import WAITING_BYTES, UartShell
from racelet.sim.bench import bench_config, bench_parameters, bench_rng
from racelet.sim.dwcpwc.programs import random_program
from racelet.sim.runner import run_bench
from racelet.sim.serial_port import SerialPort
from racelet.sim.streams import PERIOD_NS, start

CONFIG = bench_config(DwcPwcConfig)
UART = UartConfig(clock_hz=8_000_000, baud=1_000_000)
"""The shortest bits there are."""
KINDS = [kind for kind in LayerKind if kind not in {LayerKind.INPUT, LayerKind.OUTPUT, LayerKind.STREAM}]
RESIDENT = [kind for kind in KINDS if kind not in TRANSFER_KINDS]
TESTS = [
    "programs_match_golden",
    "errors_are_told_and_forgotten",
    "what_is_no_whole_beat_waits_for_the_next_command",
    "a_break_ends_whatever_goes_on",
    "what_will_not_come_is_told",
    "lost_bytes_are_told",
]


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config."""
    if config.store == "bram":
        told = {"config": config}
        run_bench(UartShell(config, UART), __name__, parameters=told, seed=seed, waves=waves, testcase=TESTS)


async def begin(dut: Any) -> SerialPort:
    """Start the clock, reset, and plug in the computer."""
    await start(dut)
    port = SerialPort(dut.rx, dut.tx, PERIOD_NS * UART.divisor)
    await port.send_break()
    return port


async def answer(port: SerialPort, received: list[int] | None = None) -> Answer:
    """The answer to a command, of which some may have come."""
    received = received or [await port.receive()]
    while True:
        try:
            return read_answer(received)
        except ValueError:
            received.append(await port.receive())


async def ask(port: SerialPort, command: bytes) -> Answer:
    """Send a command and wait for the answer."""
    await port.send(command)
    return await answer(port)


async def run(port: SerialPort, layers: Sequence[LayerConfig], data: NDArray[np.int8]) -> Answer:
    """Run a program, whose last INPUT is sent when all outputs before it have come: then it comes slowly, too."""
    command = run_command(data)
    source = max(number for number, layer in enumerate(layers) if layer.kind == LayerKind.INPUT)
    before = sum(_bytes(layer) for layer in layers[:source] if layer.kind == LayerKind.OUTPUT)
    rest = sum(_bytes(layer) for layer in layers[source:] if layer.kind == LayerKind.INPUT) if before else 0
    sent = len(command) - rest
    await port.send(command[:sent])
    received = [await port.receive() for _ in range(2 * before)]
    await port.send(command[sent:])
    return await answer(port, received)


def _bytes(layer: LayerConfig) -> int:
    return ((layer.tiles - 1) * layer.tile_pixels + layer.last_tile_pixels) * layer.channels


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def programs_match_golden(dut: Any) -> None:
    """Layers of random kinds; every program is run twice."""
    rng, golden = bench_rng(), AcceleratorModel(CONFIG)
    port = await begin(dut)
    for kinds in np.array_split(rng.permutation(np.array(RESIDENT)), 3):
        program = random_program(rng, CONFIG, kinds.tolist())
        assert golden.load(program.words) == "NONE"
        loaded = await ask(port, load_command(np.array(program.words, np.uint32), CONFIG))
        assert (loaded.output, loaded.code) == (b"", 0)
        assert not dut.busy.value
        for _ in range(2):
            data = rng.integers(-128, 128, program.input_bytes).astype(np.int8)
            done = await run(port, program.layers, data)
            expected = golden.run(data)
            assert (done.output, done.code) == (expected.outputs.tobytes(), 0)
            worked = [golden.set_cycles(layer) for layer in program.layers]
            assert done.cycles == answer_cycles(program.layers, CONFIG, worked)
            assert not dut.busy.value
            assert not dut.failed.value


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def errors_are_told_and_forgotten(dut: Any) -> None:
    """A program that is none, a run without a program, a byte that is no command; then a good program."""
    rng, golden = bench_rng(), AcceleratorModel(CONFIG)
    port = await begin(dut)
    bad = await ask(port, load_command(np.full(9, 0xFF, np.uint32), CONFIG))
    assert (bad.output, bad.code) == (b"", ErrorCode.TARGET.value)
    assert dut.failed.value
    assert (await ask(port, run_command(np.arange(20, dtype=np.int8)))).code == ErrorCode.TARGET.value
    assert (await ask(port, b"\x00")).code == UNKNOWN
    assert dut.failed.value
    assert (await ask(port, clear_command())).code == 0
    assert not dut.failed.value
    program = random_program(rng, CONFIG, [LayerKind.WORDS])
    assert golden.load(program.words) == "NONE"
    assert (await ask(port, load_command(np.array(program.words, np.uint32), CONFIG))).code == 0
    data = rng.integers(-128, 128, program.input_bytes).astype(np.int8)
    assert (await ask(port, run_command(data))).output == golden.run(data).outputs.tobytes()


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def a_break_ends_whatever_goes_on(dut: Any) -> None:
    """Half a program, half an input, half an answer: after a break each next command is answered as the first one."""
    rng, golden = bench_rng(), AcceleratorModel(CONFIG)
    port = await begin(dut)
    program = random_program(rng, CONFIG, [LayerKind.WORDS])
    assert golden.load(program.words) == "NONE"
    load = load_command(np.array(program.words, np.uint32), CONFIG)
    data = rng.integers(-128, 128, program.input_bytes).astype(np.int8)
    run = run_command(data)
    for cut in (load[:3], load[: len(load) // 2], None, run[:4], run[:-1], run):
        if cut is not None:
            await port.send(cut)
            # A run waits for the rest of its input; it is none before all of its length has come.
            assert dut.busy.value or cut != run[:-1]
            assert not dut.busy.value or cut != run[:4]
            await port.send_break()
        if cut is None or cut in load:
            assert (await ask(port, load)).code == 0
        done = await ask(port, run)
        assert (done.output, done.code) == (golden.run(data).outputs.tobytes(), 0)


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def what_is_no_whole_beat_waits_for_the_next_command(dut: Any) -> None:
    """A program whose first bytes come in commands of their own, with others between them."""
    rng, golden = bench_rng(), AcceleratorModel(CONFIG)
    port = await begin(dut)
    program = random_program(rng, CONFIG, [LayerKind.WORDS])
    assert golden.load(program.words) == "NONE"
    header = len(load_command(np.zeros(0, np.uint32), CONFIG))
    payload = load_command(np.array(program.words, np.uint32), CONFIG)[header:]
    for piece in (*(payload[byte : byte + 1] for byte in range(3)), payload[3:]):
        assert (await ask(port, bytes([Command.LOAD, *len(piece).to_bytes(4, "little"), *piece]))).code == 0
        assert (await ask(port, b"\x00")).code == UNKNOWN
    data = rng.integers(-128, 128, program.input_bytes).astype(np.int8)
    assert (await ask(port, run_command(data))).output == golden.run(data).outputs.tobytes()


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def what_will_not_come_is_told(dut: Any) -> None:
    """Half a program, half an input, words behind a fence, a memory outside: nothing is done then before a clear."""
    rng, golden = bench_rng(), AcceleratorModel(CONFIG)
    port = await begin(dut)
    program = random_program(rng, CONFIG, [LayerKind.WORDS])
    outside = random_program(rng, CONFIG, [LayerKind.STORE])
    assert golden.load(program.words) == "NONE"
    words, words_outside, words_behind = (
        np.array(each, np.uint32) for each in (program.words, outside.words, [*fence(0).words(), *program.words])
    )
    load = load_command(words, CONFIG)
    data = rng.integers(-128, 128, program.input_bytes).astype(np.int8)
    run, run_outside = run_command(data), run_command(np.zeros(outside.input_bytes, np.int8))
    good = [(load, 0), (run, 0)]
    for commands in (
        [(load_command(words[: CONFIG.program_words], CONFIG), LACKING)],
        [(load_command(words[: words.size // 2], CONFIG), LACKING)],
        [(load, 0), (run_command(data[:-1]), LACKING)],
        [(load_command(words_behind, CONFIG), LACKING)],
        [(load_command(words_outside, CONFIG), 0), (run_outside, LACKING)],
    ):
        for command, code in [*commands, (run, LACKING), (load, LACKING), (clear_command(), 0), *good]:
            done = await ask(port, command)
            assert done.code == code
            assert done.output == (golden.run(data).outputs.tobytes() if (command, code) == good[-1] else b"")


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def lost_bytes_are_told(dut: Any) -> None:
    """As many commands as can wait, another being begun with every answer of six bytes; then one more; then a break."""
    port = await begin(dut)
    most = max(count for count in range(2 * WAITING_BYTES) if count - (count + 5) // 6 <= WAITING_BYTES)
    for count, last in ((most, UNKNOWN), (most + 1, LOST)):
        await port.send(bytes(count))
        codes = [(await answer(port)).code for _ in range(most)]
        assert codes[0] == UNKNOWN
        assert codes[-1] == last
        await port.send_break()
    assert (await ask(port, clear_command())).code == 0


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def play(dut: Any) -> None:
    """Load a program, run it for every input, and write down the answers. Not a part of :func:`verify`."""
    told = bench_parameters()
    port = await begin(dut)
    with np.load(told["told"]) as data:
        loaded = await ask(port, load_command(data["words"], CONFIG))
        assert loaded.code == 0
        answers = [await ask(port, run_command(values)) for values in data["inputs"]]
    outputs = [np.frombuffer(each.output, np.int8) for each in answers]
    np.savez(told["found"], outputs=outputs, cycles=[each.cycles for each in answers])
