"""cocotb drivers for Amaranth streams: clock and reset, sources with gaps, sinks with stalls, monitors.

Everything is sampled on the rising edge, before registers change, and driven after it. A transfer in cycle ``k``, the
``k``-th (from 0) clock cycle with ``rst`` low, is stamped ``k``, here and in the batch simulator alike.
"""

import random
from collections.abc import Iterable
from typing import Any

import cocotb
from amaranth.hdl import ShapeLike
from cocotb.clock import Clock
from cocotb.handle import LogicObject
from cocotb.simtime import get_sim_time
from cocotb.triggers import RisingEdge, Timer

from racelet.sim.bench import bench_inputs, bench_random_cycles
from racelet.sim.payload import pack, unpack

PERIOD_NS = 10
"""Clock period, in ns of simulated time."""

PATIENCE = 20_000
"""Cycles without a transfer after which a driver gives up."""

_FEW = 16
"""Cycles up to which each edge is waited for."""

_released = [0.0]


async def start(dut: Any) -> None:
    """Start the clock, drive every input to 0 and reset for two cycles; returns as cycle 0 begins.

    Before the reset, inputs are random for some cycles: it must lead to the same state from any.
    """
    inputs = [getattr(dut, name) for name in bench_inputs()]
    generator = random.Random(cocotb.RANDOM_SEED)
    dut.rst.value = 0
    Clock(dut.clk, PERIOD_NS, "ns").start()
    edge = RisingEdge(dut.clk)
    for _ in range(bench_random_cycles()):
        for each in inputs:
            each.value = generator.getrandbits(len(each))
        await edge
    for each in inputs:
        each.value = 0
    dut.rst.value = 1
    for _ in range(3):
        await edge
    dut.rst.value = 0
    _released[0] = get_sim_time("ns")


def cycle() -> int:
    """Number of the clock cycle that ends at the present rising edge; -1 on return from :func:`start`."""
    return round((get_sim_time("ns") - _released[0]) / PERIOD_NS) - 1


async def wait(dut: Any, cycles: int) -> None:
    """Let a number of rising edges pass."""
    edge = RisingEdge(dut.clk)
    for _ in range(cycles):
        await edge


async def leap(dut: Any, cycles: int) -> None:
    """Let any number of rising edges pass, without a look at each: a million of them take a second.

    Whatever else waits for the last edge, comes before the caller.
    """
    if cycles > _FEW:
        since_edge = round(get_sim_time("ns") - _released[0]) % PERIOD_NS
        await Timer((cycles - 0.5) * PERIOD_NS - since_edge, "ns")
        cycles = 1
    await wait(dut, cycles)


class _High:
    """Stands for the ``valid`` or ``ready`` of a stream that has none."""

    @property
    def value(self) -> bool:
        return True

    @value.setter
    def value(self, driven: object) -> None:
        return


def handles(dut: Any, name: str) -> tuple[Any, Any, Any]:
    """Payload, valid and ready of a stream; what its signature leaves out reads as 1."""
    return (
        getattr(dut, f"{name}__payload"),
        getattr(dut, f"{name}__valid", _High()),
        getattr(dut, f"{name}__ready", _High()),
    )


def bits_of(handle: Any) -> int:
    """Unsigned value of a port."""
    return int(handle.value) if isinstance(handle, LogicObject) else handle.value.to_unsigned()


def width_of(handle: Any) -> int:
    """Width of a port in bits."""
    return 1 if isinstance(handle, LogicObject) else len(handle)


def check_held(name: str, offered: int | None, now: int | None) -> None:
    """Check one step of the stream contract.

    Parameters
    ----------
    name : str
        Stream name, for the message.
    offered : int or None
        Payload that was offered in the cycle before and not taken.
    now : int or None
        Payload offered in this cycle.

    Raises
    ------
    AssertionError
        If a beat was taken back or changed.
    """
    if offered is None or now == offered:
        return
    what = "took back its beat" if now is None else f"changed its beat to {now:#x}"
    raise AssertionError(f"stream {name} {what} in cycle {cycle()}: {offered:#x} was offered and not yet taken")


