"""Properties of what a processing element is made of."""

from racelet.golden.bitlet.config import BitletConfig
from racelet.hw.bitlet.adder_tree import AdderTree
from racelet.hw.bitlet.digit_encoder import DigitEncoder
from racelet.hw.bitlet.distiller import Distiller
from racelet.hw.bitlet.exponent_matcher import ExponentMatcher
from racelet.hw.bitlet.pe import Pe
from racelet.hw.bitlet.preprocessor import Preprocessor
from racelet.synth.prove.subject import Subject

CONFIG = BitletConfig(formats=("int2",), window=4, lanes=2, load=2, terms=7)
FLOATS = BitletConfig(formats=("fp16",), window=4, lanes=2, load=2, terms=7)

SUBJECTS = [
    Subject(block="bitlet", name="adder_tree", make=lambda: AdderTree(CONFIG)),
    Subject(block="bitlet", name="digit_encoder", make=lambda: DigitEncoder(CONFIG)),
    Subject(block="bitlet", name="distiller", make=lambda: Distiller(CONFIG), reach=14),
    Subject(block="bitlet", name="exponent_matcher", make=lambda: ExponentMatcher(FLOATS)),
    Subject(block="bitlet", name="pe", make=lambda: Pe(CONFIG), reach=24),
    Subject(block="bitlet", name="preprocessor", make=lambda: Preprocessor(CONFIG)),
]
