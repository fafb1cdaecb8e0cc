"""Dot products as the beats of a processing element or an array, and what these make of them."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.dot_product import dot
from racelet.golden.bitlet.job import Job
from racelet.golden.bitlet.number_format import NumberFormat, decode, encode, number_format
from racelet.golden.bitlet.packets import Values, vector_bits, vector_codes
from racelet.hw.bitlet.layouts import array_beat


def beats(job: Job, config: BitletConfig) -> NDArray[np.uint8]:
    """Payloads of a dot product, for one element.

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
    # An array of one element takes the same beats.
    alone = dataclasses.replace(config, rows=1, columns=1)
    return tile_beats(job.activations[np.newaxis], job.weights[:, np.newaxis], job.form, alone)


def tile_beats(
    activations: Values,
    weights: Values,
    form: str,
    config: BitletConfig,
) -> NDArray[np.uint8]:
    """Payloads of all tiles of a product, those of the first rows first.

    Parameters
    ----------
    activations : float64 or int64, shape (m, k)
    weights : float64 or int64, shape (k, n)
    form : str
    config : BitletConfig

    Returns
    -------
    uint8, shape (beats, ceil(width / 8))
        The least significant byte first.

    Raises
    ------
    ValueError
        If shapes or the format do not fit.

    Examples
    --------
    >>> config = BitletConfig(formats=("int4",), window=4, load=2, lanes=4, columns=2)
    >>> tile_beats(np.array([[1, -2, 3]]), np.array([[4, 7], [5, 0], [6, 1]]), "int4", config).tolist()
    [[84, 7, 225, 19], [246, 241, 243, 25]]
    """
    if form not in config.formats:
        raise ValueError(f"the format must be one of {', '.join(config.formats)}, not {form!r}")
    fits = activations.ndim == weights.ndim == 2 and activations.shape[1] == weights.shape[0]
    if not fits or not activations.size or not weights.size or weights.shape[0] > config.terms:
        raise ValueError(
            f"activations and weights must be matrices that can be multiplied, of 1..{config.terms} products for each "
            f"result, not of the shapes {activations.shape} and {weights.shape}"
        )
    number, layout = number_format(form), array_beat(config)
    rows = _vectors(activations, config.rows, number, config)
    columns = _vectors(weights.T, config.columns, number, config)
    down, across, beats = len(rows), len(columns), rows.shape[1]
    bits = np.zeros((down, across, beats, layout.size), np.uint8)

    def fill(field: str, values: NDArray[np.uint8]) -> None:
        first = layout[field].offset
        bits[..., first : first + values.shape[-1]] = values

    fill("activations", rows[:, np.newaxis])
    fill("weights", columns[np.newaxis])
    numbers, each = config.load * config.windows(number), config.window // config.load
    beat = np.arange(beats)
    fill("keep", (np.arange(beats * numbers).reshape(beats, numbers) < weights.shape[0]).astype(np.uint8))
    index = np.full(beats, config.formats.index(form), np.int64)
    fill("form", _bits(index, layout["form"].width))
    fill("ends", ((beat % each == each - 1) | (beat == beats - 1)).astype(np.uint8)[:, np.newaxis])
    fill("last", (beat // each == (beats - 1) // each).astype(np.uint8)[:, np.newaxis])
    return np.packbits(bits.reshape(-1, layout.size), axis=1, bitorder="little")


def result_code(job: Job, config: BitletConfig) -> int:
    """What the golden model makes of a dot product, as a payload.

    Examples
    --------
    >>> job = Job(weights=np.array([-1]), activations=np.array([1]), form="int4")
    >>> result_code(job, BitletConfig(formats=("int4",)))
    1048575
    """
    (code,) = result_codes(np.array([dot(job.weights, job.activations, config, job.form)]), job.form, config)
    return code


def result_codes(values: Values, form: str, config: BitletConfig) -> list[Any]:
    """Payloads of results, in lists as deep as the array has dimensions.

    Examples
    --------
    >>> result_codes(np.array([[-1], [2]]), "int4", BitletConfig(formats=("int4",)))
    [[1048575], [2]]
    """
    number = number_format(form)
    codes = encode(values.reshape(-1), number) if number.is_float else values.reshape(-1)
    found = np.array([int(code) & ((1 << config.result_width) - 1) for code in codes.tolist()], object)
    return found.reshape(values.shape).tolist()


def results(codes: NDArray[np.unsignedinteger], forms: Sequence[str], config: BitletConfig) -> list[int | float]:
    """Values of payloads.

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


def tile_results(payloads: NDArray[np.unsignedinteger], form: NumberFormat, config: BitletConfig) -> Values:
    """Values of results.

    Parameters
    ----------
    payloads : unsigned integers, shape (n,); or uint8, shape (n, bytes)
        As the batch simulator gives them.
    form : NumberFormat
    config : BitletConfig

    Returns
    -------
    float64 or int64, shape (n, rows, columns)

    Examples
    --------
    >>> config = BitletConfig(formats=("int2",), lanes=2, terms=1, columns=2)
    >>> tile_results(np.array([0b1110_0010], np.uint8), number_format("int2"), config).tolist()
    [[[2, -2]]]
    """
    if payloads.ndim == 1:
        payloads = payloads.astype("<u8").view(np.uint8).reshape(-1, 8)
    elements = config.rows * config.columns
    bits = np.unpackbits(payloads, axis=1, bitorder="little")[:, : elements * config.result_width]
    width = form.width if form.is_float else config.result_width
    bits = bits.reshape(-1, config.result_width)[:, :width].astype(np.int64)
    codes = (bits << np.arange(width)).sum(axis=1)
    values = decode(codes, form) if form.is_float else codes - (bits[:, -1] << width)
    return values.reshape(-1, config.rows, config.columns)


def _vectors(values: Values, together: int, form: NumberFormat, config: BitletConfig) -> NDArray[np.uint8]:
    """Bits of rows, as many of them together as a tile has: shape (tiles, beats, together * beat_width)."""
    tiles = -(-len(values) // together)
    codes = np.pad(vector_codes(values, form, config), [(0, tiles * together - len(values)), (0, 0), (0, 0)])
    bits = vector_bits(codes, form, config.beat_width)
    return bits.reshape(tiles, together, *bits.shape[1:]).transpose(0, 2, 1, 3).reshape(tiles, bits.shape[1], -1)


def _bits(codes: NDArray[np.int64], width: int) -> NDArray[np.uint8]:
    """Bits of codes, the least significant first, as one more axis."""
    return (codes[..., np.newaxis] >> np.arange(width) & 1).astype(np.uint8)
