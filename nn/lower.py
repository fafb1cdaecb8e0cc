"""Lowering of a plan: a program that is resident on the chip."""

import dataclasses
from collections.abc import Collection

import numpy as np

from racelet.golden.dwcpwc.engine_cycles import SetCycles
from racelet.golden.dwcpwc.layer_config import ProgramTarget
from racelet.golden.dwcpwc.program import Block, descriptor_blocks, padded, record_blocks
from racelet.nn.contents import ContentsWriter
from racelet.nn.describe import whole
from racelet.nn.errors import DoesNotFit
from racelet.nn.place import lifetimes
from racelet.nn.plan import Plan
from racelet.nn.program import MOVED, Buffered, Program, buffer_peak
from racelet.nn.weight_blocks import merge

RECORD_TARGETS = (ProgramTarget.DEPTHWISE_WEIGHTS, ProgramTarget.PARAMETERS, ProgramTarget.DEPTHWISE_PARAMETERS)
"""Memories of nine-byte records, in the order in which a program fills them."""


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
    DoesNotFit
        If there are too few descriptors.
    ModelError
        If a scale is beyond what the requantisers do.
    """
    config = plan.config
    writer = ContentsWriter(plan.network.graph, config)
    weights: list[Block] = []
    records: dict[ProgramTarget, dict[int, bytes]] = {target: {} for target in RECORD_TARGETS}
    descriptors, numbers = [plan.input_config()], [MOVED]
    cycles: list[SetCycles | None] = [None]
    image = []
    for number, planned in enumerate(plan.layers):
        contents = writer.contents(planned.layer, whole(planned.layer), planned.config)
        image.append(contents.sets)
        weights += contents.weights
        for target, found in contents.records.items():
            records[target] |= found
        descriptors.append(planned.config)
        numbers.append(number)
        cycles.append(contents.set_cycles(config))
        if number in unload or planned is plan.layers[-1]:
            descriptors.append(plan.output_config(planned.layer.output))
            numbers.append(MOVED)
            cycles.append(None)
    if len(descriptors) > config.layers:
        raise DoesNotFit(f"layers must be at least {len(descriptors)} for this network, not {config.layers}")
    descriptors[-1] = dataclasses.replace(descriptors[-1], last=1)
    blocks = descriptor_blocks(descriptors)
    for target in RECORD_TARGETS:
        blocks += record_blocks(target, records[target])
    if config.store != "stream":
        blocks += merge(weights, config.input_lanes // 4)
        image = []
    live = lifetimes(plan.network)
    shown = {number: position for position, number in enumerate(numbers) if number != MOVED}
    places = {-1: 0, len(plan.layers): len(descriptors) - 1} | shown
    buffered = tuple(
        Buffered(tensor=index, placement=plan.placements[index], first=places[first], last=places[last])
        for index, (first, last) in sorted(live.items(), key=lambda item: (item[1], item[0]))
    )
    height, width, channels = plan.network.planes[plan.network.input]
    return Program(
        words=padded(np.concatenate([block.words() for block in blocks]), config),
        streamed=np.zeros(0, np.uint32),
        weights=np.concatenate([sets.reshape(-1) for sets in image] or [np.zeros(0, np.int8)])
        .view(np.uint8)
        .reshape(-1, config.weight_beat_bytes),
        layers=tuple(descriptors),
        numbers=tuple(numbers),
        set_cycles=tuple(cycles),
        input_order=np.arange(height * width * channels),
        outside_beats=0,
        buffered=buffered,
        used={"activation_bytes": buffer_peak(buffered), **plan.needed, "layers": len(descriptors)},
    )
