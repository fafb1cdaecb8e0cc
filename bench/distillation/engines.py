"""A network on the accelerator with each kind of dot-product engine: cycles, and what each takes of an FPGA."""

import dataclasses
from collections.abc import Mapping, Sequence

from racelet.bench.costs import costs
from racelet.bench.distillation.area import DEVICE
from racelet.bench.fusion import models
from racelet.bench.measure import measure as compared
from racelet.bench.row import Progress, Row
from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig, Engine
from racelet.hw.dwcpwc.accelerator import Accelerator
from racelet.hw.dwcpwc.dot_engines import ENGINES
from racelet.nn.compile import compile_network
from racelet.nn.fold import fold
from racelet.nn.tflite import read_tflite
from racelet.sim.dwcpwc.accelerator import AcceleratorSimulator
from racelet.synth.flow.devices import DEVICES, Device
from racelet.synth.flow.measure import measure

NETWORK = "kws"
PRESET = "small"
# Not `imc`: its products are currents of memory cells, and LUTs of their twin say nothing. `racelet bench adc` has it.
COMPARED: tuple[Engine, ...] = ("parallel", "serial", "bitlet")


def without_multipliers(device: Device) -> Device:
    """A device whose multiplier blocks are left alone, so that products take LUTs.

    Examples
    --------
    >>> without_multipliers(DEVICES["ecp5-25k"]).synthesis
    'synth_ecp5 -nodsp'
    """
    family = dataclasses.replace(device.family, synthesis=f"{device.family.synthesis} -nodsp")
    return dataclasses.replace(device, family=family)


def engine_rows(progress: Progress, engines: Sequence[Engine] = COMPARED) -> list[Row]:
    """Rows of every kind that is logic: cycles on the RTL, all compared; area without multiplier blocks.

    Parameters
    ----------
    progress : Progress
    engines : sequence of str

    Returns
    -------
    list of Row
        ``engine_<kind>_cycles`` of an inference, ``..._lut4`` of the engine and ``..._whole_lut4`` of the accelerator.
        Without the network's file there are no cycles.

    Raises
    ------
    BenchFailure
        If something differs.
    ToolError
        If a tool fails.
    """
    rows: list[Row] = []
    steps = 3 * len(engines)
    device = without_multipliers(DEVICES[DEVICE])
    for number, engine in enumerate(engines):
        config = dataclasses.replace(PRESETS[PRESET], engine=engine)
        progress(3 * number, steps, f"{NETWORK} with the engine {engine}")
        rows.append(Row(f"engine_{engine}_cycles", _cycles(config), "cycles"))
        for step, (name, component) in enumerate((("", ENGINES[engine](config)), ("_whole", Accelerator(config))), 1):
            progress(3 * number + step, steps, f"area{name.replace('_', ', ')}: {engine}")
            used = measure("dwcpwc", config, component, device, [], 1, lambda *_: None).used
            rows.append(Row(f"engine_{engine}{name}_lut4", used["lut4"], "LUT4"))
    progress(steps, steps, "done")
    return rows


def _cycles(config: DwcPwcConfig) -> int | None:
    """Cycles of the layers of an inference; None if the network is not there."""
    (model,) = (each for each in models() if each.name == NETWORK)
    if not model.file.exists():
        return None
    folded = fold(read_tflite(model.file))
    compiled = compile_network(folded.graph, config)
    compared(compiled, folded, model.file, model.inputs()[:1], AcceleratorSimulator(config))
    return costs(compiled).computing


def equal_area(values: Mapping[str, float | None], engine: Engine, part: str = "_whole") -> float | None:
    """Cycles of an engine over those of the bit-parallel one, as many times as it has LUTs.

    Parameters
    ----------
    values : mapping of str to float or None
        Of :func:`engine_rows`, by name.
    engine : str
    part : str
        ``_whole``: LUTs of the accelerator; empty: those of the engine.

    Returns
    -------
    float or None
        None if a row is missing.

    Examples
    --------
    >>> rows = {"engine_parallel_cycles": 10, "engine_serial_cycles": 80}
    >>> equal_area({**rows, "engine_parallel_lut4": 400, "engine_serial_lut4": 100}, "serial", "")
    2.0
    """
    costs: list[float] = []
    for kind in (engine, "parallel"):
        cycles, lut4 = values.get(f"engine_{kind}_cycles"), values.get(f"engine_{kind}{part}_lut4")
        if cycles is None or lut4 is None:
            return None
        costs.append(cycles * lut4)
    return costs[0] / costs[1]
