"""A track of plain lists, written from the specification alone: what a controller did is done again on it."""

from collections import Counter
from collections.abc import Iterable, Mapping

from racelet.golden.racetrack.config import RacetrackConfig
from racelet.golden.racetrack.operations import Operation


class Replay:
    """``[home port + marker][G sites][port 0][G][port 1]...[port N-1][overhead]``, an end beyond the last port."""

    def __init__(self, config: RacetrackConfig, words: Mapping[tuple[int, int], int]) -> None:
        width, group = config.word_bits, config.words_per_port * config.word_bits
        self.ports = [group + 1 + number * (group + 1) for number in range(config.ports)]
        self.sites = [1] + [0] * (self.ports[-1] + group)
        for (port, slot), word in words.items():
            for place in range(width):
                self.sites[self.ports[port] - 1 - slot * width - place] = word >> place & 1
        self.count: Counter[str] = Counter()
        self.seen: list[int] = []
        self.faults = 0

    def do(self, operations: Iterable[Operation]) -> None:
        for operation in operations:
            self.count[operation.kind] += 1
            at = self.ports[operation.port] if operation.port >= 0 else 0
            if operation.kind == "shift":
                self._move(operation, at)
                continue
            there = self.sites[at]
            if operation.kind == "detect":
                self.seen.append(there)
            else:
                new = int(operation.kind == "insert")
                self.faults += there == new
                self.sites[at] = new

    def _move(self, operation: Operation, at: int) -> None:
        sites = self.sites
        left, moved, right = [], sites, []
        if operation.span == "left":
            moved, right = sites[: at + 1], sites[at + 1 :]
        elif operation.span == "right":
            left, moved = sites[:at], sites[at:]
        if operation.direction == "right":
            self.faults += moved.pop()
            moved = [0, *moved]
        else:
            self.faults += moved[0]
            moved = [*moved[1:], 0]
        self.sites = left + moved + right
