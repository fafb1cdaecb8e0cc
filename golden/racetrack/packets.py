"""Commands and responses as bytes: what is sent to a controller with AXI ports, and what comes back."""

import dataclasses
from collections.abc import Sequence
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from racelet.golden.racetrack.command import Command, Error, Response
from racelet.golden.racetrack.config import ENGINES, RacetrackConfig

CODES = ("home", "read", "write", "sweep", "recover")
"""By their numbers."""
ERRORS: tuple[Error, ...] = get_args(Error)
"""By their numbers."""
FIELDS = ("code", "engine", "track", "port", "slot", "slots", "ones")
"""Bytes of a command, in their order; then comes one that is not used, and the words."""


def command_bytes(command: Command, config: RacetrackConfig) -> bytes:
    """What is sent for a command.

    Parameters
    ----------
    command : Command
    config : RacetrackConfig

    Returns
    -------
    bytes, config.command_bytes
        A byte for each of ``FIELDS``, a zero, the word, and, where the config has the engine "cw_known", the one that
        is there; of each the least significant byte first.

    Raises
    ------
    ValueError
        If a number does not fit its bytes.

    Examples
    --------
    >>> config = RacetrackConfig(word_bits=12, ports=2, engines=("cw_known",))
    >>> write = Command(code="write", engine="cw_known", port=1, word=0x123, old=0x456, ones=4)
    >>> command_bytes(write, config).hex(" ")
    '02 05 00 01 00 01 04 00 23 01 56 04 00 00 00 00'
    """
    numbers = {
        "code": CODES.index(command.code),
        "engine": ENGINES.index(command.engine),
        **{name: getattr(command, name) for name in FIELDS[2:]},
    }
    sizes = [(name, numbers[name], 1) for name in FIELDS]
    sizes += [("unused", 0, 1), ("word", command.word, config.word_bytes)]
    if "cw_known" in config.engines:
        sizes.append(("old", command.old, config.word_bytes))
    for name, number, size in sizes:
        if not 0 <= number < 1 << 8 * size:
            raise ValueError(f"Command.{name} must be in 0..{(1 << 8 * size) - 1} ({size} bytes), not {number}")
    data = b"".join(number.to_bytes(size, "little") for _, number, size in sizes)
    return data.ljust(config.command_bytes, b"\0")


def misfit(data: bytes, config: RacetrackConfig) -> Error:
    """Why bytes are no command: a number needs more bits than a controller of this config looks at.

    Parameters
    ----------
    data : bytes, config.command_bytes
        Without "cw_known" and ``sweep``, ``old`` and ``slots`` are not looked at.
    config : RacetrackConfig

    Returns
    -------
    str
        "NONE" where they are one, which may be refused nevertheless.

    Examples
    --------
    >>> config = RacetrackConfig(word_bits=12, ports=2)
    >>> [misfit(bytes([1, 0, 0, port, *[0] * 12]), config) for port in (0, 1, 2, 255)]
    ['NONE', 'NONE', 'PORT', 'PORT']
    """
    code, engine, track, port, slot, slots, ones = data[: len(FIELDS)]
    word, old = _words(data, config)
    reasons: list[tuple[Error, bool]] = [
        ("COMMAND", code >= len(CODES)),
        ("TRACK", bool(track >> (config.tracks - 1).bit_length())),
        ("PORT", bool(port >> (config.ports - 1).bit_length())),
        ("SLOT", bool(slot >> (config.words_per_port - 1).bit_length())),
        ("SLOT", config.sweep and bool(slots >> config.words_per_port.bit_length())),
        ("ENGINE", engine >= len(ENGINES)),
        ("WORD_COUNT", bool(ones >> config.word_bits.bit_length())),
        ("WORD_COUNT", bool((word | old) >> config.word_bits)),
    ]
    for error, holds in reasons:
        if holds:
            return error
    return "NONE"


