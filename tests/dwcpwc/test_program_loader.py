import dataclasses

import numpy as np
import pytest

from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import DESCRIPTOR_PITCH, ProgramTarget
from racelet.golden.dwcpwc.program import Block
from racelet.golden.dwcpwc.program_loader import header, load
from racelet.sim.dwcpwc.tb_program_loader import verify

STREAM = dataclasses.replace(PRESETS["small"], store="stream")
TRACKS = dataclasses.replace(PRESETS["small"], store="racetrack")


@pytest.mark.simulation
@pytest.mark.parametrize(
    "config",
    [PRESETS["tiny"], PRESETS["large"], STREAM, TRACKS],
    ids=["tiny", "large", "stream", "racetrack"],
)
def test_writes_and_their_cycles_match_golden(config: DwcPwcConfig) -> None:
    verify(config, seed=1)


def test_word_records_go_where_three_counts_say() -> None:
    block = Block(
        target=ProgramTarget.DESCRIPTORS,
        address=1000,
        data=np.arange(24, dtype="<u4").view(np.uint8),
        row_records=3,
        rows=4,
        groups=2,
        group_stride=100,
    )
    loading = load(block.words().tolist(), list(range(26)), PRESETS["tiny"])
    expected = []
    for group in range(2):
        for row in range(4):
            for record in range(3):
                expected.append((1000 + 100 * group + DESCRIPTOR_PITCH * row + record, len(expected)))
    assert [(write.address, write.data) for write in loading.writes] == expected


@pytest.mark.parametrize("lanes", [4, 8, 32])
def test_rows_of_weights_are_those_of_a_set(lanes: int) -> None:
    data = np.arange(12, dtype="<u4").view(np.uint8)
    block = Block(target=ProgramTarget.WEIGHTS, address=0, data=data, rows=12)
    loading = load(block.words().tolist(), list(range(14)), DwcPwcConfig(input_lanes=lanes))
    assert [write.address for write in loading.writes] == [row * lanes // 4 for row in range(12)]


@pytest.mark.parametrize("rows", range(1, 10))
def test_nine_byte_records_are_cut_where_they_end(rows: int) -> None:
    data = np.random.default_rng(rows).integers(0, 256, (rows, 9)).astype(np.uint8)
    block = Block(target=ProgramTarget.PARAMETERS, address=5, data=data.reshape(-1), rows=rows)
    words = block.words()
    assert len(words) == 2 + -(-9 * rows // 4)
    loading = load(words.tolist(), [0] * len(words), PRESETS["tiny"])
    for row, write in enumerate(loading.writes):
        assert (write.target, write.address) == (ProgramTarget.PARAMETERS, 5 + row)
        assert [write.data >> 8 * k & 255 for k in range(9)] == data[row].tolist()
    assert len(loading.writes) == rows


def test_a_header_reads_as_its_block_was_written() -> None:
    fields = {"row_records": 17, "rows": 40000, "groups": 200, "address": 987654, "group_stride": 4000}
    block = Block(target=ProgramTarget.WEIGHTS, data=np.zeros(0, np.uint8), **fields)
    assert header(block.words().tolist()) == {"target": 1, **fields}


def test_a_field_that_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match=r"Block\.groups must be in 0\.\.255, not 256"):
        Block(target=ProgramTarget.WEIGHTS, address=0, data=np.zeros(0, np.uint8), groups=256).words()
