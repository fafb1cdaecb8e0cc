"""Kinds of dot-product engine."""

from racelet.hw.dwcpwc.bitlet_dot_engine import BitletDotEngine
from racelet.hw.dwcpwc.dot_engine import ParallelDotEngine
from racelet.hw.dwcpwc.imc_dot_engine import ImcDotEngine
from racelet.hw.dwcpwc.serial_dot_engine import SerialDotEngine

ENGINES = {"parallel": ParallelDotEngine, "serial": SerialDotEngine, "bitlet": BitletDotEngine, "imc": ImcDotEngine}
"""By ``config.engine``; each keeps to :class:`~racelet.hw.dwcpwc.dot_engine.DotEngineSignature`."""
