"""The steps of a track, as text for a terminal."""

import numpy as np
from numpy.typing import NDArray

from racelet.cli.explain.recorder import NONE, Step
from racelet.cli.explain.walk import Walk
from racelet.golden.racetrack.config import Engine
from racelet.golden.racetrack.operations import KINDS, Counts, Kind

COLUMNS = 120
"""What a line has room for."""

IDEAS: dict[Engine | None, str] = {
    "naive": "Clear every bit on the way out, seen or not; insert ones on the way back.",
    "dcw": "Look at every bit on the way out, and insert or remove where it differs.",
    "pw": "Pack ones beyond the port, then take them from there; insert what lacks, remove what is left over.",
    "cw": "Pack ones beyond the port, then take them from there: as many before as after, none is made or deleted.",
    "cw_early": "As cw, and turn as soon as all ones are seen and no new one lies further left.",
    "cw_known": "As cw, but the old word is known: nothing is looked at; the leftmost bit that differs is the turn.",
    None: "Bring every bit past the port, look at it there, and go back.",
}
"""Of every engine, and of reading."""


def spoken(walk: Walk) -> str:
    """The steps, as text for a terminal."""
    kinds: list[Kind] = [kind for kind in KINDS if walk.counts.of(kind)]
    longest = max(len(words) for words in ("operation", *(step.words for step in walk.steps)))
    fixed = 4 + 2 + longest + 2 + sum(2 + len(kind) for kind in kinds)
    sites = walk.visible(_room(walk, COLUMNS - fixed))
    picture = _Line(walk, sites)
    note = max((len(step.effect) for step in walk.steps), default=0)
    notes = fixed + picture.width + 2 + note <= COLUMNS
    head = f"{'step':>4}  {'operation':<{longest}}  {'':<{picture.width}}"
    lines = [
        f"{walk.title}.",
        IDEAS[walk.engine],
        "",
        f"{'':<{4 + 2 + longest + 2}}{picture.heading}".rstrip(),
        head + "".join(f"  {kind}" for kind in kinds),
        f"{0:>4}  {'at first':<{longest}}  {picture.of(walk.start, None)}",
    ]
    for number, step in enumerate(walk.steps, 1):
        line = f"{number:>4}  {step.words:<{longest}}  {picture.of(step.skyrmions, step)}"
        line += "".join(f"  {step.counts.of(kind):>{len(kind)}}" for kind in kinds)
        lines.append(f"{line}  {step.effect}" if notes else line)
    lines += ["", *_legend(walk, sites), "", *ending(walk)]
    return "\n".join(line.rstrip() for line in lines)


def ending(walk: Walk) -> list[str]:
    """What it took, and whether it came out right."""
    found = walk.counts
    equal = "the formula tells the same" if found == walk.formula else f"but the formula tells {_counted(walk.formula)}"
    result = f"the word is {walk.shown(walk.found)}" if walk.engine else f"{walk.shown(walk.found)} was read"
    others = "all others are as they were" if walk.unharmed else "others were harmed"
    return [
        f"{_counted(found)}: {found.latency_ns:.1f} ns, {found.energy_fj:g} fJ; {equal}.",
        f"In the end {result}, and {others}.",
    ]


def _counted(found: Counts) -> str:
    kinds: tuple[Kind, ...] = ("shift", "detect", "remove", "insert")
    return ", ".join(f"{found.of(kind)} {kind}{'' if found.of(kind) == 1 else 's'}" for kind in kinds)


def _room(walk: Walk, columns: int) -> int:
    """How many sites fit, with two signs around every port that is among them, and one at each end."""
    most = min(columns - 2, walk.config.sites)
    while _Line(walk, walk.visible(most)).width > columns:
        most -= 1
    return most


def _legend(walk: Walk, sites: range) -> list[str]:
    around: dict[Kind, str] = {"detect": "( ) looked at", "remove": "- - removed", "insert": "+ + inserted"}
    signs = ["> > or < < around what was shifted", *(words for kind, words in around.items() if walk.counts.of(kind))]
    lines = [
        "1 is a skyrmion, . none; the leftmost one is the marker; what is between | and | is at a port.",
        ", ".join(signs) + ".",
    ]
    if len(sites) < walk.config.sites:
        lines.append(
            f"Shown are sites {sites.start} to {sites.stop - 1} around the port, of 0 to {walk.config.sites - 1}: "
            "the track goes on where ~ is."
        )
    return lines


class _Line:
    """A track on one line: a letter for each site, and signs around ports."""

    def __init__(self, walk: Walk, sites: range) -> None:
        self.sites = sites
        self.ports = {site: number for number, site in enumerate(walk.config.port_sites) if site in sites}
        self.whole = range(walk.config.sites)
        self.signs = sorted({sites.start, sites.stop, *self.ports, *(site + 1 for site in self.ports)})
        """Sites left of which there is room for a sign."""
        self.width = len(sites) + len(self.signs)
        self.heading = self._heading()

    def _heading(self) -> str:
        letters = [" "] * (self.width + 6)
        for site, number in self.ports.items():
            middle = site - self.sites.start + sum(each <= site for each in self.signs)
            label = f"port {number}"
            low = max(0, middle - len(label) // 2)
            if all(letter == " " for letter in letters[max(0, low - 1) : low + len(label) + 1]):
                letters[low : low + len(label)] = label
        return "".join(letters).rstrip()

    def of(self, skyrmions: NDArray[np.int64], step: Step | None) -> str:
        """The track after a step, or at first."""
        signs = dict.fromkeys(self.signs, "|")
        signs[self.sites.start] = " " if self.sites.start == 0 else "~"
        signs[self.sites.stop] = " " if self.sites.stop == self.whole.stop else "~"
        if step is not None:
            left, right = _around(step)
            low, high = max(step.span[0], self.sites.start), min(step.span[1], self.sites.stop)
            signs[low], signs[high] = left, right
        letters = []
        for site in range(self.sites.start, self.sites.stop + 1):
            letters.append(signs.get(site, ""))
            if site < self.sites.stop:
                letters.append("." if skyrmions[site] == NONE else "1")
        return "".join(letters)


def _around(step: Step) -> tuple[str, str]:
    kind, direction = step.operation.kind, step.operation.direction
    if kind == "shift":
        return (">", ">") if direction == "right" else ("<", "<")
    return {"detect": ("(", ")"), "insert": ("+", "+"), "remove": ("-", "-")}[kind]
