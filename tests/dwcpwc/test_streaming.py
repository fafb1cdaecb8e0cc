"""Programs that come while they run: random ones through golden, formula and RTL."""

import dataclasses

import numpy as np
import pytest

from racelet.golden.dwcpwc.accelerator import AcceleratorModel
from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerKind
from racelet.sim.dwcpwc.accelerator import AcceleratorSimulator
from racelet.sim.dwcpwc.cocotb_accelerator import CocotbAccelerator
from racelet.sim.dwcpwc.streamed_programs import StreamedProgram, streamed_program
from racelet.sim.dwcpwc.tb_streaming import verify

TINY = dataclasses.replace(PRESETS["tiny"], layers=5)
TALL = dataclasses.replace(
    PRESETS["tiny"],
    output_lanes=16,
    requantizers=4,
    weight_beat_bytes=8,
    weight_bytes=1 << 16,
    store="stream",
    layers=4,
)
LARGE = dataclasses.replace(PRESETS["large"], layers=2)
CONFIGS = {"tiny": TINY, "tall": TALL, "large": LARGE, "small": PRESETS["small"]}
COMPUTING = [kind for kind in LayerKind if kind not in {LayerKind.INPUT, LayerKind.OUTPUT, LayerKind.STREAM}]


def draw(rng: np.random.Generator, config: DwcPwcConfig, most: int = 6) -> StreamedProgram:
    kinds = rng.choice(np.array(COMPUTING), rng.integers(1, most + 1)).tolist()
    return streamed_program(rng, config, [LayerKind(kind) for kind in kinds])


@pytest.mark.simulation
@pytest.mark.parametrize(
    "config",
    [dataclasses.replace(TINY, layers=4), TALL, dataclasses.replace(LARGE, layers=5)],
    ids=["tiny", "tall with weights outside", "large"],
)
def test_streamed_programs_match_golden_under_gaps_and_stalls(config: DwcPwcConfig) -> None:
    verify(config, seed=1)


@pytest.mark.simulation
@pytest.mark.parametrize("name", CONFIGS)
def test_random_streamed_programs_match_golden_and_formula(name: str) -> None:
    config = CONFIGS[name]
    simulator = AcceleratorSimulator(config)
    rng = np.random.default_rng(1)
    wraps = 0
    for _ in range(60):
        program = draw(rng, config)
        model = AcceleratorModel(config)
        assert model.load(program.words, program.weights if config.store == "stream" else None) == "NONE"
        inputs = rng.integers(-128, 128, (3, program.input_bytes)).astype(np.int8)
        simulator.load(np.array(program.words, np.uint32), program.weights)
        result = simulator.infer(
            inputs,
            output_bytes=program.output_bytes,
            layers=len(program.layers) - 1,
            max_cycles=1_000_000,
            streamed=np.array(program.streamed, np.uint32),
        )
        for number, data in enumerate(inputs):
            expected = model.run(data, program.streamed)
            assert expected.error == "NONE"
            np.testing.assert_array_equal(result.outputs[number], expected.outputs)
            assert result.layer_cycles[number].tolist() == expected.layer_cycles
        wraps += len(program.layers) > config.layers
    assert wraps > 30 or name == "small"


@pytest.mark.simulation
def test_cocotb_and_batch_stream_the_same_bytes_in_the_same_cycles() -> None:
    rng = np.random.default_rng(3)
    program = draw(rng, TINY)
    inputs = rng.integers(-128, 128, (3, program.input_bytes)).astype(np.int8)
    found = []
    for simulator in (AcceleratorSimulator(TINY), CocotbAccelerator(TINY)):
        simulator.load(np.array(program.words, np.uint32), program.weights)
        found.append(
            simulator.infer(
                inputs,
                output_bytes=program.output_bytes,
                layers=len(program.layers) - 1,
                max_cycles=1_000_000,
                streamed=np.array(program.streamed, np.uint32),
            )
        )
    np.testing.assert_array_equal(found[0].outputs, found[1].outputs)
    np.testing.assert_array_equal(found[0].layer_cycles, found[1].layer_cycles)
