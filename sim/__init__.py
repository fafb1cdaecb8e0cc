"""Simulation: cocotb benches on Verilator, the batch simulator, and the tools both are built with."""
