"""Numbers of a compiled network and of a run of it, as ``racelet run --json`` writes them."""

import dataclasses
from typing import Any

from racelet.cli.inference import Results
from racelet.cli.memories import buffered_tensors, edge_bytes, layer_bytes, memory_use
from racelet.cli.track_reads import track_reads
from racelet.golden.dwcpwc.ideal import ideal_cycles, peak_macs
from racelet.golden.dwcpwc.traffic import compulsory_bytes
from racelet.nn.compile import Compiled, predicted_cycles
from racelet.nn.layers import Network
from racelet.nn.program import MOVED, Program
from racelet.nn.segments import Segment


def summary(compiled: Compiled, results: Results | None) -> dict[str, Any]:
    """Numbers of a compiled network and of a run of it.

    Parameters
    ----------
    compiled : Compiled
    results : Results or None
        None if nothing was simulated.

    Returns
    -------
    dict
        Keys as in ``racelet run --json``. ``cycles.per_inference`` counts the layers alone where all is resident: the
        input is in the buffer, the weights are there; ``cycles.first`` adds the loading of program and input and the
        giving out. Where the program is streamed, both are all cycles of an inference.
    """
    config, network, program = compiled.config, compiled.network, compiled.program
    predicted = predicted_cycles(compiled, program)
    counted = results.layer_cycles[0].tolist() if results is not None and len(results.layer_cycles) else None
    layers = [_layer(compiled, number, predicted, counted) for number in range(len(network.layers))]
    resident = not program.streamed.size
    inside = slice(1, -1) if resident else slice(None)
    cycles: dict[str, int | None] = {"first": None, "per_inference": None, "predicted": sum(predicted[inside])}
    cycles |= {"input": predicted[0] if resident else 0, "output": predicted[-1] if resident else 0}
    if results is not None and counted is not None:
        cycles["first"] = results.load_cycles + sum(counted)
        cycles["per_inference"] = sum(counted[inside])
    promised = program.edge_bytes(config)
    activations = promised["input"] + promised["output"] + promised["loaded"] + promised["stored"]
    weights = promised["program"] + promised["weights"]
    return {
        "cycles": cycles,
        "ideal_cycles": sum(layer["ideal_cycles"] for layer in layers),
        "multipliers": config.multipliers,
        "peak_macs": peak_macs(config),
        "macs": sum(layer["macs"] for layer in layers),
        "external_bytes": {
            "weights": weights,
            "activations": activations,
            "total": weights + activations,
            "promised": promised,
            "counted": results.edge_bytes or None if results is not None else None,
        },
        "edge_bytes": edge_bytes(network),
        "racetrack": track_reads(compiled, results),
        "memories": memory_use(compiled),
        "tensors": buffered_tensors(compiled),
        "resident": resident,
        "segments": _segments(compiled),
        "descriptors": [
            {"kind": layer.kind.name.lower(), "layer": None if number == MOVED else number, "cycles": count}
            for layer, number, count in zip(program.layers, program.numbers, counted or predicted, strict=True)
        ],
        "layers": layers,
        "config": dataclasses.asdict(config),
    }


def _layer(compiled: Compiled, number: int, predicted: list[int], counted: list[int] | None) -> dict[str, Any]:
    """Numbers of one layer; those of its parts added up."""
    layer, program = compiled.network.layers[number], compiled.program
    own = [position for position, owner in enumerate(program.numbers) if owner == number]
    settings = program.layers[own[0]]
    beat_cycles = _beat_cycles(program, own)
    return {
        "index": number,
        "op": layer.name,
        "operators": [op.index for op in layer.operators],
        "output_shape": list(compiled.network.planes[layer.output]),
        "mode": settings.kind.name.lower(),
        "parts": len(own),
        "tile_pixels": settings.tile_pixels,
        "tiles": sum(program.layers[position].tiles for position in own) if layer.shape.has_dot_products else None,
        "macs": layer.shape.macs,
        "cycles": None if counted is None else sum(counted[position] for position in own),
        "predicted_cycles": sum(predicted[position] for position in own),
        "ideal_cycles": ideal_cycles(layer.shape, compiled.config, beat_cycles),
        "beat_cycles": beat_cycles,
        "weight_bytes": layer.shape.weights,
        "external_bytes": layer_bytes(layer.shape, settings, compiled.config),
    }


def _beat_cycles(program: Program, own: list[int]) -> float | None:
    """For how many cycles the engine works on a beat of a layer, on average; None where it has no dot products."""
    beats = worked = 0
    for position in own:
        cycles = program.set_cycles[position]
        if cycles is not None:
            settings = program.layers[position]
            pixels = (settings.tiles - 1) * settings.tile_pixels + settings.last_tile_pixels
            beats += pixels * cycles.size
            worked += pixels * int(cycles.sum())
    return worked / beats if beats else None


def _segments(compiled: Compiled) -> list[dict[str, Any]]:
    """How a network that is larger than the chip was cut; none where it fits."""
    if compiled.schedule is None:
        return []
    return [
        {
            "layers": [segment.first, segment.end - 1],
            "band_rows": segment.band,
            "group_channels": segment.group or None,
            "sources": sorted({segment.homes[tensor] for tensor in _read(compiled, segment)}),
            "output": segment.output_home,
        }
        for segment in compiled.schedule.segments
    ]


def _read(compiled: Compiled, segment: Segment) -> set[int]:
    """Tensors that a segment reads from before it."""
    layers = compiled.network.layers[segment.first : segment.end]
    return {source for layer in layers for source in layer.sources} & set(segment.homes)


def folding(whole: Network, left: Network) -> dict[str, Any]:
    """What folding has taken away.

    Parameters
    ----------
    whole, left : Network
        Before and after.

    Returns
    -------
    dict
        ``channels`` with requantise parameters, ``macs``, ``weights`` and ``compulsory_bytes``, each ``before`` and
        ``after``.
    """
    counts = {
        "channels": [sum(shape.requantized_channels for shape in network.shapes) for network in (whole, left)],
        "macs": [sum(shape.macs for shape in network.shapes) for network in (whole, left)],
        "weights": [sum(shape.weights for shape in network.shapes) for network in (whole, left)],
        "compulsory_bytes": [compulsory_bytes(network.shapes) for network in (whole, left)],
    }
    return {name: {"before": before, "after": after} for name, (before, after) in counts.items()}
