"""Depthwise path: from the windows of an image to depthwise bytes, and when they are there."""

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc import depthwise_engine, requantize_stage
from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.depthwise_grouper import DepthwiseGroup, groups
from racelet.golden.dwcpwc.layer_config import LayerConfig
from racelet.golden.dwcpwc.requantize import requantize

LATENCY = depthwise_engine.LATENCY + requantize_stage.LATENCY
"""Cycles from the last window of a kernel to its bytes."""


def weight_rows(kernels: NDArray[np.int8], lanes: int) -> NDArray[np.int8]:
    """Kernels as rows of the weight memory: one row for each 3x3 block of each group of channels.

    Parameters
    ----------
    kernels : int8, shape (rows, columns, channels)
    lanes : int
        Channels of a group.

    Returns
    -------
    int8, shape (groups, blocks, 9, lanes)
        Taps and channels that there are not are zero.

    Examples
    --------
    >>> weight_rows(np.arange(4, dtype=np.int8).reshape(1, 4, 1), 1).reshape(2, 9).tolist()
    [[0, 1, 2, 0, 0, 0, 0, 0, 0], [3, 0, 0, 0, 0, 0, 0, 0, 0]]
    """
    missing = [(0, -size % step) for size, step in zip(kernels.shape, (3, 3, lanes), strict=True)]
    rows, columns, channels = (size + more for size, (_, more) in zip(kernels.shape, missing, strict=True))
    cut = np.pad(kernels, missing).reshape(rows // 3, 3, columns // 3, 3, channels // lanes, lanes)
    return cut.transpose(4, 0, 2, 1, 3, 5).reshape(channels // lanes, -1, 9, lanes)


def depthwise_bytes(
    image: NDArray[np.int8],
    kernels: NDArray[np.int8],
    parameters: NDArray[np.int64],
    layer: LayerConfig,
    config: DwcPwcConfig,
) -> list[tuple[DepthwiseGroup, NDArray[np.int8]]]:
    """Groups of a layer with their bytes, in order.

    Parameters
    ----------
    image : int8, shape (source_height, source_width, source_channels)
    kernels : int8, shape (kernel_rows, kernel_columns, source_channels)
    parameters : int64, shape (source_channels, 3)
        Bias, multiplier and right shift of each channel; the bias includes the input's zero point.
    layer : LayerConfig
    config : DwcPwcConfig

    Returns
    -------
    list of (DepthwiseGroup, int8 of shape (channels,))
        The last group of a pixel may have fewer channels than ``depthwise_lanes``.

    Examples
    --------
    >>> from racelet.golden.dwcpwc.layer_config import LayerKind
    >>> layer = LayerConfig(kind=LayerKind.DEPTHWISE, kernel_columns=2, source_width=2, tiles=2, width=2, pad_byte=1)
    >>> image, kernels = np.array([[[10], [20]]], np.int8), np.array([[[1], [2]]], np.int8)
    >>> [data.item() for _, data in depthwise_bytes(image, kernels, np.array([[0, 1 << 30, 0]]), layer, DwcPwcConfig())]
    [25, 11]
    """
    rows, columns, channels = kernels.shape
    frame = [(layer.pad_top, rows), (layer.pad_left, columns), (0, 0)]
    padded = np.pad(image, frame, constant_values=layer.pad_byte).astype(np.int64)
    bias, mult, right_shift = parameters.T
    found: list[tuple[DepthwiseGroup, NDArray[np.int8]]] = []
    for group in groups(layer, config):
        y, x = divmod(group.pixel, layer.width)
        top, left = y * layer.stride_rows, x * layer.stride_columns
        here = slice(group.channel, min(group.channel + config.depthwise_lanes, channels))
        window = padded[top : top + rows, left : left + columns, here]
        acc = ((window * kernels[:, :, here]).sum(axis=(0, 1)) + bias[here]).astype(np.int32)
        zero_point, low, high = layer.depthwise_zero_point, layer.depthwise_low, layer.depthwise_high
        found.append((group, requantize(acc, mult[here], -right_shift[here], zero_point, low, high)))
    return found
