"""Programs that make no sense end, one way or the other; and after a clear a good one runs as if nothing had been."""

import dataclasses
import re
from collections import Counter
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from racelet.golden.dwcpwc.accelerator import AcceleratorModel, Inference
from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerKind, ProgramTarget
from racelet.golden.dwcpwc.program import Block, header_beats, program_beats
from racelet.hw.dwcpwc.accelerator import Accelerator
from racelet.hw.dwcpwc.layouts import ErrorCode
from racelet.sim.batch import BatchSimulator
from racelet.sim.batch_ports import Answer, Pulse
from racelet.sim.dwcpwc.drive import RESET_CYCLES
from racelet.sim.dwcpwc.malformed import Malformed, malformed
from racelet.sim.dwcpwc.streamed_programs import StreamedProgram, streamed_program
from racelet.sim.errors import SimulationError

TINY = dataclasses.replace(PRESETS["tiny"], layers=12)
SHORT = dataclasses.replace(PRESETS["small"], layers=3, tile_pixels=3)
OUTSIDE = dataclasses.replace(PRESETS["tiny"], layers=10, store="stream", weight_beat_bytes=8)
CONFIGS = {"tiny": TINY, "short": SHORT, "outside": OUTSIDE}
NO_TARGET = [0x0001_010F, 0] * 512
"""Headers that name no memory: with them a run that waits for more descriptors comes to its end."""
EVERY_CODE = {"NONE", "TARGET", "KIND", "FENCE", "FIELD", "STALLED", "TRANSFER"}
MOST_CYCLES = 500_000
STEP = 500
SETTLED = 20
"""Cycles in which the words of a beat are loaded."""
ENOUGH = 60_000
"""Cycles after which a run that goes on is taken to wait for words."""
TAKEN = ("o", "layer_cycles", "transfer", "spill")


class Machine:
    """An accelerator around which everything is offered and everything is taken."""

    def __init__(self, config: DwcPwcConfig, seed: int) -> None:
        self.config = config
        outside = config.store == "stream"
        self.batch = BatchSimulator(
            Accelerator(config),
            pulses=[Pulse(port="start", unless="busy")],
            answers=[Answer(request="weight_request", response="weights")] if outside else [],
        )
        self.anything = np.zeros((1 << 21 if outside else 1, config.weight_beat_bytes), np.uint8)
        nothing = np.zeros(64 * config.layers, np.uint8)
        shape = {"row_records": 16, "rows": config.layers}
        self.nothing = Block(target=ProgramTarget.DESCRIPTORS, address=0, data=nothing, **shape).words().tolist()
        rng = np.random.default_rng(seed)
        kinds = [LayerKind.FUSED, LayerKind.WORDS, LayerKind.ADD, LayerKind.AVERAGE_POOL, LayerKind.GATHER]
        self.good: StreamedProgram = streamed_program(rng, config, kinds)
        self.data = rng.integers(-128, 128, self.good.input_bytes).astype(np.int8)
        model = AcceleratorModel(config)
        model.load(self.good.words, self.good.weights if outside else None)
        self.expected: Inference = model.run(self.data, self.good.streamed)

    def outcome(self, program: Malformed) -> str:
        """Run a program; returns its error, or NONE if it ends without, or what it waits for."""
        self.clear()
        # What a block leaves out of a descriptor is nothing that another one left there.
        beats = program_beats([*self.nothing, *program.words], self.config)
        if self.config.store == "stream":
            self.batch.set_memory("weight_request", self.anything)
        self._run({"program": beats}, {}, 2 * self.config.program_words * len(beats) + 50)
        # The last beat is taken with its first word.
        self.batch.step(SETTLED)
        if not self.batch.read("busy"):
            self._run({}, {"start": 1}, 10)
        no_target = program_beats(NO_TARGET, self.config)
        streamed = program_beats(program.streamed, self.config)
        sent = 0
        for number in range(MOST_CYCLES // STEP):
            if not self.batch.read("busy"):
                return ErrorCode(self.batch.read("error")).name
            left = streamed[sent:]
            if number * STEP > ENOUGH and sent == len(streamed):
                left = no_target
            offered = {"i": np.zeros(STEP, np.int8), "fill": np.zeros(STEP, np.uint64), "program": left}
            taken = self._run(offered, {}, STEP)
            sent = min(sent + taken, len(streamed))
        # It is no hang to ask for more than anybody sends in a lifetime.
        waiting = [name for name in ("program", "i", "fill") if self.batch.read(f"{name}__ready")]
        return f"takes {waiting[0]}" if waiting else "hang"

    def check_good(self) -> None:
        """Clear, then run the good program."""
        self.clear()
        if self.config.store == "stream":
            self.batch.set_memory("weight_request", self.good.weights)
        streamed, first = program_beats(self.good.streamed, self.config), header_beats(self.config)
        before = np.concatenate([program_beats(self.good.words, self.config), streamed[:first]])
        self.batch.run({"program": before}, {}, max_cycles=5000, error="error")
        result = self.batch.run(
            {"i": self.data, "program": streamed[first:]},
            {"o": self.good.output_bytes, "layer_cycles": len(self.expected.layer_cycles)},
            pulses={"start": 1},
            max_cycles=100_000,
            error="error",
        )
        np.testing.assert_array_equal(result.outputs["o"].astype(np.int8), self.expected.outputs)
        assert result.outputs["layer_cycles"].tolist() == self.expected.layer_cycles

    def clear(self) -> None:
        """Clear; where weights come from outside, with all that is there."""
        if self.config.store == "stream":
            self.batch.reset()
        else:
            self.batch.write("clear", 1)
            self.batch.step(1)
            self.batch.write("clear", 0)
        self.batch.step(RESET_CYCLES)

    def _run(self, inputs: dict[str, NDArray[Any]], pulses: dict[str, int], cycles: int) -> int:
        """Let some cycles pass; returns how many beats of the program were taken."""
        beats = len(inputs.get("program", ()))
        try:
            self.batch.run(inputs, {}, pulses=pulses, discard=TAKEN, max_cycles=cycles)
        except SimulationError as problem:
            if "not finished" not in str(problem):
                raise
            left = re.search(r"program (\d+) of", str(problem))
            return int(left[1]) if left else beats
        return beats


@pytest.mark.simulation
@pytest.mark.parametrize("name", CONFIGS)
def test_every_program_ends_and_a_good_one_runs_after_it(name: str) -> None:
    machine = Machine(CONFIGS[name], seed=1)
    rng = np.random.default_rng(5)
    machine.check_good()
    found = Counter[str]()
    # At least so many, and until each code was seen.
    while found.total() < 150 or (not set(found) >= EVERY_CODE and found.total() < 1000):
        found[machine.outcome(malformed(rng, CONFIGS[name]))] += 1
        machine.check_good()
    assert not found["hang"], found
    assert set(found) >= EVERY_CODE, found
