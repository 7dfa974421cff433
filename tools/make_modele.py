"""Write docs/modele.md and docs/modele-2026-10.json: the model that the sample campaign teaches.

Usage: `python tools/make_modele.py MANIFESTE`, the manifeste.json of a run of sample_data/2026-10. A test
runs the sample and compares.
"""

import json
import sys
from collections.abc import Iterator
from math import log2
from pathlib import Path
from typing import Any, Final

RACINE: Final = Path(__file__).parents[1]
PAGE: Final = RACINE / "docs" / "modele.md"
DONNEES: Final = RACINE / "docs" / "modele-2026-10.json"
TETE: Final = """\
*Written by `tools/make_modele.py` from a run of `sample_data/2026-10`: do not change it here.*

# The model of the sample campaign

Every run has its own in
`manifeste.json` (`modele`); this one is also in [modele-2026-10.json](modele-2026-10.json), with m per pair of
sources. What the words mean and where the numbers come from: [linkage.md](linkage.md).

How to read a line: among pairs of rows of one person, a share *m* reaches this level of the trait; among pairs
of strangers, a share *u*. Reaching it multiplies the odds of one person by m / u; in bits, it adds
log2(m / u), the *weight*. `rarity`: where the two rows agree on a value, u is the share of people who have
that very value, so that agreeing on a rare surname weighs more than the line says, on a frequent one less.
Weights are capped at the `plafond` of the trait and at -12 bits (`schemas/liaison/siei.toml`). A trait that
one side lacks weighs nothing.

These numbers are learnt from some six thousand fictive rows, leaning on the declared start values and on the
country's frequencies where they are few: a national run moves them.
"""
FIN: Final = """
## Before any evidence

Two rows drawn at random from two sources are one person with the *prior* probability; in bits, where the
waterfall of `siei explain` starts. It counts the people of the country, not of the delivery alone.

| sources | prior | bits |
|---|---|---|
"""
AUTRES: Final = """
## Ways of being two people other than strangers

How many of each a person has; each stands against "the same person" with the weights that tell it apart.

| class | per person |
|---|---|
"""


def render(modele: dict[str, Any]) -> str:
    """Return the page of a model (`modele` of a manifest)."""
    return "\n".join(_page(modele)) + "\n"


def _page(modele: dict[str, Any]) -> Iterator[str]:
    yield TETE
    for trait, niveaux in modele["traits"].items():
        yield f"## `{trait}`\n"
        yield "| level | m | u | weight (bits) | |"
        yield "|---|---|---|---|---|"
        for niveau, v in niveaux.items():
            rarity = "rarity" if v["frequence"] else ""
            yield f"| `{niveau}` | {v['m']:.5f} | {v['u']:.2g} | {v['poids']:+.1f} | {rarity} |"
        yield ""
    yield FIN.strip("\n")
    for sources, prior in modele["prior"].items():
        yield f"| {sources.replace('-', ' × ')} | {prior:.2g} | {_bits(prior):+.1f} |"
    yield AUTRES.rstrip("\n")
    for classe, taux in modele["taux"].items():
        yield f"| {classe} | {taux:.2g} |"


def _bits(chance: float) -> float:
    return log2(chance / (1 - chance))


def dump(modele: dict[str, Any]) -> str:
    return json.dumps(modele, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    found = json.loads(Path(sys.argv[1]).read_text("utf-8"))["modele"]
    PAGE.write_text(render(found), "utf-8")
    DONNEES.write_text(dump(found), "utf-8")
