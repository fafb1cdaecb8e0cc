"""Lanes: which column takes which weight in which cycle."""
# Ref: H. Lu et al., "Distilling bit-level sparsity parallelism for general purpose deep learning acceleration",
# MICRO 2021, section 4; lanes that help their neighbours are this project's.

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

from racelet.golden.bitlet.config import BitletConfig


class Choice(NamedTuple):
    """What a lane takes in one cycle: a digit of a column, its own or a neighbour's."""

    window: int
    column: int
    number: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Schedule:
    """What the lanes do.

    Parameters
    ----------
    choices : tuple of tuple of Choice or None
        For every cycle, from 0, and every lane.
    loaded : tuple of tuple of int
        Cycles in which the parts of every window are taken in.
    ended : tuple of int
        Cycle behind which nothing is left of a window: that of its last digit; of one without, the first in which all
        lanes have it.
    """

    choices: tuple[tuple[Choice | None, ...], ...]
    loaded: tuple[tuple[int, ...], ...]
    ended: tuple[int, ...]


@dataclasses.dataclass
class _Lane:
    """A column on which a lane works: numbers of the weights that have a digit there and have not been taken."""

    window: int
    numbers: list[int]


def schedule(
    windows: Sequence[Sequence[Sequence[int]]],
    config: BitletConfig,
    ring: int | None = None,
    offered: Sequence[Sequence[int]] | None = None,
) -> Schedule:
    """Work through windows, whose columns lie in lanes of a ring; if several lie side by side, each in one of its own.

    A window is loaded while lanes work on the one before, and not before all of them do. A lane takes the first digit
    of its column. With lookahead it goes on to the next window in the cycle behind its column's last digit; without,
    all lanes go on together. A lane that steals takes the last digit of a neighbour's column, of the next higher one if
    it can, where two or more are left: if it has none itself, or if that column's window is the older one. Two lanes
    never take from a neighbour's column in one cycle.

    Parameters
    ----------
    windows : sequence of sequence of sequence of int
        For every window and lane, the numbers of the weights with a digit there, ascending.
    config : BitletConfig
    ring : int, optional
        Lanes of a ring; by default all.
    offered : sequence of sequence of int, optional
        Cycles in which the parts of every window are offered; by default all in cycle 0.

    Returns
    -------
    Schedule

    Examples
    --------
    >>> windows = [[[0, 1, 2, 3], []], [[1], [0, 3]]]
    >>> elastic = schedule(windows, BitletConfig(window=4, load=4, lanes=2, steal=False))
    >>> elastic.ended, elastic.choices[-2]
    ((5, 6), (Choice(window=0, column=0, number=3), Choice(window=1, column=1, number=3)))
    >>> schedule(windows, BitletConfig(window=4, load=4, lanes=2)).ended
    (3, 5)
    """
    return _Run(windows, config, ring, offered).all()


class _Run:
    """State of the lanes, and what has been done."""

    def __init__(
        self,
        windows: Sequence[Sequence[Sequence[int]]],
        config: BitletConfig,
        ring: int | None,
        offered: Sequence[Sequence[int]] | None,
    ) -> None:
        self.windows, self.config = windows, config
        self.ring = len(windows[0]) if ring is None else ring
        parts = config.window // config.load
        self.offered = [[0] * parts for _ in windows] if offered is None else offered
        self.lanes = [_Lane(-1, []) for _ in windows[0]]
        self.loaded: list[list[int]] = [[]]
        self.ended: list[int] = []
        self.choices: list[tuple[Choice | None, ...]] = []

    def all(self) -> Schedule:
        cycle = 0
        while len(self.ended) < len(self.windows):
            # What is loaded in this cycle is there in the next.
            coming = len(self.loaded) - 1
            parts = self.offered[coming] if coming < len(self.windows) else []
            there = bool(parts) and len(self.loaded[coming]) == len(parts)
            self.choices.append(self._choose())
            self._end(cycle)
            if there:
                self._go_on(coming)
            elif parts and parts[len(self.loaded[coming])] <= cycle:
                self.loaded[coming].append(cycle)
            if there and all(lane.window == coming for lane in self.lanes):
                self.loaded.append([])
            cycle += 1
        return Schedule(
            choices=tuple(self.choices),
            loaded=tuple(tuple(each) for each in self.loaded[: len(self.windows)]),
            ended=tuple(self.ended),
        )

    def _end(self, cycle: int) -> None:
        """Tell of the oldest window that no lane has anything left of it."""
        oldest = len(self.ended)
        begun = all(lane.window >= oldest for lane in self.lanes)
        if begun and not any(lane.window == oldest and lane.numbers for lane in self.lanes):
            self.ended.append(cycle)

    def _choose(self) -> tuple[Choice | None, ...]:
        """What every lane takes."""
        ups, downs = self._thieves()
        found: list[Choice | None] = []
        for number, lane in enumerate(self.lanes):
            step = ups[number] - downs[number]
            column = self._beside(number, step)
            numbers = self.lanes[column].numbers
            choice = Choice(self.lanes[column].window, column, numbers[-1 if step else 0]) if numbers else None
            found.append(choice if step or lane.numbers else None)
        for choice in found:
            if choice is not None:
                self.lanes[choice.column].numbers.remove(choice.number)
        return tuple(found)

    def _beside(self, number: int, step: int) -> int:
        """A lane of the same ring."""
        first = number - number % self.ring
        return first + (number - first + step) % self.ring

    def _thieves(self) -> tuple[list[bool], list[bool]]:
        """Lanes that take from the next higher column, and from the next lower one."""
        lanes, count = self.lanes, len(self.lanes)
        if not self.config.steal:
            return [False] * count, [False] * count

        def wants(number: int, other: int) -> bool:
            lane, column = lanes[number], lanes[other]
            return len(column.numbers) > 1 and (not lane.numbers or lane.window > column.window)

        ups = [wants(number, self._beside(number, 1)) for number in range(count)]
        downs = [
            not ups[number] and wants(number, self._beside(number, -1)) and not ups[self._beside(number, -2)]
            for number in range(count)
        ]
        return ups, downs

    def _go_on(self, coming: int) -> None:
        """Lanes that have ended their column begin the next window's, which is there."""
        ready = [lane for lane in self.lanes if lane.window < coming and not lane.numbers]
        if self.config.lookahead == 0 and len(ready) < len(self.lanes):
            return
        for lane, numbers in zip(self.lanes, self.windows[coming], strict=True):
            if any(lane is each for each in ready):
                lane.window, lane.numbers = coming, list(numbers)
