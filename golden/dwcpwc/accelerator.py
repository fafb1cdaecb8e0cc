"""The accelerator as a whole: what a program makes of an input, and in how many cycles."""

import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.engine_cycles import SetCycles, set_cycles
from racelet.golden.dwcpwc.layer_config import DOT_KINDS, TRANSFER_KINDS, LayerConfig, LayerKind, ProgramTarget
from racelet.golden.dwcpwc.layer_sequencer import refused, runs
from racelet.golden.dwcpwc.memories import Memories
from racelet.golden.dwcpwc.outside_memory import OutsideMemory
from racelet.golden.dwcpwc.program_loader import known, load
from racelet.golden.dwcpwc.racetrack_weight_store import Tracks, weights_written
from racelet.golden.dwcpwc.requantizer import requantize_groups
from racelet.golden.dwcpwc.residual_adder import scaled_sums
from racelet.golden.dwcpwc.stream_schedule import blocks, streamed_cycles
from racelet.golden.dwcpwc.transfer_path import pixel_beats, transfer_beats
from racelet.golden.dwcpwc.window_reader import channel_groups


@dataclasses.dataclass(frozen=True, kw_only=True)
class Inference:
    """What one run of a program gives.

    Parameters
    ----------
    outputs : int8, shape (n,)
        Bytes of the output stream.
    layer_cycles : list of int
        Cycles of each layer, if no stream stalls.
    error : {"NONE", "KIND", "UNFINISHED", "FIELD", "TARGET", "FENCE", "TRANSFER"}
        What stopped it. What a layer that ends with TRANSFER has moved before is not modelled.
    """

    outputs: NDArray[np.int8]
    layer_cycles: list[int]
    error: str


@dataclasses.dataclass(kw_only=True)
class _Run:
    """A run as far as it has come: descriptors, bytes that came out, bytes that are still to go in."""

    inputs: NDArray[np.int8]
    layers: list[LayerConfig] = dataclasses.field(default_factory=list)
    set_cycles: list[SetCycles | None] = dataclasses.field(default_factory=list)
    outputs: list[NDArray[np.int8]] = dataclasses.field(default_factory=list)

    def begin(self, layer: LayerConfig, cycles: SetCycles | None = None) -> None:
        """Take note of a layer, and of how long the engine works on a beat with each of its sets of weights."""
        self.layers.append(layer)
        self.set_cycles.append(cycles)

    @property
    def done(self) -> bool:
        """The last layer has ended."""
        return bool(self.layers and self.layers[-1].last and self.layers[-1].kind != LayerKind.STREAM)


