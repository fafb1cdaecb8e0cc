"""Rows of the bench put together for people."""

from collections.abc import Mapping, Sequence

from racelet.bench.distillation.layers import MODELS
from racelet.bench.row import Row, Table
from racelet.bench.skyrmions.accuracy import NETWORKS
from racelet.bench.skyrmions.codecs import KS, RULES, SCALES
from racelet.bench.skyrmions.networks import files
from racelet.bench.skyrmions.reads import FFN1, REDUCTIONS, SLOTS, TILES, schedules
from racelet.bench.skyrmions.transposes import TOKENS, TRAVERSED
from racelet.bench.skyrmions.words import short_streams, update_names
from racelet.bench.skyrmions.writes import TOLD, WAYS
from racelet.golden.racetrack.enumerative_code import CODES
from racelet.golden.racetrack.matrix_reads import word_by_word
from racelet.golden.racetrack.transposes import BERT_BASE, transposes

Values = Mapping[str, float | None]

HEADLINES = {
    "cw_known": "gaussian_1e-3",
    "pw_update": "gaussian_1e-3",
    "cw_early": "gaussian_fresh",
    "pw": "gaussian_fresh",
    "naive": "gaussian_fresh",
}
"""Streams of the writes that are told first, by what they are called."""

SUMMARY = (
    "pw_inserts_per_64b_word",
    *("cw_inserts", "cw_removes", "tracks_writes"),
    *(f"{name}_{what}" for name in HEADLINES for what in ("ns", "fj")),
    *(f"buffer_{what}_reduction_percent" for what in REDUCTIONS),
    "transpose_device_ops",
    *("serpentine_over_bound", "serpentine_over_bound_percent", "codec_k16_sqnr_db", "codec_fp16_sqnr_db"),
    *("digits_fp32_accuracy", "digits_k16_nearest_accuracy"),
    *MODELS,
)
"""Rows that are told first, as they are; of networks, that they are not here."""
WRITES = ("gaussian_fresh", "gaussian_1e-3")
SHORT = tuple(short_streams())


def all_tables(rows: Sequence[Row]) -> list[Table]:
    """Rows put together.

    Parameters
    ----------
    rows : sequence of Row
        All of them.
    """
    values = {row.name: row.value for row in rows}
    by_name = {row.name: row for row in rows}
    once = [by_name[name] for name in SUMMARY if name in by_name]
    return [
        Table(("row", "value", "unit"), [(row.name, row.value, row.unit) for row in once], "summary"),
        count_table("writes", WRITES, values),
        mean_table("latencies", "ns", values),
        mean_table("energies", "fj", values),
        count_table("short words", SHORT, values),
        codec_table(values),
        product_table(values),
        code_table(values),
        read_table(values),
        sweep_table(values),
        transpose_table(values),
        order_table(values),
        accuracy_table(values),
    ]


def count_table(title: str, streams: Sequence[str], values: Values) -> Table:
    """All operations of some streams."""
    lines = [(stream, way, *(values[f"{stream}_{way}_{what}"] for what in TOLD)) for stream in streams for way in WAYS]
    return Table(("stream", "way", *TOLD[:-1], "fJ"), lines, title)


def mean_table(title: str, what: str, values: Values) -> Table:
    """One figure of every stream of 32 bits, by engine."""
    names = [name for name in update_names(["gaussian", *files()]) if f"{name}_pw_{what}" in values]
    lines = [(name, *(values[f"{name}_{way}_{what}"] for way in WAYS)) for name in names]
    return Table(("stream", *WAYS), lines, title)


def codec_table(values: Values) -> Table:
    """Errors for every number of ones."""
    what = ("mean_error", "max_error", "sqnr_db")
    lines = [
        (str(ones), *(values[f"codec_k{ones}_{rule}_{each}"] for rule in RULES for each in what))
        for ones in KS
        if f"codec_k{ones}_nearest_sqnr_db" in values
    ]
    lines.append(("fp16", *(values[f"codec_fp16_{each}"] for each in what), *[None] * len(what)))
    columns = [f"{rule}, {words}" for rule in RULES for words in ("mean error", "largest error", "product, dB")]
    return Table(("ones", *columns), lines, "codec")


