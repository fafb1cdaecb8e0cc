"""Batch simulator: Verilated RTL behind a C++ loop that is fed whole numpy arrays.

For data sets, where cocotb would take hours. Same RTL, same bytes, same cycle numbers as the cocotb drivers of
:mod:`racelet.sim.streams` without gaps and stalls.
"""

import ctypes
import dataclasses
import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from amaranth.lib import wiring
from numpy.typing import NDArray

from racelet.sim import batch_library
from racelet.sim.batch_ports import Answer, Memory, Pulse, TopLevel
from racelet.sim.beats import beat_bytes, decode, encode
from racelet.sim.errors import SimulationError
from racelet.sim.netlists import verilog

_UNBOUNDED = 1 << 62
_CHUNK_S = 0.1
_READ, _WRITTEN, _FIRST, _LAST = range(4)
"""What ``batch_served`` tells."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class BatchResult:
    """What came out of one run.

    Parameters
    ----------
    outputs : dict[str, NDArray]
        Beats per output stream, as :meth:`BatchSimulator.run` describes them.
    beat_cycles : dict[str, NDArray[np.int64]]
        Cycle number of each of these beats, counted from the last reset.
    pulse_cycles : dict[str, NDArray[np.int64]]
        Cycle number of each pulse.
    read_beats, written_beats : dict[str, int]
        Beats read from each memory and written into it, by its request stream.
    cycles : int
        Clock cycles this run took.
    seconds : float
        Wall-clock time of this run.
    """

    outputs: dict[str, NDArray[Any]]
    beat_cycles: dict[str, NDArray[np.int64]]
    pulse_cycles: dict[str, NDArray[np.int64]]
    read_beats: dict[str, int]
    written_beats: dict[str, int]
    cycles: int
    seconds: float


class BatchSimulator:
    """One simulated instance of a component. Reset when made.

    Parameters
    ----------
    component : wiring.Component
        With stream ports, whose clock is ``clk`` and reset ``rst``. Elaborated once.
    pulses : sequence of Pulse
        Inputs that :meth:`run` pulses.
    answers : sequence of Answer
        Request and response streams served from a memory, see :meth:`set_memory`.
    memories : sequence of Memory
        Streams served from memories that are written, too; all zero at first.
    waves : Path, optional
        Waveform of all signals, VCD. Its simulator is a build of its own, and slower.
    netlist : str, optional
        Verilog to simulate instead of the component's own; it must have the same ports.

    Raises
    ------
    ToolError
        If a tool is missing or refuses the netlist.
    ValueError
        If ``pulses``, ``answers``, ``memories`` or ``waves`` do not fit.
    OSError
        If the waveform cannot be written, here or in :meth:`run`.
    """

    def __init__(
        self,
        component: wiring.Component,
        *,
        pulses: Sequence[Pulse] = (),
        answers: Sequence[Answer] = (),
        memories: Sequence[Memory] = (),
        waves: Path | None = None,
        netlist: str | None = None,
    ) -> None:
        if waves is not None and waves.suffix != ".vcd":
            raise ValueError(f"waves must be a file name ending in .vcd, not {waves}")
        self._top = TopLevel(component, pulses, answers, memories)
        self._library = batch_library.load(netlist or verilog(component), self._top.header(), waves=waves is not None)
        self._handle = ctypes.c_void_p(self._library.batch_new())
        self._memories: dict[str, NDArray[np.uint8]] = {}
        for memory in memories:
            self.set_memory(memory.request, np.zeros((0, -(-self._top.streams[memory.read].width // 8)), np.uint8))
        self._rate = 100_000.0
        self._waves = waves
        if waves is not None:
            waves.parent.mkdir(parents=True, exist_ok=True)
            self._library.batch_trace(self._handle, os.fsencode(waves))
        self.reset()
        self._check_waves()

    def __del__(self) -> None:
        if hasattr(self, "_handle"):
            self._library.batch_delete(self._handle)

    @property
    def cycle(self) -> int:
        """Number of the present clock cycle, counted from the last reset."""
        return self._library.batch_cycle(self._handle)

    def reset(self) -> None:
        """Reset for two cycles with all inputs 0, and count cycles from 0 again. Memories keep their contents."""
        self._library.batch_reset(self._handle)

    def read(self, port: str) -> int:
        """Present value of an output port of at most 64 bits, unsigned; also of a handshake such as ``o__valid``.

        Raises
        ------
        ValueError
            If there is no such port.
        """
        return self._library.batch_read(self._handle, _index(self._top.words_out, port, "output port"))

    def write(self, port: str, value: int) -> None:
        """Set a plain input port of at most 64 bits; it keeps the value until the next reset.

        Raises
        ------
        ValueError
            If there is no such port, or it is a pulse.
        """
        self._library.batch_write(self._handle, _index(self._top.words_in, port, "input port"), value)

    def step(self, cycles: int) -> None:
        """Let clock cycles pass without any transfer beyond what the ports stand at."""
        self._library.batch_step(self._handle, cycles)

    def set_memory(self, request: str, beats: NDArray[Any]) -> None:
        """Give what a memory holds.

        Parameters
        ----------
        request : str
            The request stream of an ``Answer`` or a ``Memory``.
        beats : NDArray
            Beats of the stream that is read, as for :meth:`run`; the rest of a ``Memory`` is zero.

        Raises
        ------
        ValueError
            If there is no such stream, or the beats do not fit.
        """
        top = self._top
        index = _index([*top.answers, *top.memories], request, "served stream")
        if request in top.answers:
            answer = top.answers[request]
            coded, unit = encode(top.streams[answer.response], beats), answer.unit
        else:
            memory, unit = top.memories[request], 1
            given = encode(top.streams[memory.read], beats)
            if len(given) > memory.beats:
                raise ValueError(f"the memory at {request} has {memory.beats} beats, not {len(given)}")
            coded = np.zeros((memory.beats, given.shape[1]), np.uint8)
            coded[: len(given)] = given
        self._memories[request] = coded
        self._library.batch_memory(self._handle, index, _pointer(coded), len(coded), unit)

    def memory(self, request: str, first: int, count: int) -> NDArray[Any]:
        """What a memory holds now, as the beats of an output stream in :meth:`run`.

        Parameters
        ----------
        request : str
            The request stream of a ``Memory``.
        first, count : int
            Beats.

        Raises
        ------
        ValueError
            If there is no such stream.
        """
        _index(list(self._top.memories), request, "memory")
        stream = self._top.streams[self._top.memories[request].read]
        return decode(stream, self._memories[request][first : first + count].copy())

    def run(
        self,
        inputs: Mapping[str, NDArray[Any]],
        outputs: Mapping[str, int],
        *,
        pulses: Mapping[str, int] | None = None,
        after: Mapping[str, tuple[str, int]] | None = None,
        discard: Collection[str] = (),
        max_cycles: int,
        error: str | None = None,
        progress: Callable[[dict[str, int]], None] | None = None,
    ) -> BatchResult:
        """Run until all beats are sent and received and all pulses given.

        Inputs are always valid until sent; outputs are always ready until received, and not ready if not named here.
        A further run goes on where this one ends. Control C works.

        Parameters
        ----------
        inputs : Mapping[str, NDArray]
            Beats per input stream: integers of shape (n,) for payloads of at most 64 bits, negative ones in two's
            complement; or bytes, uint8 of shape (n, ceil(width / 8)), the least significant first, for any payload.
        outputs : Mapping[str, int]
            How many beats to receive per output stream. They come as the smallest integers that hold the payload,
            shape (n,), signed if the payload is; above 64 bits as uint8 of shape (n, ceil(width / 8)).
        pulses : Mapping[str, int], optional
            How many pulses to give, each as soon as its ``unless`` port is low.
        after : Mapping[str, tuple[str, int]], optional
            ``{"start": ("i", 490)}`` gives the k-th pulse (from 1) only once 490 * k beats of ``i`` were taken.
        discard : collection of str
            Output streams that are always ready and whose beats are dropped.
        max_cycles : int
            Cycles after which to give up.
        error : str, optional
            Output port that must stay 0. Looked at about ten times a second.
        progress : callable, optional
            Called about ten times a second with the number of beats received so far per output stream.

        Returns
        -------
        BatchResult

        Raises
        ------
        SimulationError
            If it gives up, naming the streams that did not finish; if the error port is not 0; if a request leaves
            its memory.
        ValueError
            If a name or an array does not fit.
        """
        began, first_cycle = time.perf_counter(), self.cycle
        lib, handle, top = self._library, self._handle, self._top
        lib.batch_clear(handle)
        sent: list[NDArray[np.uint8]] = []
        for name, beats in inputs.items():
            index = _index(top.sources, name, "input stream")
            sent.append(encode(top.streams[name], beats))
            lib.batch_source(handle, index, _pointer(sent[-1]), len(sent[-1]))
        raw: dict[str, NDArray[np.uint8]] = {}
        stamps: dict[str, NDArray[np.int64]] = {}
        for name, count in outputs.items():
            index = _index(top.sinks, name, "output stream")
            raw[name] = np.zeros((count, beat_bytes(top.streams[name].width)), np.uint8)
            stamps[name] = np.zeros(count, np.int64)
            lib.batch_sink(handle, index, _pointer(raw[name]), count, _pointer(stamps[name]))
        for name in discard:
            lib.batch_sink(handle, _index(top.sinks, name, "output stream"), None, _UNBOUNDED, None)
        given: dict[str, NDArray[np.int64]] = {}
        for name, count in (pulses or {}).items():
            index = _index(list(top.pulses), name, "pulse")
            source, each = (after or {}).get(name, ("", 0))
            of = _index(top.sources, source, "input stream") if source else -1
            given[name] = np.zeros(count, np.int64)
            lib.batch_pulse(handle, index, count, of, each, _pointer(given[name]))
        lib.batch_begin(handle)
        try:
            self._loop(outputs, first_cycle + max_cycles, error, progress)
            if error is not None and self.read(error):
                raise SimulationError(f"{error} is {self.read(error)} in cycle {self.cycle}")
        except SimulationError as problem:
            unfinished = self._unfinished(inputs, outputs, pulses or {})
            raise SimulationError(f"{problem}; {unfinished}") from None
        finally:
            moved = [{name: self._served(name, what) for name in top.memories} for what in (_READ, _WRITTEN)]
            lib.batch_clear(handle)
        return BatchResult(
            outputs={name: decode(top.streams[name], raw[name]) for name in outputs},
            beat_cycles=stamps,
            pulse_cycles=given,
            read_beats=moved[0],
            written_beats=moved[1],
            cycles=self.cycle - first_cycle,
            seconds=time.perf_counter() - began,
        )

    def _loop(
        self,
        outputs: Mapping[str, int],
        end: int,
        error: str | None,
        progress: Callable[[dict[str, int]], None] | None,
    ) -> None:
        lib, handle = self._library, self._handle
        done = False
        while not done:
            before, began = self.cycle, time.perf_counter()
            done = not lib.batch_run(handle, min(int(self._rate * _CHUNK_S) + 1, end - before))
            passed = self.cycle - before
            self._rate = max(1000.0, passed / max(time.perf_counter() - began, 1e-6))
            self._check_waves()
            if lib.batch_failed(handle):
                raise SimulationError(f"{self._beyond()} in cycle {self.cycle}")
            if error is not None and self.read(error):
                return
            if not done and self.cycle >= end:
                raise SimulationError(f"not finished in cycle {self.cycle}")
            if progress is not None:
                progress({name: lib.batch_sink_done(handle, self._top.sinks.index(name)) for name in outputs})

    def _served(self, request: str, what: int) -> int:
        index = [*self._top.answers, *self._top.memories].index(request)
        return self._library.batch_served(self._handle, index, what)

    def _beyond(self) -> str:
        """Which request leaves the memory."""
        for name, memory in self._top.memories.items():
            if end := self._served(name, _LAST):
                first = self._served(name, _FIRST)
                return f"{name} asks for the beats {first} to {end - 1} of a memory of {memory.beats}"
        return "a request leaves the memory"

    def _check_waves(self) -> None:
        """Raise what went wrong with the waveform, and leave no part of one."""
        problem = 0 if self._waves is None else self._library.batch_trace_error(self._handle)
        if self._waves is not None and problem:
            if self._waves.is_file():
                self._waves.unlink()
            raise OSError(problem, os.strerror(problem), str(self._waves))

    def _unfinished(
        self, inputs: Mapping[str, NDArray[Any]], outputs: Mapping[str, int], pulses: Mapping[str, int]
    ) -> str:
        lib, handle, top = self._library, self._handle, self._top
        counts = [
            (name, lib.batch_source_done(handle, top.sources.index(name)), len(beats)) for name, beats in inputs.items()
        ]
        counts += [(name, lib.batch_sink_done(handle, top.sinks.index(name)), count) for name, count in outputs.items()]
        counts += [
            (name, lib.batch_pulse_done(handle, list(top.pulses).index(name)), count) for name, count in pulses.items()
        ]
        parts = [f"{name} {done} of {count}" for name, done, count in counts if done < count]
        parts += [f"{name} has a beat nobody takes" for name in top.sinks if name not in outputs and self._offers(name)]
        return "unfinished: " + (", ".join(parts) or "nothing")

    def _offers(self, name: str) -> bool:
        valid = f"{name}__valid"
        return valid in self._top.words_out and bool(self.read(valid))


def bare_speed(component: wiring.Component, *, seconds: float = 1.0, netlist: str | None = None) -> float:
    """Speed of a C++ loop that only toggles the clock of the same Verilated RTL, built with the same flags.

    Parameters
    ----------
    component : wiring.Component
        With a clock. Reset, then left alone with all inputs 0.
    seconds : float
        How long to measure, about.
    netlist : str, optional
        Verilog to simulate instead of the component's own.

    Returns
    -------
    float
        Clock cycles per second.
    """
    simulator = BatchSimulator(component, netlist=netlist)
    cycles, spent = 1000, 0.0
    while spent < seconds / 2:
        cycles *= 2
        began = time.perf_counter()
        simulator.step(cycles)
        spent = time.perf_counter() - began
    return cycles / spent


def _index(names: Sequence[str], name: str, what: str) -> int:
    if name not in names:
        raise ValueError(f"there is no {what} {name}; there are {', '.join(names) or 'none'}")
    return names.index(name)


def _pointer(array: NDArray[Any]) -> ctypes.c_void_p:
    return array.ctypes.data_as(ctypes.c_void_p)