class AcceleratorModel:
    """One accelerator; its memories keep what they hold from program to program and from run to run.

    Parameters
    ----------
    config : DwcPwcConfig

    Attributes
    ----------
    outside : OutsideMemory
        The memory outside the chip.
    tracks : Tracks or None
        With ``store`` "racetrack": where the weights are, and what was done to read and write them.

    Examples
    --------
    >>> from racelet.golden.dwcpwc.program import descriptor_blocks
    >>> shape = {"tiles": 2, "width": 2, "channels": 2}
    >>> copy = LayerConfig(kind=LayerKind.OUTPUT, last=1, source_width=2, source_channels=2, **shape)
    >>> blocks = descriptor_blocks([LayerConfig(kind=LayerKind.INPUT, **shape), copy])
    >>> model = AcceleratorModel(DwcPwcConfig())
    >>> model.load(np.concatenate([block.words() for block in blocks]).tolist())
    'NONE'
    >>> model.run(np.array([1, -2, 3, -4], np.int8)).outputs.tolist()
    [1, -2, 3, -4]
    """

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        self.memories = Memories(config)
        self.outside = OutsideMemory(config.bandwidth)
        self.tracks = Tracks(config) if config.store == "racetrack" else None

    def load(self, words: Sequence[int], weights: NDArray[np.uint8] | None = None) -> str:
        """Load a program.

        Parameters
        ----------
        words : sequence of int
            Of the ``program`` stream.
        weights : uint8, shape (beats, weight_beat_bytes), optional
            What an outside weight store holds from now on.

        Returns
        -------
        {"NONE", "TARGET", "FENCE"}
            Error; what was loaded before it stays.
        """
        if weights is not None:
            self.memories.weights = weights.reshape(-1).view(np.int8)
        loading = load(words, [0] * len(words), self.config)
        self.memories.write(loading.writes)
        if self.tracks is not None:
            weights_written(self.tracks, loading.writes)
        return loading.code

    def clear(self) -> None:
        """Stop a run, which leaves the memories as they are, and brings tracks home."""
        if self.tracks is not None:
            self.tracks.home()

    def run(self, inputs: NDArray[np.int8], streamed: Sequence[int] = ()) -> Inference:
        """Run the program once.

        A streamed block is loaded as soon as the fences before it allow, that is before any layer that they do not wait
        for; what comes out of a program that lacks a fence depends on the time that everything takes, here as there.

        Parameters
        ----------
        inputs : int8
            Bytes of the input stream, of any shape; at least as many as the program takes.
        streamed : sequence of int
            Words of the ``program`` stream that come while it runs.

        Returns
        -------
        Inference

        Raises
        ------
        ValueError
            If the streamed words end before the program does.
        """
        fields = [self.memories.fields(number) for number in range(self.config.layers)]
        count, error = runs(fields, self.config)
        run = _Run(inputs=inputs.reshape(-1))
        steps = (self._step(self.memories.layer(number), run) for number in range(count))
        error = next((found for found in steps if found != "NONE"), error)
        if error == "STREAM":
            run.begin(self.memories.layer(count))
            error = self._stream(streamed, run)
        return Inference(
            outputs=np.concatenate([np.zeros(0, np.int8), *run.outputs]),
            layer_cycles=streamed_cycles(streamed, run.layers, self.config, run.set_cycles, self.tracks),
            error=error,
        )

    def set_cycles(self, layer: LayerConfig) -> SetCycles | None:
        """For how many cycles the engine works on a beat, by its set of weights; None of a layer without them.

        Parameters
        ----------
        layer : LayerConfig
            Its weights are those that the memory holds.

        Returns
        -------
        int64, shape (passes, words), or None
        """
        return set_cycles(self.memories.sets(layer), self.config) if layer.kind in DOT_KINDS else None

    def _move(self, layer: LayerConfig) -> None:
        """Bring in a tensor from outside, with the bytes behind each pixel's last channel, or put one there."""
        beats = transfer_beats(layer, self.config)
        if layer.kind == LayerKind.STORE:
            pixels = self.memories.tensor(layer).reshape(-1, layer.source_channels)
            whole = pixel_beats(layer.source_channels, self.config) * self.config.bandwidth
            filled = np.pad(pixels, ((0, 0), (0, whole - layer.source_channels)))
            self.outside.write(layer.outside_address, filled.view(np.uint8).reshape(beats, -1))
            return
        channels = pixel_beats(layer.channels, self.config) * self.config.bandwidth
        tensor = self.outside.read(layer.outside_address, beats).view(np.int8)
        self.memories.store(dataclasses.replace(layer, channels=channels), tensor.reshape(-1, layer.width, channels))

    def _stream(self, words: Sequence[int], run: "_Run") -> str:
        """Load streamed blocks, and run layers where a fence waits for them and in the end; returns the error."""
        base = len(run.layers)
        arrived, error = 0, "NONE"
        for number, (fields, block) in enumerate(blocks(words, self.config)):
            if fields["target"] == ProgramTarget.FENCE and known(fields, self.config):
                wanted = fields["address"] or (arrived + 1 if number else 0)
                error = self._run_to(base, min(wanted, arrived), run)
                if error == "NONE" and wanted > arrived:
                    error = "FENCE"
            else:
                error = self.load(block)
            if error != "NONE":
                return error
            if fields["target"] == ProgramTarget.DESCRIPTORS:
                arrived += fields["rows"] * fields["groups"]
        error = self._run_to(base, arrived, run)
        if error == "NONE" and not run.done:
            raise ValueError(f"the streamed words end after {arrived} descriptors, none of them the last")
        return error

    def _run_to(self, base: int, count: int, run: "_Run") -> str:
        """Run streamed layers until so many have ended; returns the error that stops them before."""
        ring = self.config.layers - base
        while len(run.layers) - base < count and not run.done:
            place = base + (len(run.layers) - base) % ring
            error = refused(self.memories.fields(place), self.config, streaming=True)
            if error != "NONE":
                return error
            error = self._step(self.memories.layer(place), run)
            if error != "NONE":
                return error
        return "NONE"

    def _step(self, layer: LayerConfig, run: "_Run") -> str:
        """Run one layer; returns the error that ends it."""
        if layer.kind in TRANSFER_KINDS and layer.outside_beats != transfer_beats(layer, self.config):
            return "TRANSFER"
        run.begin(layer, self.set_cycles(layer))
        if layer.kind == LayerKind.INPUT:
            taken = _pixels(layer) * layer.channels
            self.memories.store(layer, run.inputs[:taken].reshape(-1, layer.width, layer.channels))
            run.inputs = run.inputs[taken:]
        elif layer.kind == LayerKind.OUTPUT:
            run.outputs.append(self.memories.tensor(layer).reshape(-1))
        elif layer.kind in TRANSFER_KINDS:
            self._move(layer)
        else:
            self.memories.store(layer, self._compute(layer))
        return "NONE"

    def _compute(self, layer: LayerConfig) -> NDArray[np.int8]:
        """Output of a layer, shape (height, width, channels)."""
        kind = layer.kind
        if kind == LayerKind.ADD:
            return self._added(layer)
        if kind in (LayerKind.AVERAGE_POOL, LayerKind.MAX_POOL):
            result = self._pooled(layer)
        elif kind == LayerKind.DEPTHWISE:
            result = self._depthwise(layer)
        elif kind == LayerKind.FUSED:
            result = self._dot(layer, self._depthwise(layer))
        else:
            windows = self._windows(layer, (layer.kernel_rows, layer.kernel_columns), layer.pad_byte)
            lanes = self.config.input_lanes
            patches = _gathered(windows, self.config) if kind == LayerKind.GATHER else _by_words(windows, lanes)
            result = self._dot(layer, patches)
        return result.reshape(-1, layer.width, layer.channels)

    def _depthwise(self, layer: LayerConfig) -> NDArray[np.int8]:
        """Requantised depthwise convolution, shape (pixels, source_channels)."""
        lanes, channels = self.config.depthwise_lanes, layer.source_channels
        groups, rows, columns = -(-channels // lanes), -(-layer.kernel_rows // 3), -(-layer.kernel_columns // 3)
        records = self.memories.windows(layer.depthwise_address * lanes, groups * rows * columns * lanes)
        # One record for each channel of a group and each 3x3 block of the kernel.
        blocks = records.reshape(groups, rows, columns, lanes, 3, 3).transpose(0, 3, 1, 4, 2, 5)
        kernels = blocks.reshape(groups * lanes, 3 * rows, 3 * columns)[:channels]
        windows = self._windows(layer, (3 * rows, 3 * columns), layer.pad_byte)
        sums = np.einsum("pcij,cij->pc", windows.astype(np.int64), kernels.astype(np.int64))
        first = layer.depthwise_parameter_address * lanes
        found = self.memories.parameters(ProgramTarget.DEPTHWISE_PARAMETERS, range(first, first + channels))
        clamp = (layer.depthwise_zero_point, layer.depthwise_low, layer.depthwise_high)
        return _requantized(sums, found, 0, clamp)

    def _dot(self, layer: LayerConfig, patches: NDArray[np.int8]) -> NDArray[np.int8]:
        """Matrix product of patches, shape (pixels, depth), and weights; requantised, shape (pixels, channels)."""
        sets = self.memories.sets(layer)
        rows = sets.swapaxes(1, 2).reshape(layer.passes * self.config.output_lanes, -1)
        depth = (layer.words - 1) * self.config.input_lanes + layer.tail_lanes
        sums = patches.astype(np.int64) @ rows[: layer.channels, :depth].astype(np.int64).T
        first = layer.parameter_address * self.config.requantizers
        found = self.memories.parameters(ProgramTarget.PARAMETERS, range(first, first + layer.channels))
        return _requantized(sums, found, layer.round_once, (layer.zero_point, layer.low, layer.high))

    def _pooled(self, layer: LayerConfig) -> NDArray[np.int8]:
        """Maxima over windows, or sums times the reciprocals of the windows' sizes, shape (pixels, channels)."""
        kernel = (layer.kernel_rows, layer.kernel_columns)
        if layer.kind == LayerKind.MAX_POOL:
            maxima = self._windows(layer, kernel, layer.pad_byte).astype(np.int64).max(axis=(2, 3))
            return self._broadcast(layer, maxima, np.array([layer.parameter_address]))
        sums = self._windows(layer, kernel, 0).astype(np.int64).sum(axis=(2, 3))
        row, column = np.divmod(np.arange(_pixels(layer)), layer.width)
        rows = _lacking(row * layer.stride_rows - layer.pad_top, layer.kernel_rows, layer.source_height)
        columns = _lacking(column * layer.stride_columns - layer.pad_left, layer.kernel_columns, layer.source_width)
        index = (rows << layer.pool_shift) + columns
        return self._broadcast(layer, sums, layer.parameter_address + index)

    def _added(self, layer: LayerConfig) -> NDArray[np.int8]:
        """Sum of two tensors, shape (height, width, channels)."""
        first, second = (self.memories.addend(layer, second=which) for which in (False, True))
        sums = scaled_sums(first, second, layer)
        flat = self._broadcast(layer, sums.reshape(-1, layer.channels), np.array([layer.parameter_address]))
        return flat.reshape(sums.shape)

    def _broadcast(self, layer: LayerConfig, sums: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int8]:
        """Bytes; each pixel's sums are requantised with the first parameters of one row."""
        found = self.memories.parameters(ProgramTarget.PARAMETERS, rows * self.config.requantizers)[:, :, np.newaxis]
        return _requantized(sums, found, layer.round_once, (layer.zero_point, layer.low, layer.high))

    def _windows(self, layer: LayerConfig, kernel: tuple[int, int], pad: int) -> NDArray[np.int8]:
        """Windows of the input, shape (pixels, source_channels, rows, columns); ``pad`` where they leave it."""
        tensor = self.memories.tensor(layer)
        height = _pixels(layer) // layer.width
        last_row, last_column = (height - 1) * layer.stride_rows, (layer.width - 1) * layer.stride_columns
        below = max(last_row + kernel[0] - layer.pad_top - layer.source_height, 0)
        beside = max(last_column + kernel[1] - layer.pad_left - layer.source_width, 0)
        edges = ((layer.pad_top, below), (layer.pad_left, beside), (0, 0))
        padded = np.pad(tensor, edges, constant_values=pad)
        windows = sliding_window_view(padded, kernel, axis=(0, 1))
        chosen = windows[: last_row + 1 : layer.stride_rows, : last_column + 1 : layer.stride_columns]
        return chosen.reshape(-1, layer.source_channels, *kernel)


def _pixels(layer: LayerConfig) -> int:
    return (layer.tiles - 1) * layer.tile_pixels + layer.last_tile_pixels


def _gathered(windows: NDArray[np.int8], config: DwcPwcConfig) -> NDArray[np.int8]:
    """Patches some channels at a time, in 3x3 blocks of the kernel, there tap by tap."""
    pixels, channels, rows, columns = windows.shape
    firsts = [*channel_groups(LayerKind.GATHER, channels, config), channels]
    blocks = [
        windows[:, first:end, row : row + 3, column : column + 3].transpose(0, 2, 3, 1).reshape(pixels, -1)
        for first, end in itertools.pairwise(firsts)
        for row in range(0, rows, 3)
        for column in range(0, columns, 3)
    ]
    return np.concatenate(blocks, axis=1)


def _by_words(windows: NDArray[np.int8], lanes: int) -> NDArray[np.int8]:
    """Patches tap by tap, ``lanes`` channels at a time."""
    pixels, channels = windows.shape[:2]
    words = [windows[:, first : first + lanes] for first in range(0, channels, lanes)]
    return np.concatenate([word.transpose(0, 2, 3, 1).reshape(pixels, -1) for word in words], axis=1)


def _lacking(start: NDArray[np.int64], kernel: int, size: int) -> NDArray[np.int64]:
    """Taps along one axis that lie outside, for windows that begin at ``start``."""
    return np.maximum(-start, 0) + np.maximum(start + kernel - size, 0)


def _requantized(
    sums: NDArray[np.int64], parameters: NDArray[np.int64], round_once: int, clamp: tuple[int, int, int]
) -> NDArray[np.int8]:
    """Bytes; ``parameters`` has bias, multiplier and right shift in its first axis."""
    bias, mult, shift = parameters
    zero_point, low, high = clamp
    return requantize_groups(
        sums, bias, mult, shift, round_once=bool(round_once), zero_point=zero_point, low=low, high=high
    )
