"""Depthwise grouper: the place and the parameters of each group of depthwise sums."""

import dataclasses

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig

LATENCY = 0
"""Cycles from sums to their group: it passes in the same cycle."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class DepthwiseGroup:
    """Place of one group.

    Parameters
    ----------
    pixel : int
        Number of its pixel in the layer.
    channel : int
        Its first channel.
    parameter_row : int
        Row of its requantise parameters.
    advance : bool
        It is its pixel's last.
    final : bool
        It is the layer's last.
    """

    pixel: int
    channel: int
    parameter_row: int
    advance: bool
    final: bool


def groups(layer: LayerConfig, config: DwcPwcConfig) -> list[DepthwiseGroup]:
    """Groups of a layer, in order: pixel by pixel, all channels of each.

    Parameters
    ----------
    layer : LayerConfig
    config : DwcPwcConfig

    Returns
    -------
    list of DepthwiseGroup

    Examples
    --------
    >>> from racelet.golden.dwcpwc.layer_config import LayerKind
    >>> layer = LayerConfig(kind=LayerKind.DEPTHWISE, tiles=2, source_channels=3, depthwise_parameter_address=5)
    >>> [(g.channel, g.parameter_row, g.advance) for g in groups(layer, DwcPwcConfig(depthwise_lanes=2))]
    [(0, 5, False), (2, 6, True), (0, 5, False), (2, 6, True)]
    """
    pixels = (layer.tiles - 1) * layer.tile_pixels + layer.last_tile_pixels
    starts = range(0, layer.source_channels, config.depthwise_lanes)
    return [
        DepthwiseGroup(
            pixel=pixel,
            channel=channel,
            parameter_row=layer.depthwise_parameter_address + row,
            advance=channel == starts[-1],
            final=channel == starts[-1] and pixel == pixels - 1,
        )
        for pixel in range(pixels)
        for row, channel in enumerate(starts)
    ]
