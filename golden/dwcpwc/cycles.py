"""Cycle formula: how long every layer takes, exactly."""

from collections.abc import Sequence

from racelet.golden.dwcpwc import activation_writer, input_loader, residual_adder, spiller, transfer_path
from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.dot_schedule import DotSchedule
from racelet.golden.dwcpwc.engine_cycles import SetCycles
from racelet.golden.dwcpwc.fill import DEPTHWISE_LATENCY, ENTRY, FIRST_WINDOW, REQUANTIZE_LATENCY
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.layer_sequencer import FETCH, LOAD, TURN
from racelet.golden.dwcpwc.racetrack_weight_store import Tracks

BEGIN = 1
"""Cycles from the sequencer's start of a layer to that of the components."""
WRITE_LATENCY = activation_writer.LATENCY
"""Cycles from a group of bytes to its write into the activation buffer, which ends the layer."""


def layer_cycles(
    layer: LayerConfig, config: DwcPwcConfig, set_cycles: SetCycles | None = None, tracks: Tracks | None = None
) -> int:
    """Clock cycles of one layer, from the end of the layer before to its own end.

    Input and output streams are taken not to stall, an outside weight store and the memory outside to answer at once
    and without gaps.

    Parameters
    ----------
    layer : LayerConfig
    config : DwcPwcConfig
    set_cycles : int64, shape (passes, words), optional
        For how many cycles the engine works on a beat, by its set of weights. Without them the count is that of typical
        weights: exact only for an engine whose time does not depend on them.
    tracks : Tracks, optional
        With ``store`` "racetrack": the tracks as they are before, and after; by default none has moved yet.

    Returns
    -------
    int

    Examples
    --------
    >>> layer_cycles(LayerConfig(kind=LayerKind.OUTPUT, tiles=125, channels=64, source_channels=64), DwcPwcConfig())
    8014
    """
    return TURN + BEGIN + run_cycles(layer, config, set_cycles, tracks)


def program_cycles(
    layers: Sequence[LayerConfig],
    config: DwcPwcConfig,
    set_cycles: Sequence[SetCycles | None] | None = None,
    tracks: Tracks | None = None,
) -> list[int]:
    """Clock cycles that the accelerator counts for each layer of a program.

    The first layer's include the fetch of its descriptor; a layer after a very short one waits until its own is there.

    Parameters
    ----------
    layers : sequence of LayerConfig
    config : DwcPwcConfig
    set_cycles : sequence of int64, shape (passes, words), optional
        For each layer, for how many cycles the engine works on a beat, by its set of weights; None for typical weights.
    tracks : Tracks, optional
        With ``store`` "racetrack": the tracks as they are before, and after; by default none has moved yet.

    Returns
    -------
    list of int

    Examples
    --------
    >>> load = LayerConfig(kind=LayerKind.INPUT, tiles=490)
    >>> program_cycles([load], DwcPwcConfig())
    [516]
    """
    counts: list[int] = []
    start, end = FETCH, 0
    if tracks is None and config.store == "racetrack":
        tracks = Tracks(config)
    for number, (layer, cycles) in enumerate(zip(layers, set_cycles or [None] * len(layers), strict=True)):
        if number:
            start = max(end + TURN - 1, start + FETCH - LOAD)
        finished = start + BEGIN + run_cycles(layer, config, cycles, tracks) + 1
        counts.append(finished - end)
        end = finished
    return counts


def run_cycles(
    layer: LayerConfig, config: DwcPwcConfig, set_cycles: SetCycles | None = None, tracks: Tracks | None = None
) -> int:
    """Clock cycles from the start of a layer, as the components see it, to its end.

    Parameters
    ----------
    layer : LayerConfig
    config : DwcPwcConfig
    set_cycles : int64, shape (passes, words), optional
        For how many cycles the engine works on a beat, by its set of weights; without them, on typical ones.
    tracks : Tracks, optional
        With ``store`` "racetrack": the tracks as they are before, and after; by default none has moved yet.

    Returns
    -------
    int

    Examples
    --------
    >>> run_cycles(LayerConfig(kind=LayerKind.INPUT, tiles=490), DwcPwcConfig())
    492
    """
    pixels = (layer.tiles - 1) * layer.tile_pixels + layer.last_tile_pixels
    if layer.kind == LayerKind.INPUT:
        return pixels * layer.channels + WRITE_LATENCY
    if layer.kind == LayerKind.OUTPUT:
        return FIRST_WINDOW + pixels * layer.source_channels
    if layer.kind == LayerKind.LOAD:
        request = transfer_path.FIRST
        return request + input_loader.FIRST + transfer_path.transfer_beats(layer, config) - 1 + WRITE_LATENCY
    if layer.kind == LayerKind.STORE:
        return FIRST_WINDOW + ENTRY + spiller.LATENCY + transfer_path.transfer_beats(layer, config) - 1 + spiller.DONE
    blocks = -(-layer.kernel_rows // 3) * -(-layer.kernel_columns // 3)
    if layer.kind == LayerKind.DEPTHWISE:
        windows = pixels * -(-layer.source_channels // config.depthwise_lanes) * blocks
        return FIRST_WINDOW + windows - 1 + DEPTHWISE_LATENCY + WRITE_LATENCY
    if layer.kind in (LayerKind.AVERAGE_POOL, LayerKind.MAX_POOL):
        taps = layer.kernel_rows * layer.kernel_columns
        last_group = _last_pooled_group(layer, config, pixels, taps if layer.kind == LayerKind.MAX_POOL else blocks)
    elif layer.kind == LayerKind.ADD:
        last_group = _last_added_group(layer, config, pixels)
    else:
        last_group = DotSchedule(layer, config, set_cycles, tracks).last_group()
    return last_group + REQUANTIZE_LATENCY + WRITE_LATENCY


def _last_added_group(layer: LayerConfig, config: DwcPwcConfig, triples: int) -> int:
    """Cycle in which the last group of sums of two tensors goes to the requantisers."""
    chosen = first = second = FIRST_WINDOW + ENTRY
    for triple in range(triples):
        pixels = min(3, layer.source_width - 3 * (triple % layer.width))
        for channel in range(0, layer.channels, config.input_lanes):
            groups = pixels * -(-min(config.input_lanes, layer.channels - channel) // config.requantizers)
            second = max(first + 1, chosen)
            chosen, first = second + groups, second + 1
    return chosen + residual_adder.LATENCY


def _last_pooled_group(layer: LayerConfig, config: DwcPwcConfig, pixels: int, blocks: int) -> int:
    """Cycle in which the last group of sums of a pooling goes to the requantisers."""
    added, moved, left, given = FIRST_WINDOW + ENTRY, 0, 0, 0
    for _ in range(pixels):
        for first in range(0, layer.channels, config.input_lanes):
            groups = -(-min(config.input_lanes, layer.channels - first) // config.requantizers)
            # A word's windows; its sums move on when the word before the last has left; then its groups go out.
            added = max(added + 1, moved) + blocks - 1
            moved = 1 + max(added, left)
            left, given = given, max(moved, given) + groups
    return given
