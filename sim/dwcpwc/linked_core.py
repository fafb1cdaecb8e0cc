"""What is behind a serial link in its bench: takes and gives what it is told to, and fails when it is told to."""

import dataclasses
import random
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge, Timer

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.lib.config import Command
from racelet.sim.streams import bits_of, cycle, leap

CLEARING = 5
"""Cycles in which it is busy after a clear."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """What an accelerator does during one command.

    Parameters
    ----------
    block : int
        Beats of a program, from the first of which it is busy until it has the last.
    fence : int or None
        Beats after which it takes no more, and is not busy.
    inputs : int
        Bytes that a run takes.
    outputs : bytes
        That a run gives.
    delay : int
        Cycles between.
    error, fails_after : int
        Code, and the beats or bytes, output too, after which it fails.
    asks_after : int or None
        Bytes of input after which it wants what is not there.
    """

    block: int = 0
    fence: int | None = None
    inputs: int = 0
    outputs: bytes = b""
    delay: int = 0
    error: int = 0
    fails_after: int = 0
    asks_after: int | None = None


class LinkedCore:
    """The accelerator's side of the link, cycle by cycle; begins at once.

    Parameters
    ----------
    dut : cocotb handle
    config : DwcPwcConfig
    rng : random.Random
        Of stalls and gaps.
    stall : float
        Probability, per cycle, of either.
    """

    def __init__(self, dut: Any, config: DwcPwcConfig, rng: random.Random, stall: float) -> None:
        self.dut, self.rng, self.stall = dut, rng, stall
        self.beat_bytes = 4 * config.program_words
        self.plan = Plan()
        self.cycles, self.counting = 0, False
        self._forget()
        self._new_command()
        self._living = cocotb.start_soon(self._live())

    def check(self, command: bytes, beats: list[bytes], cycles: int, *, done: bool) -> None:
        """What came during a command is what should; forgets it.

        Parameters
        ----------
        command : bytes
        beats : list of bytes
            That it must have got; where it fails, one more may have been on its way.
        cycles : int
            Of the answer.
        done : bool
            The command was done.
        """
        runs, payload = command[0] == Command.RUN, command[5:]
        assert self.beats[: len(beats)] == beats
        assert len(self.beats) <= len(beats) + bool(self.error)
        assert self.data == (payload if runs else b"")[: len(self.data)]
        assert self.starts <= runs
        assert self.clears == (command[0] == Command.CLEAR)
        if done:
            assert self.starts == runs
            assert len(self.data) == (self.plan.inputs if runs else 0)
            # A run without output is never over for the count: it went on while the answer was given.
            assert cycles < self.cycles if self.counting else cycles == self.cycles
        self._new_command()

    async def sleep(self, cycles: int) -> None:
        """Let time pass in which it does nothing: during the delay of a run, or behind it."""
        # When all has been taken that moved on the edge.
        await Timer(1, "ns")
        self._living.cancel()
        await leap(self.dut, cycles)
        self.cycles += cycles * self.counting
        self.waits = max(self.waits - cycles, 0)
        self._living = cocotb.start_soon(self._live())

    def forget(self) -> None:
        """As after a reset."""
        self._forget()
        self._new_command()

    def _new_command(self) -> None:
        self.beats: list[bytes] = []
        self.data = b""
        self.starts = self.clears = self.moved = 0

    def _forget(self) -> None:
        """As after a clear."""
        self.error, self.block, self.clearing = 0, 0, CLEARING
        self.run: Plan | None = None
        self.inputs, self.outputs, self.waits = 0, b"", 0
        self.fenced = self.offered = self.asks = False

    @property
    def busy(self) -> bool:
        """As the accelerator tells."""
        return self.clearing > 0 or (not self.error and (self.run is not None or self.block > 0))

    async def _live(self) -> None:
        edge = RisingEdge(self.dut.clk)
        self._drive()
        while True:
            await edge
            self._take()
            self._drive()

    def _moves(self, name: str) -> bool:
        return bool(getattr(self.dut, f"{name}__valid").value and getattr(self.dut, f"{name}__ready").value)

    def _take(self) -> None:
        """What moved in the cycle that ends here."""
        dut = self.dut
        data, given = self._moves("data"), bool(dut.result__valid.value)
        self.cycles = 0 if data else self.cycles + self.counting
        self.counting = data or (self.counting and not given)
        assert not (dut.data__valid.value and not self.busy), f"cycle {cycle()}"
        assert bool(dut.failed.value) == (self.error != 0), f"cycle {cycle()}"
        self.clearing -= self.clearing > 0
        self.waits -= self.waits > 0
        if self._moves("program"):
            self._take_beat(bits_of(dut.program__payload).to_bytes(self.beat_bytes, "little"))
        if data:
            self._take_byte(bits_of(dut.data__payload))
        if self._moves("result"):
            self.outputs, self.offered = self.outputs[1:], False
            self._fail_in_time()
        if dut.start.value:
            self.starts += 1
            if not self.busy and not self.error:
                self.run, self.inputs, self.outputs = self.plan, self.plan.inputs, self.plan.outputs
                self.asks = self.plan.asks_after == 0
        if self.run and not (self.inputs or self.outputs or self.waits or self.asks):
            self.run = None
        if dut.clear.value:
            self.clears += 1
            self._forget()

    def _take_beat(self, beat: bytes) -> None:
        self.beats.append(beat)
        if not self.error:
            self.block = (self.block or self.plan.block) - (self.block > 0 or self.plan.block > 0)
            self._fail_in_time()

    def _take_byte(self, byte: int) -> None:
        self.data += bytes([byte])
        self.inputs -= 1
        self.waits = 0 if self.inputs or self.run is None else self.run.delay
        self.asks |= len(self.data) == self.plan.asks_after
        self._fail_in_time()

    def _fail_in_time(self) -> None:
        self.moved += 1
        if self.moved == self.plan.fails_after:
            self.error, self.block, self.run, self.inputs = self.plan.error, 0, None, 0

    def _drive(self) -> None:
        """What it offers and takes in the cycle that begins."""
        dut, free = self.dut, self.clearing == 0
        gaps = [self.rng.random() < self.stall for _ in range(3)]
        self.fenced |= self.plan.fence is not None and len(self.beats) >= self.plan.fence
        dut.program__ready.value = not (gaps[0] and self.busy) and free and self.run is None and not self.fenced
        dut.data__ready.value = not gaps[1] and free and not self.asks and (self.inputs > 0 or self.error > 0)
        ready = self.run is not None and not (self.inputs or self.waits or self.asks) and self.outputs != b""
        self.offered |= ready and not gaps[2]
        dut.result__valid.value = self.offered
        dut.result__payload.value = self.outputs[0] if self.offered else self.rng.getrandbits(8)
        dut.busy.value, dut.error.value, dut.unserved.value = self.busy, self.error, self.asks
