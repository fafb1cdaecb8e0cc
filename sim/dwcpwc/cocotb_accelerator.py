"""The accelerator in cocotb, with the interface of the batch simulator's."""

import contextlib
import io
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.outside_memory import OutsideMemory
from racelet.golden.racetrack.operations import KINDS, Counts
from racelet.sim.dwcpwc.accelerator import Inferences
from racelet.sim.dwcpwc.tracked import complete
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

    LOADS_ANEW = True
    """Whether every ``infer`` loads the program first."""

    def __init__(self, config: DwcPwcConfig, *, waves: Path | None = None) -> None:
        self.config = config
        self._waves = waves
        self._words = np.zeros(0, np.uint32)
        self._weights = np.zeros((0, config.weight_beat_bytes), np.uint8)
        self._outside = OutsideMemory(config.bandwidth)

    def load(
        self, words: NDArray[np.uint32], weights: NDArray[np.uint8], outside: NDArray[np.uint8] | None = None
    ) -> int:
        """Keep a program for the inferences to come.

        Parameters
        ----------
        words : uint32, shape (n,)
        weights : uint8, shape (beats, weight_beat_bytes)
        outside : uint8, shape (beats, bandwidth), optional
            What the memory outside holds at first; the rest of it is zero.

        Returns
        -------
        int
            Clock cycles that loading takes, found by a simulation that only loads.
        """
        self._words, self._weights = words, weights
        self._outside = OutsideMemory(self.config.bandwidth)
        if outside is not None:
            self._outside.write(0, outside)
        return int(self._play(np.zeros((0, 1), np.int8), 0, 0)["loaded"])

    def outside(self, first: int, count: int) -> NDArray[np.uint8]:
        """Some beats of what the memory outside holds now, uint8 of shape (count, bandwidth)."""
        return self._outside.read(first, count)

    def infer(
        self,
        inputs: NDArray[np.int8],
        *,
        output_bytes: int,
        layers: int,
        max_cycles: int,
        progress: Callable[[int], None] | None = None,
        streamed: NDArray[np.uint32] | None = None,
    ) -> Inferences:
        """Run the program once for each input; see :meth:`racelet.sim.dwcpwc.accelerator.AcceleratorSimulator.infer`.

        Parameters
        ----------
        inputs : int8, shape (inferences, ...)
        output_bytes, layers, max_cycles : int
        progress : callable, optional
            Called once, at the end.
        streamed : uint32, shape (n,), optional

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
        found = self._play(inputs.reshape(len(inputs), -1), output_bytes, layers, streamed)
        self._outside.write(0, found["outside"])
        if progress is not None:
            progress(len(inputs))
        return Inferences(
            outputs=found["outputs"],
            layer_cycles=found["cycles"],
            filled_bytes=int(found["filled"]) * self.config.bandwidth,
            spilled_bytes=int(found["spilled"]) * self.config.bandwidth,
            pulses=Counts(**{kind: int(count) for kind, count in zip(KINDS, found["pulses"], strict=True)}),
            cycles=int(found["simulated"]),
            seconds=time.perf_counter() - began,
        )

    def _play(
        self, inputs: NDArray[np.int8], output_bytes: int, layers: int, streamed: NDArray[np.uint32] | None = None
    ) -> dict[str, NDArray[Any]]:
        with tempfile.TemporaryDirectory(prefix="racelet-") as folder:
            told, found = Path(folder) / "told.npz", Path(folder) / "found.npz"
            outside = self._outside.written()
            arriving = np.zeros(0, np.uint32) if streamed is None else streamed
            np.savez(told, words=self._words, weights=self._weights, inputs=inputs, outside=outside, streamed=arriving)
            sizes = {"output_bytes": output_bytes, "layers": layers}
            parameters = {"config": self.config, "told": str(told), "found": str(found), **sizes}
            with contextlib.redirect_stderr(io.StringIO()):  # Nothing here depends on the seed that it tells.
                run_bench(complete(self.config), BENCH, parameters=parameters, seed=0, waves=self._waves)
            with np.load(found) as data:
                return dict(data)