def command_of(data: bytes, config: RacetrackConfig) -> Command:
    """The inverse of :func:`command_bytes`, of bytes without :func:`misfit`.

    Examples
    --------
    >>> config = RacetrackConfig(word_bits=12, ports=2)
    >>> command_of(bytes([1, 0, 0, 1, *[0] * 12]), config).code
    'read'
    """
    code, engine = data[:2]
    word, old = _words(data, config)
    rest = dict(zip(FIELDS[2:], data[2 : len(FIELDS)], strict=True))
    return Command(code=CODES[code], engine=ENGINES[engine], word=word, old=old, **rest)


def response_bytes(response: Response, config: RacetrackConfig, *, outwards: bool = False) -> bytes:
    """What comes back for a command.

    Parameters
    ----------
    response : Response
    config : RacetrackConfig
    outwards : bool
        Of a sweep: in which direction it was.

    Returns
    -------
    bytes, config.response_bytes
        The error, the direction, and in the upper half the word that was read.

    Examples
    --------
    >>> response_bytes(Response(data=0x5A, error="READ_COUNT"), RacetrackConfig(word_bits=32)).hex(" ")
    '0c 00 00 00 5a 00 00 00'
    """
    half = config.response_bytes // 2
    head = bytes([ERRORS.index(response.error), outwards]).ljust(half, b"\0")
    return head + (response.data or 0).to_bytes(half, "little")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Answer:
    """A response, as its bytes tell it.

    Parameters
    ----------
    error : str
    outwards : bool
        Direction of a sweep.
    data : int
        The word that was read; anything where none was.
    """

    error: Error
    outwards: bool
    data: int


def answer_of(data: bytes, config: RacetrackConfig) -> Answer:
    """What bytes of a response tell.

    Examples
    --------
    >>> answer_of(bytes.fromhex("0c 00 00 00 5a 00 00 00"), RacetrackConfig(word_bits=32))
    Answer(error='READ_COUNT', outwards=False, data=90)
    """
    half = config.response_bytes // 2
    return Answer(error=ERRORS[data[0]], outwards=bool(data[1]), data=int.from_bytes(data[half:], "little"))


def swept_bytes(bits: Sequence[int], config: RacetrackConfig) -> bytes:
    """What comes back of a sweep.

    Parameters
    ----------
    bits : sequence of int
        At each step the bits of all ports, that of port 0 the lowest.
    config : RacetrackConfig

    Returns
    -------
    bytes
        Of each step ``config.swept_bytes``.

    Examples
    --------
    >>> swept_bytes([1, 0x102], RacetrackConfig(ports=9)).hex(" ")
    '01 00 02 01'
    """
    return b"".join(each.to_bytes(config.swept_bytes, "little") for each in bits)


def swept_words(data: bytes, config: RacetrackConfig, *, outwards: bool) -> NDArray[np.uint64]:
    """Words that a sweep read.

    Parameters
    ----------
    data : bytes
        Of a whole sweep.
    config : RacetrackConfig
    outwards : bool
        As its response tells.

    Returns
    -------
    uint64, shape (ports, slots)
        Of each port the words from ``slot`` on.

    Examples
    --------
    >>> swept_words(bytes([3, 1, 0, 0, 0, 0, 0, 2]), RacetrackConfig(word_bits=8, ports=2), outwards=True).tolist()
    [[3], [129]]
    """
    steps = np.frombuffer(data, f"<u{config.swept_bytes}").astype(np.uint64)
    steps = steps if outwards else steps[::-1]
    ports = np.arange(config.ports, dtype=np.uint64)[:, np.newaxis, np.newaxis]
    bits = steps.reshape(-1, config.word_bits) >> ports & np.uint64(1)
    weights = np.uint64(1) << np.arange(config.word_bits, dtype=np.uint64)
    return (bits * weights).sum(axis=2, dtype=np.uint64)


def _words(data: bytes, config: RacetrackConfig) -> tuple[int, int]:
    """The new word, and the old one where there is one."""
    ends = 8 + config.word_bytes, 8 + 2 * config.word_bytes
    old = data[ends[0] : ends[1]] if "cw_known" in config.engines else b""
    return int.from_bytes(data[8 : ends[0]], "little"), int.from_bytes(old, "little")
