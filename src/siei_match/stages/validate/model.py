"""The valid frame of an extract: its declaration, and its pandera model."""

from collections.abc import Collection
from dataclasses import replace
from functools import cache
from typing import Any, Final

import pandera.polars as pa

from siei_match.reference.contracts import Declaration, build_model, declaration

_LIGNE: Final[dict[str, Any]] = {
    "name": "ligne",
    "type": "integer",
    "polars": "UInt32",
    "title": "Ligne",
    "description": "Ligne de données dans le fichier, à partir de 1.",
    "constraints": {"required": True, "minimum": 1, "unique": True},
}
_NAISSANCE: Final[tuple[dict[str, Any], ...]] = (
    {
        "name": "naissance_annee",
        "type": "integer",
        "polars": "Int16",
        "title": "Année de naissance",
        "description": "Année de naissance.",
        "constraints": {"required": True, "minimum": 1900},
    },
    {
        "name": "naissance_mois",
        "type": "integer",
        "polars": "Int8",
        "title": "Mois de naissance",
        "description": "Mois de naissance, absent s'il est inconnu ou impossible.",
        "constraints": {"minimum": 1, "maximum": 12},
    },
    {
        "name": "naissance_jour",
        "type": "integer",
        "polars": "Int8",
        "title": "Jour de naissance",
        "description": "Jour de naissance, absent si lui ou son mois est inconnu ou impossible.",
        "constraints": {"minimum": 1, "maximum": 31},
    },
)


@cache
def valid_declaration(extrait: str) -> Declaration:
    """Declare the valid frame of an extract: `ligne`, then its columns, those of birth split."""
    declared = declaration(f"extraits/{extrait}")
    fields: list[Any] = [_LIGNE]
    for field in declared.fields:
        kind = field["siei"]["kind"]
        if kind == "naissance":
            fields += _NAISSANCE
        elif kind != "jamais_lu":
            fields.append(field)
    return Declaration(
        name=f"{declared.name}_valide",
        title=f"{declared.title} : lignes valides",
        description=declared.description,
        fields=tuple(fields),
        primary_key=(),
    )


def know_platforms(declared: Declaration, platforms: Collection[str]) -> Declaration:
    """Return an extract's declaration, its platforms one of those given; as it is where none are."""
    if not platforms:
        return declared
    known = {"enum": sorted(platforms)}
    fields = (
        {**f, "constraints": {**f.get("constraints", {}), **known}}
        if f["siei"]["kind"] == "psad"
        else f
        for f in declared.fields
    )
    return replace(declared, fields=tuple(fields))


@cache
def valid_model(extrait: str) -> pa.DataFrameSchema:
    """Build the pandera model of an extract's valid frame."""
    return build_model(valid_declaration(extrait))
