"""Racetrack memory: what writes and reads take, what codes of a fixed number of ones cost and save."""

from collections.abc import Sequence

from racelet.bench.distillation.layers import MODELS
from racelet.bench.row import Progress, Row, Table
from racelet.bench.skyrmions.accuracy import accuracy_rows
from racelet.bench.skyrmions.codecs import codec_rows, short_rows
from racelet.bench.skyrmions.reads import FFN1, read_rows
from racelet.bench.skyrmions.tables import HEADLINES, all_tables
from racelet.bench.skyrmions.transposes import transpose_rows
from racelet.bench.skyrmions.words import real_weights, streams
from racelet.bench.skyrmions.writes import write_rows
from racelet.golden.racetrack.matrix_reads import least_shifts, serpentine
from racelet.golden.racetrack.operations import Counts

DESCRIPTION = "skyrmion racetracks: operations of writes and reads, codes of few ones, what networks make of them"


def run(progress: Progress) -> list[Row]:
    """Measure.

    Parameters
    ----------
    progress : Progress

    Returns
    -------
    list of Row
        Those of writes, reads, transposes, codecs and networks, and what is asked of the block; a public network that
        is not here has one row without a value.

    Raises
    ------
    BenchFailure
        If what is done on tracks differs from its counts, or leaves anything but what it should.
    """
    rows = [
        Row(name, None, f"skipped: ../shared/data/{name} is not here")
        for name, file in MODELS.items()
        if not file.exists()
    ]
    written, constant_weight = write_rows(progress, streams(real_weights()))
    rows += [*written, *read_rows(), *transpose_rows(), *short_rows(), *codec_rows(progress), *accuracy_rows(progress)]
    return [*rows, *summary_rows(rows, constant_weight)]


def summary_rows(rows: Sequence[Row], constant_weight: Counts) -> list[Row]:
    """What is asked of the block, out of all rows.

    Parameters
    ----------
    rows : sequence of Row
    constant_weight : Counts
        Of all writes that engines of constant weight made on tracks.

    Returns
    -------
    list of Row
        ``pw_inserts_per_64b_word``: uniform words. ``cw_inserts`` and ``cw_removes``: of all writes on tracks.
        ``cw_early_...``, ``pw_...`` and ``naive_...``: gaussian fp32, any number in the place of another;
        ``cw_known_...``: an update by a thousandth, ``pw_update_...`` the same.
        ``serpentine_over_bound``: shifts of tiles of 8x8, one word to a port, over the least.
    """
    values = {row.name: row.value for row in rows}
    found = [
        Row("pw_inserts_per_64b_word", values["uniform64_pw_inserts"], "inserts"),
        Row("cw_inserts", constant_weight.insert, "inserts"),
        Row("cw_removes", constant_weight.remove, "removes"),
    ]
    for name, stream in HEADLINES.items():
        for what, unit in (("ns", "ns"), ("fj", "fJ")):
            engine = name.removesuffix("_update")
            found.append(Row(f"{name}_{what}", values[f"{stream}_{engine}_{what}"], unit))
    passes = 2 * FFN1.rows * FFN1.columns // 8
    over = serpentine(FFN1, FFN1.word_bits, tile=8).shift / least_shifts(passes, FFN1.word_bits)
    return [
        *found,
        Row("serpentine_over_bound", over, "x"),
        Row("serpentine_over_bound_percent", 100 * (over - 1), "%"),
        Row("codec_k16_sqnr_db", values["codec_k16_nearest_sqnr_db"], "dB"),
    ]


def tables(rows: Sequence[Row]) -> list[Table]:
    """Rows put together.

    Parameters
    ----------
    rows : sequence of Row
        As :func:`run` gives them.

    Returns
    -------
    list of Table
        Those of the docs page, by their titles.
    """
    return all_tables(rows)
