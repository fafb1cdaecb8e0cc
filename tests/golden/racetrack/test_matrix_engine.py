import itertools
from typing import Any

import numpy as np
import pytest

from racelet.golden.racetrack.device import Track
from racelet.golden.racetrack.float_multiply_add import QUIET, multiply_add
from racelet.golden.racetrack.matrix_config import MatrixConfig
from racelet.golden.racetrack.matrix_cycles import product_cycles, read_counts
from racelet.golden.racetrack.matrix_engine import Answer, MatrixEngine, refusal
from racelet.golden.racetrack.matrix_passes import READS, Read, Request, element_order, slot_order
from racelet.golden.racetrack.matrix_reads import Product, buffered, reductions, serpentine, word_by_word
from racelet.golden.racetrack.operations import Counts

SHAPES = [
    MatrixConfig(word_bits=8, ports=3, rows=3, columns=4),
    MatrixConfig(word_bits=9, ports=2, words_per_port=3, rows=3, columns=2),
    MatrixConfig(word_bits=8, ports=2, words_per_port=4, rows=4, columns=6, tile=2),
    MatrixConfig(word_bits=64, ports=1, words_per_port=2, rows=4, columns=4, tile=4),
]


def engine(config: MatrixConfig, left: np.ndarray, right: np.ndarray) -> MatrixEngine:
    """An engine with the rows of one matrix and the columns of another on its tracks."""
    sides: list[list[Track]] = []
    for lines, shape in ((left, config.row_tracks), (right.T, config.column_tracks)):
        tracks = [Track(shape) for _ in lines]
        for track, line in zip(tracks, lines.tolist(), strict=True):
            for number, word in enumerate(line):
                track.store(*divmod(number, config.words_per_port), word & ((1 << config.word_bits) - 1))
        sides.append(tracks)
    return MatrixEngine(config, *sides)


