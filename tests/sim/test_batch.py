import os
import signal
import threading
from pathlib import Path

import numpy as np
import pytest

from racelet.hw.lib.verilog import to_verilog
from racelet.sim.batch import BatchSimulator
from racelet.sim.batch_ports import Answer, Memory, Pulse, TopLevel
from racelet.sim.errors import SimulationError
from racelet.sim.payload import pack
from racelet.sim.runner import run_bench
from tests.sim.benches.designs import TRANSFER, Accumulator, Fetcher, Flood, Mover

pytestmark = pytest.mark.simulation

PULSES = (Pulse(port="start", unless="busy"),)
ANSWERS = (Answer(request="request", response="response", unit=4),)
MEMORY = 1000 * np.arange(64)


def fetcher(waves: Path | None = None) -> BatchSimulator:
    simulator = BatchSimulator(Fetcher(), pulses=PULSES, answers=ANSWERS, waves=waves)
    simulator.set_memory("request", MEMORY)
    return simulator


def requests(*pairs: tuple[int, int]) -> np.ndarray:
    return np.array([address | beats << 8 for address, beats in pairs])


def test_bytes_and_cycles_are_those_of_cocotb(tmp_path: Path) -> None:
    told = {"beats": str(tmp_path / "beats.npz"), "count": 300}
    run_bench(Accumulator(), "tests.sim.benches.tb_accumulator", parameters=told, testcase="idle=0.0/stall=0.0")
    expected = np.load(tmp_path / "beats.npz")
    result = BatchSimulator(Accumulator()).run({"i": expected["samples"]}, {"o": 300, "wide": 300}, max_cycles=1000)
    np.testing.assert_array_equal((result.outputs["o"].astype(np.int64) & 511 ^ 256) - 256, expected["sums"])
    np.testing.assert_array_equal(result.beat_cycles["o"], expected["taken"])
    assert result.cycles == expected["taken"][-1] + 1


