"""Rings: room in the accelerator's memories that is used again while a streamed program runs."""

import dataclasses
from collections.abc import Hashable, Sequence

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.nn.describe import Memories

Taken = tuple[int, Hashable, Memories]
"""Group of a step, what it needs, and the room that this takes."""


@dataclasses.dataclass(kw_only=True)
class _Ring:
    """One memory: where the next group goes, and who used what last."""

    capacity: int
    cursor: int = 0
    most: int = 0
    users: list[tuple[int, int, int]] = dataclasses.field(default_factory=list)

    def begin(self, size: int) -> None:
        """Make way for a group; it lies in one piece."""
        if self.cursor + size > self.capacity:
            self.cursor = 0

    def take(self, size: int, last: int) -> tuple[int, int]:
        """Address, and how many steps must have ended before it may be written."""
        first, end = self.cursor, self.cursor + size
        fence = max((user + 1 for start, stop, user in self.users if start < end and first < stop), default=0)
        # What is overwritten has nothing to say any more; the rest of it keeps its user.
        kept: list[tuple[int, int, int]] = []
        for start, stop, user in self.users:
            kept += [(a, b, user) for a, b in ((start, min(stop, first)), (max(start, end), stop)) if a < b]
        if size:
            kept.append((first, end, last))
        self.users, self.cursor, self.most = kept, end, max(self.most, end)
        return first, fence


class MemoryRings:
    """Gives every step a place for its weights and parameters.

    What the steps of a group share is written once. Places are given out one behind the other, then again from the
    beginning, so that the next groups' weights come while the present ones are still used, as far as there is room.

    Parameters
    ----------
    config : DwcPwcConfig
    steps : sequence of (int, hashable, Memories) or None
        Group, need and room of each step, in order; None for a step without weights and parameters. The needs of a
        group fit into the memories together.
    """

    def __init__(self, config: DwcPwcConfig, steps: Sequence[Taken | None]) -> None:
        self.config = config
        self.steps = steps
        self.rings = {
            "weights": _Ring(capacity=config.weight_bytes),
            "parameters": _Ring(capacity=config.channels // config.requantizers),
            "depthwise": _Ring(capacity=config.depthwise_channels // config.depthwise_lanes),
            "depthwise_parameters": _Ring(capacity=config.depthwise_channels // config.depthwise_lanes),
        }
        self.last: dict[tuple[int, Hashable], int] = {}
        rooms: dict[int, dict[Hashable, Memories]] = {}
        for number, step in enumerate(steps):
            if step is not None:
                group, need, room = step
                self.last[group, need] = number
                rooms.setdefault(group, {})[need] = room
        self.totals = {
            group: {name: sum(getattr(room, name) for room in found.values()) for name in self.rings}
            for group, found in rooms.items()
        }
        self.places: dict[tuple[int, Hashable], Memories] = {}
        self.begun: set[int] = set()

    def place(self, number: int) -> tuple[Memories, int, bool]:
        """Place of one step; to be called in order.

        Parameters
        ----------
        number : int
            Of the step.

        Returns
        -------
        places : Memories
        fence : int
            Steps that must have ended before the place may be written.
        new : bool
            It must be written: no step before it had the same need.
        """
        step = self.steps[number]
        assert step is not None
        group, need, room = step
        if (group, need) in self.places:
            return self.places[group, need], 0, False
        if group not in self.begun:
            self.begun.add(group)
            for name, ring in self.rings.items():
                ring.begin(self.totals[group][name])
        fence, found = 0, {}
        for name, ring in self.rings.items():
            found[name], before = ring.take(getattr(room, name), self.last[group, need])
            fence = max(fence, before)
        self.places[group, need] = Memories(**found)
        return self.places[group, need], fence, True

    def used(self) -> dict[str, int]:
        """The most that is taken of each memory, by field of the config."""
        lanes = {"parameters": self.config.requantizers, "depthwise": self.config.depthwise_lanes, "weights": 1}
        fields = {"weights": "weight_bytes", "parameters": "channels", "depthwise": "depthwise_channels"}
        return {field: lanes[name] * self.rings[name].most for name, field in fields.items()}
