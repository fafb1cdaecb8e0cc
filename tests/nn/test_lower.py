"""Programs: weights in the order in which they are read, loaded by the blocks that say so."""

import dataclasses
from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from racelet.golden.dwcpwc.accelerator import AcceleratorModel
from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig, Engine
from racelet.golden.dwcpwc.layer_config import LayerKind
from racelet.golden.dwcpwc.requantize import requantize_once
from racelet.golden.dwcpwc.traffic import compulsory_bytes
from racelet.nn.compile import compile_network, predicted_cycles
from racelet.nn.errors import ModelError
from racelet.nn.fold import fold
from racelet.nn.layers import build_network
from racelet.nn.lower import lower
from racelet.nn.models import digits
from racelet.nn.parameters import reciprocals
from racelet.nn.plan import plan
from racelet.nn.tflite import read_tflite
from racelet.nn.weight_blocks import MAX_GROUPS, weight_blocks
from racelet.nn.weights import patch_order
from tests.models import NetworkBuilder

ROOMY = DwcPwcConfig(
    activation_bytes=576 * 1024, weight_bytes=1 << 20, channels=8192, depthwise_channels=8192, layers=64
)


def _loaded(sets: NDArray[np.int8], lanes_used: int, rows_used: int) -> NDArray[np.int8]:
    """What the blocks leave in a memory that held -1 everywhere, brute force."""
    lanes = sets.shape[3]
    memory = np.full((sets.size // 4 + 5, 4), -1, np.int8)
    for block in weight_blocks(sets, 5, lanes_used, rows_used):
        words = iter(block.data.view(np.int8).reshape(-1, 4))
        for group in range(block.groups):
            for row in range(block.rows):
                for record in range(block.row_records):
                    memory[block.address + group * block.group_stride + row * lanes // 4 + record] = next(words)
        assert next(words, None) is None
    return memory[5:].reshape(sets.shape)


@pytest.mark.parametrize("engine", get_args(Engine))
def test_cycles_do_not_depend_on_what_the_memory_held_before(engine: Engine) -> None:
    files = digits()
    compiled = compile_network(
        fold(read_tflite(files.model)).graph, dataclasses.replace(PRESETS["small"], engine=engine)
    )
    model = AcceleratorModel(compiled.config)
    model.memories.weights[:] = np.random.default_rng(1).integers(-128, 128, model.memories.weights.size)
    assert model.load(compiled.program.words.tolist()) == "NONE"
    found = model.run(np.load(files.inputs)[0])
    assert found.layer_cycles == predicted_cycles(compiled, compiled.program)


@pytest.mark.parametrize("passes", [1, 2, 5])
@pytest.mark.parametrize("words", [1, 2, 3, MAX_GROUPS + 3])
@pytest.mark.parametrize("lanes", [4, 8, 16])
@pytest.mark.parametrize("lanes_used", [1, 4, 5, 8, 13, 16])
@pytest.mark.parametrize("rows_used", [1, 3, 4])
def test_blocks_load_every_weight_in_use(passes: int, words: int, lanes: int, lanes_used: int, rows_used: int) -> None:
    lanes_used = min(lanes_used, lanes)
    sets = np.random.default_rng(0).integers(0, 128, (passes, words, 4, lanes), np.int8)
    loaded = _loaded(sets, lanes_used, rows_used)
    used = np.ones(sets.shape, bool)
    used[:, -1, :, lanes_used:] = False
    used[-1, :, rows_used:] = False
    np.testing.assert_array_equal(loaded[used], sets[used])


@pytest.mark.parametrize("kind", [LayerKind.GATHER, LayerKind.WORDS])
@pytest.mark.parametrize("shape", [(1, 1, 5), (3, 3, 1), (10, 4, 1), (3, 3, 12), (5, 2, 9)])
def test_a_patch_has_every_tap_once(kind: LayerKind, shape: tuple[int, int, int]) -> None:
    order = patch_order(kind, *shape, PRESETS["small"])
    assert sorted(order.tolist()) == list(range(int(np.prod(shape))))


def test_reciprocals_divide_every_sum_as_the_pooling_does() -> None:
    builder = NetworkBuilder(seed=1, shape=(9, 7, 2))
    builder.average_pool(kernel=(5, 4), stride=(2, 2), padding="SAME")
    planned = plan(build_network(builder.graph()), ROOMY).layers[0]
    records = reciprocals(planned.layer)
    assert len(records) > 4
    for row, record in records.items():
        lacking = divmod(row, 1 << planned.config.pool_shift)
        count = (5 - lacking[0]) * (4 - lacking[1])
        sums = np.arange(-128 * count, 127 * count + 1)
        mult, shift = int.from_bytes(record[4:8], "little"), record[8]
        half = np.where(sums > 0, count // 2, -(count // 2))
        expected = np.trunc((sums + half) / count)
        np.testing.assert_array_equal(requantize_once(sums, mult, -shift, 0, -128, 127), expected)


def test_a_scale_of_one_or_more_is_refused() -> None:
    builder = NetworkBuilder(seed=1, shape=(4, 4, 2))
    builder.conv(3)
    graph = builder.graph()
    graph.tensors[graph.output].scales[:] = 1e-9
    with pytest.raises(ModelError, match=r"operator 0 \(CONV_2D\), channel 0: .* must be below 1, not 2\*\*"):
        lower(plan(build_network(graph), ROOMY))


@pytest.mark.parametrize("preset", PRESETS)
def test_kws_crosses_the_edge_with_at_most_2_percent_more_than_it_must(preset: str, kws_model: str) -> None:
    network = build_network(read_tflite(kws_model))
    program = lower(plan(network, PRESETS[preset]))
    least = compulsory_bytes(network.shapes)
    assert least == 27_810
    assert 4 * program.words.size + 490 + 12 <= 1.02 * least
