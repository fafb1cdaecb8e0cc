"""Readout of an in-memory-computing column: macro, ADC, calibration, and what makes sums of its codes."""
