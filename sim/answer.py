"""cocotb model of a weight store outside the chip: answers requests with beats from a memory."""

import random
from collections import deque
from collections.abc import Sequence
from typing import Any

from amaranth.hdl import ShapeLike
from cocotb.triggers import RisingEdge

from racelet.sim.payload import unpack
from racelet.sim.streams import bits_of, handles

DEPTH = 4
"""Requests that wait while one is answered."""


async def answer(
    dut: Any,
    request: str,
    response: str,
    memory: Sequence[int],
    *,
    shape: ShapeLike,
    unit: int = 1,
    idle: float = 0.0,
    stall: float = 0.0,
    rng: random.Random | None = None,
) -> None:
    """Answer requests for ever; start it with ``cocotb.start_soon``.

    Without gaps and stalls the first beat of an answer is offered in the cycle after its request was taken, or right
    after the last beat of the answer before, and one beat per cycle from there: as in the batch simulator.

    Parameters
    ----------
    dut : cocotb handle
        The top level.
    request : str
        Output stream of structs with the fields ``address`` and ``beats``.
    response : str
        Input stream of beats.
    memory : sequence of int
        Beats; a request beyond its end is an error.
    shape : ShapeLike
        Layout of a request.
    unit : int
        Steps of ``address`` from one beat to the next.
    idle, stall : float
        Probability, per cycle, of offering no beat, of taking no request.
    rng : random.Random, optional
        Their source; by default a new one, seeded from ``random``.

    Raises
    ------
    AssertionError
        If a request leaves the memory or its address is no multiple of ``unit``.
    """
    asked, asked_valid, asked_ready = handles(dut, request)
    given, given_valid, given_ready = handles(dut, response)
    edge = RisingEdge(dut.clk)
    rng = rng or random.Random(random.getrandbits(64))
    waiting: deque[tuple[int, int]] = deque()
    first = last = 0
    taking = offering = False
    while True:
        if first == last and waiting:
            first, last = waiting.popleft()
        if not offering and first < last and not (idle and rng.random() < idle):
            given.value = memory[first]
            offering = True
        given_valid.value = int(offering)
        taking = len(waiting) < DEPTH and not (stall and rng.random() < stall)
        asked_ready.value = int(taking)
        await edge
        if offering and given_ready.value:
            first += 1
            offering = False
        if taking and asked_valid.value:
            wish = unpack(shape, bits_of(asked))
            start, rest = divmod(wish["address"], unit)
            if rest or start + wish["beats"] > len(memory):
                raise AssertionError(f"stream {request} asks for {wish}, of a memory of {len(memory)} beats of {unit}")
            if wish["beats"]:
                waiting.append((start, start + wish["beats"]))
