"""A whole network on the accelerator in simulation, compared with LiteRT."""

import dataclasses
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.layer_config import LayerKind
from racelet.golden.racetrack.operations import Counts
from racelet.nn.compare import Difference, first_difference
from racelet.nn.compile import Compiled, predicted_cycles, predicted_inferences
from racelet.nn.fold import Folded
from racelet.nn.lower import lower
from racelet.nn.program import Program
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
    edge_bytes : dict of str to int
        Counted in the last inference: bytes of the streams.
    loaded : list of int
        Numbers of the inputs before which the program was loaded.
    pulses : Counts
        Operations on racetracks, of all inputs; those of several tracks at once count once.
    difference : Difference or None
        First one found.
    simulated_cycles, seconds : int, float
        Of all simulation.
    interrupted : bool
    """

    outputs: NDArray[np.int8]
    layer_cycles: NDArray[np.int64]
    load_cycles: int = 0
    edge_bytes: dict[str, int] = dataclasses.field(default_factory=dict)
    loaded: list[int] = dataclasses.field(default_factory=list)
    pulses: Counts = dataclasses.field(default_factory=Counts)
    difference: Difference | None = None
    simulated_cycles: int = 0
    seconds: float = 0.0
    interrupted: bool = False


def run(
    compiled: Compiled,
    simulator: Simulator,
    model: Path,
    folded: Folded,
    inputs: NDArray[np.int8],
    layerwise: int,
    progress: Callable[[int, int], None],
) -> Results:
    """Run all inputs; compare every output with LiteRT, and the first ``layerwise`` inputs after every layer.

    An input whose output differs is run once more, layer by layer, to name the place.

    Parameters
    ----------
    compiled : Compiled
    simulator : Simulator
    model : Path
        The .tflite file, for LiteRT.
    folded : Folded
        What was planned, as a part of the network in the file.
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
    program, network = compiled.program, compiled.network
    size = int(np.prod(network.planes[network.output]))
    results = Results(outputs=np.zeros((0, size), np.int8), layer_cycles=np.zeros((0, len(program.layers)), np.int64))
    try:
        _compare_layers(compiled, simulator, reference, folded, inputs[:layerwise], 0, results)
        results.load_cycles = simulator.load(program.words, program.weights)
        results.loaded.append(0)
        for first in range(0, len(inputs), CHUNK):
            chunk = inputs[first : first + CHUNK]
            if getattr(simulator, "LOADS_ANEW", False) and first:
                results.loaded.append(first)
            done = _infer(
                compiled, simulator, program, chunk, size, lambda n, first=first: progress(first + n, len(inputs))
            )
            _count(results, done)
            results.pulses += done.pulses
            results.edge_bytes = _counted_bytes(compiled, done, len(chunk))
            wrong = _compare_outputs(compiled, reference, folded, chunk, done.outputs, first)
            results.outputs = np.concatenate([results.outputs, done.outputs])
            results.layer_cycles = np.concatenate([results.layer_cycles, done.layer_cycles])
            progress(len(results.outputs), len(inputs))
            if wrong is not None and results.difference is None:
                _compare_layers(
                    compiled, simulator, reference, folded, inputs[wrong.input : wrong.input + 1], wrong.input, results
                )
                # Whatever the second run shows, the first was wrong.
                results.difference = results.difference or wrong
                simulator.load(program.words, program.weights)
                results.loaded.append(len(results.outputs))
    except KeyboardInterrupt:
        results.interrupted = True
        results.outputs = results.outputs[: len(results.layer_cycles)]
    return results


def _infer(
    compiled: Compiled,
    simulator: Simulator,
    program: Program,
    inputs: NDArray[np.int8],
    size: int,
    told: Callable[[int], None],
) -> Inferences:
    predicted = sum(predicted_cycles(compiled, program))
    return simulator.infer(
        inputs.reshape(len(inputs), -1)[:, program.input_order],
        output_bytes=size,
        layers=len(program.layers),
        max_cycles=4 * predicted + 1000,
        progress=told,
        streamed=program.streamed if program.streamed.size else None,
    )


def _counted_bytes(compiled: Compiled, done: Inferences, count: int) -> dict[str, int]:
    """Bytes that crossed the edge in one inference of several: what was sent, and what the simulator counted."""
    program = compiled.program
    return {
        **program.edge_bytes(compiled.config),
        "program": program.words.nbytes + program.streamed.nbytes,
        "input": program.input_order.size,
        "output": done.outputs.size // count,
        "loaded": done.filled_bytes // count,
        "stored": done.spilled_bytes // count,
    }


def _count(results: Results, done: Inferences) -> None:
    results.simulated_cycles += done.cycles
    results.seconds += done.seconds


