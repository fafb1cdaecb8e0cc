"""Measurements that the docs quote: one module each, with ``DESCRIPTION`` and ``run(progress)``."""
