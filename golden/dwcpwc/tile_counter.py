"""Tiles of a layer: how many pixels each has, and when the counter tells of it."""

from racelet.golden.dwcpwc.layer_config import LayerConfig

LATENCY = 1
"""Cycles from ``start`` or ``step`` until the outputs are those of the pixel that it leads to."""


def tile_sizes(layer: LayerConfig) -> list[int]:
    """Pixels of each tile of a layer, in order.

    Parameters
    ----------
    layer : LayerConfig
        ``tiles``, ``tile_pixels`` and ``last_tile_pixels`` count.

    Returns
    -------
    list of int
        ``tiles`` numbers.

    Examples
    --------
    >>> from racelet.golden.dwcpwc.layer_config import LayerKind
    >>> tile_sizes(LayerConfig(kind=LayerKind.FUSED, tiles=3, tile_pixels=8, last_tile_pixels=5))
    [8, 8, 5]
    """
    return [layer.tile_pixels] * (layer.tiles - 1) + [layer.last_tile_pixels]
