"""Program loader: what a program writes into which memory, and when."""

import dataclasses
from collections.abc import Sequence

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import DESCRIPTOR_PITCH, HEADER_FIELDS, ProgramTarget

HEADER_WORDS = 2
RECORD_BYTES = 9
WORD_TARGETS = (ProgramTarget.DESCRIPTORS, ProgramTarget.WEIGHTS)
"""Memories of 32-bit records; the others have records of nine bytes."""
ADDRESSES = 1 << HEADER_FIELDS["address"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Write:
    """One record on its way into a memory.

    Parameters
    ----------
    cycle : int
        When.
    target : ProgramTarget
        Memory.
    address : int
        Record number.
    data : int
        32 bits, or nine bytes, the first one lowest.
    """

    cycle: int
    target: ProgramTarget
    address: int
    data: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Loading:
    """What comes of a run of program words.

    Parameters
    ----------
    accepted : list of int
        Cycle in which each word is taken.
    writes : list of Write
    busy : list of (int, int)
        First and last cycle in which each block holds ``busy`` high.
    error : int or None
        First cycle in which ``error`` is high.
    """

    accepted: list[int]
    writes: list[Write]
    busy: list[tuple[int, int]]
    error: int | None


def header(words: Sequence[int]) -> dict[str, int]:
    """Fields of a block's header.

    Parameters
    ----------
    words : sequence of int
        Two words.

    Returns
    -------
    dict of str to int

    Examples
    --------
    >>> header([0x0002_0109, 7])
    {'target': 1, 'row_records': 1, 'groups': 1, 'rows': 2, 'address': 7, 'group_stride': 0}
    """
    bits = sum(int(word) << 32 * k for k, word in enumerate(words))
    fields = {}
    for name, width in HEADER_FIELDS.items():
        fields[name] = bits & (1 << width) - 1
        bits >>= width
    return fields


def load(words: Sequence[int], offered: Sequence[int], config: DwcPwcConfig) -> Loading:
    """Load a program.

    A word is taken when it is offered, but the first word after a header one cycle late, for the check of the header,
    and the first header word after nine-byte records in the cycle after the last record. Word records are written in
    the cycle in which they are taken, nine-byte records in the cycle after their last byte.

    Parameters
    ----------
    words : sequence of int
        Whole blocks.
    offered : sequence of int
        First cycle in which each word is offered.
    config : DwcPwcConfig
        With ``store`` "stream" there is no memory for weights.

    Returns
    -------
    Loading

    Examples
    --------
    >>> loading = load([0x0002_0108, 48, 5, 6], [0, 1, 2, 4], DwcPwcConfig())
    >>> loading.accepted, [(write.cycle, write.address, write.data) for write in loading.writes], loading.busy
    ([0, 1, 3, 4], [(3, 48, 5), (4, 64, 6)], [(1, 4)])
    """
    accepted: list[int] = []
    writes: list[Write] = []
    busy: list[tuple[int, int]] = []
    free = 0

    def take(count: int) -> list[int]:
        first = len(accepted)
        accepted.extend(max(offer, free) for offer in offered[first : first + count])
        return [int(word) for word in words[first : first + count]]

    while len(accepted) < len(words):
        fields = header(take(HEADER_WORDS))
        begun = accepted[-HEADER_WORDS] + 1
        free = accepted[-1] + 2
        rows = fields["rows"]
        known = fields["target"] in list(ProgramTarget) and rows and fields["groups"] and fields["row_records"]
        if not known or (fields["target"] == ProgramTarget.WEIGHTS and config.store != "bram"):
            busy.append((begun, free - 1))
            take(len(words))
            return Loading(accepted=accepted, writes=writes, busy=busy, error=free)
        target = ProgramTarget(fields["target"])
        if target in WORD_TARGETS:
            row_pitch = DESCRIPTOR_PITCH if target == ProgramTarget.DESCRIPTORS else config.input_lanes // 4
            addresses = _nested(fields, row_pitch)
            data = take(len(addresses))
            cycles = accepted[len(accepted) - len(data) :]
            free = cycles[-1] + 1
        else:
            addresses = [fields["address"] + row for row in range(rows)]
            stream = b"".join(word.to_bytes(4, "little") for word in take(-(-rows * RECORD_BYTES // 4)))
            data = [int.from_bytes(stream[RECORD_BYTES * row :][:RECORD_BYTES], "little") for row in range(rows)]
            first = len(accepted) - len(stream) // 4
            cycles = [accepted[first + (RECORD_BYTES * (row + 1) - 1) // 4] + 1 for row in range(rows)]
            free = cycles[-1] + 1
        busy.append((begun, free - 1))
        for cycle, address, value in zip(cycles, addresses, data, strict=True):
            writes.append(Write(cycle=cycle, target=target, address=address % ADDRESSES, data=value))
    return Loading(accepted=accepted, writes=writes, busy=busy, error=None)


def _nested(fields: dict[str, int], row_pitch: int) -> list[int]:
    """Addresses of a block's word records."""
    return [
        fields["address"] + group * fields["group_stride"] + row * row_pitch + record
        for group in range(fields["groups"])
        for row in range(fields["rows"])
        for record in range(fields["row_records"])
    ]
