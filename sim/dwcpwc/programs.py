"""Random programs for the bench of the whole accelerator, from descriptors and memory contents alone."""

import dataclasses
import math
import struct
from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import FIELDS, LayerConfig, LayerKind, ProgramTarget
from racelet.golden.dwcpwc.program import Block, descriptor_blocks, record_blocks
from racelet.sim.dwcpwc.tensor import Tensor, place

SPREAD = 50
"""Standard deviation that output bytes have, about."""
DOT_KINDS = (LayerKind.GATHER, LayerKind.WORDS, LayerKind.FUSED)
DEPTHWISE_KINDS = (LayerKind.FUSED, LayerKind.DEPTHWISE)
UNREAD = tuple(FIELDS)[tuple(FIELDS).index("words") :]
"""Fields that not every kind reads."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class RandomProgram:
    """A program with all that belongs to it.

    Parameters
    ----------
    words : list of int
        For the ``program`` stream.
    weights : uint8, shape (beats, weight_beat_bytes)
        What an outside weight store holds.
    layers : list of LayerConfig
        Descriptors.
    input_bytes, output_bytes : int
        Of one run.
    """

    words: list[int]
    weights: NDArray[np.uint8]
    layers: list[LayerConfig]
    input_bytes: int
    output_bytes: int


def random_program(rng: Generator, config: DwcPwcConfig, kinds: Sequence[LayerKind]) -> RandomProgram:
    """A program that loads a tensor, runs layers of these kinds one after the other and gives out what each makes.

    Parameters
    ----------
    rng : Generator
    config : DwcPwcConfig
    kinds : sequence of LayerKind
        None of them INPUT or OUTPUT.

    Returns
    -------
    RandomProgram

    Raises
    ------
    ValueError
        If the config's memories are too small for any.
    """
    for _ in range(200):
        writer = _Writer(rng, config)
        program = writer.program(kinds)
        if writer.fits(program):
            return program
    raise ValueError(f"the memories are too small for random layers of the kinds {[kind.name for kind in kinds]}")


class _Writer:
    def __init__(self, rng: Generator, config: DwcPwcConfig) -> None:
        self.rng, self.config = rng, config
        self.free = int(rng.integers(3)) * config.input_lanes
        self.sets: list[NDArray[np.int8]] = []
        self.records: dict[ProgramTarget, dict[int, bytes]] = {target: {} for target in ProgramTarget}
        self.rows = self.depthwise_records = self.depthwise_rows = 0

    def fits(self, program: RandomProgram) -> bool:
        """Whether the memories hold all that was written."""
        config = self.config
        needed = {
            "layers": len(program.layers),
            "weight_bytes": program.weights.size,
            "bank_bytes": self.free,
            "channels": self.rows * config.requantizers,
            "depthwise_channels": self.depthwise_records * config.depthwise_lanes,
            "tile_bytes": max(
                (layer.words * layer.tile_pixels for layer in program.layers if layer.kind in DOT_KINDS), default=0
            )
            * config.input_lanes,
        }
        return all(value <= getattr(config, name) for name, value in needed.items())

    def draw(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high + 1))

    def program(self, kinds: Sequence[LayerKind]) -> RandomProgram:
        size = (self.draw(1, 7), self.draw(1, 7), self.draw(1, 5 if kinds[0] == LayerKind.GATHER else 20))
        tensor = self._place(size, 1, kinds[0])
        layers = [LayerConfig(kind=LayerKind.INPUT, tiles=size[0] * size[1], **tensor.as_output())]
        produced = 0
        for kind, following in zip(kinds, [*kinds[1:], LayerKind.OUTPUT], strict=True):
            layer, tensor = self._layer(kind, tensor, following)
            shape = {"tiles": tensor.height * tensor.width, "width": tensor.width, "channels": tensor.channels}
            layers += [layer, LayerConfig(kind=LayerKind.OUTPUT, **shape, **tensor.as_source())]
            produced += tensor.height * tensor.width * tensor.channels
        layers[-1] = dataclasses.replace(layers[-1], last=1)
        blocks = descriptor_blocks(layers)
        for target, records in self.records.items():
            blocks += record_blocks(target, records)
        image = np.concatenate([np.zeros(0, np.int8), *(sets.reshape(-1) for sets in self.sets)]).view(np.uint8)
        if self.config.store == "bram" and image.size:
            lanes = self.config.input_lanes
            rows = {"row_records": lanes // 4, "rows": image.size // lanes}
            blocks.append(Block(target=ProgramTarget.WEIGHTS, address=0, data=image, **rows))
        order = self.rng.permutation(len(blocks))
        return RandomProgram(
            words=np.concatenate([blocks[number].words() for number in order]).tolist(),
            weights=image.reshape(-1, self.config.weight_beat_bytes),
            layers=layers,
            input_bytes=math.prod(size),
            output_bytes=produced,
        )

    def _place(self, size: tuple[int, int, int], written: int, reader: LayerKind) -> Tensor:
        tensor = place(self.free, size, written, reader, self.config)
        self.free = tensor.end(self.config)
        return tensor

    def _layer(self, kind: LayerKind, source: Tensor, following: LayerKind) -> tuple[LayerConfig, Tensor]:
        largest = 7 if kind == LayerKind.AVERAGE_POOL else 5
        kernel, stride, pads, out = zip(
            *(self._axis(size, largest) for size in (source.height, source.width)), strict=True
        )
        channels = self.draw(1, 2 * self.config.output_lanes + 3) if kind in DOT_KINDS else source.channels
        written = self.config.depthwise_lanes if kind == LayerKind.DEPTHWISE else self.config.requantizers
        tensor = self._place((*out, channels), written, following)
        fields = {
            **tensor.as_output(),
            **source.as_source(*pads),
            "tiles": out[0] * out[1],
            "kernel_rows": kernel[0],
            "kernel_columns": kernel[1],
            "stride_rows": stride[0],
            "stride_columns": stride[1],
            "pad_byte": self.draw(-128, 127),
        }
        if kind in DEPTHWISE_KINDS:
            fields |= self._depthwise(source.channels, kernel)
        if kind in DOT_KINDS:
            depth = source.channels * (1 if kind == LayerKind.FUSED else kernel[0] * kernel[1])
            fields |= self._dot(depth, channels, out[0] * out[1])
        if kind == LayerKind.AVERAGE_POOL:
            fields |= self._pool(source, kernel, stride, pads, out)
        # What a kind does not read may hold anything.
        unread = {name: self.draw(0, (1 << FIELDS[name] - 1) - 1) for name in UNREAD if name not in fields}
        return LayerConfig(kind=kind, **unread, **fields), tensor

    def _axis(self, size: int, largest: int) -> tuple[int, int, int, int]:
        """Kernel, stride, padding before, and output positions along one axis."""
        kernel, stride = self.draw(1, largest), self.draw(1, 3)
        pad = self.draw(0, kernel - 1)
        most = (size + pad - 1) // stride + 1
        return kernel, stride, pad, min(self.draw(1, most), 7)

    def _clamp(self, prefix: str) -> dict[str, int]:
        low, high = sorted((self.draw(-128, 0), self.draw(0, 127)))
        whole = {"low": -128, "high": 127} if self.rng.random() < 0.5 else {"low": low, "high": high}
        codes = {"zero_point": self.draw(-40, 40), **whole}
        return {f"{prefix}{name}": value for name, value in codes.items()}

    def _parameters(self, target: ProgramTarget, first: int, count: int, products: int) -> None:
        """Parameters that spread sums of so many products of bytes over the output's range."""
        ratio = max(math.sqrt(products) * 73 * 73 / SPREAD, 1.0)
        for number in range(first, first + count):
            mult, shift = self.draw(1 << 30, (1 << 31) - 1), max(int(math.log2(ratio)) + self.draw(-1, 1), 0)
            bias = int(self.rng.normal(0, 20 * 2**shift))
            if self.rng.random() < 0.05:
                bias = self.draw(-(1 << 31), (1 << 31) - 1)
            self.records[target][number] = struct.pack("<iIB", bias, mult, min(shift, 31))

    def _depthwise(self, channels: int, kernel: tuple[int, ...]) -> dict[str, int]:
        lanes = self.config.depthwise_lanes
        groups, blocks = -(-channels // lanes), -(-kernel[0] // 3) * -(-kernel[1] // 3)
        fields = {"depthwise_address": self.depthwise_records, "depthwise_parameter_address": self.depthwise_rows}
        for number in range(groups * blocks * lanes):
            record = self.rng.integers(-128, 128, 9).astype(np.int8).tobytes()
            self.records[ProgramTarget.DEPTHWISE_WEIGHTS][self.depthwise_records * lanes + number] = record
        target = ProgramTarget.DEPTHWISE_PARAMETERS
        self._parameters(target, self.depthwise_rows * lanes, groups * lanes, 9 * blocks)
        self.depthwise_records += groups * blocks
        self.depthwise_rows += groups
        return fields | self._clamp("depthwise_")

    def _dot(self, depth: int, channels: int, pixels: int) -> dict[str, int]:
        n, m, lanes = self.config.input_lanes, self.config.output_lanes, self.config.requantizers
        words, passes = -(-depth // n), -(-channels // m)
        address = sum(sets.size for sets in self.sets) // self.config.weight_beat_bytes
        # Lanes and rows beyond those in use hold anything.
        self.sets.append(self.rng.integers(-128, 128, (passes, words, m, n)).astype(np.int8))
        rows = -(-channels // lanes)
        self._parameters(ProgramTarget.PARAMETERS, self.rows * lanes, rows * lanes, depth)
        self.rows += rows
        most = max(min(self.config.tile_pixels, self.config.tile_bytes // n // words, pixels), 1)
        tile = self.draw(1, most)
        tiles = -(-pixels // tile)
        return {
            "tiles": tiles,
            "tile_pixels": tile,
            "last_tile_pixels": pixels - (tiles - 1) * tile,
            "words": words,
            "tail_lanes": depth - (words - 1) * n,
            "passes": passes,
            "tail_groups": -(-(channels - (passes - 1) * m) // lanes),
            "weight_address": address,
            "weight_beats": words * passes * self.config.set_beats,
            "parameter_address": self.rows - rows,
            "round_once": self.draw(0, 1),
            **self._clamp(""),
        }

    def _pool(
        self,
        source: Tensor,
        kernel: tuple[int, ...],
        stride: tuple[int, ...],
        pads: tuple[int, ...],
        out: tuple[int, ...],
    ) -> dict[str, int]:
        lacking = []
        for size, window, step, pad, count in zip(
            (source.height, source.width), kernel, stride, pads, out, strict=True
        ):
            starts = [position * step - pad for position in range(count)]
            lacking.append({max(-start, 0) + max(start + window - size, 0) for start in starts})
        shift = max(lacking[1]).bit_length()
        for rows in lacking[0]:
            for columns in lacking[1]:
                number = (self.rows + (rows << shift) + columns) * self.config.requantizers
                self._parameters(ProgramTarget.PARAMETERS, number, 1, 1)
        fields = {"parameter_address": self.rows, "pool_shift": shift, "round_once": self.draw(0, 1)}
        self.rows += (max(lacking[0]) << shift) + max(lacking[1]) + 1
        return fields | self._clamp("")
