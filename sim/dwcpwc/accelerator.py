"""The accelerator in the batch simulator: programs in, whole sets of inputs through it."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import WORD_BITS, DwcPwcConfig
from racelet.golden.dwcpwc.program import header_beats, program_beats
from racelet.golden.racetrack.operations import KINDS, Counts, Kind
from racelet.sim.batch import BatchSimulator
from racelet.sim.batch_ports import Answer, Memory, Pulse
from racelet.sim.dwcpwc.tracked import complete


@dataclasses.dataclass(frozen=True, kw_only=True)
class Inferences:
    """Results of a run.

    Parameters
    ----------
    outputs : int8, shape (inferences, bytes)
        Bytes of the output stream.
    layer_cycles : int64, shape (inferences, layers)
        Clock cycles of each descriptor of the program.
    filled_bytes, spilled_bytes : int
        Bytes that came from the memory outside and went there, of all inferences together.
    pulses : Counts
        Operations on racetracks, of all inferences together; those of several tracks at once count once.
    cycles : int
        Clock cycles simulated.
    seconds : float
        Time taken.
    """

    outputs: NDArray[np.int8]
    layer_cycles: NDArray[np.int64]
    filled_bytes: int
    spilled_bytes: int
    pulses: Counts
    cycles: int
    seconds: float


class AcceleratorSimulator:
    """One accelerator, loaded with programs and fed with inputs. Inferences follow each other.

    Parameters
    ----------
    config : DwcPwcConfig
    outside_beats : int
        Size of the memory outside; room is taken only where something is written.
    waves : Path, optional
        Waveform of all signals, VCD.
    netlist : str, optional
        Verilog to simulate instead of the accelerator's own.

    Raises
    ------
    ToolError
        If a tool is missing.
    """

    LOADS_ANEW = False
    """Whether every ``infer`` loads the program first."""

    def __init__(
        self,
        config: DwcPwcConfig,
        *,
        outside_beats: int = 1 << 24,
        waves: Path | None = None,
        netlist: str | None = None,
    ) -> None:
        self.config = config
        outside = config.store == "stream"
        self._batch = BatchSimulator(
            complete(config),
            pulses=[Pulse(port="start", unless="busy")],
            answers=[Answer(request="weight_request", response="weights")] if outside else [],
            memories=[Memory(request="transfer", read="fill", write="spill", beats=outside_beats)],
            waves=waves,
            netlist=netlist,
        )

    def load(
        self, words: NDArray[np.uint32], weights: NDArray[np.uint8], outside: NDArray[np.uint8] | None = None
    ) -> int:
        """Reset, then load a program.

        Parameters
        ----------
        words : uint32, shape (n,)
            For the ``program`` stream.
        weights : uint8, shape (beats, weight_beat_bytes)
            What an outside weight store holds.
        outside : uint8, shape (beats, bandwidth), optional
            What the memory outside holds at first; the rest of it is zero.

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
        self._batch.set_memory(
            "transfer", np.zeros((0, self.config.bandwidth), np.uint8) if outside is None else outside
        )
        beats = program_beats(words, self.config)
        if self.config.store != "racetrack":
            return self._batch.run({"program": beats}, {}, max_cycles=16 * words.size + 1000, error="error").cycles
        # A byte is written in less cycles than that, to any word of a port.
        most = 8 * WORD_BITS * self.config.store_words_per_port * (4 * words.size + self.config.store_tracks.tracks)
        self._batch.run({"program": beats}, {}, max_cycles=most, error="error")
        while self._batch.read("busy"):
            self._batch.step(1)
        return self._batch.cycle

    def outside(self, first: int, count: int) -> NDArray[np.uint8]:
        """What the memory outside holds now.

        Parameters
        ----------
        first, count : int
            Beats.

        Returns
        -------
        uint8, shape (count, bandwidth)
        """
        return self._batch.memory("transfer", first, count).view(np.uint8).reshape(count, self.config.bandwidth)

    def pulses(self) -> dict[Kind, int]:
        """Operations on racetracks so far, modulo 2**32; none where there are none."""
        tracks = self.config.store == "racetrack"
        return {kind: self._batch.read(f"pulses_{kind}") if tracks else 0 for kind in KINDS}

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
        streamed : uint32, shape (n,), optional
            Words for the ``program`` stream that come while the program runs, in every inference. The first block is a
            fence for the run to stream, and the beats in which it lies are sent before ``start``.

        Returns
        -------
        Inferences

        Raises
        ------
        SimulationError
            If the accelerator reports an error or stops.
        """
        count, before = len(inputs), self.pulses()

        def report(beats: dict[str, int]) -> None:
            if progress is not None:
                progress(beats["o"] // output_bytes)

        sources: dict[str, NDArray[Any]] = {"i": inputs.reshape(-1)}
        if streamed is not None:
            beats = np.tile(program_beats(streamed, self.config), (count, 1))
            # A run that has begun takes no beat before it streams.
            first = header_beats(self.config)
            self._batch.run({"program": beats[:first]}, {}, max_cycles=max_cycles, error="error")
            sources["program"] = beats[first:]
        result = self._batch.run(
            sources,
            {"o": count * output_bytes, "layer_cycles": count * layers},
            pulses={"start": count},
            max_cycles=count * max_cycles,
            error="error",
            progress=report,
        )
        return Inferences(
            outputs=result.outputs["o"].astype(np.int8).reshape(count, output_bytes),
            layer_cycles=result.outputs["layer_cycles"].astype(np.int64).reshape(count, layers),
            filled_bytes=result.read_beats["transfer"] * self.config.bandwidth,
            spilled_bytes=result.written_beats["transfer"] * self.config.bandwidth,
            pulses=Counts(**{kind: (now - before[kind]) % (1 << 32) for kind, now in self.pulses().items()}),
            cycles=result.cycles,
            seconds=result.seconds,
        )
