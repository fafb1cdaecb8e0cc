"""Page of the steps of a track: skyrmions slide as spans are shifted."""

from racelet.cli.explain.recorder import NONE
from racelet.cli.explain.track_rows import MOST, key_of, kind_of
from racelet.cli.explain.track_table import IDEAS, ending, spoken
from racelet.cli.explain.walk import Walk
from racelet.cli.templates import environment
from racelet.golden.racetrack.operations import KINDS

CELL, EDGE = 28, 14


def page(walk: Walk) -> str:
    """Write the page.

    Returns
    -------
    str
        HTML that needs nothing else. Without a script it shows the track at first, and the text of all steps.
    """
    sites = walk.visible(MOST)
    states = [walk.start, *(step.skyrmions for step in walk.steps)]
    frames = [[int(number) for number in state[sites.start : sites.stop]] for state in states]
    seen = sorted({number for frame in frames for number in frame} - {NONE})
    return (
        environment("racelet.cli.explain")
        .get_template("track_page.html.j2")
        .render(
            walk=walk,
            title=walk.title,
            idea=IDEAS[walk.engine],
            ending=ending(walk),
            text=spoken(walk),
            cell=CELL,
            edge=EDGE,
            sites=sites,
            cut=len(sites) < walk.config.sites,
            ports={number: site - sites.start for number, site in enumerate(walk.config.port_sites) if site in sites},
            places=_places(walk, sites),
            skyrmions={number: kind_of(number, walk) for number in seen},
            kinds=KINDS,
            key=key_of(walk),
            data={"frames": frames, "steps": _steps(walk, sites), "cell": CELL, "edge": EDGE},
            first=frames[0],
        )
    )


def _steps(walk: Walk, sites: range) -> list[dict[str, object]]:
    """What the script shows of every step; the first is that nothing is done yet."""
    nothing = {"kind": "", "words": "At first", "effect": "nothing is done yet", "counts": [0] * len(KINDS)}
    shown: list[dict[str, object]] = [{**nothing, "span": [0, 0], "right": False, "ns": "0", "fj": "0"}]
    for step in walk.steps:
        low, high = (max(0, min(len(sites), site - sites.start)) for site in step.span)
        shown.append(
            {
                "kind": step.operation.kind,
                "words": step.words[0].upper() + step.words[1:],
                "effect": step.effect,
                "counts": [step.counts.of(kind) for kind in KINDS],
                "span": [low, high],
                "right": step.operation.direction == "right",
                "ns": f"{step.counts.latency_ns:.1f}",
                "fj": f"{step.counts.energy_fj:g}",
            }
        )
    return shown


def _places(walk: Walk, sites: range) -> list[tuple[int, int, str]]:
    """Words while the track is at home, as far as they are shown: first site, behind the last, name."""
    config = walk.config
    named = [
        (walk.place(port, slot), "the word" if (port, slot) == (walk.port, walk.slot) else "another word")
        for port in range(config.ports)
        for slot in range(config.words_per_port)
    ]
    named.append((range(config.port_sites[-1] + 1, config.sites), "overhead"))
    shown = []
    for place, name in named:
        low, high = max(place.start, sites.start), min(place.stop, sites.stop)
        if high - low >= 4:
            shown.append((low - sites.start, high - sites.start, name))
    return shown
