"""Read the rows of a person again in the campaign's input folder. What comes out names people."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

from siei_match.explain.model import ExplainedPair, ExplainedRow
from siei_match.output import PreparedCampaign
from siei_match.reference.delivery import Campagne, Fichier
from siei_match.reference.errors import DeliveryError
from siei_match.reference.files import sha256_if_any
from siei_match.reference.french import FRENCH_DATE, french_birth
from siei_match.stages.extract import read_declaration, read_slices
from siei_match.stages.normalise import NormalisedTables, normalise
from siei_match.stages.validate import validate

Row = Mapping[str, Any]
Place = tuple[str, int]
"""A row's file and line."""

FIRST: Final = "first"
"""Opens a key of which one row may know less than another."""
_BIRTH: Final = ("naissance_annee", "naissance_mois", "naissance_jour")


def _text(*columns: str, separator: str = " ") -> Callable[[Row], str | None]:
    return lambda row: separator.join(str(row[c]) for c in columns if row[c] is not None) or None


def _several(column: str) -> Callable[[Row], str | None]:
    return lambda row: ", ".join(row[column] or []) or None


def _birth(row: Row) -> str | None:
    year, month, day = (row[c] for c in _BIRTH)
    if year is None:
        return None
    return french_birth(year, month, day)


def _same(*columns: str) -> Callable[[Row], Hashable]:
    return lambda row: tuple(row[c] for c in columns)


def _set(column: str) -> Callable[[Row], Hashable]:
    return lambda row: frozenset(row[column] or [])


def _known(*columns: str) -> Callable[[Row], Hashable]:
    return lambda row: (FIRST, *(row[c] for c in columns if row[c] is not None))


def differs(one: Any, other: Any) -> bool:
    """Compare two keys: sets agree on one element, `_known` as far as the shorter goes."""
    if isinstance(one, frozenset):
        return not one & other
    if isinstance(one, tuple) and one[0] == FIRST:
        return any(x != y for x, y in zip(one, other, strict=False))
    return bool(one != other)


VALUES: Final[Mapping[str, tuple[Callable[[Row], str | None], Callable[[Row], Hashable]]]] = {
    "nom_naissance": (_text("vu_nom_naissance"), _same("nom_naissance")),
    "nom_usage": (_text("vu_nom_usage"), _same("nom_usage")),
    "prenoms": (_text("vu_prenoms"), _known("prenom1", "prenom2", "prenom3")),
    "date_naissance": (_birth, _same(*_BIRTH)),
    "sexe": (_text("sexe"), _same("sexe")),
    "lieu_naissance": (_text("naissance_lieu"), _same("naissance_lieu")),
    "ine": (_text("ine"), _same("ine")),
    "telephones": (_several("vu_telephones"), _set("telephones")),
    "courriels": (_several("courriels"), _set("courriels")),
    "adresse": (
        _text("vu_adresse", "vu_code_postal", "vu_commune"),
        _same("adresse", "commune"),
    ),
    "parcours": (_text("parcours"), _same("parcours")),
}
"""What is shown: how it is written (as the source wrote it, where the linkage changed it), and
what is compared (the normalised traits: accents, case and hyphens make no difference)."""
WITHOUT_MARK: Final = ("parcours",)
"""Every row has its own: a difference says nothing."""


def fill_values(
    campagne: PreparedCampaign,
    dossier: Path,
    lines: Sequence[ExplainedRow],
    others: Sequence[ExplainedRow],
    refusees: Sequence[ExplainedPair],
) -> tuple[tuple[ExplainedRow, ...], tuple[ExplainedRow, ...]]:
    """Return the person's rows, and that of the runner-up, with their values and what differs.

    Raises:
        DeliveryError: the folder is not the one whose sums the manifest holds.
    """
    # One other person at most: no more is shown than the question needs.
    shown = {refusees[0].b} if refusees else set()
    wanted = [*lines, *(x for x in others if x.repere in shown)]
    rows = read_values(campagne, dossier, wanted)
    usual = {name: _most_common(rows, lines, name) for name in VALUES}

    def filled(line: ExplainedRow) -> ExplainedRow:
        row = rows.get((line.fichier, line.ligne))
        if row is None:
            return line
        values = {name: show(row) for name, (show, _) in VALUES.items()}
        differing = tuple(
            name
            for name, (_, key) in VALUES.items()
            if name not in WITHOUT_MARK
            and None not in (values[name], usual[name])
            and differs(key(row), usual[name])
        )
        return line.model_copy(update={"valeurs": values, "differe": differing})

    return tuple(map(filled, lines)), tuple(map(filled, others))


