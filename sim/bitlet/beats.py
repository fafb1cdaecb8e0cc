"""Dot products as the beats of a processing element, and what it makes of them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.dot_product import dot
from racelet.golden.bitlet.job import Job
from racelet.golden.bitlet.number_format import decode, encode, number_format
from racelet.hw.bitlet.layouts import number_beat


def beats(job: Job, config: BitletConfig) -> NDArray[np.uint8]:
    """Payloads of a dot product.

    Parameters
    ----------
    job : Job
    config : BitletConfig

    Returns
    -------
    uint8, shape (parts, ceil(width / 8))
        The least significant byte first.

    Examples
    --------
    >>> config = BitletConfig(formats=("int4",), window=4, load=2, lanes=4)
    >>> beats(Job(weights=np.array([1, -2, 3]), activations=np.array([4, 5, 6]), form="int4"), config).tolist()
    [[225, 84, 19], [243, 246, 25]]
    """
    form, layout = number_format(job.form), number_beat(config)
    numbers = config.load * config.windows(form)
    count = len(job.weights)
    rows = -(-count // numbers)
    there = np.arange(rows * numbers).reshape(rows, numbers) < count
    each = config.window // config.load
    row = np.arange(rows)
    bits = np.zeros((rows, layout.size), np.uint8)

    def fill(field: str, columns: NDArray[np.uint8]) -> None:
        first = layout[field].offset
        bits[:, first : first + columns.shape[1]] = columns

    for field, values in (("weights", job.weights), ("activations", job.activations)):
        # What is left out is not zero; of floating-point numbers it is not even a number.
        codes = np.full(rows * numbers, (1 << form.width) - 1, np.int64)
        codes[:count] = encode(values, form)
        fill(field, _bits(codes, form.width).reshape(rows, -1))
    fill("keep", there.astype(np.uint8))
    index = np.full(rows, config.formats.index(job.form), np.int64)
    fill("form", _bits(index, layout["form"].width))
    fill("ends", ((row % each == each - 1) | (row == rows - 1)).astype(np.uint8)[:, None])
    fill("last", (row // each == (rows - 1) // each).astype(np.uint8)[:, None])
    return np.packbits(bits, axis=1, bitorder="little")


def result_code(job: Job, config: BitletConfig) -> int:
    """What the golden model makes of a dot product, as a payload.

    Examples
    --------
    >>> job = Job(weights=np.array([-1]), activations=np.array([1]), form="int4")
    >>> result_code(job, BitletConfig(formats=("int4",)))
    1048575
    """
    value, form = dot(job.weights, job.activations, config, job.form), number_format(job.form)
    if form.is_float:
        return int(encode(np.array([value], np.float64), form)[0])
    return int(value) & ((1 << config.result_width) - 1)


def results(codes: NDArray[np.unsignedinteger], forms: Sequence[str], config: BitletConfig) -> list[int | float]:
    """Numbers of payloads.

    Parameters
    ----------
    codes : unsigned integers, shape (n,)
    forms : sequence of str, length n
    config : BitletConfig

    Examples
    --------
    >>> results(np.array([1048575, 7], np.uint32), ["int4"] * 2, BitletConfig(formats=("int4",)))
    [-1, 7]
    """
    found: list[int | float] = []
    for code, name in zip(codes.tolist(), forms, strict=True):
        form = number_format(name)
        if form.is_float:
            found.append(float(decode(np.array([code], np.int64), form)[0]))
        else:
            found.append(code - (code >> config.result_width - 1 << config.result_width))
    return found


def _bits(codes: NDArray[np.int64], width: int) -> NDArray[np.uint8]:
    """Bits of codes, the least significant first, shape (n, width)."""
    return (codes[:, None] >> np.arange(width) & 1).astype(np.uint8)
