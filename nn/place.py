"""Placement of activation tensors in the accelerator's buffer."""

import dataclasses

from racelet.golden.dwcpwc.config import BANKS, DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerKind
from racelet.nn.errors import DoesNotFit
from racelet.nn.layers import Network, Plane


@dataclasses.dataclass(frozen=True, kw_only=True)
class Placement:
    """Where one tensor lies: in each of the nine banks alike.

    Parameters
    ----------
    address : int
        First byte, in a bank.
    plane : (int, int, int)
        Height, width, channels.
    pixel_pitch : int
        Bytes from a pixel to the next of the same bank in its row.
    """

    address: int
    plane: Plane
    pixel_pitch: int

    @property
    def row_pitch(self) -> int:
        """Bytes from a row to the next of the same bank."""
        return -(-self.plane[1] // 3) * self.pixel_pitch

    @property
    def bank_bytes(self) -> int:
        """Bytes that the tensor takes of each bank."""
        return -(-self.plane[0] // 3) * self.row_pitch


def pixel_pitch(channels: int, granularity: int, config: DwcPwcConfig) -> int:
    """Bytes that a pixel takes, so that no group of channels crosses a word.

    Parameters
    ----------
    channels : int
        Channels of the tensor.
    granularity : int
        Bytes of the largest group that is read or written at once; a power of two.
    config : DwcPwcConfig

    Returns
    -------
    int
        Whole words, or a power of two below one.

    Examples
    --------
    >>> [pixel_pitch(channels, 1, DwcPwcConfig(input_lanes=8)) for channels in (1, 3, 8, 12)]
    [1, 4, 8, 16]
    """
    if channels >= config.input_lanes:
        return -(-channels // config.input_lanes) * config.input_lanes
    return max(1 << (channels - 1).bit_length(), granularity)


def place(network: Network, kinds: list[LayerKind], config: DwcPwcConfig) -> dict[int, Placement]:
    """Give every stored tensor a place; tensors that are never needed together may share one.

    Larger tensors go first, each to the lowest place that is free while it lives.

    Parameters
    ----------
    network : Network
    kinds : list of LayerKind
        How each layer runs.
    config : DwcPwcConfig

    Returns
    -------
    dict of int to Placement
        By tensor index.

    Raises
    ------
    DoesNotFit
        If they are larger than the buffer.
    """
    live = lifetimes(network)
    granularity = granularities(network, kinds, config)
    placed: dict[int, Placement] = {}
    unplaced = {
        index: Placement(
            address=0,
            plane=network.planes[index],
            pixel_pitch=pixel_pitch(network.planes[index][2], granularity[index], config),
        )
        for index in live
    }
    needed = 0
    for index in sorted(unplaced, key=lambda index: -unplaced[index].bank_bytes):
        first, last = live[index]
        others = [other for key, other in placed.items() if live[key][0] <= last and first <= live[key][1]]
        address = _lowest(unplaced[index].bank_bytes, others, config.input_lanes)
        placed[index] = dataclasses.replace(unplaced[index], address=address)
        needed = max(needed, address + placed[index].bank_bytes)
    if needed > config.bank_bytes:
        step = BANKS * config.input_lanes
        enough = -(-needed * BANKS // step) * step
        raise DoesNotFit(f"activation_bytes must be at least {enough} for this network, not {config.activation_bytes}")
    return placed


def _lowest(size: int, others: list[Placement], align: int) -> int:
    address = 0
    for other in sorted(others, key=lambda other: other.address):
        if address + size <= other.address:
            break
        end = other.address + other.bank_bytes
        address = max(address, -(-end // align) * align)
    return address


def lifetimes(network: Network) -> dict[int, tuple[int, int]]:
    """First and last layer during which each stored tensor is needed.

    Parameters
    ----------
    network : Network

    Returns
    -------
    dict of int to (int, int)
        By tensor index. -1 is the loading of the input, the number of layers the giving out of the output.
    """
    live = {network.input: (-1, -1)}
    for number, layer in enumerate(network.layers):
        for source in layer.sources:
            live[source] = (live[source][0], number)
        live[layer.output] = (number, number)
    live[network.output] = (live[network.output][0], len(network.layers))
    return live


def granularities(network: Network, kinds: list[LayerKind], config: DwcPwcConfig) -> dict[int, int]:
    """Bytes of the largest group that is read or written at once, of each stored tensor.

    Parameters
    ----------
    network : Network
    kinds : list of LayerKind
        How each layer runs.
    config : DwcPwcConfig

    Returns
    -------
    dict of int to int
        By tensor index; powers of two.
    """
    reads = {
        LayerKind.GATHER: 1,
        LayerKind.WORDS: config.input_lanes,
        LayerKind.FUSED: config.depthwise_lanes,
        LayerKind.DEPTHWISE: config.depthwise_lanes,
        LayerKind.AVERAGE_POOL: config.input_lanes,
        LayerKind.MAX_POOL: config.input_lanes,
        LayerKind.ADD: config.input_lanes,
    }
    sizes = {network.input: 1}
    for layer, kind in zip(network.layers, kinds, strict=True):
        for source in layer.sources:
            sizes[source] = max(sizes[source], reads[kind])
        sizes[layer.output] = config.depthwise_lanes if kind == LayerKind.DEPTHWISE else config.requantizers
    return sizes
