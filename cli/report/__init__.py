"""A run as one page of HTML: ``racelet run --report``."""
