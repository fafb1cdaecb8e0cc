"""What the accelerator is given to run a network, and what is known of the run beforehand."""

import dataclasses

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import BANKS, DwcPwcConfig
from racelet.golden.dwcpwc.engine_cycles import SetCycles
from racelet.golden.dwcpwc.layer_config import TRANSFER_KINDS, LayerConfig, LayerKind
from racelet.nn.place import Placement

MOVED = -1
"""Number, in place of a layer's, of a descriptor that only moves a tensor."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Buffered:
    """A tensor, or rows of one, while it is in the activation buffer.

    Parameters
    ----------
    tensor : int
    placement : Placement
    first, last : int
        Descriptors between which it is needed.
    """

    tensor: int
    placement: Placement
    first: int
    last: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Program:
    """A lowered network.

    Parameters
    ----------
    words : uint32, shape (n,)
        For the ``program`` stream, once; whole beats.
    streamed : uint32, shape (n,)
        For the ``program`` stream, for every inference; whole beats, empty where all is resident.
    weights : uint8, shape (beats, weight_beat_bytes)
        What an outside weight store holds; empty where the weights are in the program.
    layers : tuple of LayerConfig
        Descriptors of one inference in order.
    numbers : tuple of int
        The layer that each of them computes, or a part of; MOVED where it moves a tensor.
    set_cycles : tuple of int64, shape (passes, words), or None
        For each of them, for how many cycles the engine works on a beat, by its set of weights.
    input_order : int64, shape (n,)
        Which bytes of the input are sent, in order: rows that two bands share are sent twice.
    outside_beats : int
        Beats of ``bandwidth`` bytes that the memory outside must have.
    buffered : tuple of Buffered
        What is in the activation buffer when.
    used : dict of str to int
        How much of the memories is taken at most, by field of the config.
    """

    words: NDArray[np.uint32]
    streamed: NDArray[np.uint32]
    weights: NDArray[np.uint8]
    layers: tuple[LayerConfig, ...]
    numbers: tuple[int, ...]
    set_cycles: tuple[SetCycles | None, ...]
    input_order: NDArray[np.int64]
    outside_beats: int
    buffered: tuple[Buffered, ...]
    used: dict[str, int]

    def edge_bytes(self, config: DwcPwcConfig) -> dict[str, int]:
        """Bytes that cross the chip's edge in one inference, the loading of what is resident counted.

        Parameters
        ----------
        config : DwcPwcConfig

        Returns
        -------
        dict
            ``program``, ``weights`` (of an outside weight store), ``input``, ``output``, and ``loaded`` and ``stored``
            of tensors that go out and come back.
        """
        tiled = (layer.tiles * layer.weight_beats for layer in self.layers if layer.kind in DOT_KINDS)
        beats = dict.fromkeys(TRANSFER_KINDS, 0)
        for layer in self.layers:
            if layer.kind in TRANSFER_KINDS:
                beats[layer.kind] += layer.outside_beats
        given = [layer for layer in self.layers if layer.kind == LayerKind.OUTPUT]
        return {
            "program": 4 * (self.words.size + self.streamed.size),
            "weights": sum(tiled) * config.weight_beat_bytes if config.store == "stream" else 0,
            "input": self.input_order.size,
            "output": sum(layer.tiles * layer.channels for layer in given),
            "loaded": beats[LayerKind.LOAD] * config.bandwidth,
            "stored": beats[LayerKind.STORE] * config.bandwidth,
        }


DOT_KINDS = (LayerKind.GATHER, LayerKind.WORDS, LayerKind.FUSED)
"""Kinds that read dot-product weights."""


def buffer_peak(buffered: tuple[Buffered, ...]) -> int:
    """Bytes of all banks up to the highest that a tensor takes."""
    return BANKS * max(each.placement.address + each.placement.bank_bytes for each in buffered)
