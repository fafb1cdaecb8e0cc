"""Operations and clock cycles of products of matrices on tracks."""

from racelet.golden.racetrack import matrix_reads
from racelet.golden.racetrack.matrix_config import MatrixConfig
from racelet.golden.racetrack.matrix_passes import Pass, Request, displacement, passes, slot_order
from racelet.golden.racetrack.operations import Counts


def read_counts(request: Request, config: MatrixConfig) -> Counts:
    """Operations of all passes, by the formulas of :mod:`racelet.golden.racetrack.matrix_reads`.

    What all ports of a track do at a time counts once; what several tracks do at a time, as often as they are. Where
    the last port has fewer elements than others, as many words are read there as elsewhere.

    Parameters
    ----------
    request : Request
    config : MatrixConfig

    Examples
    --------
    >>> config = MatrixConfig(word_bits=8, ports=4)
    >>> read_counts(Request(read="serpentine", rows=3, terms=4, columns=2), config).shift == 2 * 3 * 2 * 7 + 3 + 2
    True
    """
    product = matrix_reads.Product(
        rows=request.rows,
        terms=request.ports(config) * request.slots(config),
        columns=request.columns,
        word_bits=config.word_bits,
    )
    if request.read == "serpentine":
        return matrix_reads.serpentine(product, request.segment(config), tile=config.tile)
    counts = matrix_reads.word_by_word if request.read == "naive" else matrix_reads.buffered
    return counts(product, tile=config.tile)


def pass_cycles(each: Pass, request: Request, config: MatrixConfig) -> list[int]:
    """Cycles of a pass up to the end of each of its words, and behind the last one, if nothing waits.

    Examples
    --------
    >>> config = MatrixConfig(word_bits=8, ports=1, words_per_port=2)
    >>> request = Request(read="buffer", rows=1, terms=2, columns=2)
    >>> [pass_cycles(each, request, config) for each in passes(request, config)]
    [[16, 16, 0], [16, 16, 1]]
    """
    tracks, width, slots = config.row_tracks, config.word_bits, request.slots(config)
    look, move = tracks.operation_cycles("detect"), tracks.operation_cycles("shift")
    words = [width * (look + move)] * slots
    words[0] -= 0 if any(each.lead) else move
    return [*words, max(each.trail) * move]


def word_cycles(each: Pass, request: Request, config: MatrixConfig) -> list[int]:
    """Cycles from the end of each word of a pass until the next one can be taken.

    Examples
    --------
    >>> config = MatrixConfig(word_bits=8, ports=3, words_per_port=2, tile=2)
    >>> request = Request(read="serpentine", rows=2, terms=6, columns=2)
    >>> [word_cycles(each, request, config) for each in passes(request, config)]
    [[4, 10]]
    """
    ports = request.ports(config) if each.port is None else 1
    # What is kept takes as long as what is multiplied.
    rounds = [max(1, len(together)) for together in slot_order(request.slots(config), each.outwards)]
    cycles = [1 + ports * config.element_cycles * count for count in rounds]
    if each.ends:
        cycles[-1] += config.sum_cycles + config.tile**2
    return cycles


def product_cycles(request: Request, config: MatrixConfig, *, away: int = 0) -> int:
    """Cycles from the one in which a request is offered to the one with its answer, if sums are taken at once.

    Parameters
    ----------
    request : Request
        One that is not refused.
    config : MatrixConfig
    away : int
        How far from home all tracks are before.

    Examples
    --------
    >>> config = MatrixConfig(word_bits=8, ports=2)
    >>> product_cycles(Request(read="serpentine", rows=1, terms=2, columns=1), config)
    36
    """
    tracks = config.row_tracks
    look, move = tracks.operation_cycles("detect"), tracks.operation_cycles("shift")
    tiles = (request.rows // config.tile, request.columns // config.tile)
    total, busy, outwards = 0, 0, (True, True)
    # Since the last word was taken, and until the next one can be.
    since = 0
    for each in passes(request, config):
        *words, trail = pass_cycles(each, request, config)
        for took, needs in zip(words, word_cycles(each, request, config), strict=True):
            step = max(since + took, busy)
            total, since, busy = total + step, 0, needs
        since, outwards = trail, each.outwards
    ways = [displacement(request, config, side) for side in outwards]
    for number in range(max(tiles)):
        way = max(way for way, count in zip(ways, tiles, strict=True) if number < count)
        total += away * (move + look) + look
        since += way * (move + look) + look
    return 1 + total + max(since + 1, busy)
