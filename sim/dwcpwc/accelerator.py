"""The accelerator in the batch simulator: programs in, whole sets of inputs through it."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.dwcpwc.accelerator import Accelerator
from racelet.sim.batch import BatchSimulator
from racelet.sim.batch_ports import Answer, Pulse


@dataclasses.dataclass(frozen=True, kw_only=True)
class Inferences:
    """Results of a run.

    Parameters
    ----------
    outputs : int8, shape (inferences, bytes)
        Bytes of the output stream.
    layer_cycles : int64, shape (inferences, layers)
        Clock cycles of each descriptor of the program.
    cycles : int
        Clock cycles simulated.
    seconds : float
        Time taken.
    """

    outputs: NDArray[np.int8]
    layer_cycles: NDArray[np.int64]
    cycles: int
    seconds: float


class AcceleratorSimulator:
    """One accelerator, loaded with programs and fed with inputs.

    Parameters
    ----------
    config : DwcPwcConfig
    waves : Path, optional
        Waveform of all signals, VCD.
    netlist : str, optional
        Verilog to simulate instead of the accelerator's own.

    Raises
    ------
    ToolError
        If a tool is missing.
    """

    def __init__(self, config: DwcPwcConfig, *, waves: Path | None = None, netlist: str | None = None) -> None:
        self.config = config
        outside = config.store == "stream"
        self._batch = BatchSimulator(
            Accelerator(config),
            pulses=[Pulse(port="start", unless="busy")],
            answers=[Answer(request="weight_request", response="weights")] if outside else [],
            waves=waves,
            netlist=netlist,
        )

    def load(self, words: NDArray[np.uint32], weights: NDArray[np.uint8]) -> int:
        """Reset, then load a program.

        Parameters
        ----------
        words : uint32, shape (n,)
            For the ``program`` stream.
        weights : uint8, shape (beats, weight_beat_bytes)
            What an outside weight store holds.

        Returns
        -------
        int
            Clock cycles taken.

        Raises
        ------
        SimulationError
            If the accelerator reports an error or stops.
        """
        self._batch.reset()
        if self.config.store == "stream":
            self._batch.set_memory("weight_request", weights)
        result = self._batch.run({"program": words}, {}, max_cycles=16 * words.size + 1000, error="error")
        return result.cycles

    def infer(
        self,
        inputs: NDArray[np.int8],
        *,
        output_bytes: int,
        layers: int,
        max_cycles: int,
        progress: Callable[[int], None] | None = None,
    ) -> Inferences:
        """Run the loaded program once for each input.

        Parameters
        ----------
        inputs : int8, shape (inferences, ...)
        output_bytes : int
            Bytes that one inference gives.
        layers : int
            Descriptors of the program.
        max_cycles : int
            Clock cycles after which one inference is given up.
        progress : callable, optional
            Called now and then with the number of inferences done.

        Returns
        -------
        Inferences

        Raises
        ------
        SimulationError
            If the accelerator reports an error or stops.
        """
        count = len(inputs)

        def report(beats: dict[str, int]) -> None:
            if progress is not None:
                progress(beats["o"] // output_bytes)

        result = self._batch.run(
            {"i": inputs.reshape(-1)},
            {"o": count * output_bytes, "layer_cycles": count * layers},
            pulses={"start": count},
            max_cycles=count * max_cycles,
            error="error",
            progress=report,
        )
        return Inferences(
            outputs=result.outputs["o"].astype(np.int8).reshape(count, output_bytes),
            layer_cycles=result.outputs["layer_cycles"].astype(np.int64).reshape(count, layers),
            cycles=result.cycles,
            seconds=result.seconds,
        )