def _most_common(rows: Mapping[Place, Row], lines: Iterable[ExplainedRow], name: str) -> Hashable:
    """Return what most of the person's rows say; of equals, what the first says."""
    show, key = VALUES[name]
    found = [rows[x.fichier, x.ligne] for x in lines if (x.fichier, x.ligne) in rows]
    counted = Counter(key(row) for row in found if show(row) is not None)
    return counted.most_common(1)[0][0] if counted else None


def read_values(
    campagne: PreparedCampaign, dossier: Path, lines: Iterable[ExplainedRow]
) -> dict[Place, dict[str, Any]]:
    """Read rows as the run did, from files that are the same to the byte."""
    delivery = read_declaration(dossier)
    if delivery.campagne.code != campagne.code:
        raise DeliveryError(
            f"{dossier}: is the folder of campaign {delivery.campagne.code}, not {campagne.code}.",
            remedy="Give as --dossier the input folder of that campaign.",
        )
    fichiers = {fichier.nom: fichier for fichier in delivery.fichiers}
    wanted: dict[str, list[int]] = {}
    for line in lines:
        wanted.setdefault(line.fichier, []).append(line.ligne)
    rows: dict[Place, dict[str, Any]] = {}
    for name, numbers in wanted.items():
        require_sealed(campagne, dossier, name, fichiers)
        rows |= _read_file(dossier, fichiers[name], delivery.campagne, numbers)
    return rows


def require_sealed(
    campagne: PreparedCampaign, dossier: Path, name: str, fichiers: Mapping[str, Fichier]
) -> None:
    """Refuse a file that is not the one of the run: its lines would be other people's."""
    entries = campagne.manifest().entrees
    sealed = {received.nom: received.sha256 for received in entries}
    beside = {received.nom: received.compagnons for received in entries}.get(name, ())
    if name not in fichiers or not (dossier / name).is_file():
        raise DeliveryError(
            f"{dossier}: {name}, which campaign {campagne.code} read, is not there.",
            remedy="Give the folder as it was delivered for that run.",
        )
    sealed |= {companion.nom: companion.sha256 for companion in beside}
    wanted = [name, *(companion.nom for companion in beside)]
    if any(sha256_if_any(dossier / known) != sealed.get(known) for known in wanted):
        raise DeliveryError(
            f"{name}: is not the file that campaign {campagne.code} read (its SHA-256 differs).",
            remedy="Give the folder as it was delivered for that run, or run the campaign again.",
        )


def _read_file(
    dossier: Path, fichier: Fichier, campagne: Campagne, numbers: Sequence[int]
) -> dict[Place, dict[str, Any]]:
    kept = []
    for raw in read_slices(dossier, fichier):
        kept.append(raw.frame.filter(pl.col("ligne").is_in(numbers)))
        if sum(frame.height for frame in kept) == len(numbers):
            break
    valides = validate(pl.concat(kept), fichier, campagne).valides
    made = normalise(valides, fichier, 0)
    seen = made.coordonnees.rename(lambda c: c if c == "rid" else f"vu_{c}")
    whole = made.traits.join(seen, on="rid").join(_tell_parcours(made), on="rid", how="left")
    return {(fichier.nom, row["ligne"]): row for row in whole.iter_rows(named=True)}


def _tell_parcours(made: NormalisedTables) -> pl.DataFrame:
    """Say in a line what each row is about: an enrolment, a follow-up, an examination."""
    stays = made.parcours.select(
        "rid",
        text=pl.concat_str(
            pl.coalesce("formation", "structure_nom", "mef", "diplome"),
            pl.col("uai"),
            pl.lit("du ") + pl.col("debut").dt.strftime(FRENCH_DATE),
            pl.lit("au ") + pl.col("fin").dt.strftime(FRENCH_DATE),
            separator=" ",
            ignore_nulls=True,
        ),
    )
    exams = made.titres.select(
        "rid",
        text=pl.concat_str(
            pl.lit("diplôme"), "diplome", pl.col("session").cast(pl.String),
            pl.format("({})", pl.col("niveau").replace("aucun", "ne compte pas")),
            separator=" ", ignore_nulls=True,
        ),
    )  # fmt: skip
    return (
        pl.concat([stays, exams])
        .group_by("rid", maintain_order=True)
        .agg(parcours=pl.col("text").str.join(" ; "))
    )
