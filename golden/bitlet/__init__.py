"""Golden models of the bit-distillation array."""

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.distiller import distill
from racelet.golden.bitlet.dot_product import dot
from racelet.golden.bitlet.exponent_matcher import match_exponents
from racelet.golden.bitlet.preprocessor import preprocess

__all__ = ["BitletConfig", "distill", "dot", "match_exponents", "preprocess"]
