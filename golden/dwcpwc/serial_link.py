"""What a computer and the accelerator say to each other over a serial line.

The computer sends a command: a byte that names it, four bytes that count what follows, least significant first, and as
many bytes. The accelerator answers with its output bytes, each after a byte ``OUTPUT``, and then with ``END``, a byte
that says what went wrong and four bytes of cycles. A program is loaded by one command or several, each of whole blocks;
bytes that make no whole beat wait for those of the next one. A program or an input that ends too early is told.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.cycles import BEGIN, WRITE_LATENCY, program_cycles
from racelet.golden.dwcpwc.engine_cycles import SetCycles
from racelet.golden.dwcpwc.fill import FIRST_WINDOW
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.layer_sequencer import FETCH, TURN
from racelet.golden.dwcpwc.program import program_beats
from racelet.golden.lib.config import Command, Tag


@dataclasses.dataclass(frozen=True, kw_only=True)
class Answer:
    """What the accelerator answered to one command.

    Parameters
    ----------
    output : bytes
    code : int
        0, an error of the accelerator, ``LACKING``, ``UNKNOWN`` or ``LOST``.
    cycles : int
        Clock cycles from the last byte of input to the first byte of output, of the last run.
    """

    output: bytes
    code: int
    cycles: int


def load_command(words: NDArray[np.uint32], config: DwcPwcConfig) -> bytes:
    """Bytes that load a program.

    Parameters
    ----------
    words : uint32, shape (n,)
    config : DwcPwcConfig

    Examples
    --------
    >>> load_command(np.array([0x01020304], np.uint32), DwcPwcConfig(input_lanes=4, output_lanes=4, bandwidth=4)).hex()
    '4c0400000004030201'
    """
    return _command(Command.LOAD, program_beats(words, config).tobytes())


def run_command(values: NDArray[np.int8]) -> bytes:
    """Bytes that run the program.

    Parameters
    ----------
    values : int8
        The input, rows, columns, channels in order.

    Examples
    --------
    >>> run_command(np.array([1, -1], np.int8)).hex()
    '520200000001ff'
    """
    return _command(Command.RUN, values.tobytes())


def clear_command() -> bytes:
    """Bytes that end an error.

    Examples
    --------
    >>> clear_command().hex()
    '4300000000'
    """
    return _command(Command.CLEAR, b"")


def answer_cycles(
    layers: Sequence[LayerConfig], config: DwcPwcConfig, set_cycles: Sequence[SetCycles | None] | None = None
) -> int:
    """Cycles that the answer to a run tells, if its input comes slower than descriptors are fetched.

    Parameters
    ----------
    layers : sequence of LayerConfig
        With one INPUT at least, and an OUTPUT behind the last.
    config : DwcPwcConfig
    set_cycles : sequence of int64, shape (passes, words), optional
        For each layer, for how many cycles the engine works on a beat, by its set of weights; None for typical weights.

    Returns
    -------
    int
        From the last byte of the last INPUT to the first byte of the OUTPUT behind it: the layers between, and what
        they begin and end with.

    Examples
    --------
    >>> source, target = (LayerConfig(kind=kind, tiles=30) for kind in (LayerKind.INPUT, LayerKind.OUTPUT))
    >>> answer_cycles([source, target], DwcPwcConfig())
    16
    """
    kinds = [layer.kind for layer in layers]
    source = max(number for number, kind in enumerate(kinds) if kind == LayerKind.INPUT)
    output = kinds.index(LayerKind.OUTPUT, source)
    slow = dataclasses.replace(layers[source], tiles=FETCH)
    worked = None if set_cycles is None else [None, *set_cycles[source + 1 : output]]
    between = program_cycles([slow, *layers[source + 1 : output]], config, worked)[1:]
    return sum(between) + WRITE_LATENCY + TURN + BEGIN + FIRST_WINDOW


def _command(command: Command, payload: bytes) -> bytes:
    return bytes([command]) + len(payload).to_bytes(4, "little") + payload


def read_answer(received: Iterable[int]) -> Answer:
    r"""Read one answer from the bytes that come, and no byte more.

    Parameters
    ----------
    received : iterable of int
        Bytes as they come; an iterator stands behind the answer afterwards.

    Raises
    ------
    ValueError
        If the bytes end early or are no answer.

    Examples
    --------
    >>> read_answer([1, 7, 1, 200, 0, 0, 44, 1, 0, 0])
    Answer(output=b'\x07\xc8', code=0, cycles=300)
    """
    line = iter(received)
    output = bytearray()
    while (tag := _next(line)) == Tag.OUTPUT:
        output.append(_next(line))
    if tag != Tag.END:
        raise ValueError(f"an answer must go on with {Tag.END.value} or {Tag.OUTPUT.value}, not {tag}")
    code = _next(line)
    return Answer(output=bytes(output), code=code, cycles=sum(_next(line) << 8 * k for k in range(4)))


def _next(line: Iterator[int]) -> int:
    for byte in line:
        return byte
    raise ValueError("the answer ends early")
