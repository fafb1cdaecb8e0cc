"""Programs: the words that load the accelerator's memories."""

import dataclasses

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.layer_config import HEADER_FIELDS, LayerConfig, ProgramTarget

MAX_ROWS = (1 << HEADER_FIELDS["rows"]) - 1
DESCRIPTOR_PITCH = 16
"""Words from one descriptor to the next."""


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
    row_records, rows, row_stride, groups, group_stride : int
        Where they go, see :data:`racelet.golden.dwcpwc.layer_config.HEADER_FIELDS`.
    """

    target: ProgramTarget
    address: int
    data: NDArray[np.uint8]
    row_records: int = 1
    rows: int = 1
    row_stride: int = 0
    groups: int = 1
    group_stride: int = 0

    def words(self) -> NDArray[np.uint32]:
        """Header and records, filled up to whole words.

        Returns
        -------
        uint32, shape (n,)
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


def descriptor_blocks(layers: list[LayerConfig]) -> list[Block]:
    """Blocks for descriptors; each leaves out the words that its kind does not read.

    Neighbours of the same length share a block.

    Parameters
    ----------
    layers : list of LayerConfig

    Returns
    -------
    list of Block
    """
    blocks: list[Block] = []
    for number, layer in enumerate(layers):
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
                    row_stride=DESCRIPTOR_PITCH,
                )
            )
    return blocks


def weight_blocks(sets: NDArray[np.int8], address: int, lanes_used: int, rows_used: int) -> list[Block]:
    """Blocks for the dot-product weights of one layer; lanes and rows that only fill up are left out.

    Parameters
    ----------
    sets : int8, shape (passes, words, output_lanes, input_lanes)
        Sets of weights in the order in which they are read.
    address : int
        First word (of four weights).
    lanes_used : int
        Input lanes in use in the last word.
    rows_used : int
        Output lanes in use in the last pass.

    Returns
    -------
    list of Block
    """
    passes, words, rows, lanes = sets.shape
    row_words = lanes // 4
    set_words = rows * row_words
    tail_words = -(-lanes_used // 4)
    blocks = []
    # Cut where a dimension is not used to its end: all passes but the last, all words but the last.
    pass_cuts = [(0, passes, rows)] if rows_used == rows else [(0, passes - 1, rows), (passes - 1, passes, rows_used)]
    word_cuts = [(0, words, row_words)] if tail_words == row_words else [
        (0, words - 1, row_words),
        (words - 1, words, tail_words),
    ]
    for first_pass, end_pass, used_rows in pass_cuts:
        for first_word, end_word, used_words in word_cuts:
            part = sets[first_pass:end_pass, first_word:end_word, :used_rows, : 4 * used_words]
            start = address + (first_pass * words + first_word) * set_words
            blocks += _weight_part(part, start, row_words, set_words, words)
    return blocks


def _weight_part(
    part: NDArray[np.int8], address: int, row_words: int, set_words: int, words: int
) -> list[Block]:
    passes, part_words, rows, lanes = part.shape
    if part.size == 0:
        return []
    whole_rows = rows * row_words == set_words
    common = {"target": ProgramTarget.WEIGHTS, "row_records": lanes // 4, "row_stride": row_words}
    if whole_rows and part_words == words:
        return _rows(part.reshape(-1, lanes), address, common)
    blocks = []
    if whole_rows or part_words == 1:
        # One group per pass: the rows of its words lie one after the other.
        group_stride = words * set_words
        if group_stride < 1 << HEADER_FIELDS["group_stride"] and passes < 1 << HEADER_FIELDS["groups"]:
            return [
                Block(
                    **common,
                    address=address,
                    data=_bytes(part),
                    rows=part_words * rows,
                    groups=passes,
                    group_stride=group_stride,
                )
            ]
        for number in range(passes):
            blocks += _rows(part[number].reshape(-1, lanes), address + number * group_stride, common)
        return blocks
    for number in range(passes):
        blocks.append(
            Block(
                **common,
                address=address + number * words * set_words,
                data=_bytes(part[number]),
                rows=rows,
                groups=part_words,
                group_stride=set_words,
            )
        )
    return blocks


def _rows(rows: NDArray[np.int8], address: int, common: dict) -> list[Block]:
    return [
        Block(**common, address=address + first * common["row_stride"], data=_bytes(rows[first : first + MAX_ROWS]),
              rows=len(rows[first : first + MAX_ROWS]))
        for first in range(0, len(rows), MAX_ROWS)
    ]


def _bytes(part: NDArray[np.int8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(part).view(np.uint8).reshape(-1)


def merge(blocks: list[Block]) -> list[Block]:
    """Join neighbouring blocks of full rows into one, which saves headers."""
    merged: list[Block] = []
    for block in blocks:
        last = merged[-1] if merged else None
        if (
            last is not None
            and last.groups == block.groups == 1
            and (last.target, last.row_records, last.row_stride) == (block.target, block.row_records, block.row_stride)
            and last.address + last.rows * last.row_stride == block.address
            and last.rows + block.rows <= MAX_ROWS
        ):
            merged[-1] = dataclasses.replace(
                last, rows=last.rows + block.rows, data=np.concatenate([last.data, block.data])
            )
        else:
            merged.append(block)
    return merged
