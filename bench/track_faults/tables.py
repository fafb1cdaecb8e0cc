"""Rows of the bench put together for people."""

from collections.abc import Iterable, Sequence

from racelet.bench.row import Row, Table
from racelet.bench.track_faults.cases import COMMANDS
from racelet.bench.track_faults.counted import Values, pairs, total
from racelet.bench.track_faults.displaced import DISPLACEMENTS, FINDERS, SHAPES
from racelet.bench.track_faults.trials import KINDS, OUTCOMES, Kind
from racelet.golden.racetrack.config import CONSTANT_WEIGHT

GROUPS = ("exhaustive", "sampled")
WORDS: dict[Kind, str] = {
    "short": "a shift moves nothing",
    "long": "a shift moves two sites",
    "lost": "a skyrmion vanishes",
    "gained": "one appears",
    "cut": "power is cut",
    "reversed": "a shift goes the other way",
    "two_short": "two shifts move nothing",
    "two_long": "two shifts move two sites each",
    "lost_gained": "a skyrmion vanishes, one appears beside it",
    "false_marker": "one appears left of the marker",
}


def all_tables(rows: Sequence[Row], summary: Sequence[str]) -> list[Table]:
    """Rows put together.

    Parameters
    ----------
    rows : sequence of Row
        All of them.
    summary : sequence of str
        Names of rows that are told first, as they are.

    Returns
    -------
    list of Table
    """
    values = {row.name: row.value for row in rows}
    return [
        Table(
            ("row", "value", "unit"), [(row.name, row.value, row.unit) for row in rows if row.name in summary], "faults"
        ),
        *(_kind_table(values, group) for group in GROUPS),
        *(_command_table(values, group) for group in GROUPS),
        Table(
            ("track", "moved by", *(f"{finder}, %" for finder in FINDERS)),
            [
                (
                    shape,
                    f"{sites:+d}",
                    *(values[f"displaced_{shape}_{sites:+d}_{finder}_percent"] for finder in FINDERS),
                )
                for shape in SHAPES
                for sites in DISPLACEMENTS
            ],
            "displaced tracks",
        ),
        Table(
            ("engine", "cuts", "in a permutation", "all words right", "inserts", "removes"),
            [(engine, *(values[f"cut_{engine}_{what}"] for what in CUT)) for engine in CONSTANT_WEIGHT],
            "cut writes",
        ),
    ]


CUT = ("points", "recovered", "healed", "inserts", "removes")


def _kind_table(values: Values, group: str) -> Table:
    """Every kind, those that must not stay silent first."""
    lines = []
    for is_promised in (True, False):
        for kind in KINDS:
            there = pairs([kind], is_promised=is_promised)
            if there:
                inserting = kind == "cut" and not is_promised
                words = f"{WORDS[kind]}{', while words are inserted' if inserting else ''}"
                lines.append((words, "none" if is_promised else "", *_counts(values, there, [group])))
    return Table(("what goes wrong", "silent allowed", "faults", *OUTCOMES, "unnoticed"), lines, f"{group}: kinds")


def _command_table(values: Values, group: str) -> Table:
    """Every command, of the kinds that must not stay silent."""
    lines = [
        (
            name.replace("_", " "),
            *_counts(values, [pair for pair in pairs(is_promised=True) if pair[0] == name], [group]),
        )
        for name in COMMANDS
    ]
    return Table(("command", "faults", *OUTCOMES, "unnoticed"), lines, f"{group}: commands")


def _counts(values: Values, there: Sequence[tuple[str, Kind]], groups: Iterable[str]) -> list[int]:
    groups = list(groups)
    found = [total(values, [outcome], there, groups) for outcome in (*OUTCOMES, "unnoticed")]
    return [sum(found[:-1]), *found]
