"""Blocks of a program that hold dot-product weights."""

import dataclasses

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.layer_config import HEADER_FIELDS, ProgramTarget
from racelet.golden.dwcpwc.program import MAX_ROWS, Block

MAX_GROUPS = (1 << HEADER_FIELDS["groups"]) - 1
MAX_GROUP_STRIDE = (1 << HEADER_FIELDS["group_stride"]) - 1


def weight_blocks(sets: NDArray[np.int8], address: int, lanes_used: int, rows_used: int) -> list[Block]:
    """Blocks for the weights of one layer; lanes and rows that only fill up are left out.

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

    Examples
    --------
    >>> sets = np.zeros((2, 3, 4, 8), np.int8)
    >>> [(block.address, block.groups, block.rows, block.row_records) for block in weight_blocks(sets, 0, 8, 4)]
    [(0, 1, 24, 2)]
    >>> [(block.address, block.groups, block.rows, block.row_records) for block in weight_blocks(sets, 0, 3, 4)]
    [(0, 2, 8, 2), (16, 2, 4, 1)]
    """
    passes, words, rows, lanes = sets.shape
    row_words, tail_words = lanes // 4, -(-lanes_used // 4)
    set_words = rows * row_words
    # Cut where a dimension is not used to its end: all passes but the last, all words but the last.
    pass_cuts = [(0, passes, rows)] if rows_used == rows else [(0, passes - 1, rows), (passes - 1, passes, rows_used)]
    word_cuts = [(0, words, row_words)]
    if tail_words != row_words:
        word_cuts = [(0, words - 1, row_words), (words - 1, words, tail_words)]
    blocks = []
    for first_pass, end_pass, used_rows in pass_cuts:
        for first_word, end_word, used_words in word_cuts:
            part = sets[first_pass:end_pass, first_word:end_word, :used_rows, : 4 * used_words]
            if part.size == 0:
                continue
            start = address + (first_pass * words + first_word) * set_words
            if used_rows == rows and end_word - first_word == words:
                blocks += _groups(part.reshape(1, -1, part.shape[3]), start, 0, row_words)
            elif used_rows == rows:
                joined = part.reshape(part.shape[0], -1, part.shape[3])
                blocks += _groups(joined, start, words * set_words, row_words)
            else:
                blocks += _groups(part[0], start, set_words, row_words)
    return merge(blocks, row_words)


def merge(blocks: list[Block], row_words: int) -> list[Block]:
    """Join blocks whose rows follow each other, which saves headers.

    Parameters
    ----------
    blocks : list of Block
        Of weights, by rising addresses.
    row_words : int
        Words from one row to the next.

    Returns
    -------
    list of Block
    """
    merged: list[Block] = []
    for block in blocks:
        last = merged[-1] if merged else None
        if (
            last is not None
            and last.groups == block.groups == 1
            and last.row_records == block.row_records
            and last.address + last.rows * row_words == block.address
            and last.rows + block.rows <= MAX_ROWS
        ):
            data = np.concatenate([last.data, block.data])
            merged[-1] = dataclasses.replace(last, rows=last.rows + block.rows, data=data)
        else:
            merged.append(block)
    return merged


def _groups(part: NDArray[np.int8], address: int, stride: int, row_words: int) -> list[Block]:
    """Blocks for groups of rows, ``stride`` words apart: many groups to a block where the header can tell them."""
    groups, rows, _ = part.shape
    if stride > MAX_GROUP_STRIDE or rows > MAX_ROWS or groups == 1:
        return [
            _block(
                part[number : number + 1, first : first + MAX_ROWS], address + number * stride + first * row_words, 0
            )
            for number in range(groups)
            for first in range(0, rows, MAX_ROWS)
        ]
    return [
        _block(part[first : first + MAX_GROUPS], address + first * stride, stride)
        for first in range(0, groups, MAX_GROUPS)
    ]


def _block(part: NDArray[np.int8], address: int, stride: int) -> Block:
    groups, rows, lanes = part.shape
    return Block(
        target=ProgramTarget.WEIGHTS,
        address=address,
        data=np.ascontiguousarray(part).view(np.uint8).reshape(-1),
        row_records=lanes // 4,
        rows=rows,
        groups=groups,
        group_stride=stride if groups > 1 else 0,
    )
