"""What software asks of the column path's AXI shell: whether there is such a thing, and then to whom it goes."""

from typing import Any

from amaranth.hdl import Cat, Const, Module, Signal, Value

from racelet.golden.adc.config import AdcConfig
from racelet.hw.adc.column_path import ColumnPath
from racelet.hw.adc.output_stage import OutputStage
from racelet.hw.adc.registers import ShellError
from racelet.hw.adc.sum_layouts import parameter_entries

ASKED = (ShellError.SLOT, ShellError.ENTRY, ShellError.JOB, ShellError.PARAMETER)
"""What can be wrong with it, behind the errors of the path."""


class Requests:
    """Writes of tables and parameters, starts of calibrations, seeds.

    Parameters
    ----------
    m : Module
    config : AdcConfig
    control : View
        What the registers say.
    clear : Value
        Nothing is done.
    wrong : Value
        Of ``ASKED``; that of the slot is not driven here.
    """

    def __init__(self, m: Module, config: AdcConfig, control: Any, clear: Value, wrong: Value) -> None:
        self.m, self.config, self.control, self.clear = m, config, control, clear
        self._entry, self._job, self._parameter = (
            wrong[ASKED.index(error)] for error in (ShellError.ENTRY, ShellError.JOB, ShellError.PARAMETER)
        )

    def tables(self, path: ColumnPath) -> None:
        """Entries and calibrations that there are."""
        m, config, control = self.m, self.config, self.control
        entry, table, span = control.entry, control.table, control.span.value
        is_table, is_entry, is_span = (Signal(name=name) for name in ("is_table", "is_entry", "is_span"))
        m.d.comb += [
            is_table.eq((table.number < config.tables) & (table.group < config.table_groups)),
            is_entry.eq((entry.number < config.thresholds) & (entry.code < config.dac_codes)),
            is_span.eq((span != 0) & (span < config.dac_codes)),
            path.write.valid.eq(entry.write & is_entry & is_table & ~self.clear),
            path.nominal.valid.eq(entry.nominal & is_entry & ~self.clear),
            path.start.eq(control.control.start & is_table & is_span),
            path.job.span.eq(span),
            self._entry.eq((entry.write & ~(is_entry & is_table)) | (entry.nominal & ~is_entry)),
            self._job.eq(control.control.start & ~(is_table & is_span)),
        ]
        for place in (path.write.p, path.job):
            m.d.comb += [place.table.eq(table.number), place.group.eq(table.group)]
        for place in (path.write.p, path.nominal.p):
            m.d.comb += [place.entry.eq(entry.number), place.code.eq(entry.code)]

    def parameters(self, output: OutputStage) -> None:
        """Parameters that there are, and what becomes of sums."""
        m, config, control = self.m, self.config, self.control
        asked, write, is_parameter = control.parameter, output.write.p, Signal(name="is_parameter")
        limits = {"row": config.channel_rows, "lane": config.output_lanes, "entry": parameter_entries(config)}
        m.d.comb += [
            is_parameter.eq(Cat(asked[name] < limit for name, limit in limits.items()).all()),
            *(write[name].eq(asked[name]) for name in limits),
            write.data.eq(Cat(control.parameter_data.value, asked.high)),
            output.write.valid.eq(asked.write & is_parameter & ~self.clear),
            output.requantizes.eq(control.output.activations),
            output.shift.eq(control.output.shift),
            self._parameter.eq(asked.write & ~is_parameter),
        ]

    def noise(self, path: ColumnPath) -> Value:
        """A seed that is asked for waits until it is taken; returns whether one that comes meanwhile is refused."""
        if not self.config.noise:
            return Const(0)
        m, control, clear = self.m, self.control, self.clear
        waits, seed = Signal(name="seed_waits"), Signal(32, name="seed")
        m.d.comb += [
            path.scale.eq(control.noise_scale.value),
            path.seed.valid.eq(waits),
            path.seed.p.eq(seed),
        ]
        with m.If(path.seed.ready | clear):
            m.d.sync += waits.eq(0)
        with m.If(control.control.seed & ~waits & ~clear):
            m.d.sync += [waits.eq(1), seed.eq(control.noise_seed.value)]
        return control.control.seed & waits
