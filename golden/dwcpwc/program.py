"""Programs: the words that load the accelerator's memories."""

import dataclasses

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.layer_config import DESCRIPTOR_PITCH, HEADER_FIELDS, LayerConfig, ProgramTarget

MAX_ROWS = (1 << HEADER_FIELDS["rows"]) - 1
"""Rows that one block can have."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Block:
    """One block of a program.

    Parameters
    ----------
    target : ProgramTarget
        Memory that it fills.
    address : int
        First record.
    data : uint8, shape (n,)
        Records, one after the other.
    row_records, rows, groups, group_stride : int
        Where they go, see :data:`racelet.golden.dwcpwc.layer_config.HEADER_FIELDS`.
    """

    target: ProgramTarget
    address: int
    data: NDArray[np.uint8]
    row_records: int = 1
    rows: int = 1
    groups: int = 1
    group_stride: int = 0

    def words(self) -> NDArray[np.uint32]:
        """Header and records, filled up to whole words.

        Returns
        -------
        uint32, shape (n,)

        Raises
        ------
        ValueError
            If a value does not fit its field of the header.

        Examples
        --------
        >>> block = Block(target=ProgramTarget.PARAMETERS, address=7, data=np.arange(1, 10, dtype=np.uint8))
        >>> [hex(word) for word in block.words()]
        ['0x1010b', '0x7', '0x4030201', '0x8070605', '0x9']
        """
        bits = offset = 0
        for name, width in HEADER_FIELDS.items():
            value = int(getattr(self, name))
            if not 0 <= value < 1 << width:
                raise ValueError(f"Block.{name} must be in 0..{(1 << width) - 1}, not {value}")
            bits |= value << offset
            offset += width
        header = np.frombuffer(bits.to_bytes(offset // 8, "little"), np.uint8)
        padding = np.zeros(-self.data.size % 4, np.uint8)
        return np.concatenate([header, self.data, padding]).view("<u4").astype(np.uint32)


def record_blocks(target: ProgramTarget, records: dict[int, bytes]) -> list[Block]:
    """Blocks for nine-byte records at given places: one block for each run of neighbours.

    A gap of one record is filled, which is cheaper than a header.

    Parameters
    ----------
    target : ProgramTarget
    records : dict of int to bytes
        Record by record number.

    Returns
    -------
    list of Block

    Examples
    --------
    >>> records = {5: bytes(9), 7: bytes(9), 40: bytes(9)}
    >>> [(block.address, block.rows) for block in record_blocks(ProgramTarget.PARAMETERS, records)]
    [(5, 3), (40, 1)]
    """
    if not records:
        return []
    runs: list[list[int]] = []
    for address in sorted(records):
        if runs and address - runs[-1][-1] <= 2 and address - runs[-1][0] < MAX_ROWS:
            runs[-1].append(address)
        else:
            runs.append([address])
    blocks = []
    for run in runs:
        filled = b"".join(records.get(address, bytes(9)) for address in range(run[0], run[-1] + 1))
        data = np.frombuffer(filled, np.uint8)
        blocks.append(Block(target=target, address=run[0], data=data, rows=data.size // 9))
    return blocks


def fence(ended: int) -> Block:
    """A block that lets the next one wait.

    Parameters
    ----------
    ended : int
        Streamed descriptors that must have ended; 0: until a run is streaming.

    Returns
    -------
    Block

    Examples
    --------
    >>> [hex(word) for word in fence(3).words()]
    ['0x1010d', '0x3']
    """
    return Block(target=ProgramTarget.FENCE, address=ended, data=np.zeros(0, np.uint8))


def descriptor_blocks(layers: list[LayerConfig], first: int = 0) -> list[Block]:
    """Blocks for descriptors; each leaves out the words that its kind does not read.

    Neighbours of the same length share a block.

    Parameters
    ----------
    layers : list of LayerConfig
    first : int
        Place of the first of them.

    Returns
    -------
    list of Block

    Examples
    --------
    >>> from racelet.golden.dwcpwc.layer_config import LayerKind
    >>> load = LayerConfig(kind=LayerKind.INPUT)
    >>> blocks = descriptor_blocks([load, load, LayerConfig(kind=LayerKind.FUSED)])
    >>> [(block.address, block.rows, block.row_records) for block in blocks]
    [(0, 2, 4), (32, 1, 14)]
    """
    blocks: list[Block] = []
    for number, layer in enumerate(layers, first):
        data = layer.pack()[: layer.words_read].astype("<u4").view(np.uint8)
        last = blocks[-1] if blocks else None
        if last is not None and last.row_records == layer.words_read:
            blocks[-1] = dataclasses.replace(last, rows=last.rows + 1, data=np.concatenate([last.data, data]))
        else:
            blocks.append(
                Block(
                    target=ProgramTarget.DESCRIPTORS,
                    address=number * DESCRIPTOR_PITCH,
                    data=data,
                    row_records=layer.words_read,
                )
            )
    return blocks
