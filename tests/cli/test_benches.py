from pathlib import Path

import pytest

import racelet.sim.lib
from racelet.cli.blocks import BLOCKS, Block
from racelet.cli.verify import benches


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_a_block_has_its_own_benches_and_those_of_the_parts_that_it_uses(block: Block) -> None:
    found = benches(block)
    assert {"axi_lite", "stream_slice"} <= set(found)
    assert {module.split(".")[2] for module in found.values()} == {"lib", block.name}


def test_every_bench_of_the_lib_is_some_block_s() -> None:
    (folder,) = racelet.sim.lib.__path__
    names = {file.stem.removeprefix("tb_") for file in Path(folder).glob("tb_*.py")}
    assert names <= {name for block in BLOCKS.values() for name in benches(block)}


def test_a_part_that_a_block_does_not_use_has_no_bench_there() -> None:
    assert "uart" in benches(BLOCKS["dwcpwc"])
    assert "uart" not in benches(BLOCKS["bitlet"])
