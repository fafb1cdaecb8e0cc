"""The formula of streamed programs against loader and sequencer. With the hardware: tests/dwcpwc/test_streaming.py."""

import dataclasses
import itertools

import numpy as np
import pytest

from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig
from racelet.golden.dwcpwc.cycles import BEGIN, program_cycles, run_cycles
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind, ProgramTarget
from racelet.golden.dwcpwc.layer_sequencer import schedule
from racelet.golden.dwcpwc.program import Block, descriptor_blocks, fence
from racelet.golden.dwcpwc.program_loader import HEADER_WORDS, Progress, load
from racelet.golden.dwcpwc.stream_schedule import streamed_cycles
from racelet.sim.dwcpwc.streamed_programs import streamed_program

SMALL_RING = dataclasses.replace(PRESETS["small"], layers=4)
COMPUTING = [kind for kind in LayerKind if kind not in {LayerKind.INPUT, LayerKind.OUTPUT, LayerKind.STREAM}]
STREAM = LayerConfig(kind=LayerKind.STREAM)
LOAD = LayerConfig(kind=LayerKind.INPUT)
GO = 10


def words_of(*blocks: Block) -> list[int]:
    return np.concatenate([block.words() for block in blocks]).tolist()


@pytest.mark.parametrize("seed", range(20))
def test_loader_and_sequencer_give_the_counts_of_the_formula(seed: int) -> None:
    rng = np.random.default_rng(seed)
    kinds = [COMPUTING[int(number)] for number in rng.integers(len(COMPUTING), size=5)]
    program = streamed_program(rng, SMALL_RING, kinds)
    resident = program.layers.index(STREAM)
    layers = [layer for layer in program.layers if layer != STREAM]
    counts = streamed_cycles(program.streamed, program.layers, SMALL_RING)
    ends = [GO + end for end in itertools.accumulate(counts)]
    lengths = [BEGIN + run_cycles(layer, SMALL_RING) for layer in layers]
    begun = schedule(GO, lengths[:resident], [end + 1 for end in ends], resident=resident).begun
    assert begun is not None
    progress = Progress(
        streaming=[now >= begun for now in range(ends[-1] + 1)],
        ended=[sum(end <= now for end in ends[resident:]) for now in range(ends[-1] + 1)],
        starved=[False] * (ends[-1] + 1),
    )
    offered = [0] * HEADER_WORDS + [begun] * (len(program.streamed) - HEADER_WORDS)
    loading = load(program.streamed, offered, SMALL_RING, progress)
    assert loading.code == "NONE"
    times = schedule(GO, lengths, [end + 1 for end in ends], resident=resident, arrivals=loading.arrivals)
    assert times.counts == counts


def test_a_program_without_stream_takes_what_it_takes() -> None:
    assert streamed_cycles([], [LOAD, LOAD], DwcPwcConfig()) == program_cycles([LOAD, LOAD], DwcPwcConfig())


@pytest.mark.parametrize("wrong", ["no descriptor", "its own fence", "second first fence"])
def test_a_layer_that_never_begins_is_told(wrong: str) -> None:
    good = descriptor_blocks([LOAD], first=1)[0]
    between = {"no descriptor": [], "its own fence": [fence(2), good], "second first fence": [fence(0), good]}[wrong]
    with pytest.raises(ValueError, match="the descriptor of streamed layer 1 does not come"):
        streamed_cycles(words_of(fence(0), good, *between), [STREAM, LOAD, LOAD], DwcPwcConfig())


def test_weights_behind_computing_cost_nothing() -> None:
    long = dataclasses.replace(LOAD, tiles=4000)
    first, second = (descriptor_blocks([long], first=place)[0] for place in (1, 2))
    weights = Block(target=ProgramTarget.WEIGHTS, address=0, data=np.zeros(4 * 3900, np.uint8), rows=3900)
    config = DwcPwcConfig()
    hidden = streamed_cycles(words_of(fence(0), first, weights, second), [STREAM, long, long], config)
    alone = streamed_cycles(words_of(fence(0), first, second), [STREAM, long, long], config)
    assert hidden == alone
    waits = streamed_cycles(words_of(fence(0), first, fence(1), weights, second), [STREAM, long, long], config)
    assert waits[1] > hidden[1] + 3900
