"""Properties of the components of ``racelet.hw.adc``."""
