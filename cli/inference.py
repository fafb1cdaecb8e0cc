"""A whole network on the accelerator in simulation, compared with LiteRT."""

import dataclasses
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.cycles import program_cycles
from racelet.golden.dwcpwc.ideal import ideal_cycles
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.shape import LayerShape
from racelet.golden.dwcpwc.traffic import PARAMETER_BYTES, streamed_bytes
from racelet.nn.compare import Difference, first_difference
from racelet.nn.lower import Program, lower
from racelet.nn.plan import Plan
from racelet.nn.reference import LiteRtReference
from racelet.sim.dwcpwc.accelerator import Inferences

CHUNK = 64
"""Inputs between two looks at the results, after which an interrupted run has them."""

Simulator = Any
"""An ``AcceleratorSimulator`` or a ``CocotbAccelerator``: ``load`` and ``infer``."""


@dataclasses.dataclass(kw_only=True)
class Results:
    """What a run has found so far.

    Parameters
    ----------
    outputs : int8, shape (n, bytes)
        Last quantised tensor of every input done.
    layer_cycles : int64, shape (n, descriptors)
        Counted cycles: loading of the input, layers, giving out of the output.
    load_cycles : int
        Cycles of loading the program.
    difference : Difference or None
        First one found.
    simulated_cycles, seconds : int, float
        Of all simulation.
    interrupted : bool
    """

    outputs: NDArray[np.int8]
    layer_cycles: NDArray[np.int64]
    load_cycles: int = 0
    difference: Difference | None = None
    simulated_cycles: int = 0
    seconds: float = 0.0
    interrupted: bool = False


def run(
    plan: Plan,
    simulator: Simulator,
    model: Path,
    inputs: NDArray[np.int8],
    layerwise: int,
    progress: Callable[[int, int], None],
) -> Results:
    """Run all inputs; compare every output with LiteRT, and the first ``layerwise`` inputs after every layer.

    An input whose output differs is run once more, layer by layer, to name the place.

    Parameters
    ----------
    plan : Plan
    simulator : Simulator
    model : Path
        The .tflite file, for LiteRT.
    inputs : int8, shape (n, ...)
    layerwise : int
    progress : callable
        Told the inputs done and their number.

    Returns
    -------
    Results
        With those inputs only that were done, if interrupted.

    Raises
    ------
    SimulationError
        If the hardware reports an error or stops.
    """
    reference = LiteRtReference(model)
    program = lower(plan)
    size = int(np.prod(plan.network.planes[plan.network.output]))
    results = Results(outputs=np.zeros((0, size), np.int8), layer_cycles=np.zeros((0, len(program.layers)), np.int64))
    try:
        _compare_layers(plan, simulator, reference, inputs[:layerwise], 0, results)
        results.load_cycles = simulator.load(program.words, program.weights)
        for first in range(0, len(inputs), CHUNK):
            chunk = inputs[first : first + CHUNK]
            done = _infer(
                plan, simulator, program, chunk, size, lambda n, first=first: progress(first + n, len(inputs))
            )
            _count(results, done)
            wrong = _compare_outputs(plan, reference, chunk, done.outputs, first)
            results.outputs = np.concatenate([results.outputs, done.outputs])
            results.layer_cycles = np.concatenate([results.layer_cycles, done.layer_cycles])
            progress(len(results.outputs), len(inputs))
            if wrong is not None and results.difference is None:
                _compare_layers(plan, simulator, reference, inputs[wrong.input : wrong.input + 1], wrong.input, results)
                # Whatever the second run shows, the first was wrong.
                results.difference = results.difference or wrong
                simulator.load(program.words, program.weights)
    except KeyboardInterrupt:
        results.interrupted = True
    return results


def _infer(
    plan: Plan, simulator: Simulator, program: Program, inputs: NDArray[np.int8], size: int, told: Callable[[int], None]
) -> Inferences:
    predicted = sum(program_cycles(program.layers, plan.config))
    return simulator.infer(
        inputs, output_bytes=size, layers=len(program.layers), max_cycles=4 * predicted + 1000, progress=told
    )


def _count(results: Results, done: Inferences) -> None:
    results.simulated_cycles += done.cycles
    results.seconds += done.seconds


def _compare_layers(
    plan: Plan,
    simulator: Simulator,
    reference: LiteRtReference,
    inputs: NDArray[np.int8],
    first: int,
    results: Results,
) -> None:
    if len(inputs) == 0:
        return
    layers = plan.network.layers
    outputs: list[dict[int, NDArray[np.int8]]] = [{} for _ in inputs]
    # As many layers at a time as there are descriptors for their outputs.
    spare = plan.config.layers - len(layers) - 2
    unloaded = range(len(layers) - 1) if spare else range(0)
    for start in range(0, max(len(unloaded), 1), max(spare, 1)):
        unload = unloaded[start : start + spare]
        tensors = [layers[number].output for number in (*unload, len(layers) - 1)]
        program = lower(plan, unload=unload)
        simulator.load(program.words, program.weights)
        sizes = [int(np.prod(plan.network.planes[tensor])) for tensor in tensors]
        done = _infer(plan, simulator, program, inputs, sum(sizes), lambda _: None)
        _count(results, done)
        for got, row in zip(outputs, done.outputs, strict=True):
            got |= dict(zip(tensors, np.split(row, np.cumsum(sizes)[:-1]), strict=True))
    for number, (values, got) in enumerate(zip(inputs, outputs, strict=True)):
        difference = first_difference(plan.network, reference.run(values), got, first + number)
        if difference is not None and results.difference is None:
            results.difference = difference


