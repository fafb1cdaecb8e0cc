"""The blocks that the command line knows, with what each verb needs of them."""

import dataclasses
import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from amaranth.lib.wiring import Component


@dataclasses.dataclass(frozen=True, kw_only=True)
class Block:
    """One block: a config class, its presets, the component made from a config.

    Nothing is imported until it is asked for, so that ``racelet --help`` is quick.

    Parameters
    ----------
    name : str
        As on the command line; also its folder in ``golden``, ``hw`` and ``sim``.
    summary : str
        One line.
    config_class : str
        Name of the class in ``racelet.golden.<name>.config``, where ``PRESETS`` is too.
    component_class : str
        Module below ``racelet.hw.<name>`` and class, joined by a colon.
    shell_class : str
        The same of its AXI shell, which takes a config and a :class:`racelet.golden.lib.config.ShellConfig`; empty if
        there is none.
    default : str
        Preset that stands for no preset.
    """

    name: str
    summary: str
    config_class: str
    component_class: str
    shell_class: str = ""
    default: str = "small"

    def config_type(self) -> type[Any]:
        """Class of its configs, a frozen dataclass."""
        return getattr(importlib.import_module(f"racelet.golden.{self.name}.config"), self.config_class)

    def presets(self) -> Mapping[str, Any]:
        """Named configs, smallest first."""
        return importlib.import_module(f"racelet.golden.{self.name}.config").PRESETS

    def component(self, config: object) -> "Component":
        """The hardware of this shape."""
        return self._class(self.component_class)(config)

    @property
    def shell_name(self) -> str:
        """Name of the shell's Verilog module."""
        return f"{self.name}_axi"

    def shell(self, config: object, shell: object) -> "Component":
        """The hardware of this shape with AXI ports."""
        return self._class(self.shell_class)(config, shell)

    def _class(self, place: str) -> Any:
        module, _, name = place.partition(":")
        return getattr(importlib.import_module(f"racelet.hw.{self.name}.{module}"), name)


BLOCKS: dict[str, Block] = {
    block.name: block
    for block in (
        Block(
            name="dwcpwc",
            summary="Fused depthwise + pointwise accelerator for whole int8 networks, equal to TFLite in every byte",
            config_class="DwcPwcConfig",
            component_class="accelerator:Accelerator",
            shell_class="axi_shell:AxiShell",
        ),
        Block(
            name="bitlet",
            summary="Bit-distillation array: dot products without multipliers, of integers, fp16, bf16 and fp32, exact",
            config_class="BitletConfig",
            component_class="array:Array",
            shell_class="axi_shell:AxiShell",
        ),
        Block(
            name="racetrack",
            summary="Controller of skyrmion racetracks: reads, sweeps and six ways to write, with guards and a journal",
            config_class="RacetrackConfig",
            component_class="controller:Controller",
            shell_class="axi_shell:AxiShell",
        ),
        Block(
            name="adc",
            summary="Readout of in-memory computing: a macro's columns, their converters, calibration and noise",
            config_class="AdcConfig",
            component_class="column_path:ColumnPath",
            shell_class="axi_shell:AxiShell",
        ),
    )
}
"""By name, in the order of ``racelet list``."""
