"""What it takes to read words in some order, where tracks stay where they are, and where they are brought home."""

from collections.abc import Iterable

from racelet.golden.racetrack.odometer import Place
from racelet.golden.racetrack.operations import Counts


class Lazy:
    """Tracks that stay where they are until they are needed again.

    A word passes its port in either direction: outwards, the bit beside the port first, or inwards on the way back. Of
    the two, the one is taken that goes on from where the track is; the other would go over the word and back.

    Parameters
    ----------
    word_bits : int
        W.
    words_per_port : int
        q. Word number ``k`` of a track is at port ``k // q``, with ``k % q`` words between.

    Attributes
    ----------
    displacements : dict of int
        How far a track is from home, by its number; those that are not there are at home.
    pulses : Counts
        Operations so far.

    Examples
    --------
    >>> tracks = Lazy(8, 2)
    >>> [tracks.read(place) for place in ((0, 0), (5, 0), (0, 1), (0, 0))]
    [True, True, True, False]
    >>> tracks.displacements, tracks.pulses.shift
    ({0: 1, 5: 8}, 39)
    """

    def __init__(self, word_bits: int, words_per_port: int) -> None:
        self.word_bits = word_bits
        self.words_per_port = words_per_port
        self.displacements: dict[int, int] = {}
        self.pulses = Counts()

    def read(self, place: Place) -> bool:
        """Read a word.

        Parameters
        ----------
        place : (int, int)
            Track, and number of the word on it.

        Returns
        -------
        bool
            Whether it passes outwards. A bit is at the port when the track is away from home by one more than the bit
            is from the site beside the port.
        """
        track, word = place
        first = word % self.words_per_port * self.word_bits + 1
        last = first + self.word_bits - 1
        before = self.displacements.get(track, 0)
        outwards = before <= first
        after = last if outwards else first
        self.displacements[track] = after
        self.pulses += Counts(shift=abs(after - before), detect=self.word_bits)
        return outwards


def lazy(places: Iterable[Place], word_bits: int, words_per_port: int) -> Counts:
    """Operations where each track stays where it is.

    Parameters
    ----------
    places : iterable of (int, int)
        Tracks, and numbers of words on them, in the order in which they are read.
    word_bits, words_per_port
        See :class:`Lazy`.

    Returns
    -------
    Counts

    Examples
    --------
    >>> from racelet.golden.racetrack.odometer import stored
    >>> rows = stored((16, 12), 1)
    >>> [lazy(view.places(), 8, 12).shift for view in (rows, rows.permute((1, 0)))]
    [1536, 1536]
    """
    tracks = Lazy(word_bits, words_per_port)
    for place in places:
        tracks.read(place)
    return tracks.pulses


def eager(places: Iterable[Place], word_bits: int, words_per_port: int) -> Counts:
    """Operations where each track is brought home after each word.

    Parameters
    ----------
    places, word_bits, words_per_port
        See :func:`lazy`.

    Returns
    -------
    Counts

    Examples
    --------
    >>> from racelet.golden.racetrack.odometer import stored
    >>> eager(stored((16, 12), 1).places(), 8, 12).shift
    19968
    """
    pulses = Counts()
    for _, word in places:
        pulses += Counts(shift=2 * (word % words_per_port + 1) * word_bits, detect=word_bits)
    return pulses
