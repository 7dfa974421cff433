"""Find a person from what they would give: in the register, the lists, and the extracts if given."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.access.likeness import NEAR, SURE, near_births, near_names
from siei_match.access.request import PersonSought, vary
from siei_match.explain.values import require_sealed
from siei_match.output import (
    PreparedCampaign,
    newest_prepared,
    prepared_campaigns,
    require_prepared,
)
from siei_match.output.databases.reading import reading
from siei_match.output.memory import current_id
from siei_match.reference.errors import OutputError
from siei_match.reference.failures import shield
from siei_match.reference.vocabulary import RETOURS
from siei_match.stages.extract import read_declaration, read_slices
from siei_match.stages.identify.fingerprints import fingerprints
from siei_match.stages.normalise import normalise
from siei_match.stages.normalise.names import normalise_names
from siei_match.stages.validate import validate

LISTS: Final = "listes.duckdb"
FOUND: Final = {"id_personne": pl.String, "clue": pl.String, "gap": pl.String}
"""A trail: who, by what, and what was not as given."""
SHOWN: Final = ("nom_naissance", "nom_usage", "prenoms", "date_naissance", "commune")
INE: Final = ("INE", "ine", "INE_RNIE")
DATE: Final = tuple(pl.col(f"naissance_{part}") for part in ("annee", "mois", "jour"))


@dataclass(frozen=True)
class Sighting:
    """A campaign in which a person was seen: nothing nominative."""

    campagne: str
    lignes: dict[str, int]
    statut: str | None = None
    motif: str | None = None
    age: int | None = None
    psad: str | None = None
    derniere_formation: str | None = None
    sur_liste: bool = False


@dataclass(frozen=True)
class Candidate:
    """Someone who may be the person. `identified` is nominative: what the newest list shows."""

    id_personne: str
    indices: tuple[tuple[str, str], ...]
    seen: tuple[Sighting, ...]
    identified: dict[str, str | None] = field(default_factory=dict)


@shield
def search(
    sortie: Path, visit: PersonSought, keys: Sequence[bytes], *, dossier: Path | None = None
) -> tuple[Candidate, ...]:
    """Return everybody who may be the person, best trails first; nobody is chosen.

    Args:
        sortie: the output folder of the runs.
        visit: what was given.
        keys: the secret keys, replaced ones too; without any the register tells nothing.
        dossier: a campaign's input folder: its rows are looked through too, which takes a while.

    Raises:
        SieiError: a table is missing, or the folder is not the one that the manifest seals.
    """
    newest = newest_prepared(sortie)
    if newest is None:
        raise OutputError(
            f"No campaign stands in {sortie}.",
            remedy="Give as --sortie the output folder of `siei run`.",
        )
    trails = [search_lists(sortie, visit)]
    trails += [search_registre(newest, visit, key) for key in keys]
    if dossier is not None:
        code = read_declaration(dossier).campagne.code
        trails.append(search_delivery(require_prepared(sortie, code), dossier, visit))
    found = pl.concat(trails).unique(maintain_order=True)
    now = {old: current_id(sortie, old) for old in found["id_personne"].unique()}
    found = found.with_columns(pl.col("id_personne").replace(now))
    return tuple(_describe(sortie, found.unique(maintain_order=True)))


def search_registre(newest: PreparedCampaign, visit: PersonSought, key: bytes) -> pl.DataFrame:
    """Return the trails of the keyed fingerprints: exact, once names are normalised."""
    variants = vary(visit)
    # Each variant as if it were a person: its own fingerprints.
    prints = fingerprints(variants, variants.select("rid", personne="rid"), key)
    wanted = prints.join(variants.select("rid", "gap"), left_on="personne", right_on="rid")
    held = newest.rows("registre", pl.col("empreinte").is_in(wanted["empreinte"].implode()))
    return held.join(
        wanted.select("empreinte", "gap", clue=pl.col("genre").cast(pl.String)), on="empreinte"
    ).select(*FOUND)


def search_lists(sortie: Path, visit: PersonSought) -> pl.DataFrame:
    """Return the trails of the nominative lists: names and day nearly as given, or the INE."""
    rows = read_lists(sortie)
    if rows.is_empty():
        return pl.DataFrame(schema=FOUND)
    parts = rows["date_naissance"].str.split("-").list
    prenoms = rows["prenoms"].str.split(",").list
    named = rows.with_columns(
        *(
            parts.get(n, null_on_oob=True).cast(pl.Int16, strict=False).alias(f"naissance_{part}")
            for n, part in enumerate(("annee", "mois", "jour"))
        ),
        *(normalise_names(rows[c]).alias(c) for c in ("nom_naissance", "nom_usage")),
        *(
            normalise_names(prenoms.get(n, null_on_oob=True)).alias(f"prenom{n + 1}")
            for n in range(3)
        ),
    )
    return _trails(named, visit, "liste")


def read_lists(sortie: Path) -> pl.DataFrame:
    """Return who the lists name, with their `id_personne`.

    Raises:
        OutputError: listes.duckdb cannot be read.
    """
    path = sortie / LISTS
    if not path.exists():
        return pl.DataFrame()
    with reading(path) as base:
        columns = ", ".join(("id_signalement", "campagne", "ine", *SHOWN))
        rows: pl.DataFrame = base.sql(f"SELECT {columns} FROM listes").pl()  # noqa: S608
    listed = [
        prepared.table("signalements").select("id_signalement", "campagne", "id_personne")
        for prepared in prepared_campaigns(sortie).values()
    ]
    return rows.join(pl.concat(listed), on=["id_signalement", "campagne"])


def search_delivery(campagne: PreparedCampaign, dossier: Path, visit: PersonSought) -> pl.DataFrame:
    """Return the trails of a delivery's rows, read and normalised as the run did."""
    found = [pl.DataFrame(schema=FOUND)]
    for places in _rows_alike(campagne, dossier, visit):
        rows = campagne.rows("identites", pl.col("ligne").is_in(places["ligne"].implode()))
        found.append(rows.join(places, on=["extrait", "fichier", "ligne"]).select(*FOUND))
    return pl.concat(found)


