"""Programs: the words that load the accelerator's memories."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import DESCRIPTOR_PITCH, HEADER_FIELDS, LayerConfig, ProgramTarget
from racelet.golden.dwcpwc.program_loader import HEADER_WORDS

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


def padded(words: NDArray[np.uint32], config: DwcPwcConfig) -> NDArray[np.uint32]:
    """A program filled up to whole beats of the program stream with words of zero, which are skipped.

    Parameters
    ----------
    words : uint32, shape (n,)
        Whole blocks.
    config : DwcPwcConfig

    Returns
    -------
    uint32, shape (m,)

    Examples
    --------
    >>> padded(fence(3).words(), DwcPwcConfig(input_lanes=16, bandwidth=16)).tolist()
    [65805, 3, 0, 0]
    """
    filling = np.zeros(-len(words) % config.program_words, np.uint32)
    return np.concatenate([words, filling]).astype(np.uint32)


def program_beats(words: Sequence[int] | NDArray[np.uint32], config: DwcPwcConfig) -> NDArray[np.uint8]:
    """Words as beats of the program stream, the first word lowest.

    Parameters
    ----------
    words : sequence of int
        Filled up to whole beats if need be.
    config : DwcPwcConfig

    Returns
    -------
    uint8, shape (beats, 4 * program_words)

    Examples
    --------
    >>> program_beats([1, 2, 3], DwcPwcConfig(bandwidth=8)).tolist()
    [[1, 0, 0, 0, 2, 0, 0, 0], [3, 0, 0, 0, 0, 0, 0, 0]]
    """
    whole = padded(np.asarray(words, np.uint32), config)
    return whole.astype("<u4").view(np.uint8).reshape(-1, 4 * config.program_words)


def header_beats(config: DwcPwcConfig) -> int:
    """Beats of the program stream in which the first header lies.

    Parameters
    ----------
    config : DwcPwcConfig

    Returns
    -------
    int

    Examples
    --------
    >>> [header_beats(DwcPwcConfig(bandwidth=bandwidth)) for bandwidth in (4, 8)]
    [2, 1]
    """
    return -(-HEADER_WORDS // config.program_words)


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
