"""A column path in the batch simulator beside its golden model: every sum, cycle, error and calibration compared."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from racelet.golden.adc import column_path as golden
from racelet.golden.adc.calibrator import Calibration
from racelet.golden.adc.cells import Cells
from racelet.golden.adc.column_calibration import calibrate_columns, column_calibration_cycles, pattern_span
from racelet.golden.adc.column_path import Beat
from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.conversion import beat_interval
from racelet.golden.adc.error import Error
from racelet.golden.adc.product_beats import path_cycles
from racelet.hw.adc.column_path import ColumnPath
from racelet.hw.adc.path_layouts import PATH_ERRORS, column_beat
from racelet.hw.adc.sum_layouts import calibration_job, column_sums, nominal_entry, table_entry
from racelet.sim.batch import BatchSimulator
from racelet.sim.errors import BenchFailure
from racelet.sim.payload import pack
from racelet.sim.struct_beats import packed, unpacked

_SLACK = 1000
"""Cycles beyond those of the formula after which a run is given up."""
_FIELDS = ("activations", "weights", "slot", "first", "last")


class PathSimulator(golden.ColumnPath):
    """The golden model of a column path, with the hardware behind it.

    What is asked of the model is asked of the hardware too, and all that both say is compared. So what only the model
    counts, misreads, is the hardware's all the same: codes that differed would make other sums.

    Parameters
    ----------
    config : AdcConfig
    cells : Cells
    scale : int
        Of the noise, in 1/128.
    seed : int
        Of the noise.
    waves : Path, optional
        Waveform of all signals, VCD.

    Attributes
    ----------
    cycles : int
        Of all beats, from the first one of each run to its last sums.
    seconds : float
        That the simulator took for them.
    """

    def __init__(
        self, config: AdcConfig, cells: Cells, *, scale: int = 0, seed: int = 1, waves: Path | None = None
    ) -> None:
        self._simulator = BatchSimulator(ColumnPath(config, cells), waves=waves)
        self.cycles, self.seconds = 0, 0.0
        super().__init__(config, cells, scale=scale, seed=seed)
        self._seed(seed)

    def restart(self, *, scale: int, seed: int) -> None:
        """Reset both, as if they were made anew, with other noise."""
        self._simulator.reset()
        self.cycles, self.seconds = 0, 0.0
        super().__init__(self.config, self.cells, scale=scale, seed=seed)
        self._seed(seed)

    def _seed(self, seed: int) -> None:
        if self.config.noise:
            self._simulator.write("scale", self.scale)
            self._send({"seed": np.array([seed & 0xFFFFFFFF], np.uint64)})

    def set_levels(self, alpha: float, *, centred: bool = False) -> None:
        """As of the model; its tables are written into the hardware."""
        super().set_levels(alpha, centred=centred)
        places = dict(zip(("group", "table", "entry"), np.indices(self.tables.shape), strict=True))
        fields = {name: each.ravel() for name, each in {**places, "code": self.tables}.items()}
        self._send({"write": packed(table_entry(self.config), fields)})
        entries = {"entry": np.arange(len(self.nominal)), "code": self.nominal}
        self._send({"nominal": packed(nominal_entry(self.config), entries)})

    def calibrate(self) -> list[Calibration]:
        """Calibrate all tables, one after the other.

        Returns
        -------
        list of Calibration
            As :func:`racelet.golden.adc.column_calibration.calibrate_columns` gives them.

        Raises
        ------
        BenchFailure
            If the hardware finds another offset or gain, takes other cycles, or tells other errors.
        """
        found, spent = calibrate_columns(self), 0
        for number, each in enumerate(found):
            began = self._simulator.cycle
            told = self._calibrate(*divmod(number, self.config.tables))
            spent += self._simulator.cycle - began
            if told != (each.offset, each.gain):
                expected = each.offset, each.gain
                raise BenchFailure(f"calibration {number}: offset and gain are {told}, golden says {expected}")
        kept = sum(Error.CALIBRATION in each.errors for each in found)
        expected = column_calibration_cycles(self.cells, self.config, kept)
        if spent != expected:
            raise BenchFailure(f"{len(found)} calibrations took {spent} cycles, the formula says {expected}")
        self._check_errors()
        return found

    def _calibrate(self, group: int, table: int) -> tuple[int, int]:
        """Calibrate a table of the hardware: offset and gain that it finds."""
        simulator, codes = self._simulator, self.config.dac_codes
        job = {"group": group, "table": table, "span": pattern_span(self.cells, self.config)}
        simulator.write("job", pack(calibration_job(self.config), job))
        simulator.write("start", 1)
        simulator.step(1)
        simulator.write("start", 0)
        last = simulator.cycle + column_calibration_cycles(self.cells, self.config) + _SLACK
        while simulator.read("calibrating") and simulator.cycle < last:
            simulator.step(1)
        # In two's complement, with a bit more than a DAC code has.
        return (simulator.read("offset") + codes) % (2 * codes) - codes, simulator.read("gain")

    def dot_products(self, beats: Sequence[Beat]) -> NDArray[np.int32]:
        """As of the model.

        Raises
        ------
        BenchFailure
            If a sum of the hardware is another one, or it takes other cycles, or tells other errors.
        """
        expected, config = super().dot_products(beats), self.config
        fields = {name: np.stack([np.asarray(getattr(each, name)) for each in beats]) for name in _FIELDS}
        cycles, began = path_cycles(len(beats), self.cells, config), self._simulator.cycle
        inputs = {"i": packed(column_beat(config), fields)}
        found = self._simulator.run(inputs, {"o": len(expected)}, max_cycles=cycles + _SLACK)
        self._check_sums(unpacked(column_sums(config), found.outputs["o"]), expected)
        self.seconds += found.seconds
        if beats[-1].last:
            taken = int(found.beat_cycles["o"][-1]) - began
            if taken != cycles:
                raise BenchFailure(f"{len(beats)} beats took {taken} cycles, the formula says {cycles}")
        else:
            # Those behind the last sums are converted too.
            self._simulator.step(path_cycles(2, self.cells, config) + beat_interval(config))
        self.cycles += cycles
        steps = self._simulator.read("steps") * config.adcs
        if steps != self.counters.conversions % (config.adcs << 32):
            raise BenchFailure(f"there were {steps} conversions, golden says {self.counters.conversions}")
        self._check_errors()
        return expected

    def _check_sums(self, sums: NDArray[np.int64], expected: NDArray[np.int32]) -> None:
        wrong = np.argwhere(sums != expected)
        if len(wrong):
            row, output = wrong[0].tolist()
            said, should = sums[row, output], expected[row, output]
            raise BenchFailure(f"sum {row} of output {output} is {said}, golden says {should}")

    def _check_errors(self) -> None:
        bits = self._simulator.read("errors")
        told = Error.NONE
        for number, (name, _) in enumerate(PATH_ERRORS):
            told |= Error[name.upper()] if bits >> number & 1 else Error.NONE
        if told != self.errors:
            raise BenchFailure(f"errors are {told!r}, golden says {self.errors!r}")

    def _send(self, inputs: Mapping[str, NDArray[Any]]) -> None:
        self._simulator.run(inputs, {}, max_cycles=sum(len(each) for each in inputs.values()) + _SLACK)