def _compare_outputs(
    plan: Plan, reference: LiteRtReference, inputs: NDArray[np.int8], outputs: NDArray[np.int8], first: int
) -> Difference | None:
    """The first place where an output differs from LiteRT's."""
    for number, (values, output) in enumerate(zip(inputs, outputs, strict=True), first):
        got = {plan.network.output: output}
        difference = first_difference(plan.network, reference.run(values), got, number)
        if difference is not None:
            return difference
    return None


def summary(plan: Plan, results: Results | None, program: Program) -> dict[str, Any]:
    """Numbers of a planned network and of a run of it.

    Parameters
    ----------
    plan : Plan
    results : Results or None
        None if nothing was simulated.
    program : Program

    Returns
    -------
    dict
        Keys as in ``racelet run --json``. ``cycles.per_inference`` counts the layers alone: the input is in the buffer,
        the weights are resident; ``cycles.first`` adds the loading of program and input and the giving out.
    """
    config, network = plan.config, plan.network
    predicted = program_cycles(program.layers, config)
    inside = slice(1, -1)
    layers = []
    for number, planned in enumerate(plan.layers):
        shape = planned.layer.shape
        counted = None
        if results is not None and len(results.layer_cycles):
            counted = int(results.layer_cycles[0, 1 + number])
        layers.append(
            {
                "index": number,
                "op": planned.layer.name,
                "operators": [op.index for op in planned.layer.operators],
                "output_shape": list(network.planes[planned.layer.output]),
                "mode": planned.config.kind.name.lower(),
                "tile_pixels": planned.config.tile_pixels,
                "macs": shape.macs,
                "cycles": counted,
                "predicted_cycles": predicted[1 + number],
                "ideal_cycles": ideal_cycles(shape, config),
                "external_bytes": _layer_bytes(shape, planned.config, config),
            }
        )
    streamed = sum(_streamed(planned.config, config) for planned in plan.layers)
    weights = 4 * program.words.size + streamed
    activations = int(np.prod(network.planes[network.input]) + np.prod(network.planes[network.output]))
    cycles: dict[str, int | None] = {"first": None, "per_inference": None, "predicted": sum(predicted[inside])}
    if results is not None and len(results.layer_cycles):
        cycles["first"] = results.load_cycles + int(results.layer_cycles[0].sum())
        cycles["per_inference"] = int(results.layer_cycles[0, inside].sum())
    return {
        "cycles": cycles,
        "ideal_cycles": sum(layer["ideal_cycles"] for layer in layers),
        "multipliers": config.multipliers,
        "macs": sum(layer["macs"] for layer in layers),
        "external_bytes": {"weights": weights, "activations": activations, "total": weights + activations},
        "layers": layers,
        "config": dataclasses.asdict(config),
    }


def cycles_are_exact(plan: Plan, results: Results, program: Program) -> str | None:
    """Compare all counted cycles with the formula.

    Parameters
    ----------
    plan : Plan
    results : Results
    program : Program

    Returns
    -------
    str or None
        The first difference, as a sentence.
    """
    predicted = np.array(program_cycles(program.layers, plan.config))
    wrong = np.argwhere(results.layer_cycles != predicted)
    if len(wrong) == 0:
        return None
    number, position = (int(axis) for axis in wrong[0])
    kind = LayerKind(program.layers[position].kind).name
    return (
        f"input {number}: descriptor {position} ({kind}) took {results.layer_cycles[number, position]} cycles, "
        f"the formula says {predicted[position]}"
    )


def digest(outputs: NDArray[np.int8]) -> str:
    """SHA-256 of all output bytes, input after input."""
    return hashlib.sha256(np.ascontiguousarray(outputs).tobytes()).hexdigest()


def _layer_bytes(shape: LayerShape, settings: LayerConfig, config: DwcPwcConfig) -> int:
    """Weights and parameters of one layer that cross the chip's edge."""
    weights = shape.weights
    if config.store == "stream" and shape.has_dot_products:
        weights += _streamed(settings, config) - shape.depth * shape.out_channels
    return weights + PARAMETER_BYTES * shape.requantized_channels


def _streamed(settings: LayerConfig, config: DwcPwcConfig) -> int:
    if config.store != "stream":
        return 0
    return streamed_bytes(settings.tiles, settings.weight_beats, config.weight_beat_bytes)
