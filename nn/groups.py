"""Groups: channels of the tensor between two layers that are in the buffer at one time."""
# A pooling over the whole image, as MEAN is, has no bands of rows: but each of its channels needs only the same
# channel. So the layer before it may compute some channels, and the pooling take them, before the next ones.

import dataclasses
from collections.abc import Sequence

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerKind
from racelet.nn.describe import Memories
from racelet.nn.layers import Layer
from racelet.nn.place import Placement

MAKING = (LayerKind.GATHER, LayerKind.WORDS, LayerKind.FUSED)
POOLING = (LayerKind.AVERAGE_POOL, LayerKind.MAX_POOL)


def can_group(layers: Sequence[Layer], kinds: Sequence[LayerKind]) -> bool:
    """Whether layers can run group after group: one that makes channels, and a pooling of what it makes.

    Parameters
    ----------
    layers : sequence of Layer
        Of a segment.
    kinds : sequence of LayerKind
        How each runs.

    Returns
    -------
    bool
    """
    if len(layers) != 2 or kinds[0] not in MAKING or kinds[1] not in POOLING:
        return False
    return layers[1].sources == (layers[0].output,)


def group_sizes(channels: int, config: DwcPwcConfig) -> list[int]:
    """Channels of a group that are tried, largest first; whole words and whole passes.

    Parameters
    ----------
    channels : int
        Of the tensor.
    config : DwcPwcConfig

    Returns
    -------
    list of int

    Examples
    --------
    >>> group_sizes(40, DwcPwcConfig(input_lanes=8, output_lanes=8))
    [24, 16, 8]
    """
    unit = max(config.input_lanes, config.output_lanes)
    units = -(-channels // unit)
    return sorted({-(-units // count) * unit for count in range(2, units + 1)}, reverse=True)


def grouped(placement: Placement, channels: int) -> Placement:
    """Room of some channels of a tensor, whole words, where all of them have room.

    Examples
    --------
    >>> whole = Placement(address=0, plane=(3, 3, 40), pixel_pitch=40)
    >>> grouped(whole, 16).bank_bytes
    16
    """
    height, width, _ = placement.plane
    return dataclasses.replace(placement, plane=(height, width, channels), pixel_pitch=channels)


def fits(taken: Memories, config: DwcPwcConfig) -> bool:
    """Whether the memories of weights and parameters have so much room.

    Examples
    --------
    >>> fits(Memories(weights=DwcPwcConfig().weight_bytes), DwcPwcConfig())
    True
    """
    return (
        taken.weights <= config.weight_bytes
        and taken.parameters * config.requantizers <= config.channels
        and max(taken.depthwise, taken.depthwise_parameters) * config.depthwise_lanes <= config.depthwise_channels
    )
