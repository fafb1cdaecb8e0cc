"""External bytes: what crosses the chip's edge in one inference."""

from collections.abc import Sequence

from racelet.golden.dwcpwc.layer_config import HEADER_FIELDS
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
