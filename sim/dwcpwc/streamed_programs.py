"""Random programs whose descriptors, weights and parameters come while they run."""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.program import Block, descriptor_blocks, fence
from racelet.sim.dwcpwc.programs import ProgramWriter, RandomProgram


@dataclasses.dataclass(frozen=True, kw_only=True)
class StreamedProgram(RandomProgram):
    """A program of which a part comes while it runs; ``words`` is the other part.

    Parameters
    ----------
    streamed : list of int
        Words of that part.
    """

    streamed: list[int]


def streamed_program(rng: Generator, config: DwcPwcConfig, kinds: Sequence[LayerKind]) -> StreamedProgram:
    """A program of layers of these kinds, as :func:`racelet.sim.dwcpwc.programs.random_program` makes them.

    Its layers take turns in one to three parts of the memories; fences keep each from those whose part it fills, and
    descriptors from those in whose places they go. Nothing waits longer than it must.

    Parameters
    ----------
    rng : Generator
    config : DwcPwcConfig
    kinds : sequence of LayerKind
        None of them INPUT, OUTPUT or STREAM.

    Returns
    -------
    StreamedProgram

    Raises
    ------
    ValueError
        If the config's memories are too small for any.
    """
    for _ in range(300):
        program = _Streamer(rng, config).program(kinds)
        if program is not None:
            return program
    raise ValueError(f"the memories are too small to stream layers of the kinds {[kind.name for kind in kinds]}")


class _Streamer:
    def __init__(self, rng: Generator, config: DwcPwcConfig) -> None:
        self.rng, self.config = rng, config
        self.writer = ProgramWriter(rng, config)
        self.parts = int(rng.integers(1, 4))
        # Streamed descriptors that must have ended before a part is filled again.
        self.users = [0] * self.parts
        self.blocks: list[Block] = [fence(0)]
        self.arrived = self.ended = 0

    def program(self, kinds: Sequence[LayerKind]) -> StreamedProgram | None:
        """A program, if the memories hold it."""
        writer = self.writer
        load, tensor = writer.first(kinds[0])
        sizes = [math.prod((tensor.height, tensor.width, tensor.channels))]
        resident = [load] if self.config.layers > 2 and self.rng.random() < 0.5 else []
        layers = [*resident, LayerConfig(kind=LayerKind.STREAM)]
        self.base = len(layers)
        pending = [] if resident else [load]
        weights: list[NDArray[np.uint8]] = []
        for number, (kind, following) in enumerate(zip(kinds, [*kinds[1:], LayerKind.OUTPUT], strict=True)):
            part = number % self.parts
            first_beat = self._begin(part)
            added, tensor = writer.step(kind, tensor, following)
            if not self._fits(part):
                return None
            if number == len(kinds) - 1:
                added[-1] = dataclasses.replace(added[-1], last=1)
            blocks = writer.blocks(first_beat)
            if blocks:
                self._wait(self.users[part])
            self.blocks += [blocks[each] for each in self.rng.permutation(len(blocks))]
            self.users[part] = self.arrived + len(pending) + len(added) - 1
            self._descriptors([*pending, *added])
            layers += [*pending, *added]
            pending = []
            weights.append(writer.image())
            sizes.append(math.prod((tensor.height, tensor.width, tensor.channels)))
        added_sizes = [size for size, kind in zip(sizes[1:], kinds, strict=True) if kind == LayerKind.ADD]
        words = [block.words() for block in descriptor_blocks(layers[: self.base])]
        return StreamedProgram(
            words=np.concatenate(words).tolist(),
            weights=np.concatenate(weights).reshape(-1, self.config.weight_beat_bytes),
            outside=self.rng.integers(0, 256, (writer.outside, self.config.bandwidth)).astype(np.uint8),
            layers=layers,
            input_bytes=sizes[0] + sum(added_sizes),
            output_bytes=sum(sizes[1:]),
            streamed=np.concatenate([block.words() for block in self.blocks]).tolist(),
        )

    def _begin(self, part: int) -> int:
        """Let the next layer be drawn for a part of the memories; returns its first beat of weights."""
        writer, config, parts = self.writer, self.config, self.parts
        writer.sets = []
        writer.records = {target: {} for target in writer.records}
        # Weights outside are not streamed, but lie one behind the other.
        if config.store == "bram":
            sets = config.weight_bytes // (config.input_lanes * config.output_lanes)
            writer.weight_beats = part * (sets // parts) * config.set_beats
        writer.rows = part * (config.channels // config.requantizers // parts)
        writer.depthwise_records = part * (config.depthwise_channels // config.depthwise_lanes // parts)
        writer.depthwise_rows = writer.depthwise_records
        return writer.weight_beats

    def _fits(self, part: int) -> bool:
        writer, config, parts = self.writer, self.config, self.parts
        beats = config.weight_bytes // config.weight_beat_bytes
        shares = parts if config.store == "bram" else 1
        room = [
            (writer.weight_beats, beats // shares * (part + 1 if shares > 1 else 1)),
            (writer.rows, config.channels // config.requantizers // parts * (part + 1)),
            (writer.depthwise_records, config.depthwise_channels // config.depthwise_lanes // parts * (part + 1)),
            (writer.free, config.bank_bytes),
        ]
        return all(used <= most for used, most in room)

    def _wait(self, ended: int) -> None:
        """Put a fence, where the one before does not do; now and then one that nobody needs."""
        if ended > self.ended or (ended > 0 and self.rng.random() < 0.1):
            self.blocks.append(fence(ended))
            self.ended = max(self.ended, ended)

    def _descriptors(self, layers: Sequence[LayerConfig]) -> None:
        """Descriptors for the next places of the ring, some in one go."""
        places = self.config.layers - self.base
        done = 0
        while done < len(layers):
            place = self.arrived % places
            count = min(int(self.rng.integers(1, 4)), len(layers) - done, places - place)
            self._wait(self.arrived + count - places)
            self.blocks += descriptor_blocks(list(layers[done : done + count]), first=self.base + place)
            self.arrived += count
            done += count
