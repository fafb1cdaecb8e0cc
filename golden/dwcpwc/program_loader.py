"""Program loader: what a program writes into which memory, and when."""

import dataclasses
from collections.abc import Callable, Sequence

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
class Progress:
    """What a loader sees of the runs, cycle by cycle; afterwards there are none.

    Parameters
    ----------
    streaming : sequence of bool
        The run takes descriptors as they arrive.
    ended : sequence of int
        Descriptors that have ended since streaming began.
    starved : sequence of bool
        The run waits for a descriptor to arrive.
    """

    streaming: Sequence[bool] = ()
    ended: Sequence[int] = ()
    starved: Sequence[bool] = ()


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
    arrivals : list of int
        First cycle in which each descriptor counts as arrived.
    error : int or None
        First cycle in which ``error`` tells of one.
    code : {"NONE", "TARGET", "FENCE"}
        Which.
    """

    accepted: list[int]
    writes: list[Write]
    busy: list[tuple[int, int]]
    arrivals: list[int]
    error: int | None = None
    code: str = "NONE"


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


def load(
    words: Sequence[int], offered: Sequence[int], config: DwcPwcConfig, progress: Progress | None = None
) -> Loading:
    """Load a program.

    A word is taken when it is offered, but the first word after a header one cycle late, for the check of the header,
    and the first header word after nine-byte records in the cycle after the last record. Word records are written in
    the cycle in which they are taken, nine-byte records in the cycle after their last byte. A fence that need not wait
    takes one cycle more than its header.

    Parameters
    ----------
    words : sequence of int
        Whole blocks.
    offered : sequence of int
        First cycle in which each word is offered, if those before it are taken by then.
    config : DwcPwcConfig
        With ``store`` "stream" there is no memory for weights.
    progress : Progress, optional
        The run; by default there is none.

    Returns
    -------
    Loading

    Examples
    --------
    >>> loading = load([0x0002_0108, 48, 5, 6], [0, 1, 2, 4], DwcPwcConfig())
    >>> loading.accepted, [(write.cycle, write.address, write.data) for write in loading.writes], loading.busy
    ([0, 1, 3, 4], [(3, 48, 5), (4, 64, 6)], [(1, 4)])
    """
    loader = _Loader(words, offered, config, progress or Progress())
    while len(loader.accepted) < len(words) and not loader.halted:
        loader.block()
    return Loading(
        accepted=loader.accepted,
        writes=loader.writes,
        busy=loader.busy,
        arrivals=loader.arrivals,
        error=loader.error,
        code=loader.code,
    )


def known(fields: dict[str, int], config: DwcPwcConfig) -> bool:
    """Whether a header is one that this accelerator takes.

    Parameters
    ----------
    fields : dict of str to int
        As :func:`header` gives them.
    config : DwcPwcConfig

    Returns
    -------
    bool

    Examples
    --------
    >>> [known(header([0x0001_0100 | target | 1 << 3, 0]), DwcPwcConfig(store="stream")) for target in (0, 1, 7)]
    [True, False, False]
    """
    targets = set(ProgramTarget) - (set() if config.store == "bram" else {ProgramTarget.WEIGHTS})
    return bool(fields["target"] in targets and fields["rows"] and fields["groups"] and fields["row_records"])


def record_words(fields: dict[str, int]) -> int:
    """Words that the records of a block take.

    Parameters
    ----------
    fields : dict of str to int
        Of a good header.

    Returns
    -------
    int

    Examples
    --------
    >>> record_words(header([0x0003_010B, 48]))
    7
    """
    if fields["target"] == ProgramTarget.FENCE:
        return 0
    if fields["target"] in WORD_TARGETS:
        return fields["groups"] * fields["rows"] * fields["row_records"]
    return -(-fields["rows"] * RECORD_BYTES // 4)


class _Loader:
    """A loader on its way through a program."""

    def __init__(self, words: Sequence[int], offered: Sequence[int], config: DwcPwcConfig, progress: Progress) -> None:
        self.words, self.offered, self.config, self.progress = words, offered, config, progress
        self.accepted: list[int] = []
        self.writes: list[Write] = []
        self.busy: list[tuple[int, int]] = []
        self.arrivals: list[int] = []
        self.error: int | None = None
        self.code = "NONE"
        self.halted = False
        # First cycle in which the next word can be taken; the last pass of a fence for a run to stream.
        self.free = 0
        self.first_fence = -1

    def block(self) -> None:
        """Take a header and what belongs to it."""
        fields = header(self._take(HEADER_WORDS))
        begun = self.accepted[-HEADER_WORDS] + 1
        self.free = self.accepted[-1] + 2
        if not known(fields, self.config):
            self.busy.append((begun, self.free - 1))
            self._fail("TARGET")
        elif fields["target"] == ProgramTarget.FENCE:
            self._fence(fields["address"], begun)
        else:
            self._records(fields)
            self.busy.append((begun, self.free - 1))

    def _records(self, fields: dict[str, int]) -> None:
        target = ProgramTarget(fields["target"])
        addresses, count = _addresses(fields, self.config), record_words(fields)
        data = self._take(count)
        cycles = self.accepted[len(self.accepted) - count :]
        if target not in WORD_TARGETS:
            stream = b"".join(word.to_bytes(4, "little") for word in data)
            parts = [stream[RECORD_BYTES * row :][:RECORD_BYTES] for row in range(len(addresses))]
            data = [int.from_bytes(part, "little") for part in parts]
            cycles = [cycles[(RECORD_BYTES * (row + 1) - 1) // 4] + 1 for row in range(len(addresses))]
        self.free = cycles[-1] + 1
        if target == ProgramTarget.DESCRIPTORS:
            self.arrivals += [self.free] * (fields["rows"] * fields["groups"])
        for cycle, address, value in zip(cycles, addresses, data, strict=True):
            self.writes.append(Write(cycle=cycle, target=target, address=address, data=value))

    def _fence(self, count: int, begun: int) -> None:
        """Wait at a fence: busy unless it is for a run to stream."""
        if not count:
            self.busy.append((begun, self.free - 1))
        see = self.progress
        fresh = self._streams_anew()
        for now in range(self.free, len(see.streaming)):
            passes = see.ended[now] >= count if count else see.streaming[now] and fresh(now)
            never = see.starved[now] or (count > 0 and not see.streaming[now])
            if passes or never:
                if count:
                    self.busy.append((begun, now))
                self.free = now + 1
                if not count:
                    self.first_fence = now
                if not passes:
                    self._fail("FENCE")
                return
        self.halted = True
        if count:
            self.free = max(self.free, len(see.streaming)) + 1
            self.busy.append((begun, self.free - 1))
            self._fail("FENCE")

    def _streams_anew(self) -> Callable[[int], bool]:
        """Whether, in a given cycle, no fence has yet been passed because the present run is streaming."""
        streaming, first = self.progress.streaming, self.first_fence
        rested = next((now for now in range(first + 1, len(streaming)) if not streaming[now]), len(streaming))
        return lambda now: first < 0 or now > rested

    def _fail(self, code: str) -> None:
        self.error, self.code, self.halted = self.free, code, True
        self._take(len(self.words))

    def _take(self, count: int) -> list[int]:
        first = len(self.accepted)
        for offer in self.offered[first : first + count]:
            self.accepted.append(max(offer, self.free, self.accepted[-1] + 1 if self.accepted else 0))
        return [int(word) for word in self.words[first : first + count]]


def _addresses(fields: dict[str, int], config: DwcPwcConfig) -> list[int]:
    """Where the records of a block go."""
    target = fields["target"]
    if target not in WORD_TARGETS:
        return [(fields["address"] + row) % ADDRESSES for row in range(fields["rows"])]
    row_pitch = DESCRIPTOR_PITCH if target == ProgramTarget.DESCRIPTORS else config.input_lanes // 4
    return [
        (fields["address"] + group * fields["group_stride"] + row * row_pitch + record) % ADDRESSES
        for group in range(fields["groups"])
        for row in range(fields["rows"])
        for record in range(fields["row_records"])
    ]
