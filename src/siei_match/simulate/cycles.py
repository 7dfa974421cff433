"""The cycles of the French school, and how one passes from one to the next.

`STATES` lists the classes of the fictive France; `PASSAGES` gives, for a class left with or
without its diploma, the odds of the next year's class. The odds are held plausible and tuned so
that 6 to 10 % of the 16-25 of year N-1 leave without a diploma; they are no statistics.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from siei_match.simulate.dice import Floats

EN, AGRI, CFA = "scolarite", "agricole", "apprentissage"


@dataclass(frozen=True)
class SchoolClass:
    """A class: who registers it, its track (first characters of the MEF) and what ends it."""

    extrait: str | None
    statut: str
    dispositif: str
    year: str
    cycle: str
    title: str | None = None
    reussite: float = 0.0
    abandon: float = 0.0


STATES: Final[dict[str, SchoolClass]] = {
    "X": SchoolClass(None, "", "", "", ""),  # out of school
    "C6": SchoolClass(EN, "ST", "100", "1", "college"),
    "C5": SchoolClass(EN, "ST", "101", "1", "college"),
    "C4": SchoolClass(EN, "ST", "102", "1", "college", abandon=0.002),
    "C3": SchoolClass(EN, "ST", "103", "1", "college", "dnb", 0.87, 0.006),
    "G6": SchoolClass(EN, "ST", "164", "1", "college"),
    "G5": SchoolClass(EN, "ST", "165", "1", "college"),
    "G4": SchoolClass(EN, "ST", "166", "1", "college", abandon=0.005),
    "G3": SchoolClass(EN, "ST", "167", "1", "college", "cfg", 0.8, 0.02),
    "L2": SchoolClass(EN, "ST", "200", "1", "baccalaureat", abandon=0.012),
    "L1": SchoolClass(EN, "ST", "201", "1", "baccalaureat", abandon=0.008),
    "LT": SchoolClass(EN, "ST", "202", "1", "baccalaureat", "baccalaureat", 0.955, 0.008),
    "T1": SchoolClass(EN, "ST", "211", "1", "baccalaureat", abandon=0.02),
    "TT": SchoolClass(EN, "ST", "212", "1", "baccalaureat", "baccalaureat", 0.91, 0.02),
    "P2": SchoolClass(EN, "ST", "247", "1", "baccalaureat", abandon=0.045),
    "P1": SchoolClass(EN, "ST", "247", "2", "baccalaureat", abandon=0.05),
    "PT": SchoolClass(EN, "ST", "247", "3", "baccalaureat", "baccalaureat", 0.85, 0.04),
    "K1": SchoolClass(EN, "ST", "241", "1", "niveau_3", abandon=0.07),
    "K2": SchoolClass(EN, "ST", "241", "2", "niveau_3", "niveau_3", 0.84, 0.05),
    "B1": SchoolClass(EN, "ST", "311", "1", "superieur", abandon=0.06),
    "B2": SchoolClass(EN, "ST", "311", "2", "superieur", "superieur", 0.8, 0.03),
    "MLDS": SchoolClass(EN, "ST", "753", "1", "insertion", abandon=0.2),
    "AC3": SchoolClass(AGRI, "2501", "103", "1", "college", "dnb", 0.8, 0.01),
    "AP2": SchoolClass(AGRI, "2501", "276", "1", "baccalaureat", abandon=0.04),
    "AP1": SchoolClass(AGRI, "2501", "276", "2", "baccalaureat", abandon=0.04),
    "APT": SchoolClass(AGRI, "2501", "276", "3", "baccalaureat", "baccalaureat", 0.87, 0.03),
    "AS1": SchoolClass(AGRI, "2501", "213", "1", "baccalaureat", abandon=0.02),
    "AST": SchoolClass(AGRI, "2501", "214", "1", "baccalaureat", "baccalaureat", 0.9, 0.02),
    "AK1": SchoolClass(AGRI, "2501", "271", "1", "niveau_3", abandon=0.06),
    "AK2": SchoolClass(AGRI, "2501", "271", "2", "niveau_3", "niveau_3", 0.88, 0.04),
    "AB1": SchoolClass(AGRI, "2501", "371", "1", "superieur", abandon=0.05),
    "AB2": SchoolClass(AGRI, "2501", "371", "2", "superieur", "superieur", 0.8, 0.03),
    "AQ1": SchoolClass(AGRI, "2503", "271", "1", "niveau_3", abandon=0.08),
    "AQ2": SchoolClass(AGRI, "2503", "271", "2", "niveau_3", "niveau_3", 0.84, 0.05),
    # SIFA has no exit date: who leaves a CFA shows only by the broken contract.
    "F1": SchoolClass(CFA, "AP", "241", "1", "niveau_3"),
    "F2": SchoolClass(CFA, "AP", "241", "2", "niveau_3", "niveau_3", 0.82),
    "FC": SchoolClass(CFA, "AP", "257", "1", "niveau_3", "niveau_3", 0.8),
    "FB1": SchoolClass(CFA, "AP", "254", "1", "niveau_4"),
    "FB2": SchoolClass(CFA, "AP", "254", "2", "niveau_4", "niveau_4", 0.76),
    "FP2": SchoolClass(CFA, "AP", "247", "1", "baccalaureat"),
    "FP1": SchoolClass(CFA, "AP", "247", "2", "baccalaureat"),
    "FPT": SchoolClass(CFA, "AP", "247", "3", "baccalaureat", "baccalaureat", 0.82),
    "FS1": SchoolClass(CFA, "AP", "311", "1", "superieur"),
    "FS2": SchoolClass(CFA, "AP", "311", "2", "superieur", "superieur", 0.8),
}
CODES: Final = tuple(STATES)
RANG: Final = {code: rang for rang, code in enumerate(CODES)}

# "class" for a class that ends on no diploma or on success, "class-" for one left without it.
PASSAGES: Final[dict[str, str]] = {
    "X": "X .955 F1 .028 FP2 .004 MLDS .005 K1 .004 FB1 .004",
    "C6": "C5 .97 C6 .02 G5 .01",
    "C5": "C4 .955 C5 .02 G4 .025",
    "C4": "C3 .93 C4 .02 AC3 .035 G3 .015",
    "C3": "L2 .62 P2 .18 K1 .05 AP2 .032 AK1 .006 F1 .048 FP2 .016 AQ1 .004 C3 .015 MLDS .004 "
    "X .025",
    "C3-": "L2 .25 P2 .32 K1 .13 AP2 .05 AK1 .02 F1 .09 FP2 .02 AQ1 .01 C3 .05 MLDS .02 X .04",
    "G6": "G5 1",
    "G5": "G4 1",
    "G4": "G3 .97 C3 .03",
    "G3": "K1 .50 F1 .20 P2 .10 AK1 .06 MLDS .04 AQ1 .03 X .07",
    "G3-": "K1 .45 F1 .20 P2 .06 AK1 .06 MLDS .06 AQ1 .03 X .14",
    "L2": "L1 .615 T1 .265 L2 .03 P2 .03 P1 .02 AS1 .012 F1 .012 X .012 K1 .004",
    "L1": "LT .955 L1 .015 T1 .015 X .008 FP1 .007",
    "LT": "X .835 B1 .10 AB1 .01 FS1 .055",
    "LT-": "LT .72 X .22 FB1 .03 F1 .03",
    "T1": "TT .945 T1 .015 X .015 P1 .015 F1 .01",
    "TT": "X .56 B1 .31 FS1 .13",
    "TT-": "TT .68 X .26 FB1 .03 F1 .03",
    "P2": "P1 .865 P2 .02 X .035 F1 .035 FP1 .025 K2 .015 AP1 .005",
    "P1": "PT .865 P1 .02 X .045 FPT .045 F1 .025",
    "PT": "X .62 B1 .21 FS1 .14 FC .03",
    "PT-": "PT .5 X .41 F2 .05 FPT .04",
    "K1": "K2 .83 K1 .04 X .06 F2 .055 P2 .015",
    "K2": "X .52 P1 .27 FB1 .13 F1 .06 FC .02",
    "K2-": "K2 .36 X .50 F2 .11 P2 .03",
    "B1": "B2 .86 FS2 .04 B1 .04 X .06",
    "B2": "X 1",
    "B2-": "B2 .5 X .5",
    "MLDS": "X .42 K1 .17 F1 .2 MLDS .08 P2 .1 AK1 .03",
    "AC3": "AP2 .46 AK1 .15 P2 .14 F1 .10 AQ1 .08 L2 .06 X .01",
    "AC3-": "AP2 .30 AK1 .22 P2 .10 F1 .14 AQ1 .14 X .10",
    "AP2": "AP1 .89 AP2 .02 X .025 F1 .025 AQ1 .02 P1 .02",
    "AP1": "APT .90 AP1 .02 X .03 AQ2 .02 FPT .02 PT .01",
    "APT": "X .66 AB1 .29 FS1 .05",
    "APT-": "APT .5 X .40 AQ2 .10",
    "AS1": "AST .96 X .02 F1 .02",
    "AST": "X .45 AB1 .45 B1 .10",
    "AST-": "AST .7 X .3",
    "AK1": "AK2 .85 X .05 AQ2 .05 F1 .04 K1 .01",
    "AK2": "X .46 AP1 .38 AQ1 .05 FB1 .11",
    "AK2-": "AK2 .4 X .5 F2 .1",
    "AB1": "AB2 .88 FS2 .05 X .07",
    "AB2": "X 1",
    "AB2-": "AB2 .5 X .5",
    "AQ1": "AQ2 .85 X .08 F1 .05 AK2 .02",
    "AQ2": "X .58 FB1 .17 AP1 .25",
    "AQ2-": "AQ2 .3 X .6 F2 .1",
    "F1": "F2 .84 X .09 K2 .03 F1 .04",
    "F2": "X .62 FB1 .25 FC .07 F1 .06",
    "F2-": "F2 .3 X .66 K2 .04",
    "FC": "X .9 FB1 .1",
    "FC-": "X 1",
    "FB1": "FB2 .87 X .11 F1 .02",
    "FB2": "X .9 FS1 .1",
    "FB2-": "FB2 .3 X .7",
    "FP2": "FP1 .87 X .07 P1 .06",
    "FP1": "FPT .89 X .07 PT .04",
    "FPT": "X .78 FS1 .22",
    "FPT-": "FPT .4 X .6",
    "FS1": "FS2 .87 X .13",
    "FS2": "X 1",
    "FS2-": "FS2 .4 X .6",
}


def passage_matrix(passed: bool) -> Floats:
    """Return the odds from each class (rows) to each class (columns)."""
    matrix = np.zeros((len(CODES), len(CODES)))
    for code in CODES:
        text = PASSAGES[code if passed or f"{code}-" not in PASSAGES else f"{code}-"].split()
        for following, weights in zip(text[::2], text[1::2], strict=True):
            matrix[RANG[code], RANG[following]] = float(weights)
    totals: Floats = matrix.sum(axis=1, keepdims=True)
    return matrix / totals