def test_answers_and_their_cycles_are_those_of_cocotb(tmp_path: Path) -> None:
    pairs = [(0, 3), (40, 1), (8, 0), (4, 15), (252, 1), (0, 1), (0, 1), (0, 1), (4, 2)]
    told = {"requests": pairs, "cycles": str(tmp_path / "cycles.npz")}
    run_bench(Fetcher(), "tests.sim.benches.tb_fetcher", parameters=told, testcase="idle=0.0/stall=0.0")
    count = sum(beats for _, beats in pairs)
    result = fetcher().run({"i": requests(*pairs)}, {"o": count}, max_cycles=1000)
    expected = [MEMORY[address // 4 + k] for address, beats in pairs for k in range(beats)]
    np.testing.assert_array_equal(result.outputs["o"], expected)
    np.testing.assert_array_equal(result.beat_cycles["o"], np.load(tmp_path / "cycles.npz")["taken"])
    assert result.beat_cycles["o"][0] == 1


def mover(beats: int = 64) -> BatchSimulator:
    return BatchSimulator(Mover(), memories=[Memory(request="request", read="read", write="write", beats=beats)])


def transfers(*runs: tuple[int, int, int]) -> np.ndarray:
    coded = [pack(TRANSFER, {"address": a, "beats": b, "store": s}).to_bytes(9, "little") for a, b, s in runs]
    return np.frombuffer(b"".join(coded), np.uint8).reshape(-1, 9)


def test_a_memory_keeps_what_is_written_and_gives_it_in_the_cycles_of_cocotb(tmp_path: Path) -> None:
    runs = [(4, 3, 1), (3, 5, 0), (60, 4, 0), (0, 0, 1), (5, 1, 1), (5, 1, 0), (0, 1, 0), (63, 1, 1), (7, 2, 0)]
    told = {"requests": runs, "cycles": str(tmp_path / "cycles.npz")}
    run_bench(Mover(), "tests.sim.benches.tb_mover", parameters=told, seed=1)
    beats = np.zeros((5, 9), np.uint8)
    beats[:, 0], beats[:, 8] = range(5), 2
    simulator = mover()
    held = np.zeros((6, 9), np.uint8)
    held[5, 0] = 7
    simulator.set_memory("request", held)
    result = simulator.run({"requests": transfers(*runs), "i": beats}, {"o": 13}, max_cycles=1000)
    found = [int.from_bytes(beat.tobytes(), "little") for beat in result.outputs["o"]]
    high = 1 << 65
    assert found == [0, high, high + 1, high + 2, 0, 0, 0, 0, 0, high + 3, 0, 0, 0]
    expected = np.load(tmp_path / "cycles.npz")
    np.testing.assert_array_equal(result.beat_cycles["o"], expected["taken"])
    assert (result.read_beats, result.written_beats) == ({"request": 13}, {"request": 5})
    np.testing.assert_array_equal(simulator.memory("request", 4, 3), beats[[0, 3, 2]])
    np.testing.assert_array_equal(simulator.memory("request", 63, 1), beats[4:])
    assert result.cycles == max(expected["taken"][-1], expected["sent"][-1]) + 1


def test_a_memory_stays_over_a_reset_but_its_requests_do_not() -> None:
    simulator = mover()
    beats = np.full((3, 9), 5, np.uint8)
    with pytest.raises(SimulationError, match="not finished in cycle 9; unfinished: o 2 of 3"):
        simulator.run({"requests": transfers((1, 3, 1), (2, 2, 0), (8, 4, 1)), "i": beats}, {"o": 3}, max_cycles=9)
    simulator.reset()
    result = simulator.run({"requests": transfers((0, 5, 0))}, {"o": 5}, max_cycles=20)
    assert result.outputs["o"][:, 0].tolist() == [0, 5, 5, 5, 0]
    assert (result.read_beats, result.written_beats) == ({"request": 5}, {"request": 0})


def test_a_request_beyond_a_memory_is_named() -> None:
    simulator = mover(64)
    with pytest.raises(SimulationError, match="request asks for the beats 62 to 64 of a memory of 64 in cycle 1"):
        simulator.run({"requests": transfers((62, 3, 1))}, {"o": 1}, max_cycles=50)
    simulator.reset()
    far = transfers(((1 << 32) - 1, (1 << 32) - 1, 0))
    with pytest.raises(SimulationError, match="the beats 4294967295 to 8589934589 of a memory of 64"):
        simulator.run({"requests": far}, {"o": 1}, max_cycles=50)


def test_what_a_memory_cannot_hold_is_named() -> None:
    with pytest.raises(ValueError, match="the memory at request has 2 beats, not 3"):
        mover(2).set_memory("request", np.zeros((3, 9), np.uint8))
    with pytest.raises(ValueError, match="there is no memory i; there are request"):
        mover(2).memory("i", 0, 1)


def test_wide_and_signed_payloads_come_out_right() -> None:
    simulator = BatchSimulator(Accumulator())
    samples = np.array([-128, 127, -1], np.int8)
    wide = simulator.run({"i": samples}, {"o": 3, "wide": 3}, max_cycles=20).outputs["wide"]
    assert wide.shape == (3, 13)
    assert [int.from_bytes(row.tobytes(), "little") for row in wide] == [
        k * 0x1_0000_0001_0000 + (int(sample) & 255) for k, sample in enumerate(samples)
    ]
    fetching = fetcher()
    fetching.set_memory("request", np.array([-1, 1 << 39, 5]))
    outputs = fetching.run({"i": requests((0, 3))}, {"o": 3}, max_cycles=20).outputs["o"]
    assert outputs.tolist() == [-1, -(1 << 39), 5]


def test_bytes_go_in_as_integers_do() -> None:
    numbers, simulator = np.array([1, 2, 255]), BatchSimulator(Accumulator())
    first = simulator.run({"i": numbers}, {"o": 3, "wide": 3}, max_cycles=20).outputs["o"]
    simulator = BatchSimulator(Accumulator())
    second = simulator.run({"i": numbers.astype(np.uint8)[:, None]}, {"o": 3, "wide": 3}, max_cycles=20).outputs["o"]
    np.testing.assert_array_equal(first, second)


def test_a_run_goes_on_where_the_last_one_ended() -> None:
    samples = np.arange(100, dtype=np.int8)
    whole = BatchSimulator(Accumulator()).run({"i": samples}, {"o": 100, "wide": 100}, max_cycles=200)
    simulator = BatchSimulator(Accumulator())
    halves = [simulator.run({"i": part}, {"o": 50, "wide": 50}, max_cycles=200) for part in np.split(samples, 2)]
    np.testing.assert_array_equal(np.concatenate([half.outputs["o"] for half in halves]), whole.outputs["o"])
    assert [half.cycles for half in halves] == [51, 51]
    simulator.reset()
    again = simulator.run({"i": samples}, {"o": 100, "wide": 100}, max_cycles=200)
    np.testing.assert_array_equal(again.outputs["o"], whole.outputs["o"])
    np.testing.assert_array_equal(again.beat_cycles["o"], whole.beat_cycles["o"])


def test_pulses_wait_for_busy_and_for_beats() -> None:
    simulator = fetcher()
    result = simulator.run({}, {}, pulses={"start": 3}, max_cycles=100)
    assert result.pulse_cycles["start"].tolist() == [0, 6, 12]
    assert (simulator.read("starts"), simulator.read("error")) == (3, 0)
    after = {"start": ("i", 2)}
    pairs = requests(*[(0, 1)] * 4)
    result = simulator.run({"i": pairs}, {"o": 4}, pulses={"start": 2}, after=after, max_cycles=100)
    assert simulator.read("starts") == 5
    assert result.pulse_cycles["start"].tolist() == [18, 24]
    # The tenth request is taken when there is room for it: four wait, one is answered, and each answer takes 15 cycles.
    long = requests(*[(0, 15)] * 10)
    fresh = fetcher()
    result = fresh.run(
        {"i": long}, {"o": 150}, pulses={"start": 2}, after={"start": ("i", 5)}, max_cycles=1000, error="error"
    )
    assert result.pulse_cycles["start"].tolist() == [5, 77]


def test_a_pulse_regardless_of_busy_trips_the_error_port() -> None:
    simulator = BatchSimulator(Fetcher(), pulses=[Pulse(port="start")], answers=ANSWERS)
    with pytest.raises(SimulationError, match=r"error is 9 in cycle \d+"):
        simulator.run({}, {}, pulses={"start": 2}, max_cycles=100, error="error")


def test_chunks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("racelet.sim.batch._CHUNK_S", 0.0)
    seen: list[int] = []
    simulator = fetcher()
    pairs = requests((0, 3), (8, 2))
    result = simulator.run(
        {"i": pairs}, {"o": 5}, pulses={"start": 3}, max_cycles=100, progress=lambda done: seen.append(done["o"])
    )
    assert result.pulse_cycles["start"].tolist() == [0, 6, 12]
    assert result.beat_cycles["o"].tolist() == [1, 2, 3, 4, 5]
    assert seen == [0, 1, 2, 3, 4, *[5] * (result.cycles - 5)]


def test_giving_up_names_what_did_not_finish() -> None:
    simulator = fetcher()
    with pytest.raises(SimulationError) as caught:
        simulator.run({"i": requests((0, 3))}, {"o": 4}, max_cycles=50)
    assert str(caught.value) == "not finished in cycle 50; unfinished: o 3 of 4"
    accumulator = BatchSimulator(Accumulator())
    with pytest.raises(SimulationError, match="i 0 of 1, o 0 of 1, wide has a beat nobody takes"):
        accumulator.run({"i": np.array([1])}, {"o": 1}, max_cycles=50)


def test_discarded_streams_do_not_hold_up() -> None:
    result = BatchSimulator(Accumulator()).run({"i": np.array([1, 2])}, {"o": 2}, discard=["wide"], max_cycles=50)
    assert result.cycles == 3


def test_a_request_beyond_the_memory_stops_the_run() -> None:
    with pytest.raises(SimulationError, match="a request leaves the memory in cycle 1"):
        fetcher().run({"i": requests((252, 2))}, {"o": 2}, max_cycles=50)


def test_streams_without_ready_or_valid_work() -> None:
    result = BatchSimulator(Flood()).run({"i": np.array([1, 2, 3])}, {"o": 5}, max_cycles=50)
    assert result.outputs["o"].tolist() == [0, 1, 3, 6, 6]


def test_plain_ports_are_written_and_read() -> None:
    simulator = fetcher()
    simulator.write("offset", 7)
    assert simulator.run({"i": requests((4, 1))}, {"o": 1}, max_cycles=50).outputs["o"].tolist() == [1007]
    simulator.reset()
    assert simulator.run({"i": requests((4, 1))}, {"o": 1}, max_cycles=50).outputs["o"].tolist() == [1000]


@pytest.mark.parametrize(
    ("inputs", "outputs", "message"),
    [
        ({"x": [1]}, {}, "there is no input stream x; there are i"),
        ({}, {"i": 1}, "there is no output stream i; there are o"),
        ({"i": [4096]}, {}, "stream i has 12 bits and cannot hold 4096"),
        ({"i": [0.5]}, {}, r"needs integers of shape \(n,\) or uint8 of shape \(n, 2\), not float64 of shape \(1,\)"),
    ],
)
def test_what_does_not_fit_is_named(inputs: dict[str, list[float]], outputs: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fetcher().run({name: np.array(beats) for name, beats in inputs.items()}, outputs, max_cycles=10)


@pytest.mark.parametrize(
    ("pulses", "answers", "message"),
    [
        ([Pulse(port="begin")], [], "begin is not a one-bit input"),
        ([Pulse(port="start", unless="starts")], [], "starts is not a one-bit output"),
        ([], [Answer(request="o", response="i")], "must be a struct with address and beats"),
        ([], [Answer(request="i", response="response")], "i is not a stream out"),
    ],
)
def test_a_wrong_description_is_named(pulses: list[Pulse], answers: list[Answer], message: str) -> None:
    component = Fetcher()
    to_verilog(component)
    with pytest.raises(ValueError, match=message):
        TopLevel(component, pulses, answers)


@pytest.mark.parametrize(
    ("memory", "message"),
    [
        (Memory(request="requests", read="read", write="write", beats=1), "Memory requests: requests is not a stream"),
        (Memory(request="o", read="read", write="write", beats=1), "a struct with address, beats and store, 128 bits"),
        (Memory(request="request", read="write", write="read", beats=1), "write is not a stream in"),
    ],
)
def test_a_wrong_memory_is_named(memory: Memory, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TopLevel(Mover(), memories=[memory])


def test_waves_are_written(tmp_path: Path) -> None:
    simulator = fetcher(waves=tmp_path / "wave.vcd")
    result = simulator.run({"i": requests((0, 3))}, {"o": 3}, max_cycles=50)
    assert result.beat_cycles["o"].tolist() == [1, 2, 3]
    del simulator
    text = (tmp_path / "wave.vcd").read_text()
    assert "$enddefinitions" in text
    assert " left " in text
    assert "#60" in text


def test_control_c_stops_a_long_run() -> None:
    # A shell starts what it puts into the background with the signal ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    simulator = fetcher()
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            simulator.run({}, {"o": 1}, max_cycles=1 << 50)
    finally:
        signal.signal(signal.SIGINT, before)
    assert simulator.cycle > 1000
