"""Matrix products as bytes: what is sent to an array with AXI ports, and what comes back."""

import numpy as np
from numpy.typing import NDArray

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.number_format import NumberFormat, decode, encode, number_format

Values = NDArray[np.float64] | NDArray[np.int64]


def vector_codes(values: Values, form: NumberFormat, config: BitletConfig) -> NDArray[np.int64]:
    """Codes of vectors in parts of a window.

    Parameters
    ----------
    values : float64 or int64, shape (n, k)
        Values of the format.
    form : NumberFormat
    config : BitletConfig

    Returns
    -------
    int64, shape (n, parts, numbers)
        Where there is no number, all bits are ones: it is not zero, and of floating-point numbers not even one.

    Examples
    --------
    >>> vector_codes(np.array([[1, -1, 3]]), number_format("int4"), BitletConfig(formats=("int4",), load=2)).tolist()
    [[[1, 15, 3, 15]]]
    """
    count, length = values.shape
    numbers = config.load * config.windows(form)
    parts = -(-length // numbers)
    codes = np.full((count, parts * numbers), (1 << form.width) - 1, np.int64)
    codes[:, :length] = encode(values.reshape(-1), form).reshape(count, length)
    return codes.reshape(count, parts, numbers)


def vector_bits(codes: NDArray[np.int64], form: NumberFormat, width: int) -> NDArray[np.uint8]:
    """Bits of parts, the least significant first, filled up with zeros.

    Parameters
    ----------
    codes : int64, shape (..., numbers)
    form : NumberFormat
    width : int
        Bits of a part.

    Returns
    -------
    uint8, shape (..., width)

    Examples
    --------
    >>> vector_bits(np.array([1, 2]), number_format("int2"), 6).tolist()
    [1, 0, 0, 1, 0, 0]
    """
    bits = (codes[..., np.newaxis] >> np.arange(form.width) & 1).astype(np.uint8)
    bits = bits.reshape(*codes.shape[:-1], -1)
    return np.pad(bits, [(0, 0)] * (bits.ndim - 1) + [(0, width - bits.shape[-1])])


def input_bytes(activations: Values, weights: Values, form: str, config: BitletConfig) -> bytes:
    """What is sent for the matrix products of a run.

    A beat has a part of each column's weights, then of each row's activations, each in whole bytes.

    Parameters
    ----------
    activations : float64 or int64, shape (products, rows, terms)
    weights : float64 or int64, shape (products, terms, columns)
        Values of the format, for as many rows and columns as the array has.
    form : str
    config : BitletConfig

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        If shapes or the format do not fit.

    Examples
    --------
    >>> config = BitletConfig(formats=("int4",), window=4, load=2, lanes=4, columns=2)
    >>> input_bytes(np.array([[[1, -2, 3]]]), np.array([[[4, 7], [5, 0], [6, 1]]]), "int4", config).hex(" ")
    '54 07 e1 f6 f1 f3'
    """
    if form not in config.formats:
        raise ValueError(f"the format must be one of {', '.join(config.formats)}, not {form!r}")
    products, terms = len(activations), activations.shape[-1]
    shapes = (products, config.rows, terms), (products, terms, config.columns)
    if (activations.shape, weights.shape) != shapes or not products or not 1 <= terms <= config.terms:
        raise ValueError(
            f"activations and weights must have the shapes (products, {config.rows}, terms) and (products, terms, "
            f"{config.columns}), with terms in 1..{config.terms}, not {activations.shape} and {weights.shape}"
        )
    number = number_format(form)
    rows = vector_codes(activations.reshape(-1, terms), number, config)
    columns = vector_codes(weights.transpose(0, 2, 1).reshape(-1, terms), number, config)
    sides = [codes.reshape(products, -1, *codes.shape[1:]) for codes in (columns, rows)]
    bits = vector_bits(np.concatenate(sides, axis=1), number, 8 * config.vector_bytes)
    return np.packbits(bits.transpose(0, 2, 1, 3), bitorder="little").tobytes()


def output_bytes(values: Values, form: str, config: BitletConfig) -> bytes:
    """What comes back: integers in two's complement, or numbers of the format with zeros above.

    Parameters
    ----------
    values : float64 or int64, shape (products, rows, columns)
    form : str
    config : BitletConfig

    Returns
    -------
    bytes
        Each number in ``config.result_bytes``, the least significant byte first.

    Examples
    --------
    >>> output_bytes(np.array([[[-2]]]), "int4", BitletConfig(formats=("int4",))).hex(" ")
    'fe ff ff ff'
    """
    number = number_format(form)
    codes = encode(values.reshape(-1), number) if number.is_float else values.reshape(-1).astype(np.int64)
    return codes.astype(f"<i{config.result_bytes}").tobytes()


def output_values(data: bytes, form: str, config: BitletConfig) -> Values:
    """The inverse of :func:`output_bytes`.

    Parameters
    ----------
    data : bytes
        Of whole products.
    form : str
    config : BitletConfig

    Returns
    -------
    float64 or int64, shape (products, rows, columns)

    Examples
    --------
    >>> output_values(bytes.fromhex("feffffff"), "int4", BitletConfig(formats=("int4",))).tolist()
    [[[-2]]]
    """
    number = number_format(form)
    codes = np.frombuffer(data, f"<i{config.result_bytes}").astype(np.int64)
    values = decode(codes & ((1 << number.width) - 1), number) if number.is_float else codes
    return values.reshape(-1, config.rows, config.columns)
