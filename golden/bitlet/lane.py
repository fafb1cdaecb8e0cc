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
    rings: int | Sequence[int] | None = None,
    offered: Sequence[Sequence[int]] | None = None,
) -> Schedule:
    """Work through windows, whose columns lie in lanes of a ring; if several lie side by side, each in one of its own.

    A window is loaded while lanes work on the one before, and not before all of them do. A lane takes the first digit
    of its column. With lookahead it goes on to the next window in the cycle behind its column's last digit; without,
    or where the rings change, all lanes go on together. A lane that steals takes the last digit of a neighbour's
    column, of the next higher one if it can, where two or more are left: if it has none itself, or if that column's
    window is the older one. Two lanes never take from a neighbour's column in one cycle.

    Parameters
    ----------
    windows : sequence of sequence of sequence of int
        For every window and lane, the numbers of the weights with a digit there, ascending.
    config : BitletConfig
    rings : int or sequence of int, optional
        Lanes of a ring, in each window; by default all.
    offered : sequence of sequence of int, optional
        Cycles in which the parts of every window are offered; by default all in cycle 0.

    Returns
    -------
    Schedule

    Examples
    --------
    >>> windows = [[[0, 1, 2, 3], []], [[1], [0, 3]]]
    >>> elastic = schedule(windows, BitletConfig(formats=("int2",), window=4, load=4, lanes=2, steal=False))
    >>> elastic.ended, elastic.choices[-2]
    ((5, 6), (Choice(window=0, column=0, number=3), Choice(window=1, column=1, number=3)))
    >>> schedule(windows, BitletConfig(formats=("int2",), window=4, load=4, lanes=2)).ended
    (3, 5)
    """
    if rings is None or isinstance(rings, int):
        rings = [len(windows[0]) if rings is None else rings] * len(windows)
    if offered is None:
        offered = [[0] * (config.window // config.load) for _ in windows]
    lanes = Lanes(config, max(map(len, windows)))
    for columns, ring, parts in zip(windows, rings, offered, strict=True):
        lanes.feed(columns, ring, len(parts))
    cycles = [cycle for parts in offered for cycle in parts]
    taken, cycle = 0, 0
    while len(lanes.ended) < len(windows):
        taken += lanes.step(taken < len(cycles) and cycles[taken] <= cycle)
        cycle += 1
    return lanes.schedule()


class Lanes:
    """The lanes, cycle by cycle.

    Parameters
    ----------
    config : BitletConfig
    count : int
        Lanes.
    """

    def __init__(self, config: BitletConfig, count: int) -> None:
        self.config = config
        self.ended: list[int] = []
        self._cycle = 0
        self._windows: list[tuple[Sequence[Sequence[int]], int, int]] = []
        self._lanes = [_Lane(-1, []) for _ in range(count)]
        self._ring = 0
        self._loaded: list[list[int]] = [[]]
        self._choices: list[tuple[Choice | None, ...]] = []

    @property
    def ready(self) -> bool:
        """Whether a part of a window can be taken in this cycle."""
        coming = len(self._loaded) - 1
        return coming == len(self._windows) or len(self._loaded[coming]) < self._windows[coming][2]

    def feed(self, columns: Sequence[Sequence[int]], ring: int, parts: int) -> None:
        """Say what the next window will be: a column for every lane that it needs, lanes of a ring, and parts."""
        self._windows.append((columns, ring, parts))

    def step(self, offered: bool) -> bool:
        """Let a cycle pass, in which the next part of a window is offered or not; tells whether it is taken."""
        coming, ready = len(self._loaded) - 1, self.ready
        self._choices.append(self._choose())
        self._end()
        if not ready:
            # What is loaded in one cycle is there in the next.
            self._go_on(coming)
            if all(lane.window == coming for lane in self._lanes):
                self._loaded.append([])
        elif offered:
            self._loaded[coming].append(self._cycle)
        self._cycle += 1
        return ready and offered

    def schedule(self) -> Schedule:
        """What has been done."""
        loaded = tuple(tuple(each) for each in self._loaded[: len(self._windows)])
        return Schedule(choices=tuple(self._choices), loaded=loaded, ended=tuple(self.ended))

    def _end(self) -> None:
        """Tell of the oldest window that no lane has anything left of it."""
        oldest = len(self.ended)
        begun = all(lane.window >= oldest for lane in self._lanes)
        if begun and not any(lane.window == oldest and lane.numbers for lane in self._lanes):
            self.ended.append(self._cycle)

    def _choose(self) -> tuple[Choice | None, ...]:
        """What every lane takes."""
        ups, downs = self._thieves()
        found: list[Choice | None] = []
        for number, lane in enumerate(self._lanes):
            step = ups[number] - downs[number]
            column = self._beside(number, step)
            numbers = self._lanes[column].numbers
            choice = Choice(self._lanes[column].window, column, numbers[-1 if step else 0]) if numbers else None
            found.append(choice if step or lane.numbers else None)
        for choice in found:
            if choice is not None:
                self._lanes[choice.column].numbers.remove(choice.number)
        return tuple(found)

    def _beside(self, number: int, step: int) -> int:
        """A lane of the same ring; of one in none, itself."""
        if step == 0 or number >= len(self._lanes) // self._ring * self._ring:
            return number
        first = number - number % self._ring
        return first + (number - first + step) % self._ring

    def _thieves(self) -> tuple[list[bool], list[bool]]:
        """Lanes that take from the next higher column, and from the next lower one."""
        lanes, count = self._lanes, len(self._lanes)
        if not self.config.steal or self._ring < 2:
            return [False] * count, [False] * count

        def wants(number: int, other: int) -> bool:
            lane, column = lanes[number], lanes[other]
            return number != other and len(column.numbers) > 1 and (not lane.numbers or lane.window > column.window)

        ups = [wants(number, self._beside(number, 1)) for number in range(count)]
        downs = [
            not ups[number] and wants(number, self._beside(number, -1)) and not ups[self._beside(number, -2)]
            for number in range(count)
        ]
        return ups, downs

    def _go_on(self, coming: int) -> None:
        """Lanes that have ended their column begin the next window's, which is there."""
        columns, ring, _ = self._windows[coming]
        ready = [lane for lane in self._lanes if lane.window < coming and not lane.numbers]
        together = self.config.lookahead == 0 or ring != self._ring
        if together and len(ready) < len(self._lanes):
            return
        self._ring = ring
        for number, lane in enumerate(self._lanes):
            if any(lane is each for each in ready):
                lane.window, lane.numbers = coming, list(columns[number]) if number < len(columns) else []