async def put(
    dut: Any,
    name: str,
    beats: Iterable[Any],
    *,
    idle: float = 0.0,
    shape: ShapeLike | None = None,
    rng: random.Random | None = None,
    cycles: list[int] | None = None,
    patience: int = PATIENCE,
) -> None:
    """Send beats into an input stream; returns on the edge of the last transfer.

    Parameters
    ----------
    dut : cocotb handle
        The top level.
    name : str
        Stream name: ``i`` for the ports ``i__payload``, ``i__valid``, ``i__ready``.
    beats : Iterable
        Integers (a negative one is sent in two's complement) or, with ``shape``, values for :func:`pack`.
    idle : float
        Probability, per cycle, of a gap before a beat. At most 0.99.
    shape : ShapeLike, optional
        Shape of the payload.
    rng : random.Random, optional
        Source of the gaps; by default a new one, seeded from ``random``, which cocotb seeds by seed and test.
    cycles : list[int], optional
        Is appended the cycle number of each transfer.
    patience : int
        Cycles to wait for one transfer.

    Raises
    ------
    ValueError
        If a beat does not fit its payload.
    TimeoutError
        If no transfer comes about in ``patience`` cycles.
    """
    payload, valid, ready = handles(dut, name)
    edge = RisingEdge(dut.clk)
    rng = rng or random.Random(random.getrandbits(64))
    coded = _encode(beats, shape, width_of(payload))
    for number, beat in enumerate(coded):
        if idle and rng.random() < idle:
            valid.value = 0
            await edge
            while rng.random() < idle:
                await edge
        payload.value = beat
        valid.value = 1
        await edge
        waited = 0
        while not ready.value:
            waited += 1
            _check_patience(waited, patience, name, "ready", number, len(coded))
            await edge
        if cycles is not None:
            cycles.append(cycle())
    valid.value = 0


async def get(
    dut: Any,
    name: str,
    count: int,
    *,
    stall: float = 0.0,
    shape: ShapeLike | None = None,
    rng: random.Random | None = None,
    cycles: list[int] | None = None,
    patience: int = PATIENCE,
) -> list[Any]:
    """Receive beats from an output stream; returns on the edge of the last transfer, and is not ready any more.

    Checks that a beat, once offered, stays offered and unchanged until it is taken.

    Parameters
    ----------
    dut : cocotb handle
        The top level.
    name : str
        Stream name: ``o`` for the ports ``o__payload``, ``o__valid``, ``o__ready``.
    count : int
        How many.
    stall : float
        Probability, per cycle, of not being ready. At most 0.99.
    shape : ShapeLike, optional
        Shape of the payload.
    rng : random.Random, optional
        Source of the stalls; by default a new one, seeded from ``random``, which cocotb seeds by seed and test.
    cycles : list[int], optional
        Is appended the cycle number of each transfer.
    patience : int
        Cycles to wait for one transfer.

    Returns
    -------
    list
        Unsigned integers or, with ``shape``, what :func:`unpack` makes of them.

    Raises
    ------
    AssertionError
        If the stream takes back or changes a beat.
    TimeoutError
        If no transfer comes about in ``patience`` cycles.
    """
    payload, valid, ready = handles(dut, name)
    edge = RisingEdge(dut.clk)
    rng = rng or random.Random(random.getrandbits(64))
    taken: list[int] = []
    offered: int | None = None
    waited = 0
    taking = True
    ready.value = 1
    while len(taken) < count:
        if stall:
            taking = rng.random() >= stall
            ready.value = int(taking)
        await edge
        if valid.value:
            bits = bits_of(payload)
            check_held(name, offered, bits)
            offered = None if taking else bits
            if taking:
                taken.append(bits)
                waited = 0
                if cycles is not None:
                    cycles.append(cycle())
                continue
        else:
            check_held(name, offered, None)
        waited += 1
        _check_patience(waited, patience, name, "valid", len(taken), count)
    ready.value = 0
    return taken if shape is None else [unpack(shape, bits) for bits in taken]


def _encode(beats: Iterable[Any], shape: ShapeLike | None, width: int) -> list[int]:
    if shape is not None:
        return [pack(shape, beat) for beat in beats]
    numbers = [int(beat) for beat in beats]
    for number in numbers:
        if not -(1 << width >> 1) <= number < 1 << width:
            raise ValueError(f"a beat of {width} bits cannot hold {number}")
    return [number & ((1 << width) - 1) for number in numbers]


def _check_patience(waited: int, patience: int, name: str, missing: str, done: int, count: int) -> None:
    if waited >= patience:
        raise TimeoutError(
            f"stream {name} was not {missing} for {waited} cycles, up to cycle {cycle()}: {done} of {count} beats done"
        )
