"""Write docs/colonnes.md from the declarations of schemas/: every column, received or written.

Usage: `python tools/make_colonnes.py`. A test compares the page with the declarations.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

RACINE: Final = Path(__file__).parents[1]
PAGE: Final = RACINE / "docs" / "colonnes.md"
ORDRE: Final = (
    "scolarite", "diplomes", "agricole", "diplomes_agricoles", "apprentissage",
    "missions_locales", "contrats", "retours",
)  # fmt: skip
"""The extracts in the contract's order."""

TYPES: Final = {
    "string": "texte",
    "integer": "entier",
    "number": "nombre",
    "boolean": "oui ou non",
    "date": "date",
    "array": "liste",
}
GRAVITES: Final = {"rejet": "la ligne est rejetée", "avertissement": "avertissement"}


def render() -> str:
    """Return the page."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield "*Page écrite par `tools/make_colonnes.py` à partir de `schemas/` : ne pas la modifier ici.*"
    yield ""
    yield "# Colonnes"
    yield ""
    yield "## Extraits reçus"
    yield ""
    yield "Une valeur qui enfreint la règle de sa colonne est vidée, avec un avertissement qui porte"
    yield "le nom de la règle. Les règles de lignes disent ce qui rejette une ligne entière."
    yield "Une colonne qui décide a une part usuelle de lignes sans valeur utilisable : vides, illisibles"
    yield "ou inconnues des nomenclatures. Au-delà, l'exécution s'arrête (`controles`, contrat, section 1)."
    for nom in ORDRE:
        yield from _extrait(_load(RACINE / "schemas" / "extraits" / f"{nom}.json"))
    yield ""
    tables = [_load(path) for path in sorted((RACINE / "schemas" / "tables").glob("*.json"))]
    yield "## Tables écrites"
    for declared in tables:
        if not declared.get("siei", {}).get("interne"):
            yield from _table(declared)
    yield ""
    yield "## Tables internes"
    yield ""
    yield "Ce qu'une étape d'une campagne laisse à la suivante, dans `.en-cours-<code>/travail` (0700) :"
    yield "elles disparaissent avec la campagne. `valides` a les colonnes de l'extrait, une fois lues."
    for declared in tables:
        if declared.get("siei", {}).get("interne"):
            yield from _table(declared)


def _extrait(declared: dict[str, Any]) -> Iterator[str]:
    yield from _heading(declared)
    yield "| colonne | description | forme | règle | part sans valeur |"
    yield "|---|---|---|---|---|"
    for field in declared["fields"]:
        regle = field["siei"].get("rule")
        told = field["description"]
        if field["siei"].get("facultatif"):
            told += " Facultative."
        cells = (told, _form(field), regle and f"`{regle}`", _limit(field))
        yield _row(f"`{field['name']}`", *cells)
    yield ""
    yield "| règle de ligne | colonnes | sens | sinon |"
    yield "|---|---|---|---|"
    for regle in declared["siei"]["regles"]:
        colonnes = ", ".join(f"`{colonne}`" for colonne in regle["colonnes"])
        yield _row(f"`{regle['rule']}`", colonnes, regle["description"], GRAVITES[regle["gravite"]])


def _table(declared: dict[str, Any]) -> Iterator[str]:
    yield from _heading(declared)
    if not declared["fields"]:
        return
    yield "| colonne | description | type | forme |"
    yield "|---|---|---|---|"
    for field in declared["fields"]:
        genre = TYPES.get(field["type"], field["type"])
        if field.get("constraints", {}).get("required"):
            genre += ", toujours présent"
        yield _row(f"`{field['name']}`", field["description"], genre, _form(field))


def _heading(declared: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield f"### `{declared['name']}` : {declared['title']}"
    yield ""
    yield declared["description"]
    if declared["fields"]:
        yield ""


def _limit(field: dict[str, Any]) -> str:
    """Say in which share of its rows a column that decides may have no usable value."""
    most = field["siei"].get("taux_vide_max")
    if most is None:
        return ""
    if not isinstance(most, dict):
        return f"{most:.0%}".replace("%", " %")
    least = field["siei"].get("taux_vide_min", {})
    shares = [(year, f"{most[year]:.1%}", f"{least.get(year, 0):.0%}") for year in ("N-1", "N")]
    return ", ".join(
        f"{year} : de {low} à {high}".replace(".0%", "%").replace(".", ",").replace("%", " %")
        for year, high, low in shares
    )


def _form(field: dict[str, Any]) -> str:
    constraints = field.get("constraints", {})
    if "enum" in constraints:
        return ", ".join(f"`{valeur}`" for valeur in constraints["enum"])
    if "pattern" in constraints:
        return f"`{constraints['pattern']}`"
    bornes = [
        f"{mot} {constraints[cle]}"
        for mot, cle in (("de", "minimum"), ("à", "maximum"))
        if cle in constraints
    ]
    return " ".join(bornes)


def _row(*cells: str | None) -> str:
    return "| " + " | ".join((cell or "").replace("|", "\\|") for cell in cells) + " |"


def _load(chemin: Path) -> dict[str, Any]:
    declared: dict[str, Any] = json.loads(chemin.read_text(encoding="utf-8"))
    return declared


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
