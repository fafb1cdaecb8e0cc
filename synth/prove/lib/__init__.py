"""Properties of the components of ``racelet.hw.lib``."""
