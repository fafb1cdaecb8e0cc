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
from racelet.golden.dwcpwc.transfer_path import pixel_beats
from racelet.sim.dwcpwc.tensor import Tensor, band, place

SPREAD = 50
"""Standard deviation that output bytes have, about."""
DOT_KINDS = (LayerKind.GATHER, LayerKind.WORDS, LayerKind.FUSED)
POOLS = (LayerKind.AVERAGE_POOL, LayerKind.MAX_POOL)
DEPTHWISE_KINDS = (LayerKind.FUSED, LayerKind.DEPTHWISE)
TRANSFER_UNREAD = ("pad_byte", "parameter_address", "zero_point", "low", "high", "depthwise_zero_point")
"""Fields that no LOAD and no STORE reads."""
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
    outside : uint8, shape (beats, bandwidth)
        What the memory outside holds at first.
    layers : list of LayerConfig
        Descriptors.
    input_bytes, output_bytes : int
        Of one run.
    """

    words: list[int]
    weights: NDArray[np.uint8]
    outside: NDArray[np.uint8]
    layers: list[LayerConfig]
    input_bytes: int
    output_bytes: int


def random_program(rng: Generator, config: DwcPwcConfig, kinds: Sequence[LayerKind]) -> RandomProgram:
    """A program that loads a tensor, runs layers of these kinds one after the other and gives out what each makes.

    STORE puts a part of the present tensor outside. LOAD puts all of it there, in two parts, overwrites it, and goes on
    with some rows of it, loaded back.

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
        writer = ProgramWriter(rng, config)
        program = writer.program(kinds)
        if writer.fits(program):
            return program
    raise ValueError(f"the memories are too small for random layers of the kinds {[kind.name for kind in kinds]}")