def product(answer: Answer, rows: int, columns: int, tile: int) -> list[list[int]]:
    """Sums as a matrix, of which the engine tells tile by tile."""
    tiles = np.array(answer.sums, object).reshape(rows // tile, columns // tile, tile, tile)
    return tiles.transpose(0, 2, 1, 3).reshape(rows, columns).tolist()


def integers(rng: np.random.Generator, config: MatrixConfig) -> tuple[np.ndarray, np.ndarray]:
    """Two matrices of any elements, extreme ones among them."""
    half = 1 << (config.word_bits - 1)
    shapes = ((config.rows, config.terms), (config.terms, config.columns))
    left, right = (rng.integers(-half, half - 1, shape, endpoint=True).astype(object) for shape in shapes)
    left[0], right[:, 0] = -half, -half
    return left, right


def shifts_and_detects(engine: MatrixEngine) -> Counts:
    return sum((track.counts for side in engine.sides for track in side), start=Counts())


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("config", SHAPES)
def test_integers_are_exact_and_operations_those_of_the_formulas(config: MatrixConfig, read: Read) -> None:
    left, right = integers(np.random.default_rng(1), config)
    made = engine(config, left, right)
    request = Request(read=read, rows=config.rows, terms=config.terms, columns=config.columns)
    for times in (1, 2):
        answer = made.run(request)
        assert answer.error == "NONE"
        assert product(answer, config.rows, config.columns, config.tile) == (left @ right).tolist()
        reads = read_counts(request, config)
        assert shifts_and_detects(made) == Counts(shift=times * reads.shift, detect=times * reads.detect) + made.homing
    assert all(track.displacement == 0 for side in made.sides for track in side)


def test_counts_are_those_of_the_specification() -> None:
    config = MatrixConfig(word_bits=16, ports=6, words_per_port=2, rows=4, columns=6)
    shape = Product(rows=4, terms=12, columns=6, word_bits=16)
    request = {read: Request(read=read, rows=4, terms=12, columns=6) for read in READS}
    assert read_counts(request["naive"], config) == word_by_word(shape)
    assert read_counts(request["buffer"], config) == buffered(shape)
    assert read_counts(request["serpentine"], config) == serpentine(shape, 32)
    assert read_counts(request["serpentine"], config).shift == 2 * 4 * 6 * (32 - 1) + 4 + 6


def test_a_tile_divides_operations_by_its_side() -> None:
    found = {}
    for tile in (1, 2, 4):
        config = MatrixConfig(word_bits=8, ports=2, rows=8, columns=8, tile=tile)
        made = engine(config, *integers(np.random.default_rng(tile), config))
        made.run(Request(read="buffer", rows=8, terms=2, columns=8))
        found[tile] = shifts_and_detects(made).detect - made.homing.detect
    assert found[1] == 2 * found[2] == 4 * found[4]


def test_the_tracks_of_an_engine_save_what_is_published() -> None:
    config = MatrixConfig(word_bits=32, ports=4, rows=2, columns=2)
    done: dict[Read, Counts] = {}
    for read in READS:
        made = engine(config, *integers(np.random.default_rng(2), config))
        made.run(Request(read=read, rows=2, terms=4, columns=2))
        every, homing = shifts_and_detects(made), made.homing
        done[read] = Counts(shift=every.shift - homing.shift, detect=every.detect - homing.detect)
    found = reductions(done["naive"], done["buffer"])
    assert found == pytest.approx({"shift": 50.0, "latency": 45.45, "energy": 47.62, "ops": 33.33}, abs=0.01)


@pytest.mark.parametrize("slots", range(1, 9))
def test_each_word_is_multiplied_once_both_have_come(slots: int) -> None:
    for rows, columns in itertools.product((True, False), repeat=2):
        outwards = (rows, columns)
        order = slot_order(slots, outwards)
        assert sorted(itertools.chain(*order)) == list(range(slots))
        for time, together in enumerate(order):
            for slot in together:
                assert all((slot if out else slots - 1 - slot) <= time for out in outwards)


@pytest.mark.parametrize("read", READS)
def test_floats_are_added_in_the_order_of_the_passes(read: Read) -> None:
    rng = np.random.default_rng(3)
    config = MatrixConfig(number="fp32", ports=3, words_per_port=4, rows=4, columns=4, tile=2)
    shapes = ((config.rows, config.terms), (config.terms, config.columns))
    left, right = (rng.normal(0, np.exp2(rng.integers(-9, 9, shape))).astype(np.float32) for shape in shapes)
    made = engine(config, left.view(np.uint32), right.view(np.uint32))
    answer = made.run(Request(read=read, rows=4, terms=11, columns=4))
    found = product(answer, 4, 4, 2)
    orders = set()
    for row, column in itertools.product(range(4), repeat=2):
        order = element_order(Request(read=read, rows=4, terms=11, columns=4), config, row // 2, column // 2)
        orders.add(tuple(order))
        total = np.float32(0)
        for k in order:
            total = np.float32(total + np.float32(left[row, k] * right[k, column]))
        assert found[row][column] == int(total.view(np.uint32))
        assert sorted(order) == list(range(11))
    # First to last, or last to first, where both go the same way; else from the middle on, either of two first.
    assert len(orders) == (1 if read == "naive" else 4)


def test_what_is_no_number_has_one_code() -> None:
    infinity, other, one = 0x7F800000, 0xFFC12345, 0x3F800000
    assert multiply_add([other, one], [one, one]).tolist() == [QUIET, QUIET]
    assert multiply_add([infinity, infinity], [one, 0xBF800000]).tolist() == [infinity, QUIET]


def test_a_request_that_cannot_be_done_is_named() -> None:
    config = MatrixConfig(ports=4, rows=4, columns=6, tile=2)
    good = {"read": "naive", "rows": 4, "terms": 4, "columns": 6}
    wrong = {"read": ["x"], "rows": [0, 3, 6], "terms": [0, 5], "columns": [0, 5, 8]}
    assert refusal(Request(**good), config) == "NONE"
    for name, values in wrong.items():
        for value in values:
            assert refusal(Request(**{**good, name: value}), config) == name.upper()


def test_sweeps_wait_for_products_that_take_longer() -> None:
    slow, fast = (MatrixConfig(word_bits=8, ports=ports, rows=2, columns=2) for ports in (32, 8))
    cycles = [
        product_cycles(Request(read="serpentine", rows=2, terms=each.terms, columns=2), each) for each in (slow, fast)
    ]
    assert cycles[1] < cycles[0]


@pytest.mark.parametrize(
    ("wrong", "error", "named"),
    [
        ({"number": "fp16"}, ValueError, "MatrixConfig.number must be one of int, fp32, not 'fp16'"),
        ({"number": "fp32", "word_bits": 16}, ValueError, "MatrixConfig.word_bits must be 32 (number='fp32'), not 16"),
        ({"tile": 3}, ValueError, "MatrixConfig.tile must be one of 1, 2, 4, 8, not 3"),
        ({"rows": 3, "tile": 2}, ValueError, "MatrixConfig.rows must be in 2..512 and a multiple of tile=2"),
        ({"columns": 257}, ValueError, "MatrixConfig.columns must be in 1..256"),
        ({"ports": 33}, ValueError, "MatrixConfig.ports must be in 1..32, not 33"),
        ({"rows": 2.0}, TypeError, "MatrixConfig.rows must be int, not 2.0"),
        ({"clock_ghz": 0}, ValueError, "MatrixConfig.clock_ghz must be above 0"),
    ],
)
def test_a_config_that_cannot_be_is_named(wrong: dict[str, Any], error: type[Exception], named: str) -> None:
    with pytest.raises(error) as raised:
        MatrixConfig(**wrong)
    assert named in str(raised.value)
