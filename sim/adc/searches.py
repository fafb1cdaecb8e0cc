"""Searches for benches: what comparators see, what is searched, and what golden makes of it."""

import dataclasses
from collections.abc import Iterator, Sequence

from numpy.random import Generator

from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.sar_sequencer import Search, raw_search, search

Table = Sequence[int]


class Comparator:
    """Sees another current in each comparison.

    Parameters
    ----------
    seen : sequence of int
        Currents, as the highest DAC codes that they are not below.
    """

    def __init__(self, seen: Sequence[int]) -> None:
        self._coming: Iterator[int] = iter(seen)

    def __call__(self, code: int) -> int:
        """What it says to a DAC code."""
        return int(next(self._coming) >= code)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Job:
    """What is searched.

    Parameters
    ----------
    raw : int
        1: the DAC code of ``adc`` alone.
    adc, group : int
        Where groups share tables, ``group`` may be another one.
    seen : sequence of sequences of int
        What the comparator of each ADC sees, as of :class:`Comparator`.
    """

    raw: int
    adc: int
    group: int
    seen: Sequence[Sequence[int]]

    @property
    def fields(self) -> dict[str, int]:
        """As hardware has it."""
        return {"raw": self.raw, "adc": self.adc, "group": self.group}

    def outcomes(self, tables: Sequence[Sequence[Table]], config: AdcConfig) -> dict[int, Search]:
        """What golden finds with tables of each group, for every ADC that searches."""
        if self.raw:
            return {self.adc: raw_search(Comparator(self.seen[self.adc]), config)}
        return {
            adc: search(tables_of(self.group, tables)[adc // config.adcs_per_table], Comparator(seen), config)
            for adc, seen in enumerate(self.seen)
        }


def tables_of(group: int, tables: Sequence[Sequence[Table]]) -> Sequence[Table]:
    """Those of a group, or of all."""
    return tables[group if len(tables) > 1 else 0]


def any_group(rng: Generator, config: AdcConfig) -> int:
    """One that there is, or, where groups share tables, that a job can have."""
    return int(rng.integers(max(config.table_groups, 2)))


def comparisons(raw: int, config: AdcConfig) -> int:
    """Of an ADC in a search."""
    return config.dac_bits if raw else config.samples


def random_table(rng: Generator, config: AdcConfig) -> list[int]:
    """Rising, with some that are the same, falling or in no order; of all DAC codes or of few."""
    spread = int(rng.choice([config.dac_codes, min(config.dac_codes, 4)]))
    table = rng.integers(spread, size=config.thresholds) + int(rng.integers(config.dac_codes - spread + 1))
    kind = rng.integers(4)
    if kind < 2:
        table.sort()
    return table[::-1].tolist() if kind == 2 else table.tolist()


def random_tables(rng: Generator, config: AdcConfig) -> list[list[list[int]]]:
    """Of every group and table."""
    return [[random_table(rng, config) for _ in range(config.tables)] for _ in range(config.table_groups)]


def random_jobs(
    count: int, tables: Sequence[Sequence[Table]], rng: Generator, config: AdcConfig, raw: float
) -> list[Job]:
    """Currents on thresholds, next to them and beyond all, steady and noisy; and comparators that say anything."""
    found: list[Job] = []
    for _ in range(count):
        is_raw = int(rng.random() < raw)
        group = any_group(rng, config)
        samples = comparisons(is_raw, config)
        seen: list[list[int]] = []
        for adc in range(config.adcs):
            table = tables_of(group, tables)[adc // config.adcs_per_table]
            near = int(rng.choice(table)) + int(rng.integers(-1, 2))
            any_one = int(rng.integers(config.dac_codes))
            current = int(rng.choice([near, near, near, any_one, -1, 0, config.dac_codes - 1]))
            noise = rng.integers(-2, 3, samples) if rng.random() < 0.3 else [0] * samples
            anything = rng.choice([-1, config.dac_codes], samples)
            seen.append(anything.tolist() if rng.random() < 0.2 else [current + int(each) for each in noise])
        found.append(Job(raw=is_raw, adc=int(rng.integers(config.adcs)), group=group, seen=seen))
    return found


def all_answers(rng: Generator, config: AdcConfig, raw: int, most: int) -> list[Job]:
    """Searches in which comparators say all that they can say, at most so many of it."""
    samples = comparisons(raw, config)
    every = rng.permutation(1 << samples)[:most]
    lanes = 1 if raw else config.adcs
    found: list[Job] = []
    for first in range(0, len(every), lanes):
        said = [int(every[(first + lane) % len(every)]) for lane in range(lanes)] * (config.adcs // lanes)
        seen = [[config.dac_codes if each >> bit & 1 else -1 for bit in range(samples)] for each in said]
        found.append(Job(raw=raw, adc=int(rng.integers(config.adcs)), group=any_group(rng, config), seen=seen))
    return found
