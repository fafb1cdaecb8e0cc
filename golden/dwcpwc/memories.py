"""What the accelerator's memories hold: programs, weights, parameters, tensors."""

import dataclasses
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import BANKS, DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import (
    DESCRIPTOR_PITCH,
    DESCRIPTOR_WORDS,
    FIELDS,
    SIGNED,
    LayerConfig,
    LayerKind,
    ProgramTarget,
    field_bits,
)
from racelet.golden.dwcpwc.program_loader import Write

_ADDRESSES = 1 << FIELDS["address"]


def unpack_fields(words: Iterable[int]) -> dict[str, int]:
    """Fields of a descriptor; the inverse of :meth:`LayerConfig.pack`.

    Parameters
    ----------
    words : iterable of int
        Its words in order.

    Returns
    -------
    dict of str to int

    Examples
    --------
    >>> fields = unpack_fields(LayerConfig(kind=LayerKind.FUSED, tiles=9, low=-5).pack())
    >>> fields["kind"], fields["tiles"], fields["low"]
    (4, 9, -5)
    """
    bits = sum(int(word) << 32 * k for k, word in enumerate(words))
    fields: dict[str, int] = {}
    for name, (offset, width) in field_bits(bits & (1 << FIELDS["kind"]) - 1).items():
        value = bits >> offset & (1 << width) - 1
        fields[name] = value - (1 << width) if name in SIGNED and value >> width - 1 else value
    return fields


class Memories:
    """Everything that a program and the layers write. Empty, that is zero, at first; nothing but a write changes it.

    Parameters
    ----------
    config : DwcPwcConfig

    Attributes
    ----------
    weights : int8, shape (weight_bytes,)
        Dot-product weights, on chip or outside.
    activations : int8, shape (BANKS, bank_bytes)
        The activation buffer.
    """

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        self.weights = np.zeros(config.weight_bytes, np.int8)
        self.activations = np.zeros((BANKS, config.bank_bytes), np.int8)
        self._descriptors = [0] * (DESCRIPTOR_PITCH * config.layers)
        self._records: dict[ProgramTarget, dict[int, bytes]] = {target: {} for target in ProgramTarget}

    def write(self, writes: Iterable[Write]) -> None:
        """Write the records of a program."""
        for each in writes:
            if each.target == ProgramTarget.DESCRIPTORS:
                self._descriptors[each.address] = each.data
            elif each.target == ProgramTarget.WEIGHTS:
                word = np.frombuffer(each.data.to_bytes(4, "little"), np.int8)
                self.weights[4 * each.address : 4 * each.address + 4] = word
            else:
                self._records[each.target][each.address] = each.data.to_bytes(9, "little")

    def fields(self, number: int) -> dict[str, int]:
        """Fields of one descriptor, also of one whose kind is none of those there are."""
        first = DESCRIPTOR_PITCH * number
        return unpack_fields(self._descriptors[first : first + DESCRIPTOR_WORDS])

    def layer(self, number: int) -> LayerConfig:
        """One descriptor."""
        fields = self.fields(number)
        kind = LayerKind(fields.pop("kind"))
        return LayerConfig(kind=kind, **fields)

    def sets(self, layer: LayerConfig) -> NDArray[np.int8]:
        """Dot-product weights of a layer, shape (passes, words, output_lanes, input_lanes)."""
        shape = (layer.passes, layer.words, self.config.output_lanes, self.config.input_lanes)
        first = layer.weight_address * self.config.weight_beat_bytes
        return self.weights[first : first + int(np.prod(shape))].reshape(shape)

    def windows(self, first: int, count: int) -> NDArray[np.int8]:
        """Records of depthwise weights, shape (count, 3, 3)."""
        records = self._records[ProgramTarget.DEPTHWISE_WEIGHTS]
        data = b"".join(records.get(number, bytes(9)) for number in range(first, first + count))
        return np.frombuffer(data, np.int8).reshape(count, 3, 3)

    def parameters(self, target: ProgramTarget, numbers: Iterable[int]) -> NDArray[np.int64]:
        """Requantise parameters, shape (3, records): bias, multiplier and right shift of each."""
        kind = np.dtype([("bias", "<i4"), ("mult", "<u4"), ("shift", "u1")])
        data = b"".join(self._records[target].get(int(number), bytes(9)) for number in numbers)
        found = np.frombuffer(data, kind)
        return np.stack([found[name].astype(np.int64) for name in kind.names or ()])

    def tensor(self, layer: LayerConfig) -> NDArray[np.int8]:
        """The tensor that a layer reads, shape (source_height, source_width, source_channels)."""
        return self.activations[self._places(layer, "source_")]

    def addend(self, layer: LayerConfig, *, second: bool) -> NDArray[np.int8]:
        """What an ADD reads of its first or second tensor, shape (rows, source_width, source_channels)."""
        pixels = (layer.tiles - 1) * layer.tile_pixels + layer.last_tile_pixels
        rows = dataclasses.replace(layer, source_height=pixels // layer.width)
        bank, byte = self._places(rows, "source_")
        offset = layer.source_row_pitch + layer.second_offset if second else 0
        return self.activations[bank, (byte + offset) % _ADDRESSES]

    def store(self, layer: LayerConfig, tensor: NDArray[np.int8]) -> None:
        """Write a layer's output, shape (height, width, channels)."""
        self.activations[self._places(layer, "")] = tensor

    def _places(self, layer: LayerConfig, what: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Bank and byte of every element: row and column modulo three tell the bank, their thirds the address."""
        if what:
            shape = (layer.source_height, layer.source_width, layer.source_channels)
            # The address is that of the first window, which begins in the padding.
            first = (layer.source_row + layer.pad_top, layer.source_column + layer.pad_left)
        else:
            pixels = (layer.tiles - 1) * layer.tile_pixels + layer.last_tile_pixels
            width = layer.source_width if layer.kind == LayerKind.ADD else layer.width
            shape, first = (pixels // layer.width, width, layer.channels), (0, 0)
        address, row_pitch, pixel_pitch = (
            getattr(layer, f"{what}{name}") for name in ("address", "row_pitch", "pixel_pitch")
        )
        row, column, channel = np.indices(shape)
        row, column = row + first[0], column + first[1]
        byte = address + row // 3 * row_pitch + column // 3 * pixel_pitch + channel
        return row % 3 * 3 + column % 3, byte % _ADDRESSES
