"""Filling of the ping-pong tile: when the last group of each tile is written."""

import functools
import itertools
from typing import Protocol

from racelet.golden.dwcpwc import depthwise_path, requantize_stage, window_buffer, window_reader
from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.window_reader import channel_groups
from racelet.golden.lib import byte_packer

FIRST_WINDOW = window_reader.FIRST_REQUEST + window_buffer.LATENCY
"""Cycles from a layer's start to its first window."""
ENTRY = 1
"""Cycles from a window to where it is used, but for depthwise convolutions and the output."""
DEPTHWISE_LATENCY = depthwise_path.LATENCY
"""Cycles from the last window of a kernel to its bytes."""
REQUANTIZE_LATENCY = 1 + requantize_stage.LATENCY
"""Cycles from a group of sums to its bytes, with a register in front of the requantisers."""


class Fill(Protocol):
    """A source of groups for the tile, as far as time goes."""

    def tile(self, pixels: int, free: int) -> int:
        """Write one more tile.

        Parameters
        ----------
        pixels : int
            Pixels of the tile.
        free : int
            First cycle, counted from the layer's start, in which its half can be written.

        Returns
        -------
        int
            Cycle in which its last group is written.
        """
        ...

    def state(self, now: int) -> tuple[int, ...]:
        """All that what follows depends on, counted from ``now``."""
        ...


def fill(layer: LayerConfig, config: DwcPwcConfig) -> Fill:
    """The source that a layer has.

    Parameters
    ----------
    layer : LayerConfig
        Of kind GATHER, WORDS or FUSED.
    config : DwcPwcConfig

    Returns
    -------
    Fill

    Examples
    --------
    >>> layer = LayerConfig(kind=LayerKind.FUSED, source_channels=64, kernel_rows=3, kernel_columns=3)
    >>> [fill(layer, DwcPwcConfig()).tile(5, free=free) for free in (0, 100)]
    [351, 419]
    """
    if layer.kind != LayerKind.FUSED:
        return GatherFill(patch_counts(layer, config), config.input_lanes)
    groups = -(-layer.source_channels // config.depthwise_lanes)
    blocks = -(-layer.kernel_rows // 3) * -(-layer.kernel_columns // 3)
    return FusedFill(groups) if blocks == 1 else BlockedFusedFill(groups, blocks)


def patch_counts(layer: LayerConfig, config: DwcPwcConfig) -> tuple[int, ...]:
    """Bytes that each window gives to the patch of one pixel of a regular convolution.

    Parameters
    ----------
    layer : LayerConfig
        Of kind GATHER or WORDS.
    config : DwcPwcConfig

    Returns
    -------
    tuple of int

    Examples
    --------
    >>> layer = LayerConfig(kind=LayerKind.GATHER, kernel_rows=4, kernel_columns=4)
    >>> patch_counts(layer, DwcPwcConfig())
    (9, 3, 3, 1)
    """
    if layer.kind == LayerKind.WORDS:
        taps = layer.kernel_rows * layer.kernel_columns
        lanes = config.input_lanes
        words = [min(lanes, layer.source_channels - first) for first in range(0, layer.source_channels, lanes)]
        return tuple(word for word in words for _ in range(taps))
    rows = [min(3, layer.kernel_rows - first) for first in range(0, layer.kernel_rows, 3)]
    columns = [min(3, layer.kernel_columns - first) for first in range(0, layer.kernel_columns, 3)]
    taps = [row * column for row in rows for column in columns]
    firsts = [*channel_groups(LayerKind.GATHER, layer.source_channels, config), layer.source_channels]
    return tuple(each * (end - first) for first, end in itertools.pairwise(firsts) for each in taps)


class FusedFill:
    """Depthwise bytes of a kernel of up to 3x3: one group per cycle.

    Parameters
    ----------
    groups : int
        Groups of depthwise channels per pixel.
    """

    def __init__(self, groups: int) -> None:
        self.groups = groups
        self.written = FIRST_WINDOW + DEPTHWISE_LATENCY - 1

    def tile(self, pixels: int, free: int) -> int:
        """Write one more tile; see :class:`Fill`."""
        self.written = max(self.written + 1, free) + pixels * self.groups - 1
        return self.written

    def state(self, now: int) -> tuple[int, ...]:
        """All that what follows depends on; see :class:`Fill`."""
        return (self.written - now,)


class BlockedFusedFill:
    """Depthwise bytes of a larger kernel: one group per ``blocks`` cycles.

    While the tile is not free, two groups gather at the end of the depthwise path, so that a gap closes.

    Parameters
    ----------
    groups : int
        Groups of depthwise channels per pixel.
    blocks : int
        Windows per group.
    """

    def __init__(self, groups: int, blocks: int) -> None:
        self.groups = groups
        self.blocks = blocks
        self.now = FIRST_WINDOW
        self.window = 0
        self.path = depthwise_path.Occupancy()

    def tile(self, pixels: int, free: int) -> int:
        """Write one more tile; see :class:`Fill`."""
        left = pixels * self.groups
        while left:
            ready = self.now >= free
            left -= ready and self.path.waiting > 0
            self.window = (self.window + self.path.moves) % self.blocks
            self.path.cycle(self.window == 0, ready)
            self.now += 1
        return self.now - 1

    def state(self, now: int) -> tuple[int, ...]:
        """All that what follows depends on; see :class:`Fill`."""
        return (self.now - now, self.window, *self.path.state())


class GatherFill:
    """Patches of a regular convolution, packed into words.

    Parameters
    ----------
    counts : tuple of int
        Bytes that each window of a pixel gives.
    lanes : int
        Bytes of a word.
    """

    def __init__(self, counts: tuple[int, ...], lanes: int) -> None:
        self.counts = counts
        self.lanes = lanes
        # A window waits in the packer, and moves on when the last word of the tile before leaves.
        self.written = FIRST_WINDOW + ENTRY + byte_packer.LATENCY - 1

    def tile(self, pixels: int, free: int) -> int:
        """Write one more tile; see :class:`Fill`."""
        # Waiting longer than it takes to have a word ready changes nothing but the time.
        wait = max(free - self.written, 0)
        excess = max(wait - self.lanes - 2, 0)
        self.written += excess + packed(self.counts, pixels, wait - excess, self.lanes)
        return self.written

    def state(self, now: int) -> tuple[int, ...]:
        """All that what follows depends on; see :class:`Fill`."""
        return (self.written - now,)


@functools.cache
def packed(counts: tuple[int, ...], pixels: int, wait: int, lanes: int) -> int:
    """Cycles that the byte packer takes for the patches of one tile, from its first group to its last word.

    Parameters
    ----------
    counts : tuple of int
        Bytes of each group of one pixel.
    pixels : int
        Pixels, each of which begins a new word.
    wait : int
        Cycles after the first group came, before which no word can leave.
    lanes : int
        Bytes of a word.

    Returns
    -------
    int

    Examples
    --------
    >>> packed((9, 9, 9), 1, 0, 8)
    4
    """
    now, held, group, left = 1, counts[0], 1, pixels
    flushing = len(counts) == 1
    while True:
        if (flushing or held >= lanes) and now >= wait:
            held = max(held - lanes, 0)
        if flushing and held == 0:
            left -= 1
            if left == 0:
                return now
            flushing, group = False, 0
        if not flushing and held < lanes:
            held += counts[group]
            group += 1
            flushing = group == len(counts)
        now += 1
