"""Small tables written as text: what the spec tests read and the manual prints."""

from datetime import date

import polars as pl

from siei_match.reference.contracts import declaration


def read_table(texte: str) -> list[dict[str, str | None]]:
    """Read `a | b` lines under a header; an empty cell is absent, None."""
    if not texte.strip():
        return []
    lignes = [ligne.strip() for ligne in texte.strip().splitlines()]
    entete, *rangs = [[case.strip() for case in ligne.split("|")] for ligne in lignes]
    for rang in rangs:
        assert len(rang) == len(entete), f"{len(entete)} columns expected: {rang}"
    return [{c: v or None for c, v in zip(entete, rang, strict=True)} for rang in rangs]


def read_header(texte: str) -> list[str]:
    return [case.strip() for case in texte.strip().splitlines()[0].split("|")]


def build_table(path: str, rangs: list[dict[str, str | None]]) -> pl.DataFrame:
    """Build a declared table from text cells; columns not given are absent."""
    schema = declaration(path).polars_schema
    colonnes = {
        nom: pl.Series(nom, [_parse(rang.get(nom), genre) for rang in rangs], dtype=genre)
        for nom, genre in schema.items()
    }
    return pl.DataFrame(colonnes)


def _parse(texte: str | None, genre: pl.DataType) -> object:
    if texte is None:
        return None
    if genre == pl.Date:
        return date.fromisoformat(texte)
    if genre == pl.List(pl.String):
        return [partie.strip() for partie in texte.split(",")]
    if genre == pl.Boolean:
        return {"oui": True, "non": False}[texte]
    return int(texte) if genre.is_integer() else texte
