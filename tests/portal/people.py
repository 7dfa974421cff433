"""Who uses the page in tests: an account for each role, of two platforms."""

from tests.publication import PSADS

PASSWORD = "un mot de passe long"
PSAD, AUTRE = PSADS[1], PSADS[0]
ACCOUNTS = {
    "coordonnateur": ("coord@exemple.invalid", ["coordonnateur"], [PSAD]),
    "autre": ("autre@exemple.invalid", ["coordonnateur"], [AUTRE]),
    "region": ("region@exemple.invalid", ["region"], [PSAD, AUTRE]),
    "relecteur": ("relect@exemple.invalid", ["relecteur"], []),
    "administrateur": ("admin@exemple.invalid", ["administrateur"], []),
    "personne": ("rien@exemple.invalid", [], []),
}