def _compare_layers(
    compiled: Compiled,
    simulator: Simulator,
    reference: LiteRtReference,
    folded: Folded,
    inputs: NDArray[np.int8],
    first: int,
    results: Results,
) -> None:
    if len(inputs) == 0:
        return
    read = _unloaded if compiled.plan is not None else _stored
    outputs = read(compiled, simulator, inputs, results)
    for number, (values, got) in enumerate(zip(inputs, outputs, strict=True)):
        expected = folded.select(reference.run(values))
        difference = first_difference(compiled.network, expected, got, first + number, folded.kept)
        if difference is not None and results.difference is None:
            results.difference = difference


def _unloaded(
    compiled: Compiled, simulator: Simulator, inputs: NDArray[np.int8], results: Results
) -> list[dict[int, NDArray[np.int8]]]:
    """Every layer's output: each is given out in one of several runs."""
    plan = compiled.plan
    assert plan is not None
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
        done = _infer(compiled, simulator, program, inputs, sum(sizes), lambda _: None)
        _count(results, done)
        for got, row in zip(outputs, done.outputs, strict=True):
            got |= dict(zip(tensors, np.split(row, np.cumsum(sizes)[:-1]), strict=True))
    return outputs


def _stored(
    compiled: Compiled, simulator: Simulator, inputs: NDArray[np.int8], results: Results
) -> list[dict[int, NDArray[np.int8]]]:
    """What a larger network leaves in the memory outside, and its output; inside a segment no tensor is whole."""
    schedule, network, program = compiled.schedule, compiled.network, compiled.program
    assert schedule is not None
    size = int(np.prod(network.planes[network.output]))
    simulator.load(program.words, program.weights)
    outputs = []
    for values in inputs:
        done = _infer(compiled, simulator, program, values[np.newaxis], size, lambda _: None)
        _count(results, done)
        found = {network.output: done.outputs[0]}
        for tensor, address in schedule.addresses.items():
            height, width, channels = network.planes[tensor]
            beats = height * width * -(-channels // compiled.config.bandwidth)
            data = simulator.outside(address, beats).view(np.int8).reshape(height, width, -1)
            found[tensor] = data[:, :, :channels]
        outputs.append(found)
    return outputs


def _compare_outputs(
    compiled: Compiled,
    reference: LiteRtReference,
    folded: Folded,
    inputs: NDArray[np.int8],
    outputs: NDArray[np.int8],
    first: int,
) -> Difference | None:
    """The first place where an output differs from LiteRT's."""
    for number, (values, output) in enumerate(zip(inputs, outputs, strict=True), first):
        got = {compiled.network.output: output}
        expected = folded.select(reference.run(values))
        difference = first_difference(compiled.network, expected, got, number, folded.kept)
        if difference is not None:
            return difference
    return None


def cycles_are_exact(compiled: Compiled, results: Results) -> str | None:
    """Compare all counted cycles and operations with the formula, and the counted bytes with what was promised.

    Parameters
    ----------
    compiled : Compiled
    results : Results

    Returns
    -------
    str or None
        The first difference, as a sentence.
    """
    program = compiled.program
    count = len(results.layer_cycles)
    ends = [*results.loaded[1:], count]
    runs = [end - first for first, end in zip(results.loaded, ends, strict=True) if end > first]
    expected = predicted_inferences(program, compiled.config, max(runs, default=0))
    every = [cycles for run in runs for cycles in expected.cycles[:run]]
    predicted = np.array(every, np.int64).reshape(results.layer_cycles.shape)
    wrong = np.argwhere(results.layer_cycles != predicted)
    if len(wrong):
        number, position = (int(axis) for axis in wrong[0])
        kind = LayerKind(program.layers[position].kind).name
        return (
            f"input {number}: descriptor {position} ({kind}) took {results.layer_cycles[number, position]} cycles, "
            f"the formula says {predicted[number, position]}"
        )
    pulses = sum((each for run in runs for each in expected.pulses[:run]), Counts())
    if results.pulses != pulses:
        return f"{results.pulses} were done on the tracks, the formula says {pulses}"
    promised = program.edge_bytes(compiled.config)
    if results.edge_bytes and results.edge_bytes != promised:
        name = next(name for name in promised if promised[name] != results.edge_bytes[name])
        return f"{results.edge_bytes[name]} {name} bytes crossed the edge, the plan says {promised[name]}"
    return None


def digest(outputs: NDArray[np.int8]) -> str:
    """SHA-256 of all output bytes, input after input."""
    return hashlib.sha256(np.ascontiguousarray(outputs).tobytes()).hexdigest()
