"""Baselines: what a block measured once, and by how much it may be worse now."""

import dataclasses
import json
import statistics
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from racelet.synth.flow.devices import Resource
from racelet.synth.flow.measure import Measurement

FOLDER = Path(__file__).parent / "baselines"
TOLERANCES: dict[str, float] = {"lut4": 0.02, "ff": 0.02, "carry": 0.02, "dsp": 0.0, "bram": 0.0, "fmax_mhz": 0.08}
"""Shares by which a new baseline lets a block grow or slow down."""
_AREA: tuple[Resource, ...] = ("lut4", "ff", "carry", "dsp", "bram")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Baseline:
    """What is kept of one block on one device.

    Parameters
    ----------
    block, preset, device : str
    measurement : mapping
        As :class:`racelet.synth.flow.measure.Measurement` in JSON.
    tolerances : mapping of str to float
        Shares, by name of the figure.
    """

    block: str
    preset: str
    device: str
    measurement: Mapping[str, Any]
    tolerances: Mapping[str, float]

    @property
    def file(self) -> Path:
        """Where it is kept."""
        return FOLDER / self.device / f"{self.block}-{self.preset}.json"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Comparison:
    """One figure, then and now.

    Parameters
    ----------
    figure : str
    baseline, now, bound : float
        ``bound`` is the last value that passes.
    """

    figure: str
    baseline: float
    now: float
    bound: float

    @property
    def passes(self) -> bool:
        """Not worse than the bound: area below it, frequency above."""
        return self.now >= self.bound if self.figure == "fmax_mhz" else self.now <= self.bound


def baselines(block: str | None = None, device: str | None = None) -> Iterator[Baseline]:
    """All baselines, or those of a block or device, in the order of their names.

    Yields
    ------
    Baseline
    """
    for file in sorted(FOLDER.glob("*/*.json")):
        found_block, _, preset = file.stem.rpartition("-")
        if block in (None, found_block) and device in (None, file.parent.name):
            content = json.loads(file.read_text(encoding="utf-8"))
            yield Baseline(block=found_block, preset=preset, device=file.parent.name, **content)


def compare(baseline: Baseline, now: Measurement) -> list[Comparison]:
    """Compare a measurement with its baseline.

    Parameters
    ----------
    baseline : Baseline
    now : Measurement
        Without frequencies, only the area is compared; with fewer seeds than the baseline, those that both have.

    Returns
    -------
    list of Comparison
    """
    then = baseline.measurement
    found = []
    for figure in _AREA:
        bound = then[figure] * (1 + baseline.tolerances[figure])
        found.append(Comparison(figure=figure, baseline=then[figure], now=now.used[figure], bound=int(bound)))
    if then["fmax_mhz"] is not None and now.fmax_mhz is not None:
        median = round(statistics.median(then["fmax_mhz"]["seeds"][: len(now.fmax_mhz.seeds)]), 2)
        bound = round(median * (1 - baseline.tolerances["fmax_mhz"]), 2)
        found.append(Comparison(figure="fmax_mhz", baseline=median, now=now.fmax_mhz.median, bound=bound))
    return found


def renewed(preset: str, now: Measurement) -> Baseline:
    """The baseline that a measurement gives, with the tolerances of the one that is kept.

    Parameters
    ----------
    preset : str
    now : Measurement

    Returns
    -------
    Baseline

    Raises
    ------
    ValueError
        If the one that is kept has a frequency and the measurement has none.
    """
    kept = next((each for each in baselines(now.block, now.device) if each.preset == preset), None)
    if kept is not None and kept.measurement["fmax_mhz"] is not None and now.fmax_mhz is None:
        raise ValueError(f"the baseline of {now.block} {preset} on {now.device} has a frequency, and this has none")
    tolerances = TOLERANCES if kept is None else kept.tolerances
    return Baseline(block=now.block, preset=preset, device=now.device, measurement=now.as_json(), tolerances=tolerances)


def content(baseline: Baseline) -> bytes:
    """File of a baseline.

    Parameters
    ----------
    baseline : Baseline

    Returns
    -------
    bytes
    """
    value = {"measurement": dict(baseline.measurement), "tolerances": dict(baseline.tolerances)}
    return (json.dumps(value, indent=2) + "\n").encode()


def table(kept: Iterable[Baseline]) -> str:
    """Baselines as a Markdown table.

    Parameters
    ----------
    kept : iterable of Baseline

    Returns
    -------
    str
        Ending in a newline.
    """
    lines = [
        "| block | preset | device | LUT4 | flip-flops | multipliers | block memories | MHz, median (min to max) |",
        "|---|---|---|---:|---:|---:|---:|---|",
    ]
    for each in kept:
        found = each.measurement
        area = " | ".join(f"{found[figure]:,}" for figure in ("lut4", "ff", "dsp", "bram"))
        fmax = found["fmax_mhz"]
        clock = "not placed" if fmax is None else f"{fmax['median']} ({fmax['min']} to {fmax['max']})"
        lines.append(f"| {each.block} | {each.preset} | {each.device} | {area} | {clock} |")
    return "\n".join(lines) + "\n"
