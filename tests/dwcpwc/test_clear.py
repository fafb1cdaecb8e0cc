"""A clear at every cycle of an inference: the next inference is whole."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from racelet.golden.dwcpwc.accelerator import AcceleratorModel
from racelet.golden.dwcpwc.config import PRESETS
from racelet.golden.dwcpwc.layer_config import LayerKind
from racelet.golden.dwcpwc.program import header_beats, program_beats
from racelet.hw.dwcpwc.accelerator import Accelerator
from racelet.sim.batch import BatchSimulator
from racelet.sim.batch_ports import Pulse
from racelet.sim.dwcpwc.drive import RESET_CYCLES
from racelet.sim.dwcpwc.streamed_programs import streamed_program
from racelet.sim.errors import SimulationError

CONFIG = PRESETS["tiny"]
KINDS = [LayerKind.GATHER, LayerKind.FUSED, LayerKind.ADD, LayerKind.MAX_POOL]
TAKEN = ("o", "layer_cycles")


class Machine:
    """A streamed program, run again and again."""

    def __init__(self) -> None:
        rng = np.random.default_rng(11)
        self.program = streamed_program(rng, CONFIG, KINDS)
        self.data = rng.integers(-128, 128, self.program.input_bytes).astype(np.int8)
        model = AcceleratorModel(CONFIG)
        assert model.load(self.program.words) == "NONE"
        self.expected = model.run(self.data, self.program.streamed)
        self.cycles = sum(self.expected.layer_cycles)
        self.batch = BatchSimulator(Accelerator(CONFIG), pulses=[Pulse(port="start", unless="busy")])
        self.batch.run({"program": program_beats(self.program.words, CONFIG)}, {}, max_cycles=10_000, error="error")

    def run(self) -> None:
        """A whole inference."""
        result = self.batch.run(
            self._offered(),
            {"o": self.program.output_bytes, "layer_cycles": len(self.expected.layer_cycles)},
            pulses={"start": 1},
            max_cycles=100_000,
            error="error",
        )
        np.testing.assert_array_equal(result.outputs["o"].astype(np.int8), self.expected.outputs)
        assert result.outputs["layer_cycles"].tolist() == self.expected.layer_cycles

    def stop_after(self, cycles: int) -> None:
        """An inference that a clear ends after some cycles."""
        with pytest.raises(SimulationError, match="not finished"):
            self.batch.run(self._offered(), {"o": self.program.output_bytes}, pulses={"start": 1}, max_cycles=cycles)
        self.batch.write("clear", 1)
        self.batch.step(1)
        self.batch.write("clear", 0)
        assert self.batch.read("busy")
        self.batch.step(RESET_CYCLES)
        assert not self.batch.read("busy")
        assert not self.batch.read("error")

    def _offered(self) -> dict[str, NDArray[Any]]:
        beats, first = program_beats(self.program.streamed, CONFIG), header_beats(CONFIG)
        self.batch.run({"program": beats[:first]}, {}, max_cycles=100, error="error")
        return {"i": self.data, "program": beats[first:]}


@pytest.mark.simulation
def test_a_clear_at_any_cycle_leaves_nothing_behind() -> None:
    machine = Machine()
    machine.run()
    assert machine.cycles > 300
    # In the first cycle the start is still being given.
    for cycles in range(2, machine.cycles - 1):
        machine.stop_after(cycles)
        machine.run()
