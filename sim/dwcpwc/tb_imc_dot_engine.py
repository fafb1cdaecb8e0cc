"""Bench of the in-memory-computing dot-product engine: that of the contract of all kinds."""

import dataclasses
from pathlib import Path

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.sim.dwcpwc import tb_dot_engine


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench of all kinds of engine on this one."""
    tb_dot_engine.verify(dataclasses.replace(config, engine="imc"), seed=seed, waves=waves)
