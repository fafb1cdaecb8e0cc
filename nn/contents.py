"""Contents of the accelerator's memories: weights and parameters of a layer, or of a part of one."""

import dataclasses
import functools

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.engine_cycles import SetCycles, set_cycles
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind, ProgramTarget
from racelet.golden.dwcpwc.program import Block, record_blocks
from racelet.nn.describe import SHARED_KINDS, Part
from racelet.nn.graph import Graph
from racelet.nn.layers import Layer
from racelet.nn.parameters import depthwise_parameters, dot_parameters, shared_parameters
from racelet.nn.weight_blocks import weight_blocks
from racelet.nn.weights import depthwise_records, dot_sets


@dataclasses.dataclass(frozen=True, kw_only=True)
class Contents:
    """What one descriptor needs in the memories.

    Parameters
    ----------
    sets : int8, shape (passes, words, output_lanes, input_lanes)
        Dot-product weights; no passes where there are none.
    weights : list of Block
        They, without the lanes that are not used, unless an engine takes its time over those too.
    records : dict of ProgramTarget to dict of int to bytes
        Nine-byte records by number.
    """

    sets: NDArray[np.int8]
    weights: list[Block]
    records: dict[ProgramTarget, dict[int, bytes]]

    def blocks(self) -> list[Block]:
        """All of it."""
        found = [block for target, records in self.records.items() for block in record_blocks(target, records)]
        return found + self.weights

    def set_cycles(self, config: DwcPwcConfig) -> SetCycles | None:
        """For how many cycles the engine works on a beat, by its set of weights, shape (passes, words)."""
        return set_cycles(self.sets, config) if len(self.sets) else None


class ContentsWriter:
    """Writes the contents of layers; what the parts of a layer share is computed once.

    Parameters
    ----------
    graph : Graph
    config : DwcPwcConfig
    """

    def __init__(self, graph: Graph, config: DwcPwcConfig) -> None:
        self.graph = graph
        self.config = config
        self._requantize = functools.cache(self._parameters)

    def contents(self, layer: Layer, part: Part, settings: LayerConfig) -> Contents:
        """Weights and parameters of a part of a layer.

        Parameters
        ----------
        layer : Layer
        part : Part
        settings : LayerConfig
            Its descriptor, which tells where they belong.

        Returns
        -------
        Contents

        Raises
        ------
        ModelError
            If a scale is beyond what the requantisers do.
        """
        config, kind = self.config, settings.kind
        records: dict[ProgramTarget, dict[int, bytes]] = {}
        sets = np.zeros((0, 0, config.output_lanes, config.input_lanes), np.int8)
        weights: list[Block] = []
        first = settings.parameter_address * config.requantizers
        if kind in SHARED_KINDS:
            shared = shared_parameters(self.graph, layer)
            records[ProgramTarget.PARAMETERS] = {
                first + row * config.requantizers: record for row, record in shared.items()
            }
        elif kind != LayerKind.DEPTHWISE:
            sets = dot_sets(self.graph, layer, part, settings, config)
            tail = settings.tail_lanes
            rows = part.channels[1] - part.channels[0] - (settings.passes - 1) * config.output_lanes
            if config.engine == "bitlet":
                # Left out, they would be what was there before, and have as many digits.
                tail, rows = config.input_lanes, config.output_lanes
            word = settings.weight_address * config.weight_beat_bytes // 4
            weights = weight_blocks(sets, word, tail, rows)
            found = self._requantize(layer, depthwise=layer.shape.kind == "depthwise")
            records[ProgramTarget.PARAMETERS] = dict(enumerate(found[part.channels[0] : part.channels[1]], first))
        if kind in (LayerKind.FUSED, LayerKind.DEPTHWISE):
            lanes = config.depthwise_lanes
            kernels = depthwise_records(self.graph, layer.window, config)
            records[ProgramTarget.DEPTHWISE_WEIGHTS] = dict(enumerate(kernels, settings.depthwise_address * lanes))
            first = settings.depthwise_parameter_address * lanes
            found = self._requantize(layer, depthwise=True)
            records[ProgramTarget.DEPTHWISE_PARAMETERS] = dict(enumerate(found, first))
        return Contents(sets=sets, weights=weights, records=records)

    def _parameters(self, layer: Layer, *, depthwise: bool) -> list[bytes]:
        if depthwise:
            return depthwise_parameters(self.graph, layer.window)
        return dot_parameters(self.graph, layer.operators[-1])