class ProgramWriter:
    """Draws layers and what they need in the memories.

    Parameters
    ----------
    rng : Generator
    config : DwcPwcConfig

    Attributes
    ----------
    free : int
        First byte of every bank that no tensor has.
    sets : list of int8
        Weights, one array for each layer with dot products.
    records : dict of ProgramTarget to dict of int to bytes
        Records of nine bytes, by target and number.
    weight_beats, rows, depthwise_records, depthwise_rows : int
        First beat of weights, and first rows of parameters, that no layer has.
    """

    def __init__(self, rng: Generator, config: DwcPwcConfig) -> None:
        self.rng, self.config = rng, config
        self.free = int(rng.integers(3)) * config.input_lanes
        self.sets: list[NDArray[np.int8]] = []
        self.records: dict[ProgramTarget, dict[int, bytes]] = {target: {} for target in ProgramTarget}
        self.outside = int(rng.integers(9))
        self.weight_beats = self.rows = self.depthwise_records = self.depthwise_rows = 0

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
        """A number from a range, both ends included."""
        return int(self.rng.integers(low, high + 1))

    def program(self, kinds: Sequence[LayerKind]) -> RandomProgram:
        """A program of layers of these kinds."""
        load, tensor = self.first(kinds[0])
        layers, loaded, produced = [load], math.prod((tensor.height, tensor.width, tensor.channels)), 0
        for kind, following in zip(kinds, [*kinds[1:], LayerKind.OUTPUT], strict=True):
            added, tensor = self.step(kind, tensor, following)
            layers += added
            size = math.prod((tensor.height, tensor.width, tensor.channels))
            loaded += size * (kind == LayerKind.ADD)
            produced += size
        layers[-1] = dataclasses.replace(layers[-1], last=1)
        blocks = descriptor_blocks(layers)
        blocks += self.blocks(0)
        image = self.image()
        order = self.rng.permutation(len(blocks))
        return RandomProgram(
            words=np.concatenate([blocks[number].words() for number in order]).tolist(),
            weights=image.reshape(-1, self.config.weight_beat_bytes),
            outside=self.rng.integers(0, 256, (self.outside, self.config.bandwidth)).astype(np.uint8),
            layers=layers,
            input_bytes=loaded,
            output_bytes=produced,
        )

    def first(self, kind: LayerKind) -> tuple[LayerConfig, Tensor]:
        """The descriptor that loads a tensor for a layer of some kind."""
        size = (self.draw(1, 7), self.draw(1, 7), self.draw(1, 5 if kind == LayerKind.GATHER else 20))
        tensor = self._place(size, 1, kind)
        return LayerConfig(kind=LayerKind.INPUT, tiles=size[0] * size[1], **tensor.as_output()), tensor

    def step(self, kind: LayerKind, tensor: Tensor, following: LayerKind) -> tuple[list[LayerConfig], Tensor]:
        """Descriptors of a layer and of the output of what it makes, and that."""
        layers = []
        if kind == LayerKind.ADD:
            load, layer, tensor = self._addition(tensor, following)
            layers.append(load)
        elif kind == LayerKind.STORE:
            layer = self._store(tensor, *self._some_rows(tensor), self._room_outside(tensor))
        elif kind == LayerKind.LOAD:
            moves, tensor = self._reload(tensor, following)
            layers, layer = moves[:-1], moves[-1]
        else:
            layer, tensor = self._layer(kind, tensor, following)
        shape = {"tiles": tensor.height * tensor.width, "width": tensor.width, "channels": tensor.channels}
        return [*layers, layer, LayerConfig(kind=LayerKind.OUTPUT, **shape, **tensor.as_source())], tensor

    def image(self) -> NDArray[np.uint8]:
        """All weights."""
        return np.concatenate([np.zeros(0, np.int8), *(sets.reshape(-1) for sets in self.sets)]).view(np.uint8)

    def blocks(self, first_beat: int) -> list[Block]:
        """Blocks of all weights, which lie from some beat on, and all records."""
        blocks = [block for target, records in self.records.items() for block in record_blocks(target, records)]
        image, lanes = self.image(), self.config.input_lanes
        if self.config.store != "stream" and image.size:
            rows = {"row_records": lanes // 4, "rows": image.size // lanes}
            address = first_beat * self.config.weight_beat_bytes // 4
            blocks.append(Block(target=ProgramTarget.WEIGHTS, address=address, data=image, **rows))
        return blocks

    def _place(self, size: tuple[int, int, int], written: int, reader: LayerKind) -> Tensor:
        # What is to be loaded back is stored before.
        reader = LayerKind.STORE if reader == LayerKind.LOAD else reader
        tensor = place(self.free, size, written, reader, self.config)
        self.free = tensor.end(self.config)
        return tensor

    def _layer(self, kind: LayerKind, source: Tensor, following: LayerKind) -> tuple[LayerConfig, Tensor]:
        largest = 7 if kind in POOLS else 5
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
        if kind == LayerKind.MAX_POOL:
            fields |= self._whole()
        # What a kind does not read may hold anything.
        unread = {name: self.draw(0, (1 << FIELDS[name] - 1) - 1) for name in UNREAD if name not in fields}
        return LayerConfig(kind=kind, **unread, **fields), tensor

    def _addition(self, first: Tensor, following: LayerKind) -> tuple[LayerConfig, LayerConfig, Tensor]:
        """Descriptors that load a second tensor beside one and add both."""
        second = dataclasses.replace(first, address=self.free)
        self.free = second.end(self.config)
        load = LayerConfig(kind=LayerKind.INPUT, tiles=first.height * first.width, **second.as_output())
        size = (first.height, first.width, first.channels)
        tensor = self._place(size, self.config.requantizers, following)
        triples = -(-first.width // 3)
        fields = {
            **tensor.as_output(),
            **first.as_source(),
            "tiles": first.height * triples,
            "width": triples,
            "pad_byte": self.draw(-128, 127),
            "stride_columns": 3,
            "kernel_rows": 6,
            "kernel_columns": 3,
            "second_offset": (second.address - first.address - first.row_pitch) % (1 << 20),
            "second_multiplier": self.draw(1 << 30, (1 << 31) - 1),
            "second_shift": self.draw(0, 6),
            "second_zero_point": self.draw(-128, 127),
            "parameter_address": self.rows,
            "round_once": self.draw(0, 1),
            **self._clamp(""),
        }
        mult = struct.pack("<iIB", 0, self.draw(1 << 30, (1 << 31) - 1), self.draw(18, 20))
        self.records[ProgramTarget.PARAMETERS][self.rows * self.config.requantizers] = mult
        self.rows += 1
        return load, LayerConfig(kind=LayerKind.ADD, **fields), tensor

    def _room_outside(self, tensor: Tensor) -> int:
        """Beats outside for a tensor, some way behind the last."""
        address = self.outside + self.draw(0, 2)
        self.outside = address + tensor.height * tensor.width * pixel_beats(tensor.channels, self.config)
        return address

    def _some_rows(self, tensor: Tensor) -> tuple[int, int]:
        """First row and number of some rows of a tensor."""
        first = self.draw(0, tensor.height - 1)
        return first, self.draw(1, tensor.height - first)

    def _unread(self, *more: str) -> dict[str, int]:
        return {name: self.draw(0, 99) for name in (*TRANSFER_UNREAD, *more)}

    def _store(self, tensor: Tensor, first: int, rows: int, address: int) -> LayerConfig:
        """Put some rows of a tensor outside."""
        fields = {"tiles": rows * tensor.width, "width": tensor.width, **band(tensor, first, rows)}
        fields |= self._unread("channels", "address", "row_pitch", "pixel_pitch")
        beats = rows * tensor.width * pixel_beats(tensor.channels, self.config)
        return LayerConfig(kind=LayerKind.STORE, outside_address=address, outside_beats=beats, **fields)

    def _load(self, tensor: Tensor, address: int) -> LayerConfig:
        """Fill a tensor from outside."""
        pixels = tensor.height * tensor.width
        fields = self._unread("source_address", "source_channels", "source_width", "kernel_rows", "stride_columns")
        fields |= {"stride_columns": 3, "tiles": pixels, **tensor.as_output()}
        beats = pixels * pixel_beats(tensor.channels, self.config)
        return LayerConfig(kind=LayerKind.LOAD, outside_address=address, outside_beats=beats, **fields)

    def _reload(self, tensor: Tensor, following: LayerKind) -> tuple[list[LayerConfig], Tensor]:
        """Store a tensor in two parts, overwrite it with what lies elsewhere, load some of its rows."""
        address, elsewhere = self._room_outside(tensor), self._room_outside(tensor)
        row_beats = tensor.width * pixel_beats(tensor.channels, self.config)
        cut = self.draw(0, tensor.height - 1)
        parts = [(first, end - first) for first, end in ((0, cut), (cut, tensor.height)) if end > first]
        moves = [self._store(tensor, first, rows, address + first * row_beats) for first, rows in parts]
        first, rows = self._some_rows(tensor)
        loaded = self._place((rows, tensor.width, tensor.channels), self.config.input_lanes, following)
        return [*moves, self._load(tensor, elsewhere), self._load(loaded, address + first * row_beats)], loaded

    def _whole(self) -> dict[str, int]:
        """Parameters that leave bytes as they are."""
        record = struct.pack("<iIB", 0, (1 << 31) - 1, 0)
        self.records[ProgramTarget.PARAMETERS][self.rows * self.config.requantizers] = record
        self.rows += 1
        low, high = sorted((self.draw(-128, 0), self.draw(0, 127)))
        return {"parameter_address": self.rows - 1, "round_once": self.draw(0, 1), "low": low, "high": high}

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
        address = self.weight_beats
        # Lanes and rows beyond those in use hold anything.
        self.sets.append(self.rng.integers(-128, 128, (passes, words, m, n)).astype(np.int8))
        self.weight_beats += words * passes * self.config.set_beats
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
