"""cocotb model of the memory outside the chip: serves requests to read and to write."""

import random
from collections import deque
from typing import Any

import numpy as np
from amaranth.hdl import ShapeLike
from cocotb.triggers import RisingEdge
from numpy.typing import NDArray

from racelet.sim.answer import DEPTH
from racelet.sim.payload import unpack
from racelet.sim.streams import bits_of, check_held, handles


class MemoryModel:
    """Beats of any number, and three streams by which a component reads and writes them.

    Parameters
    ----------
    dut : cocotb handle
        The top level.
    request : str
        Output stream of structs with the fields ``address``, ``beats`` and ``store``.
    read : str
        Input stream of beats.
    write : str
        Output stream of beats.
    shape : ShapeLike
        Layout of a request.
    size : int
        Beats that there are; a request beyond is an error.

    Attributes
    ----------
    beats : dict of int to int
        What was written, by address; the rest is zero.
    read_beats, written_beats : int
        How many moved.
    """

    def __init__(self, dut: Any, request: str, read: str, write: str, *, shape: ShapeLike, size: int) -> None:
        self._dut, self._names, self._shape, self._size = dut, (request, read, write), shape, size
        self.beats: dict[int, int] = {}
        self.read_beats = self.written_beats = 0

    def set(self, beats: NDArray[np.uint8]) -> None:
        """Write beats from address 0 on, uint8 of shape (n, bytes), least significant byte first."""
        self.beats |= {address: int.from_bytes(beat.tobytes(), "little") for address, beat in enumerate(beats)}

    def get(self, size: int) -> NDArray[np.uint8]:
        """Beats from address 0 to the last that was written, uint8 of shape (n, size)."""
        count = max(self.beats, default=-1) + 1
        data = b"".join(self.beats.get(address, 0).to_bytes(size, "little") for address in range(count))
        return np.frombuffer(data, np.uint8).reshape(count, size)

    async def serve(self, *, idle: float = 0.0, stall: float = 0.0, rng: random.Random | None = None) -> None:
        """Serve requests in their order, for ever; start it with ``cocotb.start_soon``.

        Without gaps and stalls the first beat that is read is offered in the cycle after its request was taken, or
        right after the last beat of the request before, and one beat per cycle from there; so are beats taken that are
        written: as in the batch simulator. A new call has no request of the one before: what was owed is dropped.

        Parameters
        ----------
        idle, stall : float
            Probability, per cycle, of offering no beat, of taking no beat or request.
        rng : random.Random, optional
            Their source; by default a new one, seeded from ``random``.

        Raises
        ------
        AssertionError
            If a request leaves the memory, or a beat or request is taken back or changed.
        """
        request, _, write = self._names
        (asked, asked_valid, asked_ready), (given, given_valid, given_ready), (sent, sent_valid, sent_ready) = (
            handles(self._dut, name) for name in self._names
        )
        edge = RisingEdge(self._dut.clk)
        rng = rng or random.Random(random.getrandbits(64))
        waiting: deque[dict[str, int]] = deque()
        address, left, store = 0, 0, 0
        offering = False
        held: dict[str, int | None] = {request: None, write: None}
        while True:
            if not left and waiting:
                wish = waiting.popleft()
                address, left, store = wish["address"], wish["beats"], wish["store"]
            if not offering and left and not store and not (idle and rng.random() < idle):
                given.value = self.beats.get(address, 0)
                offering = True
            given_valid.value = int(offering)
            accepting = bool(left and store) and not (stall and rng.random() < stall)
            sent_ready.value = int(accepting)
            taking = len(waiting) < DEPTH and not (stall and rng.random() < stall)
            asked_ready.value = int(taking)
            await edge
            if offering and given_ready.value:
                self.read_beats, address, left, offering = self.read_beats + 1, address + 1, left - 1, False
            if (beat := _held(held, write, sent, sent_valid, taken=accepting)) is not None:
                self.beats[address] = beat
                self.written_beats, address, left = self.written_beats + 1, address + 1, left - 1
            if (bits := _held(held, request, asked, asked_valid, taken=taking)) is not None:
                wish = unpack(self._shape, bits)
                if wish["address"] + wish["beats"] > self._size:
                    raise AssertionError(f"stream {request} asks for {wish}, of a memory of {self._size} beats")
                if wish["beats"]:
                    waiting.append(wish)


def _held(held: dict[str, int | None], name: str, payload: Any, valid: Any, *, taken: bool) -> int | None:
    """The beat of a stream that is taken in this cycle, if any; checks that an offer stays."""
    now = bits_of(payload) if valid.value else None
    check_held(name, held[name], now)
    held[name] = None if taken else now
    return now if taken else None
