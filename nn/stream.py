"""Lowering of a schedule: a program that is sent while it runs, so that memories are used again and again."""

import dataclasses

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.engine_cycles import SetCycles
from racelet.golden.dwcpwc.layer_config import DESCRIPTOR_PITCH, LayerConfig, LayerKind
from racelet.golden.dwcpwc.program import Block, descriptor_blocks, fence, padded
from racelet.nn.contents import ContentsWriter
from racelet.nn.describe import Held, Memories, needs
from racelet.nn.errors import ModelError
from racelet.nn.program import MOVED, Buffered, Program, buffer_peak
from racelet.nn.rings import MemoryRings
from racelet.nn.schedule import Schedule, settings

MERGED = 8
"""Descriptors that share a block; the first of them waits for the last to arrive."""


def lower_schedule(schedule: Schedule) -> Program:
    """Write the program of a schedule.

    Parameters
    ----------
    schedule : Schedule

    Returns
    -------
    Program

    Raises
    ------
    ModelError
        If there are too few descriptors, or a scale is beyond what the requantisers do.
    """
    slots = schedule.config.layers
    if slots < 3:
        raise ModelError(f"layers must be at least 3 for a network that is larger than the chip, not {slots}")
    writer = _Writer(schedule)
    rings = MemoryRings(schedule.config, _taken(schedule))
    contents = ContentsWriter(schedule.network.graph, schedule.config)
    cycles: list[SetCycles | None] = []
    # What is in the memories already, is there for every step with the same part of the same layer.
    known: dict[tuple[int, tuple[int, int]], SetCycles | None] = {}
    for number, step in enumerate(schedule.steps):
        places, after, new = Memories(), 0, False
        if step.part is not None:
            places, after, new = rings.place(number)
        descriptor = settings(schedule, step, places)
        if number == len(schedule.steps) - 1:
            descriptor = dataclasses.replace(descriptor, last=1)
        blocks = []
        if step.part is not None and new:
            layer = schedule.network.layers[step.number]
            found = contents.contents(layer, step.part, descriptor)
            blocks = found.blocks()
            known[step.number, step.part.channels] = found.set_cycles(schedule.config)
        cycles.append(None if step.part is None else known[step.number, step.part.channels])
        writer.step(descriptor, blocks, after)
    resident = descriptor_blocks([LayerConfig(kind=LayerKind.STREAM)])
    buffered = _buffered(schedule)
    return Program(
        words=padded(np.concatenate([block.words() for block in resident]), schedule.config),
        streamed=padded(writer.words(), schedule.config),
        weights=np.zeros((0, schedule.config.weight_beat_bytes), np.uint8),
        layers=tuple(writer.layers),
        numbers=tuple(MOVED if step.part is None else step.number for step in schedule.steps),
        set_cycles=tuple(cycles),
        input_order=_input_order(schedule),
        outside_beats=schedule.outside_beats,
        buffered=buffered,
        used={"activation_bytes": buffer_peak(buffered), **rings.used(), "layers": min(len(schedule.steps) + 1, slots)},
    )


class _Writer:
    """Blocks in the order in which they are sent."""

    def __init__(self, schedule: Schedule) -> None:
        self.ring = schedule.config.layers - 1
        self.blocks = [fence(0)]
        self.layers: list[LayerConfig] = []
        self.waiting: list[LayerConfig] = []
        self.fenced = 0

    def step(self, descriptor: LayerConfig, blocks: list[Block], after: int) -> None:
        """Send what a descriptor needs when so many have ended, and then the descriptor."""
        number = len(self.layers)
        # A descriptor takes the place of the one that is as many before it as the ring holds.
        after = max(after, number - self.ring + 1)
        slot = number % self.ring
        like = self.waiting and self.waiting[-1].words_read == descriptor.words_read
        if blocks or after > self.fenced or not like or slot == 0 or len(self.waiting) == MERGED:
            self._flush()
        if after > self.fenced:
            self.blocks.append(fence(after))
            self.fenced = after
        self.blocks += blocks
        self.layers.append(descriptor)
        self.waiting.append(descriptor)

    def words(self) -> NDArray[np.uint32]:
        self._flush()
        return np.concatenate([block.words() for block in self.blocks])

    def _flush(self) -> None:
        if not self.waiting:
            return
        first = (len(self.layers) - len(self.waiting)) % self.ring + 1
        (block,) = descriptor_blocks(self.waiting)
        self.blocks.append(dataclasses.replace(block, address=first * DESCRIPTOR_PITCH))
        self.waiting = []


def _taken(schedule: Schedule) -> list[tuple[int, object, Memories] | None]:
    """For each step its group, what of the network it needs in the memories, and the room that this takes."""
    config: DwcPwcConfig = schedule.config
    found: list[tuple[int, object, Memories] | None] = []
    for step in schedule.steps:
        if step.part is None:
            found.append(None)
            continue
        layer = schedule.network.layers[step.number]
        room = needs(schedule.network.graph, layer, step.part, step.kind, config)
        found.append((step.group, (step.number, step.part.channels), room))
    return found


def _input_order(schedule: Schedule) -> NDArray[np.int64]:
    _, width, channels = schedule.network.planes[schedule.network.input]
    row = width * channels
    spans = [step.rows for step in schedule.steps if step.kind == LayerKind.INPUT]
    return np.concatenate([np.arange(first * row, end * row) for first, end in spans])


def _buffered(schedule: Schedule) -> tuple[Buffered, ...]:
    """What lies in the buffer, from the step that puts it there to the last that reads it."""
    found: list[Buffered] = []
    open_at: dict[tuple[int, Held], int] = {}
    for number, step in enumerate(schedule.steps):
        layer = schedule.network.layers[step.number]
        used = [*zip(layer.sources, step.sources, strict=False)] if step.part is not None else []
        for key in [*used, (step.tensor, step.target)]:
            if key in open_at:
                found[open_at[key]] = dataclasses.replace(found[open_at[key]], last=number)
            else:
                open_at[key] = len(found)
                tensor, held = key
                found.append(Buffered(tensor=tensor, placement=held.placement, first=number, last=number))
    return tuple(found)
