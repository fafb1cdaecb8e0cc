"""The idea of a block, step by step, on numbers that are given: ``racelet explain``."""
