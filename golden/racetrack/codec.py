"""Encoder and decoder of words of a fixed number of ones: bits in, bits and errors out."""

import numpy as np
from numpy.typing import NDArray

from racelet.golden.racetrack import constant_weight
from racelet.golden.racetrack.codec_config import CodecConfig

_SIGN = 1 << constant_weight.MAGNITUDE_BITS


def encode(values: NDArray[np.int64], config: CodecConfig) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Words of values, and which of these are refused.

    What is not a number of 32 bits is refused; it has the word of the zero of its sign, so that a word always has its
    ones. Infinities and integers that are clipped are no errors, and codes of 16 bits keep what is not a number.

    Parameters
    ----------
    values : int64, shape (n,)
        Their ``config.value_width`` bits: integers in two's complement, floating-point numbers as IEEE 754 has them.
    config : CodecConfig

    Returns
    -------
    words : int64, shape (n,)
    errors : bool, shape (n,)

    Raises
    ------
    ValueError
        If a value has more bits.

    Examples
    --------
    >>> words, errors = encode(np.array([0x3F800000, 0x80000000, 0xFFC00000]), CodecConfig(code="fp32"))
    >>> [hex(word) for word in words], errors.tolist()
    (['0x3f8001ff', '0x80007fff', '0x80007fff'], [False, False, True])
    >>> words, _ = encode(np.array([0x8, 0xF, 0x0, 0x7]), CodecConfig(code="int4"))
    >>> [f"{word:06b}" for word in words]
    ['000111', '011001', '011010', '101100']
    """
    _check_width(values, config.value_width, "value")
    if config.table is not None:
        return config.table.encode(_numbers(values, config)), np.zeros(len(values), np.bool_)
    errors = (values & ~_SIGN) > 0x7F800000
    kept = np.where(errors, values & _SIGN, values).astype(np.uint32).view(np.float32)
    words = constant_weight.encode(kept, config.ones, greedy=config.greedy)
    return words.astype(np.int64), errors


def check(words: NDArray[np.int64], config: CodecConfig) -> NDArray[np.bool_]:
    """Which words an encoder can give: those with the right number of ones, and of a number or value that there is.

    An m-of-n code may have more words than values: the largest ones have none. Of 32 bits, words whose bits are an
    infinity or not a number are none of an encoder's.

    Parameters
    ----------
    words : int64, shape (n,)
    config : CodecConfig

    Returns
    -------
    bool, shape (n,)

    Examples
    --------
    >>> check(np.array([0b101100, 0b110001, 0b101101]), CodecConfig(code="int4")).tolist()
    [True, False, False]
    >>> check(np.array([0x3F8001FF, 0x7F8000FF, 0x3F8001FE]), CodecConfig(code="fp32")).tolist()
    [True, False, False]
    """
    weighs = np.bitwise_count(words) == config.weight
    if config.table is None:
        return weighs & ((words & ~_SIGN) <= constant_weight.LARGEST)
    return weighs & (config.table.decode(words) <= config.table.most)


def decode(words: NDArray[np.int64], config: CodecConfig) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Values of words, and which of these are wrong: those that :func:`check` does not know, whose value is zero.

    Parameters
    ----------
    words : int64, shape (n,)
        Of ``config.word_width`` bits.
    config : CodecConfig

    Returns
    -------
    values : int64, shape (n,)
        Bits, as of :func:`encode`.
    errors : bool, shape (n,)

    Raises
    ------
    ValueError
        If a word has more bits.

    Examples
    --------
    >>> values, errors = decode(np.array([0x3F8001FF, 0x80007FFF, 0x3F8001FE]), CodecConfig(code="fp32"))
    >>> [hex(value) for value in values], errors.tolist()
    (['0x3f8001ff', '0x80000000', '0x0'], [False, False, True])
    """
    _check_width(words, config.word_width, "word")
    errors = ~check(words, config)
    if config.table is None:
        values = constant_weight.decode(words.astype(np.uint32)).view(np.uint32).astype(np.int64)
    else:
        values = config.table.decode(words) & ((1 << config.value_width) - 1)
    return np.where(errors, 0, values), errors


def _numbers(values: NDArray[np.int64], config: CodecConfig) -> NDArray[np.int64]:
    """Integers of their bits; bits of floating-point numbers are counted from zero on."""
    if config.table is None or config.table.least == 0:
        return values
    negative = values >> config.value_width - 1
    return values - (negative << config.value_width)


def _check_width(values: NDArray[np.int64], width: int, name: str) -> None:
    outside = np.flatnonzero((values < 0) | (values >> width != 0))
    if outside.size:
        raise ValueError(f"a {name} must be in 0..2**{width} - 1, not {int(values[outside[0]])}")
