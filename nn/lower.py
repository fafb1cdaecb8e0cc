"""Lowering: from the layers of a network to a program for one configuration of the accelerator."""

import dataclasses
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind, ProgramTarget
from racelet.golden.dwcpwc.program import Block, descriptor_blocks, record_blocks
from racelet.nn.errors import ModelError
from racelet.nn.parameters import depthwise_parameters, dot_parameters, reciprocals
from racelet.nn.plan import Plan
from racelet.nn.weight_blocks import merge, weight_blocks
from racelet.nn.weights import depthwise_records, dot_sets


@dataclasses.dataclass(frozen=True, kw_only=True)
class Program:
    """What the accelerator is given.

    Parameters
    ----------
    words : uint32, shape (n,)
        For the ``program`` stream.
    weights : uint8, shape (beats, weight_beat_bytes)
        What an outside weight store holds; empty where the weights are in the program.
    layers : tuple of LayerConfig
        Descriptors in order: INPUT, the layers, OUTPUT; with ``unload`` one more after each of those layers.
    """

    words: NDArray[np.uint32]
    weights: NDArray[np.uint8]
    layers: tuple[LayerConfig, ...]


def lower(plan: Plan, *, unload: Collection[int] = ()) -> Program:
    """Write the program for a planned network.

    Parameters
    ----------
    plan : Plan
    unload : collection of int
        Numbers of layers whose outputs are given out too; the last one's always is.

    Returns
    -------
    Program

    Raises
    ------
    ModelError
        If the parameter memories are too small, or a scale is beyond what the requantisers do.
    """
    config = plan.config
    weights: list[Block] = []
    depthwise_weights: dict[int, bytes] = {}
    parameters: dict[int, bytes] = {}
    depthwise: dict[int, bytes] = {}
    descriptors = [plan.input_config()]
    image = []
    for number, planned in enumerate(plan.layers):
        layer, settings = planned.layer, planned.config
        op = layer.operators[-1]
        if layer.shape.has_dot_products:
            sets = dot_sets(plan.network.graph, layer, settings, config)
            image.append(sets)
            word = settings.weight_address * config.weight_beat_bytes // 4
            rows = layer.shape.out_channels - (settings.passes - 1) * config.output_lanes
            weights += weight_blocks(sets, word, settings.tail_lanes, rows)
            first = settings.parameter_address * config.requantizers
            parameters |= dict(enumerate(dot_parameters(plan.network.graph, op), first))
        if layer.shape.has_depthwise:
            records = depthwise_records(plan.network.graph, layer.operators[0], config)
            depthwise_weights |= dict(enumerate(records, settings.depthwise_address * config.depthwise_lanes))
            first = settings.depthwise_parameter_address * config.depthwise_lanes
            depthwise |= dict(enumerate(depthwise_parameters(plan.network.graph, layer.operators[0]), first))
        if settings.kind == LayerKind.AVERAGE_POOL:
            for row, record in reciprocals(layer, settings).items():
                parameters[(settings.parameter_address + row) * config.requantizers] = record
        descriptors.append(settings)
        if number in unload or planned is plan.layers[-1]:
            descriptors.append(plan.output_config(layer.output))
    if len(descriptors) > config.layers:
        raise ModelError(f"layers must be at least {len(descriptors)} for this network, not {config.layers}")
    descriptors[-1] = dataclasses.replace(descriptors[-1], last=1)
    blocks = [
        *descriptor_blocks(descriptors),
        *record_blocks(ProgramTarget.DEPTHWISE_WEIGHTS, depthwise_weights),
        *record_blocks(ProgramTarget.PARAMETERS, parameters),
        *record_blocks(ProgramTarget.DEPTHWISE_PARAMETERS, depthwise),
    ]
    if config.store == "bram":
        blocks += merge(weights, config.input_lanes // 4)
        image = []
    return Program(
        words=np.concatenate([block.words() for block in blocks]),
        weights=np.concatenate([sets.reshape(-1) for sets in image] or [np.zeros(0, np.int8)])
        .view(np.uint8)
        .reshape(-1, config.weight_beat_bytes),
        layers=tuple(descriptors),
    )
