"""What cells, bit lines and sense amplifiers of a macro are like."""

import dataclasses

from racelet.golden.adc.checks import real


@dataclasses.dataclass(frozen=True, kw_only=True)
class MacroConfig:
    """Statistics of a macro. Currents are in units of the mean current of a cell that is on.

    Parameters
    ----------
    on_off_ratio : float
        R: mean current of cells of low resistance over that of cells of high resistance. Above 1, at most 1e9.
    low_spread : float
        sL: standard deviation of cells of low resistance over their mean. 0..1.
    high_spread : float
        sH: the same of cells of high resistance. 0..4.
    sense_noise : float
        s_sa: standard deviation of what a sense amplifier adds at every look. 0..16.
    relative_noise : float
        s_rel: standard deviation of noise that grows with the current, over the current. 0..1.
    ir_drop : float
        k: a bit line's current is I / (1 + k I). 0..1.
    offset_spread : float
        Standard deviation of the offsets of ADCs. 0..16.
    gain_spread : float
        Standard deviation of the gains of columns. 0..0.5.

    Raises
    ------
    TypeError
        If a field is no number.
    ValueError
        If a field is outside its range.

    Examples
    --------
    >>> round(MacroConfig().step, 4)
    0.9412
    """

    on_off_ratio: float = 17.0
    low_spread: float = 0.05
    high_spread: float = 0.5
    sense_noise: float = 0.15
    relative_noise: float = 0.0
    ir_drop: float = 0.0
    offset_spread: float = 0.0
    gain_spread: float = 0.0

    def __post_init__(self) -> None:
        real(self, "on_off_ratio", 1.0, 1e9)
        if self.on_off_ratio == 1:
            raise ValueError("MacroConfig.on_off_ratio must be above 1 (else all cells are the same), not 1")
        for name, most in (("low_spread", 1.0), ("high_spread", 4.0), ("sense_noise", 16.0), ("relative_noise", 1.0)):
            real(self, name, 0.0, most)
        for name, most in (("ir_drop", 1.0), ("offset_spread", 16.0), ("gain_spread", 0.5)):
            real(self, name, 0.0, most)

    @property
    def step(self) -> float:
        """D: by how much the mean current of a column grows with its MAC value."""
        return 1 - 1 / self.on_off_ratio


IDEAL = MacroConfig(low_spread=0.0, high_spread=0.0, sense_noise=0.0)
"""A macro in which nothing varies."""
VARIED = MacroConfig(low_spread=0.1, offset_spread=0.5, gain_spread=0.03)
"""A macro whose columns need calibration."""
