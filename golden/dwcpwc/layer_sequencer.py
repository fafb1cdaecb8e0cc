"""Layer sequencer: which layers run, when they start, and what their cycle counts are."""

import dataclasses
from collections.abc import Mapping, Sequence

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.field_check import wrong_field
from racelet.golden.dwcpwc.layer_config import DESCRIPTOR_WORDS, LayerKind

FETCH = DESCRIPTOR_WORDS + 8
"""Cycles from ``go`` to the start of the first layer."""
TURN = 4
"""Cycles from the end of a layer to the start of the next, if its descriptor is there."""
LOAD = 2
"""Cycles from the last look at a descriptor to the start of its layer."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class SequencerTimes:
    """When the sequencer does what.

    Parameters
    ----------
    starts : list of int
        Cycle of each layer's start pulse; after an error or a layer that does not end there are no more.
    counts : list of int
        Cycle count of each layer.
    given : list of int
        First cycle of each count.
    begun : int or None
        First cycle of streaming, if there is any.
    fetches : list of int
        Cycle in which the fetch of each streamed descriptor begins.
    stopped : int
        First cycle that is not busy, or in which the error is high.
    """

    starts: list[int]
    counts: list[int]
    given: list[int]
    begun: int | None
    fetches: list[int]
    stopped: int


def refused(fields: Mapping[str, int], config: DwcPwcConfig, *, streaming: bool = False, place: int = 0) -> str:
    """Why a descriptor is not run.

    Parameters
    ----------
    fields : mapping of str to int
        All its fields.
    config : DwcPwcConfig
    streaming : bool
        It came while the program was running.
    place : int
        Where it lies, of ``config.layers`` places.

    Returns
    -------
    {"NONE", "KIND", "UNFINISHED", "FIELD"}
        KIND: there is no such kind, or it begins to stream what is streaming. UNFINISHED: another one should follow in
        a place that there is not. FIELD: a count is wrong.

    Examples
    --------
    >>> stream = {"kind": LayerKind.STREAM, "last": 0}
    >>> [refused(stream, DwcPwcConfig(layers=4), place=place) for place in (2, 3)]
    ['NONE', 'UNFINISHED']
    >>> refused({"kind": 15}, DwcPwcConfig())
    'KIND'
    """
    if fields["kind"] not in set(LayerKind) or (streaming and fields["kind"] == LayerKind.STREAM):
        return "KIND"
    ends = fields["last"] and fields["kind"] != LayerKind.STREAM
    if not streaming and place == config.layers - 1 and not ends:
        return "UNFINISHED"
    return "FIELD" if wrong_field(fields, config) else "NONE"


def runs(fields: Sequence[Mapping[str, int]], config: DwcPwcConfig) -> tuple[int, str]:
    """Layers that a program runs before it streams, and what ends them.

    Parameters
    ----------
    fields : sequence of mapping of str to int
        Of all descriptors that are kept.
    config : DwcPwcConfig

    Returns
    -------
    layers : int
        Layers that start.
    end : {"NONE", "STREAM", "KIND", "UNFINISHED", "FIELD"}
        NONE: the last of them is the program's last. STREAM: the next one is of that kind. Else the error.

    Examples
    --------
    >>> import dataclasses
    >>> from racelet.golden.dwcpwc.layer_config import LayerConfig
    >>> config = DwcPwcConfig(layers=3)
    >>> layer = dataclasses.asdict(LayerConfig(kind=LayerKind.INPUT))
    >>> programs = [[layer, layer | {"last": 1}, layer], [layer, layer | {"kind": 11}, layer], [layer] * 3]
    >>> [runs(program, config) for program in programs]
    [(2, 'NONE'), (1, 'STREAM'), (2, 'UNFINISHED')]
    """
    for number, each in enumerate(fields):
        error = refused(each, config, place=number)
        if error != "NONE":
            return number, error
        if each["kind"] == LayerKind.STREAM:
            return number, "STREAM"
        if each["last"]:
            return number + 1, "NONE"
    return len(fields), "UNFINISHED"


def schedule(
    go: int,
    lengths: Sequence[int],
    taken: Sequence[int],
    *,
    resident: int | None = None,
    arrivals: Sequence[int] = (),
    fails: bool = False,
) -> SequencerTimes:
    """Cycles of a program.

    The count of a layer is made in the cycle after its end, once the count before is taken, and given in the next. The
    descriptor of a layer is fetched from the start of the layer before it on, or from the second cycle on in which it
    counts as arrived. Streaming begins in the cycle before the one in which STREAM would start if it were a
    layer.

    Parameters
    ----------
    go : int
        Cycle of the go pulse.
    lengths : sequence of int
        Cycles from each layer's start pulse to its end.
    taken : sequence of int
        Cycle in which each count is taken.
    resident : int, optional
        Layers before STREAM; by default there is none.
    arrivals : sequence of int
        First cycle in which each streamed descriptor counts as arrived.
    fails : bool
        After these layers the next descriptor is refused.

    Returns
    -------
    SequencerTimes

    Examples
    --------
    >>> times = schedule(0, [40, 2], [64, 79])
    >>> times.starts, times.counts, times.stopped
    ([22, 66], [63, 6], 80)
    >>> times = schedule(0, [40, 2], [64, 145], resident=1, arrivals=[120])
    >>> times.starts, times.counts, times.begun
    ([22, 142], [63, 82], 65)
    """
    starts: list[int] = []
    counts: list[int] = []
    given: list[int] = []
    fetches: list[int] = []
    begun: int | None = None
    start = fetched = counted = go
    ready = 0
    for number in range(len(lengths) + 1):
        start = max(fetched + FETCH, ready)
        if number == resident:
            begun, fetched = start - LOAD + 1, start - LOAD
        streamed = -1 if resident is None else number - resident
        if 0 <= streamed < len(arrivals):
            fetched = max(fetched, arrivals[streamed])
            fetches.append(fetched + 1)
            start = max(fetched + FETCH, ready)
        if number == len(lengths):
            break
        starts.append(start)
        before = taken[number - 1] if number else 0
        made = max(start + lengths[number] + 1, before)
        counts.append(made - counted)
        given.append(made + 1)
        counted, fetched, ready = made, start - LOAD, made + TURN - 1
    stopped = start - LOAD + 1 if fails or not lengths else taken[len(lengths) - 1] + 1
    return SequencerTimes(starts=starts, counts=counts, given=given, begun=begun, fetches=fetches, stopped=stopped)
