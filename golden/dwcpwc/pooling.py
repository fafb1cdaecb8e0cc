"""Pooling of int8 codes, equal to LiteRT's reference kernels."""
# Ref: TensorFlow Lite kernels/internal/reference/integer_ops/pooling.h.

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from racelet.golden.dwcpwc.padding import Padding, pad, window_padding


def average_pool_2d(
    inputs: NDArray[np.int8],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: Padding = "VALID",
    low: int = -128,
    high: int = 127,
) -> NDArray[np.int8]:
    """Mean over windows, rounded half away from zero; padded taps are not counted.

    Parameters
    ----------
    inputs : int8, shape (..., h, w, c)
        Activations; leading axes are a batch.
    kernel, stride : (int, int)
        Window and step, rows and columns.
    padding : {"SAME", "VALID"}
        Padding scheme.
    low, high : int
        Range of the output codes, from :func:`activation_range`.

    Returns
    -------
    int8, shape (..., oh, ow, c)
        Codes, with the input's scale and zero point.

    Examples
    --------
    >>> x = np.array([[[1], [-4], [3]]], np.int8)
    >>> average_pool_2d(x, (1, 2), (1, 2), "SAME").ravel().tolist()
    [-2, 3]
    """
    size = (inputs.shape[-3], inputs.shape[-2])
    padded, (rows, columns) = pad(inputs, kernel, stride, padding, 0)
    windows = sliding_window_view(padded, kernel, axis=(-3, -2))[..., :: stride[0], :: stride[1], :, :, :]
    sums = windows[..., :rows, :columns, :, :, :].sum(axis=(-2, -1), dtype=np.int32)
    counted = (
        _inside(size[axis], kernel[axis], stride[axis], padding, out) for axis, out in enumerate((rows, columns))
    )
    counts = np.multiply.outer(*counted)[:, :, np.newaxis]
    means = np.sign(sums) * ((np.abs(sums) + counts // 2) // counts)
    return np.clip(means, low, high).astype(np.int8)


def max_pool_2d(
    inputs: NDArray[np.int8],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: Padding = "VALID",
    low: int = -128,
    high: int = 127,
) -> NDArray[np.int8]:
    """Maximum over windows; padded taps never win.

    Parameters
    ----------
    inputs, kernel, stride, padding, low, high
        As :func:`average_pool_2d`.

    Returns
    -------
    int8, shape (..., oh, ow, c)
        Codes, with the input's scale and zero point.

    Examples
    --------
    >>> x = np.array([[[1], [-4], [-3]]], np.int8)
    >>> max_pool_2d(x, (1, 2), (1, 2), "SAME").ravel().tolist()
    [1, -3]
    """
    # Every window holds a tap inside, so that the least code is as good as none.
    padded, _ = pad(inputs, kernel, stride, padding, -128)
    columns = sliding_window_view(padded, kernel[0], axis=-3)[..., :: stride[0], :, :, :].max(axis=-1)
    maxima = sliding_window_view(columns, kernel[1], axis=-2)[..., :: stride[1], :, :].max(axis=-1)
    return np.clip(maxima, low, high).astype(np.int8)


def _inside(size: int, kernel: int, stride: int, padding: Padding, out: int) -> NDArray[np.int32]:
    """Taps of every window of one axis that lie inside the input."""
    _, before, _ = window_padding(size, kernel, stride, padding)
    first = np.arange(out, dtype=np.int32) * stride - before
    return np.minimum(first + kernel, size) - np.maximum(first, 0)
