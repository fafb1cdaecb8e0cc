"""The accelerator in cocotb, with the interface of the batch simulator's."""

import contextlib
import io
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.dwcpwc.accelerator import Accelerator
from racelet.sim.dwcpwc.accelerator import Inferences
from racelet.sim.runner import run_bench

BENCH = "racelet.sim.dwcpwc.play"


class CocotbAccelerator:
    """One accelerator; every :meth:`infer` is a simulation of its own, which loads the program first.

    Parameters
    ----------
    config : DwcPwcConfig
    waves : Path, optional
        Waveform of all signals, VCD.
    """

    def __init__(self, config: DwcPwcConfig, *, waves: Path | None = None) -> None:
        self.config = config
        self._waves = waves
        self._words = np.zeros(0, np.uint32)
        self._weights = np.zeros((0, config.weight_beat_bytes), np.uint8)

    def load(self, words: NDArray[np.uint32], weights: NDArray[np.uint8]) -> int:
        """Keep a program for the inferences to come.

        Parameters
        ----------
        words : uint32, shape (n,)
        weights : uint8, shape (beats, weight_beat_bytes)

        Returns
        -------
        int
            Clock cycles that loading takes, found by a simulation that only loads.
        """
        self._words, self._weights = words, weights
        return self._play(np.zeros((0, 1), np.int8), 0, 0)[2]

    def infer(
        self,
        inputs: NDArray[np.int8],
        *,
        output_bytes: int,
        layers: int,
        max_cycles: int,
        progress: Callable[[int], None] | None = None,
    ) -> Inferences:
        """Run the program once for each input; see :meth:`racelet.sim.dwcpwc.accelerator.AcceleratorSimulator.infer`.

        Parameters
        ----------
        inputs : int8, shape (inferences, ...)
        output_bytes, layers, max_cycles : int
        progress : callable, optional
            Called once, at the end.

        Returns
        -------
        Inferences

        Raises
        ------
        BenchFailure
            If the accelerator reports an error or stops.
        """
        del max_cycles  # The stream drivers lose patience by themselves.
        began = time.perf_counter()
        outputs, cycles, _, simulated = self._play(inputs.reshape(len(inputs), -1), output_bytes, layers)
        if progress is not None:
            progress(len(inputs))
        return Inferences(outputs=outputs, layer_cycles=cycles, cycles=simulated, seconds=time.perf_counter() - began)

    def _play(
        self, inputs: NDArray[np.int8], output_bytes: int, layers: int
    ) -> tuple[NDArray[np.int8], NDArray[np.int64], int, int]:
        with tempfile.TemporaryDirectory(prefix="racelet-") as folder:
            told, found = Path(folder) / "told.npz", Path(folder) / "found.npz"
            np.savez(told, words=self._words, weights=self._weights, inputs=inputs)
            sizes = {"output_bytes": output_bytes, "layers": layers}
            parameters = {"config": self.config, "told": str(told), "found": str(found), **sizes}
            with contextlib.redirect_stderr(io.StringIO()):  # Nothing here depends on the seed that it tells.
                run_bench(Accelerator(self.config), BENCH, parameters=parameters, seed=0, waves=self._waves)
            with np.load(found) as data:
                return data["outputs"], data["cycles"], int(data["loaded"]), int(data["simulated"])