def product_table(values: Values) -> Table:
    """Products at several scales."""
    names = (*RULES, "fp16")
    lines = [(*sigmas, *(values[f"gemm_{scale}_{name}_sqnr_db"] for name in names)) for scale, sigmas in SCALES.items()]
    return Table(("left, sigma", "right, sigma", *(f"{name}, dB" for name in names)), lines, "products")


def code_table(values: Values) -> Table:
    """The m-of-n codes."""
    what = ("bits", "ones", "words", "numbers", "changed")
    lines = [(name.replace("_", " "), *(values[f"code_{name}_{each}"] for each in what)) for name in CODES]
    return Table(("numbers of", "bits", "ones", "words", "numbers", "changed"), lines, "codes")


def read_table(values: Values) -> Table:
    """Ways to read two matrices."""
    first = word_by_word(FFN1).shift
    lines = []
    for name, (counts, _) in schedules(FFN1).items():
        others = [values[f"reads_{name}_{what}"] for what in ("ms", "mj", "over_bound_percent")]
        millions = counts.shift / 1e6, counts.detect / 1e6
        lines.append((name.replace("_", " "), *millions, *others, first / counts.shift))
    columns = ("million shifts", "million detects", "ms", "mJ", "over least, %", "x fewer shifts")
    return Table(("way", *columns), lines, "reads")


def sweep_table(values: Values) -> Table:
    """Serpentine sweeps, by words at a port and size of the tile."""
    what = ("tracks", "shifts", "bound", "over_bound_percent")
    lines = [
        (slots, f"{tile}x{tile}", *(values[f"sweep_{slots}_{tile}_{each}"] for each in what))
        for slots in SLOTS
        for tile in TILES
    ]
    return Table(("words at a port", "tile", "tracks of a row", "shifts", "least", "over least, %"), lines, "sweeps")


def transpose_table(values: Values) -> Table:
    """Transposes of BERT-base, by length of the sequence; of the longest, by tensor too."""
    what = ("count", "words", "shifts", "detects", "ms")
    lines: list[tuple[object, ...]] = []
    for tokens in TOKENS:
        kinds = {each.tensor: each for each in transposes(BERT_BASE, tokens)}
        for tensor in (*(kinds if tokens == TOKENS[-1] else ()), "all"):
            name = f"transposes_{tokens}_{tensor.replace(' ', '_')}"
            if f"{name}_count" in values:
                shape = "x".join(map(str, kinds[tensor].shape)) if tensor in kinds else ""
                order = ", ".join(map(str, kinds[tensor].order)) if tensor in kinds else ""
                lines.append((str(tokens), tensor, shape, order, *(values[f"{name}_{each}"] for each in what)))
    columns = ("tokens", "tensor", "shape", "order", "transposes", "words", "shifts", "detects", "ms")
    return Table(columns, lines, "transposes")


def order_table(values: Values) -> Table:
    """Shifts of reading a matrix by rows and transposed."""
    lines = []
    for name, (shape, width, slots) in TRAVERSED.items():
        told = [values[f"order_{name.replace(' ', '_')}_{what}"] for what in ("rows", "transposed", "homing")]
        lines.append((name, "x".join(map(str, shape)), width, slots, *told))
    columns = ("bits of a word", "words at a port", "by rows", "transposed", "home after each word")
    return Table(("tensor", "shape", *columns), lines, "orders")


def accuracy_table(values: Values) -> Table:
    """Networks, by the number of ones."""
    names = [name for name in NETWORKS if f"{name}_inputs" in values]
    what = ("accuracy", "logits_sqnr_db")
    cases = [f"k{ones}_{rule}" for ones in KS for rule in RULES]
    lines = [
        (
            case.removeprefix("k").replace("_", ", "),
            *(values[f"{name}_{case}_{each}"] for name in names for each in what),
        )
        for case in cases
        if all(f"{name}_{case}_accuracy" in values for name in names)
    ]
    lines += [
        (case, *(values.get(f"{name}_{case}_{each}") for name in names for each in what))
        for case in ("fp16", "fp32", "int8")
    ]
    columns = [f"{name}, {words}" for name in names for words in ("right, %", "outputs, dB")]
    return Table(("parameters", *columns), lines, "accuracy")
