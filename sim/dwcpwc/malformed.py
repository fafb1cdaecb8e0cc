"""Programs that make no sense: random words, random fields, good programs with bits flipped or blocks misplaced."""

import dataclasses
import itertools
from collections.abc import Callable, Sequence

import numpy as np
from numpy.random import Generator

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import (
    COUNTS,
    DESCRIPTOR_WORDS,
    DOT_KINDS,
    SIGNED,
    LayerConfig,
    LayerKind,
    ProgramTarget,
    field_bits,
)
from racelet.golden.dwcpwc.memories import unpack_fields
from racelet.golden.dwcpwc.program import Block, descriptor_blocks, fence
from racelet.golden.dwcpwc.program_loader import HEADER_WORDS
from racelet.golden.dwcpwc.stream_schedule import blocks
from racelet.sim.dwcpwc.programs import random_program
from racelet.sim.dwcpwc.streamed_programs import streamed_program

MOST_WORK = 20_000
"""Cycles that a layer may take, about; a program may well ask for years."""
COMPUTING = [kind for kind in LayerKind if kind not in {LayerKind.INPUT, LayerKind.OUTPUT, LayerKind.STREAM}]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Malformed:
    """Words for the ``program`` stream, most likely wrong.

    Parameters
    ----------
    words : list of int
        Before ``start``.
    streamed : list of int
        After it.
    """

    words: list[int]
    streamed: list[int]


def malformed(rng: Generator, config: DwcPwcConfig) -> Malformed:
    """One such program, of any sort.

    Parameters
    ----------
    rng : Generator
    config : DwcPwcConfig

    Returns
    -------
    Malformed
    """
    sorts: Sequence[Callable[[Generator, DwcPwcConfig], Malformed]] = (_random_words, _random_fields, _flipped, _mixed)
    while True:
        program = sorts[int(rng.integers(len(sorts)))](rng, config)
        if all(work(fields) <= MOST_WORK for fields in _descriptors(program, config)):
            return program


def work(fields: dict[str, int]) -> int:
    """Cycles that a descriptor takes at most, about.

    Examples
    --------
    >>> work({"kind": LayerKind.INPUT, "tiles": 3, "tile_pixels": 5, "last_tile_pixels": 1, "channels": 2})
    32
    """
    kind = fields["kind"]
    pixels = fields["tiles"] * fields["tile_pixels"] + fields["last_tile_pixels"]
    if kind in (LayerKind.INPUT, LayerKind.LOAD):
        return pixels * fields["channels"]
    taps = (fields["kernel_rows"] + 1) * (fields["kernel_columns"] + 1)
    total = pixels * fields["source_channels"] * taps
    if kind in DOT_KINDS:
        beats = fields["words"] * (fields["passes"] + 1)
        total = max(total, 8 * pixels * beats, fields["weight_beats"] * fields["tiles"])
    return total


def _descriptors(program: Malformed, config: DwcPwcConfig) -> list[dict[str, int]]:
    """What the words may mean as descriptors, wherever one may begin."""
    found = []
    for words in (program.words, program.streamed):
        for fields, block in blocks(words, config):
            if fields["target"] == ProgramTarget.DESCRIPTORS and fields["row_records"]:
                size, data = fields["row_records"], block[HEADER_WORDS:]
                rows = [data[first : first + size] for first in range(0, len(data), size)]
                found += [unpack_fields(row[:DESCRIPTOR_WORDS]) for row in rows]
    return [each for each in found if each["kind"] in COUNTS and each["kind"] != LayerKind.STREAM]


def _layer(rng: Generator, kind: LayerKind, last: bool) -> LayerConfig:
    """Small numbers, some of them zero, where a field sets how long it takes; anything elsewhere."""
    fields: dict[str, int] = {}
    for name, (_, width) in field_bits(kind).items():
        if name in COUNTS[kind]:
            fields[name] = int(rng.integers(int(rng.random() > 0.1), min(1 << width, int(rng.choice([3, 5, 9])))))
        elif name in SIGNED:
            fields[name] = int(rng.integers(-(1 << width - 1), 1 << width - 1))
        else:
            fields[name] = int(rng.integers(1 << width))
    del fields["kind"]
    if kind in DOT_KINDS and rng.random() < 0.5:
        fields["weight_beats"] = 4 * fields["words"] * fields["passes"]
    return LayerConfig(kind=kind, **fields | {"last": int(last)})


