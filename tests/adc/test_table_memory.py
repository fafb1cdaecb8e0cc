from collections import deque
from typing import Any

import numpy as np
import pytest
from amaranth.sim import Simulator

from racelet.golden.adc.config import PRESETS, AdcConfig, Kind
from racelet.golden.adc.table_memory import FALLS_LATENCY
from racelet.golden.adc.table_memory import TableMemory as Golden
from racelet.hw.adc.table_memory import TableMemory
from racelet.sim.adc.tb_table_memory import verify, verify_shapes

SHAPES = {
    "small": PRESETS["small"],
    "most": AdcConfig(bits=8, dac_bits=12, dac_shift=0, output_lanes=1),
}


@pytest.mark.simulation
def test_tables_and_errors_match_golden() -> None:
    verify(PRESETS["tiny"], seed=1)


@pytest.mark.simulation
@pytest.mark.parametrize("name", SHAPES)
def test_any_width_matches_golden(name: str) -> None:
    verify_shapes({"": SHAPES[name]}, seed=2)


@pytest.mark.parametrize("kind", ["sar", "flash"])
@pytest.mark.parametrize("has_groups", [False, True])
def test_tables_begin_with_what_they_are_given(kind: Kind, has_groups: bool) -> None:
    config = AdcConfig(bits=3, kind=kind, output_lanes=1, word_lines=4, group_tables=has_groups)
    table = [9, 20, 20, 31, 55, 200, 255]
    dut = TableMemory(config, table)
    golden = Golden(config, np.tile(table, (config.table_groups, config.tables, 1)))
    rng = np.random.default_rng(1)
    # Of every enquiry that is not answered yet.
    answers: deque[int] = deque()

    async def read_and_write(ctx: Any) -> None:
        for _ in range(60):
            group = int(rng.integers(config.table_groups))
            entry = int(rng.integers(config.thresholds))
            tried = rng.integers(1, config.levels, config.adcs).tolist()
            expected = golden.tables[group].tolist()
            ctx.set(dut.group, group)
            if kind == "sar":
                ctx.set(dut.tried, tried)
                expected = [codes[code - 1] for codes, code in zip(expected, tried, strict=True)]
                assert [ctx.get(dut.codes[adc]) for adc in range(config.adcs)] == expected
            else:
                found = [[ctx.get(dut.codes[row][k]) for k in range(config.thresholds)] for row in range(config.tables)]
                assert found == expected
            if len(answers) == FALLS_LATENCY:
                assert ctx.get(dut.falls) == answers.popleft()
            answers.append(sum((not golden.is_monotonic(group, row)) << row for row in range(config.tables)))
            row, code = int(rng.integers(config.tables)), int(rng.integers(256))
            ctx.set(dut.write.p, {"group": group, "table": row, "entry": entry, "code": code})
            ctx.set(dut.write.valid, 1)
            golden.write((group, row, entry), code)
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(read_and_write)
    simulator.run()
