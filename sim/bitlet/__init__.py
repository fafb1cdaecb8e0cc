"""Benches of the bitlet block."""