def _words_of(parts: Sequence[Block]) -> list[int]:
    return [int(word) for part in parts for word in part.words()]


def _random_words(rng: Generator, _: DwcPwcConfig) -> Malformed:
    """Noise, behind a good header at times."""
    count = int(rng.integers(1, 60))
    noise = rng.integers(0, 1 << 32, count, dtype=np.uint64).tolist()
    target = int(rng.integers(8))
    first = [target | int(rng.integers(1, 5)) << 3 | 1 << 8 | int(rng.integers(1, 3)) << 16, 0]
    stream = _words_of(descriptor_blocks([LayerConfig(kind=LayerKind.STREAM)]))
    if rng.random() < 0.5:
        return Malformed(words=[*stream, *_words_of([fence(0)])], streamed=[*first, *noise])
    return Malformed(words=[*first, *noise] if rng.random() < 0.7 else noise, streamed=[])


def _random_fields(rng: Generator, config: DwcPwcConfig) -> Malformed:
    """Descriptors of random fields, as they stay or as they come."""
    kinds = [kind for kind in LayerKind if kind != LayerKind.STREAM]
    count = int(rng.integers(1, min(5, config.layers)))
    layers = [_layer(rng, kinds[int(rng.integers(len(kinds)))], number == count - 1) for number in range(count)]
    streams = rng.random() < 0.5
    words = _words_of(descriptor_blocks(layers, first=int(streams)))
    if rng.random() < 0.3:
        # The first of them is of another kind, as likely as not of one that there is not.
        words[HEADER_WORDS] = words[HEADER_WORDS] & ~15 | int(rng.integers(8, 16))
    stream = descriptor_blocks([LayerConfig(kind=LayerKind.STREAM)])
    return (
        Malformed(words=_words_of([*stream, fence(0)]), streamed=words)
        if streams
        else Malformed(words=words, streamed=[])
    )


def _good(rng: Generator, config: DwcPwcConfig) -> Malformed:
    if rng.random() < 0.4 and config.layers >= 10:
        return Malformed(words=random_program(rng, config, _kinds(rng, 2)).words, streamed=[])
    program = streamed_program(rng, config, _kinds(rng, 4))
    return Malformed(words=[*program.words, *program.streamed[:2]], streamed=program.streamed[2:])


def _kinds(rng: Generator, most: int) -> list[LayerKind]:
    return [COMPUTING[int(number)] for number in rng.integers(len(COMPUTING), size=rng.integers(1, most + 1))]


def _flipped(rng: Generator, config: DwcPwcConfig) -> Malformed:
    """A good program with some bits of descriptors or headers flipped."""
    program = _good(rng, config)
    program = dataclasses.replace(program, words=list(program.words), streamed=list(program.streamed))
    for _ in range(int(rng.integers(1, 4))):
        words = program.streamed if program.streamed and rng.random() < 0.7 else program.words
        places = []
        first = 0
        for fields, block in blocks(words, config):
            whole = fields["target"] in {ProgramTarget.DESCRIPTORS, ProgramTarget.FENCE}
            places += range(first, first + (len(block) if whole else 2))
            first += len(block)
        place = int(rng.choice(places))
        words[place] ^= 1 << int(rng.integers(32))
    return program


def _mixed(rng: Generator, config: DwcPwcConfig) -> Malformed:
    """A good streamed program with a block left out, twice, elsewhere, or with a fence moved."""
    program = streamed_program(rng, config, _kinds(rng, 4))
    parts = [list(block) for _, block in blocks(program.streamed, config)]
    place = int(rng.integers(len(parts)))
    match int(rng.integers(4)):
        case 0:
            del parts[place]
        case 1:
            parts.insert(place, parts[place])
        case 2:
            parts.insert(int(rng.integers(len(parts))), parts.pop(place))
        case _:
            parts.insert(place, _words_of([fence(int(rng.integers(12)))]))
    return Malformed(words=program.words, streamed=list(itertools.chain.from_iterable(parts)))
