"""Properties of the components of ``racelet.hw.bitlet``."""
