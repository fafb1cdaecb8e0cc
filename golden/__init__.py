"""The specification: configs, bit-exact models, cycle formulas."""
