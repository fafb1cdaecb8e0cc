"""A compiled network on the RTL, compared with LiteRT, the cycle formula and the bytes that were promised."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from racelet.nn.compile import Compiled, predicted_cycles
from racelet.nn.fold import Folded
from racelet.nn.reference import LiteRtReference
from racelet.sim.dwcpwc.accelerator import AcceleratorSimulator
from racelet.sim.errors import BenchFailure


def measure(
    compiled: Compiled, folded: Folded, model: Path, inputs: NDArray[np.int8], simulator: AcceleratorSimulator
) -> None:
    """Run inputs and compare everything that is known beforehand.

    Parameters
    ----------
    compiled : Compiled
    folded : Folded
        What was compiled, as a part of the network in the file.
    model : Path
        The .tflite file, for LiteRT.
    inputs : int8, shape (n, ...)
    simulator : AcceleratorSimulator
        Of the configuration that it was compiled for.

    Raises
    ------
    BenchFailure
        If an output byte differs from LiteRT's, a cycle count from the formula's, or a byte count from the promised.
    SimulationError
        If the accelerator reports an error or stops.
    """
    program, network = compiled.program, compiled.network
    predicted = predicted_cycles(compiled, program)
    simulator.load(program.words, program.weights)
    done = simulator.infer(
        inputs.reshape(len(inputs), -1)[:, program.input_order],
        output_bytes=int(np.prod(network.planes[network.output])),
        layers=len(program.layers),
        max_cycles=4 * sum(predicted) + 1000,
        streamed=program.streamed,
    )
    wrong = np.argwhere(done.layer_cycles != np.array(predicted))
    if len(wrong):
        number, layer = (int(axis) for axis in wrong[0])
        counted = int(done.layer_cycles[number, layer])
        raise BenchFailure(
            f"input {number}, descriptor {layer}: {counted} cycles counted, {predicted[layer]} by the formula"
        )
    promised = program.edge_bytes(compiled.config)
    moved = {"loaded": done.filled_bytes, "stored": done.spilled_bytes}
    for name, count in moved.items():
        if count != len(inputs) * promised[name]:
            raise BenchFailure(f"{count} bytes {name} in {len(inputs)} inferences, {promised[name]} promised for each")
    reference = LiteRtReference(model)
    for number, (values, output) in enumerate(zip(inputs, done.outputs, strict=True)):
        expected = folded.select(reference.run(values))[network.output].reshape(-1)
        different = np.flatnonzero(expected != output)
        if different.size:
            place = int(different[0])
            raise BenchFailure(f"input {number}, output byte {place}: {output[place]}, LiteRT says {expected[place]}")
