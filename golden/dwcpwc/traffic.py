"""External bytes: what crosses the chip's edge in one inference."""

from collections.abc import Iterable, Sequence

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import HEADER_FIELDS, TRANSFER_KINDS, LayerConfig
from racelet.golden.dwcpwc.shape import LayerShape

PARAMETER_BYTES = 9
"""Bytes of a channel's requantise parameters: bias 4, multiplier 4, shift 1."""
HEADER_BYTES = sum(HEADER_FIELDS.values()) // 8
"""Bytes before each block of a program."""


def compulsory_bytes(shapes: Sequence[LayerShape]) -> int:
    """Bytes that no accelerator can do without: each weight and parameter once, the input, the output.

    Parameters
    ----------
    shapes : sequence of LayerShape
        Layers in order.

    Returns
    -------
    int
        Bytes per inference.

    Examples
    --------
    >>> dense = LayerShape(kind="fully_connected", height=1, width=1, channels=64, out_height=1, out_width=1,
    ...                    out_channels=12)
    >>> compulsory_bytes([dense])
    952
    """
    first, last = shapes[0], shapes[-1]
    ends = first.height * first.width * first.channels + last.pixels * last.out_channels
    return ends + sum(shape.weights + PARAMETER_BYTES * shape.requantized_channels for shape in shapes)


def unfused_bytes(shapes: Sequence[LayerShape]) -> int:
    """Bytes where every convolution reads its input from outside and writes its output there.

    That is what the same network moves on an accelerator that keeps no activation on chip and knows no fused layer:
    each convolution, depthwise convolution and fully connected layer takes its input, its weights, its parameters and
    its output across the edge. Poolings, and whatever else has no weights, are not counted: that favours this number.

    Parameters
    ----------
    shapes : sequence of LayerShape
        Layers in order, depthwise and pointwise fused or not: the sum is the same.

    Returns
    -------
    int
        Bytes per inference.

    Examples
    --------
    >>> fused = LayerShape(kind="fused", height=25, width=5, channels=64, out_height=25, out_width=5, out_channels=64,
    ...                    kernel_rows=3, kernel_columns=3)
    >>> 4 * 25 * 5 * 64 + fused.weights + 2 * 64 * PARAMETER_BYTES
    37824
    >>> unfused_bytes([fused])
    37824
    """
    total = 0
    for shape in shapes:
        if not (shape.has_depthwise or shape.has_dot_products):
            continue
        total += shape.height * shape.width * shape.channels + shape.pixels * shape.out_channels
        if shape.has_depthwise and shape.has_dot_products:
            total += 2 * shape.pixels * shape.channels
        total += shape.weights + PARAMETER_BYTES * shape.requantized_channels
    return total


def block_bytes(records: int, record_bytes: int) -> int:
    """Bytes of one block of a program: its header and its records, filled up to a whole word.

    Parameters
    ----------
    records : int
        Number of records.
    record_bytes : int
        Bytes of one record.

    Returns
    -------
    int
        Bytes.

    Examples
    --------
    >>> block_bytes(3, 9)
    36
    """
    return HEADER_BYTES + -(-records * record_bytes // 4) * 4


def streamed_bytes(tiles: int, weight_beats: int, weight_beat_bytes: int) -> int:
    """Bytes that a ``stream`` weight store takes for one layer: every tile reads all of the layer's weights.

    Parameters
    ----------
    tiles : int
        Tiles of the layer.
    weight_beats : int
        Beats of one tile.
    weight_beat_bytes : int
        Bytes of a beat.

    Returns
    -------
    int
        Bytes.

    Examples
    --------
    >>> streamed_bytes(25, 256, 16)
    102400
    """
    return tiles * weight_beats * weight_beat_bytes


def transfer_bytes(layers: Iterable[LayerConfig], config: DwcPwcConfig) -> int:
    """Bytes of tensors that leave the chip and come back, whole beats.

    Parameters
    ----------
    layers : iterable of LayerConfig
        Descriptors of a program.
    config : DwcPwcConfig

    Returns
    -------
    int
        Bytes per inference, in both directions together.

    Examples
    --------
    >>> from racelet.golden.dwcpwc.layer_config import LayerKind
    >>> layers = [LayerConfig(kind=kind, outside_beats=50) for kind in (LayerKind.STORE, LayerKind.LOAD)]
    >>> transfer_bytes(layers, DwcPwcConfig(bandwidth=4))
    400
    """
    return config.bandwidth * sum(layer.outside_beats for layer in layers if layer.kind in TRANSFER_KINDS)
