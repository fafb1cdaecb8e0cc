"""Activation buffer: where tensors lie in its nine banks, and what a read gives."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import BANKS, DwcPwcConfig

LATENCY = 1
"""Cycles from the addresses to their words."""

WRITTEN = 2
"""Cycles from a write to the first addresses whose words have it."""


def empty(config: DwcPwcConfig) -> NDArray[np.int8]:
    """The buffer as it is at first.

    Returns
    -------
    int8, shape (9, bank_bytes)
        Zeros.

    Examples
    --------
    >>> empty(DwcPwcConfig(activation_bytes=576)).shape
    (9, 64)
    """
    return np.zeros((BANKS, config.bank_bytes), np.int8)


def place(
    banks: NDArray[np.int8], tensor: NDArray[np.int8], address: int, row_pitch: int, pixel_pitch: int
) -> NDArray[np.int8]:
    """Write a tensor: pixel (row, column) lies in bank 3 * (row % 3) + column % 3.

    Parameters
    ----------
    banks : int8, shape (9, bank_bytes)
        Left as they are.
    tensor : int8, shape (height, width, channels)
        Activations.
    address, row_pitch, pixel_pitch : int
        Bytes, the same in every bank: where the tensor begins, and the steps to the row and to the column that are
        three further.

    Returns
    -------
    int8, shape (9, bank_bytes)

    Examples
    --------
    >>> tensor = np.arange(1, 5, dtype=np.int8).reshape(1, 4, 1)
    >>> place(np.zeros((9, 4), np.int8), tensor, 1, 0, 2)[:4].tolist()
    [[0, 1, 0, 4], [0, 2, 0, 0], [0, 3, 0, 0], [0, 0, 0, 0]]
    """
    written = banks.copy()
    for row, column in np.ndindex(tensor.shape[:2]):
        first = address + row // 3 * row_pitch + column // 3 * pixel_pitch
        written[3 * (row % 3) + column % 3, first : first + tensor.shape[2]] = tensor[row, column]
    return written


def take(
    banks: NDArray[np.int8], shape: tuple[int, int, int], address: int, row_pitch: int, pixel_pitch: int
) -> NDArray[np.int8]:
    """Read a tensor back; the inverse of :func:`place`.

    Parameters
    ----------
    banks : int8, shape (9, bank_bytes)
    shape : (int, int, int)
        Height, width, channels.
    address, row_pitch, pixel_pitch : int
        As :func:`place`.

    Returns
    -------
    int8, shape (height, width, channels)

    Examples
    --------
    >>> tensor = np.arange(4, dtype=np.int8).reshape(1, 4, 1)
    >>> take(place(np.zeros((9, 4), np.int8), tensor, 0, 0, 1), (1, 4, 1), 0, 0, 1).ravel().tolist()
    [0, 1, 2, 3]
    """
    rows, columns, channels = np.ogrid[: shape[0], : shape[1], : shape[2]]
    return banks[
        3 * (rows % 3) + columns % 3,
        address + rows // 3 * row_pitch + columns // 3 * pixel_pitch + channels,
    ]


def words(banks: NDArray[np.int8], addresses: Sequence[int], config: DwcPwcConfig) -> NDArray[np.int8]:
    """Words that hold a byte of each bank.

    Parameters
    ----------
    banks : int8, shape (9, bank_bytes)
    addresses : sequence of int
        Byte address in each bank.
    config : DwcPwcConfig

    Returns
    -------
    int8, shape (9, input_lanes)
        Words lie at the multiples of their size; beyond the end they are zero.

    Examples
    --------
    >>> banks = np.arange(9 * 64, dtype=np.int64).astype(np.int8).reshape(9, 64)
    >>> words(banks, [7, 8] + [0] * 7, DwcPwcConfig(input_lanes=4))[:2].tolist()
    [[4, 5, 6, 7], [72, 73, 74, 75]]
    """
    lanes = config.input_lanes
    found = np.zeros((BANKS, lanes), np.int8)
    for bank, address in enumerate(addresses):
        first = address // lanes * lanes
        if first < banks.shape[1]:
            found[bank] = banks[bank, first : first + lanes]
    return found


def write(
    banks: NDArray[np.int8], bank: int, address: int, data: Sequence[int], mask: int, config: DwcPwcConfig
) -> NDArray[np.int8]:
    """Write some bytes of one word.

    Parameters
    ----------
    banks : int8, shape (9, bank_bytes)
        Left as they are.
    bank, address : int
        Byte address; the word that holds it is written.
    data : sequence of int
        The word's bytes, int8 values.
    mask : int
        Bit k: write byte k.
    config : DwcPwcConfig

    Returns
    -------
    int8, shape (9, bank_bytes)

    Examples
    --------
    >>> config = DwcPwcConfig(input_lanes=4, output_lanes=4, weight_beat_bytes=4, activation_bytes=576)
    >>> write(empty(config), 1, 5, [1, 2, 3, 4], 0b0110, config)[1, :8].tolist()
    [0, 0, 0, 0, 0, 2, 3, 0]
    """
    written = banks.copy()
    first = address // config.input_lanes * config.input_lanes
    for lane, byte in enumerate(data):
        if mask >> lane & 1:
            written[bank, first + lane] = byte
    return written
