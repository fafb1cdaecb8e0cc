"""Where the elements of a tensor lie on tracks, in any order of its dimensions: a transpose moves nothing."""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence

Place = tuple[int, int]
"""Number of a track, and of a word on it."""
MOST_DIMENSIONS = 5


@dataclasses.dataclass(frozen=True, kw_only=True)
class Dimension:
    """A dimension of a view.

    Parameters
    ----------
    size : int
        At least 1.
    track, offset : int
        By how many tracks and words an element is away from the one before.
    """

    size: int
    track: int
    offset: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class View:
    """A tensor on tracks, seen in some order.

    Parameters
    ----------
    dimensions : tuple of Dimension
        The outermost first. One to five.
    track, offset : int
        Where the first element is.

    Raises
    ------
    ValueError
        If there are too few dimensions or too many, or one has no element.

    Examples
    --------
    >>> view = stored((2, 3), tracked=1)
    >>> list(view.permute((1, 0)).places())
    [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2)]
    """

    dimensions: tuple[Dimension, ...]
    track: int = 0
    offset: int = 0

    def __post_init__(self) -> None:
        if not 1 <= len(self.dimensions) <= MOST_DIMENSIONS:
            raise ValueError(f"a view must have 1..{MOST_DIMENSIONS} dimensions, not {len(self.dimensions)}")
        for number, each in enumerate(self.dimensions):
            if each.size < 1:
                raise ValueError(f"dimension {number} must have at least one element, not {each.size}")

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes."""
        return tuple(each.size for each in self.dimensions)

    def permute(self, order: Sequence[int]) -> "View":
        """The dimensions in another order, as ``numpy.transpose`` has it."""
        if sorted(order) != list(range(len(self.dimensions))):
            raise ValueError(
                f"an order must name each of {len(self.dimensions)} dimensions once, not be {tuple(order)}"
            )
        return dataclasses.replace(self, dimensions=tuple(self.dimensions[each] for each in order))

    def split(self, axis: int, inner: int) -> "View":
        """Two dimensions in place of one; the inner one has so many elements."""
        each = self.dimensions[axis]
        if inner < 1 or each.size % inner:
            raise ValueError(f"dimension {axis} of {each.size} elements cannot be split into parts of {inner}")
        outer = Dimension(size=each.size // inner, track=inner * each.track, offset=inner * each.offset)
        pair = (outer, dataclasses.replace(each, size=inner))
        return dataclasses.replace(self, dimensions=self.dimensions[:axis] + pair + self.dimensions[axis + 1 :])

    def merge(self, axis: int) -> "View":
        """One dimension in place of two neighbours, where the outer one goes on at the inner one's end."""
        outer, inner = self.dimensions[axis : axis + 2]
        if (outer.track, outer.offset) != (inner.size * inner.track, inner.size * inner.offset):
            raise ValueError(f"dimensions {axis} and {axis + 1} do not lie one behind the other")
        both = dataclasses.replace(inner, size=outer.size * inner.size)
        return dataclasses.replace(self, dimensions=(*self.dimensions[:axis], both, *self.dimensions[axis + 2 :]))

    @property
    def deltas(self) -> tuple[Place, ...]:
        """What is added to track and offset where a dimension counts on, and all within it begin anew."""
        found: list[Place] = []
        for axis, each in enumerate(self.dimensions):
            within = self.dimensions[axis + 1 :]
            track = each.track - sum((other.size - 1) * other.track for other in within)
            offset = each.offset - sum((other.size - 1) * other.offset for other in within)
            found.append((track, offset))
        return tuple(found)

    def places(self) -> Iterator[Place]:
        """All elements in their order: counters like an odometer's, and one addition for each of the two."""
        track, offset = self.track, self.offset
        counters, deltas = [0] * len(self.dimensions), self.deltas
        while True:
            yield track, offset
            axis = len(counters) - 1
            while axis >= 0 and counters[axis] == self.dimensions[axis].size - 1:
                counters[axis] = 0
                axis -= 1
            if axis < 0:
                return
            counters[axis] += 1
            track, offset = track + deltas[axis][0], offset + deltas[axis][1]


def stored(shape: Sequence[int], tracked: int, *, track: int = 0, offset: int = 0) -> View:
    """A tensor in rows: its first dimensions are numbers of tracks, the others words on a track.

    Parameters
    ----------
    shape : sequence of int
    tracked : int
        How many dimensions are tracks.
    track, offset : int
        Where it begins.

    Examples
    --------
    >>> [(each.track, each.offset) for each in stored((2, 3, 4), tracked=1).dimensions]
    [(1, 0), (0, 4), (0, 1)]
    """
    tracks = [*itertools.accumulate(reversed(shape[:tracked]), lambda a, b: a * b, initial=1)][:-1][::-1]
    words = [*itertools.accumulate(reversed(shape[tracked:]), lambda a, b: a * b, initial=1)][:-1][::-1]
    strides = [*((each, 0) for each in tracks), *((0, each) for each in words)]
    dimensions = tuple(
        Dimension(size=size, track=first, offset=second) for size, (first, second) in zip(shape, strides, strict=True)
    )
    return View(dimensions=dimensions, track=track, offset=offset)
