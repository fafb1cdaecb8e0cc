"""What the proofs of the accelerator's components share."""

from typing import Any

from amaranth.hdl import Mux, Value

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.synth.prove.harness import Harness

CONFIG = DwcPwcConfig(
    input_lanes=4,
    output_lanes=4,
    depthwise_lanes=2,
    requantizers=2,
    tile_pixels=3,
    tile_bytes=64,
    weight_beat_bytes=4,
    weight_bytes=256,
    activation_bytes=576,
    channels=16,
    depthwise_channels=16,
    layers=3,
    bandwidth=2,
)
"""The shape in which components are proved: the least lanes, two of what can be more than one, small memories."""


def steady(harness: Harness, component: Any) -> None:
    """Assume that the layer changes with a start only, which is shown of :class:`LayerSequencer`."""
    layer = component.layer.as_value()
    same = harness.cleared | component.start | (layer == harness.past(layer))
    harness.assume("layer: steady but for the cycle of a start", same)


def pixels_counted(harness: Harness, component: Any, counter: str, begun: Value) -> None:
    """Show of a component's :class:`TileCounter` that it says a tile's last pixel, once a layer has begun."""
    inside, layer = harness.inside, component.layer
    pixel, pixels = (
        inside[f"{counter}.pixel"],
        Mux(inside[f"{counter}.last"], layer.last_tile_pixels, layer.tile_pixels),
    )
    unknown = component.start | ~begun
    ends = inside[f"{counter}.pixel_last"] == (pixel == pixels - 1)
    harness.check("pixel: whether it is the tile's last", unknown | ends)
    harness.check("pixel: one of the tile", unknown | (pixel < pixels))
    harness.check("pixel: one of the largest tile", pixel < CONFIG.tile_pixels)


def counts_in_range(harness: Harness, component: Any) -> None:
    """Assume of the layer what is shown of :class:`FieldCheck`: counts that a convolution can come to an end with."""
    layer = component.layer
    for name in ("tiles", "words", "passes"):
        harness.assume(f"layer: {name} at least 1", layer[name] != 0)
    for name in ("tile_pixels", "last_tile_pixels"):
        inside = (layer[name] != 0) & (layer[name] <= CONFIG.tile_pixels)
        harness.assume(f"layer: {name} in 1..{CONFIG.tile_pixels}", inside)
    groups = CONFIG.output_lanes // CONFIG.requantizers
    harness.assume(f"layer: tail_groups in 1..{groups}", (layer.tail_groups != 0) & (layer.tail_groups <= groups))
