"""Racetrack memory in which something goes wrong: at every operation of every command, and what comes of it."""

from collections.abc import Sequence

from racelet.bench.row import Progress, Row, Table
from racelet.bench.track_faults.counted import counted_rows, pairs, total
from racelet.bench.track_faults.cuts import cut_rows
from racelet.bench.track_faults.displaced import SHAPES, displaced_rows
from racelet.bench.track_faults.tables import GROUPS, all_tables
from racelet.bench.track_faults.trials import KINDS, OUTCOMES
from racelet.golden.racetrack.config import CONSTANT_WEIGHT

DESCRIPTION = "skyrmion racetracks: faults at every operation of every command, found, healed or silent"


def run(progress: Progress) -> list[Row]:
    """Measure.

    Parameters
    ----------
    progress : Progress

    Returns
    -------
    list of Row
        Those of faults, of displaced tracks and of cut writes, and what is asked of the block.
    """
    rows = [*counted_rows(progress), *displaced_rows(), *cut_rows(progress)]
    return [*rows, *summary_rows(rows)]


def summary_rows(rows: Sequence[Row]) -> list[Row]:
    """What is asked of the block, out of all rows.

    Parameters
    ----------
    rows : sequence of Row

    Returns
    -------
    list of Row
        ``faults_promised``: faults tried of kinds that must not stay silent, and ``faults_silent_promised`` those that
        did; ``..._healed_percent``, ``..._restored_percent``, ``..._detected_percent``: of those that did something.
        ``faults_unnoticed_percent``: of all of these, after which a word in doubt was wrong and read without an error.
        ``faults_silent_<kind>_percent``: of the other kinds. ``guard_...`` and ``count_...``: displaced tracks that
        were found. ``recover_...``: writes that were cut.
    """
    values = {row.name: row.value for row in rows}
    promised = pairs(is_promised=True)
    every = total(values, OUTCOMES, promised, GROUPS)
    felt = every - total(values, ["harmless"], promised, GROUPS)
    found = [
        Row("faults_promised", every, "faults"),
        Row("faults_silent_promised", total(values, ["silent"], promised, GROUPS), "faults"),
    ]
    for outcome in ("healed", "restored", "detected"):
        share = 100 * total(values, [outcome], promised, GROUPS) / max(felt, 1)
        found.append(Row(f"faults_{outcome}_percent", share, "%"))
    unnoticed = total(values, ["unnoticed"], promised, GROUPS)
    found.append(Row("faults_unnoticed_percent", 100 * unnoticed / max(every, 1), "%"))
    for kind in KINDS:
        others = pairs([kind], is_promised=False)
        if others:
            share = 100 * total(values, ["silent"], others, GROUPS) / max(total(values, OUTCOMES, others, GROUPS), 1)
            found.append(Row(f"faults_silent_{kind}_percent", share, "%"))
    return [*found, *_displaced_summary(values), *_cut_summary(values)]


def _displaced_summary(values: dict[str, float | None]) -> list[Row]:
    found = []
    for finder in ("guard", "count"):
        for sites in (1, 2):
            names = [f"displaced_{shape}_{sign}{sites}_{finder}_percent" for shape in SHAPES for sign in "-+"]
            shares = [values[name] or 0.0 for name in names]
            found += [
                Row(f"{finder}_displaced_{sites}_least_percent", min(shares), "%"),
                Row(f"{finder}_displaced_{sites}_most_percent", max(shares), "%"),
            ]
    return found


def _cut_summary(values: dict[str, float | None]) -> list[Row]:
    sums = {
        what: sum(int(values[f"cut_{engine}_{what}"] or 0) for engine in CONSTANT_WEIGHT)
        for what in ("points", "recovered", "healed", "inserts", "removes")
    }
    return [
        Row("recover_cut_points", sums["points"], "cuts"),
        Row("recover_cut_points_in_permutations", sums["recovered"], "cuts"),
        Row("recover_healed", sums["healed"], "cuts"),
        Row("recover_inserts", sums["inserts"], "inserts"),
        Row("recover_removes", sums["removes"], "removes"),
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
    return all_tables(rows, [row.name for row in summary_rows(rows)])
