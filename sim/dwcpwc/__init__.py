"""Benches of the dwcpwc block, and the accelerator in both simulators."""
