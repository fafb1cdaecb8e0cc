"""Transposes of a transformer's encoder: what each moves if words are moved, and that a view moves none."""
# Ref: J. Devlin et al., "BERT: pre-training of deep bidirectional transformers for language understanding",
# NAACL-HLT 2019. doi:10.18653/v1/N19-1423: the base model has 12 layers, 768 hidden units and 12 heads.

import dataclasses
import math
from collections.abc import Iterable

from racelet.golden.racetrack.config import RacetrackConfig
from racelet.golden.racetrack.odometer import View, stored
from racelet.golden.racetrack.operations import Counts
from racelet.golden.racetrack.write_counts import read_counts, write_counts


@dataclasses.dataclass(frozen=True, kw_only=True)
class Encoder:
    """Shape of a transformer's encoder.

    Parameters
    ----------
    layers, heads : int
    hidden : int
        Numbers of a token; as many of them belong to each head.
    """

    layers: int
    heads: int
    hidden: int


BERT_BASE = Encoder(layers=12, heads=12, hidden=768)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Transpose:
    """A transpose of a tensor.

    Parameters
    ----------
    layer : int
    tensor : str
        What is transposed.
    shape : tuple of int
        As it lies in memory: its first dimension is a number of a track.
    order : tuple of int
        As ``numpy.transpose`` has it.
    """

    layer: int
    tensor: str
    shape: tuple[int, ...]
    order: tuple[int, ...]

    @property
    def elements(self) -> int:
        """Words, each of which is moved once if any is."""
        return math.prod(self.shape)

    def view(self) -> View:
        """The tensor in its new order, where it lies.

        Returns
        -------
        View
            Rows as they are stored, without any word moved.
        """
        return stored(self.shape, 1).permute(self.order)


def transposes(encoder: Encoder, tokens: int) -> list[Transpose]:
    """All transposes of a run over a sequence, in their order.

    In each layer, queries, keys and values of all tokens are split into heads, which come outermost; those of the keys
    are transposed once more, for the product with the queries; and what comes out of the heads is put back together.

    Parameters
    ----------
    encoder : Encoder
    tokens : int
        Length of the sequence.

    Returns
    -------
    list of Transpose
        Five for each layer.

    Examples
    --------
    >>> found = transposes(BERT_BASE, 512)
    >>> len(found), sum(each.elements for each in found)
    (60, 23592960)
    >>> [(each.tensor, each.shape, each.order) for each in found[2:4]]
    [('values', (512, 12, 64), (1, 0, 2)), ('keys of heads', (12, 512, 64), (0, 2, 1))]
    """
    width = encoder.hidden // encoder.heads
    rows, heads = (tokens, encoder.heads, width), (encoder.heads, tokens, width)
    each_layer = [
        *((name, rows, (1, 0, 2)) for name in ("queries", "keys", "values")),
        ("keys of heads", heads, (0, 2, 1)),
        ("context of heads", heads, (1, 0, 2)),
    ]
    return [
        Transpose(layer=layer, tensor=name, shape=shape, order=order)
        for layer in range(encoder.layers)
        for name, shape, order in each_layer
    ]


def moved(found: Iterable[Transpose], config: RacetrackConfig) -> Counts:
    """Operations if words are moved.

    A word is read, and put back, which takes 2 W shifts and W detections; and written by permutation over another one
    with as many ones, which takes 2 (W + 1) shifts and W detections, and neither inserts nor removes. Words lie beside
    their ports.

    Parameters
    ----------
    found : iterable of Transpose
    config : RacetrackConfig

    Examples
    --------
    >>> counts = moved(transposes(BERT_BASE, 512), RacetrackConfig(word_bits=32))
    >>> f"{counts.shift / 1e9:.2f} G, {counts.detect / 1e9:.2f} G"
    '3.07 G, 1.51 G'
    """
    word = read_counts(config) + write_counts(0, 0, "pw", config)
    words = sum(each.elements for each in found)
    return Counts(shift=words * word.shift, detect=words * word.detect)


def viewed(found: Iterable[Transpose]) -> Counts:
    """Operations if each transpose is another view of what lies where it lay.

    Parameters
    ----------
    found : iterable of Transpose
        Any: each is a view with its dimensions in another order.

    Examples
    --------
    >>> viewed(transposes(BERT_BASE, 512)).total
    0
    """
    return sum((Counts() for _ in found), Counts())
