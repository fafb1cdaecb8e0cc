"""Program loader: what a program writes into which memory, and when."""

import dataclasses
from collections.abc import Callable, Sequence

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import DESCRIPTOR_PITCH, HEADER_FIELDS, ProgramTarget
from racelet.golden.lib import byte_packer
from racelet.golden.lib.beat_splitter import BeatSplitter

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
    """What a loader sees of the runs, cycle by cycle; afterwards there are none. And of the weight store.

    Parameters
    ----------
    streaming : sequence of bool
        The run takes descriptors as they arrive.
    ended : sequence of int
        Descriptors that have ended since streaming began.
    starved : sequence of bool
        The run waits for a descriptor to arrive.
    taken : callable
        Cycle in which words of weights are taken that are written together, and offered from their ``cycle`` on.
    """

    streaming: Sequence[bool] = ()
    ended: Sequence[int] = ()
    starved: Sequence[bool] = ()
    taken: Callable[[Sequence[Write]], int] = lambda writes: writes[0].cycle


@dataclasses.dataclass(frozen=True, kw_only=True)
class Loading:
    """What comes of a run of program words.

    Parameters
    ----------
    accepted : list of int
        Cycle in which each beat is taken.
    writes : list of Write
    busy : list of (int, int)
        First and last cycle in which each block, or a word that waits for one to end, holds ``busy`` high.
    fenced : list of (int, int)
        First and last cycle in which each fence for a run to stream holds ``fenced`` high.
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
    fenced: list[tuple[int, int]]
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

    Words are taken one by one as they are offered, weights up to ``weight_words`` of a row at a time where the block's
    address and stride are multiples of that; but the first word after a header one cycle late, for the check of the
    header, and the first header word after nine-byte records in the cycle after the last record. Word records are
    written in the cycle in which they are taken, nine-byte records two cycles after their last byte. A fence that
    need not wait takes one cycle more than its header. A word of zero where a header could begin is skipped.

    With ``store`` "racetrack" words of weights are offered to the store two cycles after they are taken, and the next
    word record is taken in the cycle after the store has taken those.

    Parameters
    ----------
    words : sequence of int
        Whole blocks.
    offered : sequence of int
        First cycle in which each beat of ``program_words`` words is offered, if those before it are taken by then.
    config : DwcPwcConfig
        With ``store`` "stream" there is no memory for weights.
    progress : Progress, optional
        The run and the store; by default there is no run.

    Returns
    -------
    Loading

    Examples
    --------
    >>> loading = load([0x0002_0108, 48, 5, 6], [0, 1, 2, 4], DwcPwcConfig())
    >>> loading.accepted, [(write.cycle, write.address, write.data) for write in loading.writes], loading.busy
    ([0, 1, 3, 4], [(5, 48, 5), (6, 64, 6)], [(1, 4)])
    """
    loader = _Loader(words, offered, config, progress or Progress())
    while loader.splitter.position < len(words) and not loader.halted:
        loader.block()
    return Loading(
        accepted=loader.splitter.taken,
        writes=loader.writes,
        busy=loader.busy,
        fenced=loader.fenced,
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
    targets = set(ProgramTarget) - ({ProgramTarget.WEIGHTS} if config.store == "stream" else set())
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


def words_per_cycle(fields: dict[str, int], config: DwcPwcConfig) -> int:
    """Words of a row of a block that are taken at once, at most.

    Parameters
    ----------
    fields : dict of str to int
        Of a good header.
    config : DwcPwcConfig

    Returns
    -------
    int

    Examples
    --------
    >>> config = DwcPwcConfig(bandwidth=8)
    >>> [words_per_cycle(header([0x0002_0111, address]), config) for address in (48, 49)]
    [2, 1]
    """
    most = config.weight_words
    together = fields["target"] == ProgramTarget.WEIGHTS and not (fields["address"] | fields["group_stride"]) % most
    return most if together else 1


def record_cycles(fields: dict[str, int], config: DwcPwcConfig) -> int:
    """Cycles that the records of a block take, up to the cycle before the next header.

    Parameters
    ----------
    fields : dict of str to int
        Of a good header, not of a FENCE.
    config : DwcPwcConfig

    Returns
    -------
    int

    Examples
    --------
    >>> record_cycles(header([0x0003_010B, 48]), DwcPwcConfig())
    9
    >>> [record_cycles(header([0x0003_0119, 48]), DwcPwcConfig(bandwidth=bandwidth)) for bandwidth in (4, 8)]
    [9, 6]
    """
    if fields["target"] in WORD_TARGETS:
        return fields["groups"] * fields["rows"] * -(-fields["row_records"] // words_per_cycle(fields, config))
    return record_words(fields) + byte_packer.LATENCY


class _Loader:
    """A loader on its way through a program."""

    def __init__(self, words: Sequence[int], offered: Sequence[int], config: DwcPwcConfig, progress: Progress) -> None:
        self.words, self.config, self.progress = words, config, progress
        self.splitter = BeatSplitter(offered, config.program_words)
        self.writes: list[Write] = []
        self.busy: list[tuple[int, int]] = []
        self.fenced: list[tuple[int, int]] = []
        self.arrivals: list[int] = []
        self.error: int | None = None
        self.code = "NONE"
        self.halted = False
        # First cycle in which the next word can be taken; the last pass of a fence; when weights are no longer waiting.
        self.free = 0
        self.weights_free = 0
        self.first_fence = -1

    def block(self) -> None:
        """Take a header and what belongs to it, or a word that fills up."""
        waits = self.splitter.left > 0
        (first,), (cycle,) = self._take([1])
        if waits:
            self.busy.append((cycle, cycle))
        self.free = cycle + 1
        if not first:
            return
        rest, (*_, last) = self._take([1] * (HEADER_WORDS - 1))
        fields = header([first, *rest])
        begun = cycle + 1
        self.free = last + 2
        if not known(fields, self.config):
            self.busy.append((begun, self.free - 1))
            self._fail("TARGET")
        elif fields["target"] == ProgramTarget.FENCE:
            self._fence(fields["address"], begun)
        elif fields["target"] == ProgramTarget.WEIGHTS and self.config.store == "racetrack":
            self._weights(fields)
            self.busy.append((begun, self.weights_free - 1))
        else:
            self._records(fields)
            self.busy.append((begun, self.free - 1))

    def _records(self, fields: dict[str, int]) -> None:
        target = ProgramTarget(fields["target"])
        addresses = _addresses(fields, self.config)
        self.free = max(self.free, self.weights_free if target in WORD_TARGETS else 0)
        data, cycles = self._take(_groups(fields, self.config))
        if target not in WORD_TARGETS:
            stream = b"".join(word.to_bytes(4, "little") for word in data)
            parts = [stream[RECORD_BYTES * row :][:RECORD_BYTES] for row in range(len(addresses))]
            data = [int.from_bytes(part, "little") for part in parts]
            cycles = [
                cycles[(RECORD_BYTES * (row + 1) - 1) // 4] + byte_packer.LATENCY for row in range(len(addresses))
            ]
        self.free = cycles[-1] + 1
        if target in WORD_TARGETS:
            cycles = [cycle + 2 for cycle in cycles]
        if target == ProgramTarget.DESCRIPTORS:
            self.arrivals += [self.free] * (fields["rows"] * fields["groups"])
        for cycle, address, value in zip(cycles, addresses, data, strict=True):
            self.writes.append(Write(cycle=cycle, target=target, address=address, data=value))

    def _weights(self, fields: dict[str, int]) -> None:
        """Words of weights, each of which waits until those before are taken."""
        addresses = iter(_addresses(fields, self.config))
        for count in _groups(fields, self.config):
            self.free = max(self.free, self.weights_free)
            data, (cycle, *_) = self._take([count])
            fixed = {"cycle": cycle + 2, "target": ProgramTarget.WEIGHTS}
            writes = [Write(**fixed, address=next(addresses), data=word) for word in data]
            self.free, taken = cycle + 1, self.progress.taken(writes)
            self.weights_free = taken + 1
            self.writes += [dataclasses.replace(write, cycle=taken) for write in writes]

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
                else:
                    self.fenced.append((self.free, now))
                    self.first_fence = now
                self.free = now + 1
                if not passes:
                    self._fail("FENCE")
                return
        self.halted = True
        if count:
            self.free = max(self.free, len(see.streaming)) + 1
            self.busy.append((begun, self.free - 1))
            self._fail("FENCE")
        else:
            self.fenced.append((self.free, len(see.streaming) - 1))

    def _streams_anew(self) -> Callable[[int], bool]:
        """Whether, in a given cycle, no fence has yet been passed because the present run is streaming."""
        streaming, first = self.progress.streaming, self.first_fence
        rested = next((now for now in range(first + 1, len(streaming)) if not streaming[now]), len(streaming))
        return lambda now: first < 0 or now > rested

    def _fail(self, code: str) -> None:
        self.error, self.code, self.halted = self.free, code, True
        self._take([1] * (len(self.words) - self.splitter.position))

    def _take(self, groups: Sequence[int]) -> tuple[list[int], list[int]]:
        """The next words, and the cycle of each; they leave in groups."""
        first = self.splitter.position
        cycles = [cycle for count in groups for cycle in [self.splitter.take(count, self.free)] * count]
        return [int(word) for word in self.words[first : self.splitter.position]], cycles


def _groups(fields: dict[str, int], config: DwcPwcConfig) -> list[int]:
    """Words of a block's records that are taken at once."""
    if fields["target"] not in WORD_TARGETS:
        return [1] * record_words(fields)
    size, most = fields["row_records"], words_per_cycle(fields, config)
    row = [min(most, size - first) for first in range(0, size, most)]
    return row * (fields["rows"] * fields["groups"])


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
