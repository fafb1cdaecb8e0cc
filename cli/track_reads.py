"""What reading the weights from racetracks takes, each way of reading beside the others and block RAM."""

import dataclasses
from typing import Any, get_args

from racelet.cli.inference import Results
from racelet.golden.dwcpwc.config import Reads
from racelet.nn.compile import Compiled, predicted_inferences
from racelet.nn.lower import lower
from racelet.nn.plan import plan

READS: tuple[Reads, ...] = get_args(Reads)


def track_reads(compiled: Compiled, results: Results | None) -> dict[str, Any] | None:
    """Cycles and operations of the first inference, by the formula, in each way of reading; and in block RAM.

    Each row is that of a run with that way of reading, which has a plan of its own. What is found on the hardware is
    compared with the formula over all inferences, see :func:`racelet.cli.inference.cycles_are_exact`.

    Parameters
    ----------
    compiled : Compiled
    results : Results or None
        None if nothing was simulated.

    Returns
    -------
    dict or None
        ``ways`` has for each way of reading its ``cycles`` and ``bram_ratio``, ``shifts`` and ``detects`` (what all
        tracks of a beat and all ports of a track do at once counts once), the time ``ns`` that these take and the
        energy ``fj`` of all tracks and ports. ``bram_cycles`` is the first inference with block RAM; ``read`` the way
        that was taken, ``counted`` what the hardware did in all inferences. None with another store.
    """
    if compiled.config.store != "racetrack":
        return None
    inside = slice(None) if compiled.program.streamed.size else slice(1, -1)
    bram = dataclasses.replace(compiled.config, store="bram")
    # Each on a plan of its own, as it would run: how tiles are cut depends on how fast weights come.
    bram_cycles = sum(predicted_inferences(lower(plan(compiled.network, bram)), bram, 1).cycles[0][inside])
    ways: dict[str, dict[str, float]] = {}
    for reads in READS:
        config = dataclasses.replace(compiled.config, store_reads=reads)
        found = predicted_inferences(lower(plan(compiled.network, config)), config, 1)
        cycles, pulses = sum(found.cycles[0][inside]), found.pulses[0]
        ways[reads] = {
            "cycles": cycles,
            "bram_ratio": cycles / bram_cycles,
            "shifts": pulses.shift,
            "detects": pulses.detect,
            "ns": round(pulses.latency_ns, 1),
            "fj": found.events[0].energy_fj,
        }
    counted = None
    if results is not None and len(results.layer_cycles):
        counted = {"shifts": results.pulses.shift, "detects": results.pulses.detect}
    return {
        "ways": ways,
        "bram_cycles": bram_cycles,
        "read": compiled.config.store_reads,
        "counted": counted,
    }
