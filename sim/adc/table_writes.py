"""Writes to tables for benches: entries of all tables, and the same in golden."""

from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.random import Generator

from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.table_memory import TableMemory
from racelet.hw.adc.sum_layouts import table_entry
from racelet.sim.streams import put

Entry = dict[str, int]


def any_entry(rng: Generator, config: AdcConfig, codes: int) -> Entry:
    """Of any table, one that there is not among them, with one of so many DAC codes."""
    return {
        "group": int(rng.integers(max(config.table_groups, 2))),
        "table": int(rng.integers(config.tables)),
        "entry": int(rng.integers(config.levels)),
        "code": int(rng.integers(codes)),
    }


def place_of(entry: Entry, config: AdcConfig) -> tuple[int, int, int]:
    """Where golden has it."""
    return entry["group"] if config.table_groups > 1 else 0, entry["table"], entry["entry"]


def falls_of(memory: TableMemory, group: int, config: AdcConfig) -> int:
    """Tables of a group that are not monotonic, a bit each."""
    of_group = group if config.table_groups > 1 else 0
    return sum((not memory.is_monotonic(of_group, table)) << table for table in range(config.tables))


class Falls:
    """What hardware has to tell of tables that fall, some cycles after each enquiry."""

    def __init__(self, latency: int) -> None:
        self._expected: deque[int | None] = deque([None] * latency)

    def told(self, memory: TableMemory, group: int, config: AdcConfig) -> int | None:
        """Enquire about a group; what is told in this cycle, None where nobody enquired in time."""
        self._expected.append(falls_of(memory, group, config))
        return self._expected.popleft()


def entries_of(tables: Sequence[Sequence[Sequence[int]]], rng: Generator) -> list[Entry]:
    """Of all tables, in any order."""
    found = [
        {"group": group, "table": table, "entry": entry, "code": int(code)}
        for group, of_group in enumerate(tables)
        for table, codes in enumerate(of_group)
        for entry, code in enumerate(codes)
    ]
    return [found[place] for place in rng.permutation(len(found)).tolist()]


async def fill(dut: Any, tables: Sequence[Sequence[Sequence[int]]], rng: Generator, config: AdcConfig) -> TableMemory:
    """Write all tables; the same in golden."""
    await put(dut, "write", entries_of(tables, rng), shape=table_entry(config))
    return TableMemory(config, np.array(tables, np.int64))