def _rows_alike(
    campagne: PreparedCampaign, dossier: Path, visit: PersonSought
) -> Iterator[pl.DataFrame]:
    delivery = read_declaration(dossier)
    fichiers = {fichier.nom: fichier for fichier in delivery.fichiers}
    for fichier in delivery.fichiers:
        if fichier.extrait == RETOURS:
            continue
        require_sealed(campagne, dossier, fichier.nom, fichiers)
        for raw in read_slices(dossier, fichier):
            valides = validate(raw.frame, fichier, delivery.campagne).valides
            near = near_births(visit, *DATE)
            for column in set(INE) & set(valides.columns):
                near = near | (pl.col(column) == pl.lit(visit.ine, pl.String))
            few = valides.filter(near)
            traits = normalise(few, fichier, 0).traits
            yield _trails(traits, visit, "extrait", "extrait", "fichier", "ligne")


def _trails(rows: pl.DataFrame, visit: PersonSought, clue: str, *columns: str) -> pl.DataFrame:
    """Return the rows that may be the person's, with `clue` and `gap`."""
    score = near_names(
        visit, rows, ("nom_naissance", "nom_usage"), ("prenom1", "prenom2", "prenom3")
    )
    rows = rows.with_columns(score=score)
    exact = pl.all_horizontal(
        c.eq_missing(pl.lit(v)) for c, v in zip(DATE, _parts(visit), strict=True)
    ) & (visit.naissance is not None)
    likely = near_births(visit, *DATE) & (
        (exact & (pl.col("score") >= NEAR)) | (pl.col("score") >= SURE)
    )
    by_ine = pl.col("ine").eq_missing(pl.lit(visit.ine, pl.String)) & (visit.ine is not None)
    return rows.filter(likely | by_ine).select(
        *(columns or ("id_personne",)),
        clue=pl.when(by_ine).then(pl.lit("ine")).otherwise(pl.lit(clue)),
        gap=pl.when(by_ine | (exact & (pl.col("score") == 1)))
        .then(pl.lit(""))
        .otherwise(pl.lit("a_peu_pres")),
    )


def _parts(visit: PersonSought) -> tuple[int | None, int | None, int | None]:
    day = visit.naissance
    return (day.year, day.month, day.day) if day else (None, None, None)


def _describe(sortie: Path, found: pl.DataFrame) -> Iterator[Candidate]:
    """Say of each person found what tells them apart, the best trails first."""
    ids = found["id_personne"].unique(maintain_order=True)
    seen: dict[str, list[Sighting]] = {personne: [] for personne in ids}
    for prepared in prepared_campaigns(sortie).values():
        for personne, sighting in _seen(prepared, ids):
            seen[personne].append(sighting)
    shown = read_lists(sortie)
    for personne in sorted(ids, key=lambda one: (_rank(found, one), one)):
        trails = found.filter(id_personne=personne).select("clue", "gap").sort("gap", "clue")
        named = shown.filter(id_personne=personne).sort("campagne") if shown.height else shown
        identified = named.select(SHOWN).row(-1, named=True) if named.height else {}
        yield Candidate(personne, tuple(trails.iter_rows()), tuple(seen[personne]), identified)


def _rank(found: pl.DataFrame, personne: str) -> int:
    trails = set(found.filter(id_personne=personne).select("clue", "gap").iter_rows())
    order = [("ine", ""), ("lieu", ""), ("extrait", ""), ("liste", ""), ("nom", "")]
    return next((n for n, trail in enumerate(order) if trail in trails), len(order))


def _seen(prepared: PreparedCampaign, ids: pl.Series) -> Iterator[tuple[str, Sighting]]:
    wanted = pl.col("id_personne").is_in(ids.implode())
    counted = prepared.rows("identites", wanted).group_by("id_personne", "extrait").len()
    decided = {d["id_personne"]: d
               for d in prepared.rows("decisions", wanted).iter_rows(named=True)}  # fmt: skip
    listed = dict(prepared.rows("signalements", wanted).select("id_personne", "psad").iter_rows())
    for personne in counted["id_personne"].unique().sort():
        d = decided.get(personne, {})
        told = {c: d.get(c) for c in ("statut", "motif", "age", "derniere_formation")}
        rows = counted.filter(id_personne=personne).sort("extrait").select("extrait", "len")
        yield personne, Sighting(
            prepared.code, dict(rows.iter_rows()), psad=listed.get(personne, d.get("psad")),
            sur_liste=personne in listed, **told,
        )  # fmt: skip
