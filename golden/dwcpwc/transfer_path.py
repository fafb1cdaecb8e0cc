"""Transfer path: what a layer asks of the memory outside the chip, and how many beats it moves."""

import dataclasses

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind

FIRST = 1
"""Cycles from ``start`` to the request."""
GRANTED = 1
"""Cycles from the taking of the request to the first beat that may be moved."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Transfer:
    """A run of beats that is to be read or written.

    Parameters
    ----------
    address : int
        First beat.
    beats : int
        How many.
    store : int
        1: they go out; 0: they come in.
    """

    address: int
    beats: int
    store: int


def transfer(layer: LayerConfig) -> Transfer:
    """Request of a layer.

    Parameters
    ----------
    layer : LayerConfig
        Of kind LOAD or STORE.

    Returns
    -------
    Transfer

    Examples
    --------
    >>> transfer(LayerConfig(kind=LayerKind.STORE, outside_address=40, outside_beats=6))
    Transfer(address=40, beats=6, store=1)
    """
    return Transfer(address=layer.outside_address, beats=layer.outside_beats, store=int(layer.kind == LayerKind.STORE))


def pixel_beats(channels: int, config: DwcPwcConfig) -> int:
    """Beats that one pixel takes outside: whole ones.

    Parameters
    ----------
    channels : int
    config : DwcPwcConfig

    Returns
    -------
    int

    Examples
    --------
    >>> [pixel_beats(channels, DwcPwcConfig(bandwidth=4)) for channels in (1, 4, 5)]
    [1, 1, 2]
    """
    return -(-channels // config.bandwidth)


def transfer_beats(layer: LayerConfig, config: DwcPwcConfig) -> int:
    """Beats that a layer moves; with other ``outside_beats`` it ends in the error TRANSFER.

    Parameters
    ----------
    layer : LayerConfig
        Of kind LOAD or STORE.
    config : DwcPwcConfig

    Returns
    -------
    int

    Examples
    --------
    >>> transfer_beats(LayerConfig(kind=LayerKind.LOAD, tiles=6, width=3, channels=5), DwcPwcConfig(bandwidth=4))
    12
    """
    pixels = (layer.tiles - 1) * layer.tile_pixels + layer.last_tile_pixels
    channels = layer.source_channels if layer.kind == LayerKind.STORE else layer.channels
    return pixels * pixel_beats(channels, config)
