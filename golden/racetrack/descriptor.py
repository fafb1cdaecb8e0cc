"""What an odometer is told of a view, the places that it gives, and when."""

import dataclasses
import math
from collections.abc import Iterator, Sequence

from racelet.golden.racetrack.odometer import View
from racelet.golden.racetrack.odometer_config import OdometerConfig

LATENCY = 1
"""Cycles from the one in which a descriptor is taken to the one in which its first place is there."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Descriptor:
    """A view in numbers of an odometer's widths; of one of five dimensions, five of each.

    Parameters
    ----------
    sizes : tuple of int
        The outermost dimension's first.
    tracks, offsets : tuple of int
        What is added to track and offset where a dimension counts on, in two's complement.
    track, offset : int
        Where the first element is.
    """

    sizes: tuple[int, ...]
    tracks: tuple[int, ...]
    offsets: tuple[int, ...]
    track: int
    offset: int

    @property
    def wrong(self) -> bool:
        """A dimension has no element."""
        return 0 in self.sizes

    @property
    def places(self) -> int:
        """Places that it is answered with."""
        return 1 if self.wrong else math.prod(self.sizes)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Step:
    """A place as the odometer gives it.

    Parameters
    ----------
    track, offset : int
        Where the element is.
    last : int
        1: it is the walk's last.
    error : int
        1: there is no such walk, as a dimension has no element; the place is the one that it would begin at.
    """

    track: int
    offset: int
    last: int
    error: int = 0


def describe(view: View, config: OdometerConfig) -> Descriptor:
    """Put a view into numbers.

    Parameters
    ----------
    view : View
    config : OdometerConfig

    Returns
    -------
    Descriptor
        Dimensions of one element in place of those that the view does not have; the innermost are the view's. A delta
        is kept modulo the number of tracks or words that there can be, which any sum of it and a place is, too.

    Raises
    ------
    ValueError
        If the view has too many dimensions, one of them is too long, or a place lies outside the tracks that there can
        be or the words on them.

    Examples
    --------
    >>> from racelet.golden.racetrack.odometer import stored
    >>> config = OdometerConfig(size_width=4, track_width=4, offset_width=4, dimensions=3)
    >>> turned = describe(stored((2, 3), 1).permute((1, 0)), config)
    >>> turned.sizes, turned.tracks, turned.offsets
    ((1, 3, 2), (0, 15, 1), (0, 1, 0))
    """
    missing = config.dimensions - len(view.dimensions)
    if missing < 0:
        raise ValueError(f"a view must have 1..{config.dimensions} dimensions, not {len(view.dimensions)}")
    for number, each in enumerate(view.dimensions):
        if each.size > config.largest:
            raise ValueError(
                f"dimension {number} must have 1..{config.largest} elements ({config.size_width} bits), "
                f"not {each.size}: split it"
            )
    for name, width in (("track", config.track_width), ("offset", config.offset_width)):
        ways = [(each.size - 1) * getattr(each, name) for each in view.dimensions]
        first = getattr(view, name)
        for place in (first + sum(min(way, 0) for way in ways), first + sum(max(way, 0) for way in ways)):
            if not 0 <= place < 1 << width:
                raise ValueError(f"every {name} of a view must be in 0..{(1 << width) - 1} ({width} bits), not {place}")
    padded = ((0, 0),) * missing + view.deltas
    return Descriptor(
        sizes=(1,) * missing + view.shape,
        tracks=tuple(track % (1 << config.track_width) for track, _ in padded),
        offsets=tuple(offset % (1 << config.offset_width) for _, offset in padded),
        track=view.track,
        offset=view.offset,
    )


def walk(descriptor: Descriptor, config: OdometerConfig) -> Iterator[Step]:
    """Places in their order; of a descriptor without any, one that says so.

    Parameters
    ----------
    descriptor : Descriptor
        Any numbers of the config's widths; not all are those of a view.
    config : OdometerConfig

    Examples
    --------
    >>> config = OdometerConfig(size_width=4, track_width=4, offset_width=4, dimensions=2)
    >>> none = Descriptor(sizes=(3, 0), tracks=(1, 1), offsets=(0, 0), track=5, offset=6)
    >>> list(walk(none, config))
    [Step(track=5, offset=6, last=1, error=1)]
    >>> some = Descriptor(sizes=(1, 3), tracks=(0, 15), offsets=(0, 1), track=1, offset=0)
    >>> [(step.track, step.offset, step.last) for step in walk(some, config)]
    [(1, 0, 0), (0, 1, 0), (15, 2, 1)]
    """
    track, offset = descriptor.track, descriptor.offset
    if descriptor.wrong:
        yield Step(track=track, offset=offset, last=1, error=1)
        return
    counters = [0] * config.dimensions
    for number in range(descriptor.places):
        yield Step(track=track, offset=offset, last=int(number == descriptor.places - 1))
        for axis in reversed(range(config.dimensions)):
            if counters[axis] < descriptor.sizes[axis] - 1:
                counters[axis] += 1
                track = (track + descriptor.tracks[axis]) % (1 << config.track_width)
                offset = (offset + descriptor.offsets[axis]) % (1 << config.offset_width)
                break
            counters[axis] = 0


def cycles(descriptors: Sequence[Descriptor]) -> int:
    """Clock cycles of walks one after the other, where nothing is waited for: one a place, and none between two walks.

    Parameters
    ----------
    descriptors : sequence of Descriptor
        At least one.

    Returns
    -------
    int
        From the first descriptor to the last place, both included.

    Examples
    --------
    >>> walked = Descriptor(sizes=(2, 3), tracks=(0, 0), offsets=(0, 0), track=0, offset=0)
    >>> cycles([walked]), cycles([walked, walked])
    (7, 13)
    """
    return LATENCY + sum(each.places for each in descriptors)


def schedule(counts: Sequence[int], offered: Sequence[int], taken: Sequence[int]) -> tuple[list[int], list[int]]:
    """Cycles in which descriptors are taken and places are there.

    A descriptor is taken where no walk goes on, or in the cycle in which the last place of the one before is taken.
    Its first place is there ``LATENCY`` cycles later, and each other one in the cycle after the one before was taken.

    Parameters
    ----------
    counts : sequence of int
        Places of each descriptor.
    offered : sequence of int
        First cycle in which each descriptor is offered.
    taken : sequence of int
        Cycle in which each place is taken.

    Returns
    -------
    descriptors : list of int
        Cycle in which each descriptor is taken.
    given : list of int
        First cycle of each place.

    Examples
    --------
    >>> schedule([2, 1], [0, 1], [1, 3, 4])
    ([0, 3], [1, 2, 4])
    """
    descriptors: list[int] = []
    given: list[int] = []
    for count, offer in zip(counts, offered, strict=True):
        descriptors.append(max(offer, taken[len(given) - 1]) if given else offer)
        given.append(descriptors[-1] + LATENCY)
        given += [taken[number] + 1 for number in range(len(given) - 1, len(given) + count - 2)]
    return descriptors, given
