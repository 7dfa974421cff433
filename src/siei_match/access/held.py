"""Put together all that is held of a person, campaign by campaign and file by file."""

from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import polars as pl

from siei_match.access.model import (
    Exclusion,
    Fingerprints,
    Held,
    HeldCampaign,
    HeldFile,
    LogTrace,
    Rectification,
)
from siei_match.explain import Explanation, explain_person
from siei_match.explain.sources import IDENTIFIER
from siei_match.output import (
    CAMPAGNES,
    CampaignFolder,
    PreparedCampaign,
    newest_prepared,
    prepared_campaigns,
)
from siei_match.output.audit import MEMOIRE, Entry, read_entries
from siei_match.output.holdings import passing_files
from siei_match.output.memory import all_ids, find_person, read_exclusions, read_rectifications
from siei_match.reference.errors import OutputError
from siei_match.reference.failures import shield
from siei_match.release.released import DECIDED, PUBLISHED, frozen_tables
from siei_match.stages.extract import read_declaration

REGISTRE = "registre"
REPONSES = "reponses"
REDIRECTIONS = "redirections"


@shield
def gather(sortie: Path, identifier: str, *, dossier: Path | None = None) -> Held:
    """Return all that is held of a person.

    Args:
        sortie: the output folder of the runs.
        identifier: an id_personne, one that it replaced, or the id_signalement of a list.
        dossier: a campaign's input folder: its rows' values, the person's lines of lists and
            rectified values are shown too, and the result is nominative.

    Raises:
        SieiError: nobody has the identifier, a table is missing, or the folder is not the one
            that the manifest seals.
    """
    if not IDENTIFIER.fullmatch(identifier):
        raise OutputError(
            "What was given is no identifier.",
            remedy="`siei personne find` finds it from a name and a birth date, or an INE.",
        )
    personne = find_person(sortie, identifier)
    ids = all_ids(sortie, pl.Series([personne]))
    nominative = dossier is not None
    campagnes = tuple(_campaigns(sortie, ids, dossier))
    return Held(
        id_personne=personne,
        autres_identifiants=tuple(one for one in ids if one != personne),
        nominative=nominative,
        campagnes=campagnes,
        empreintes=tuple(_prints(sortie, ids)),
        exclusion=_exclusion(sortie, ids),
        rectifications=tuple(_rectifications(sortie, ids, nominative=nominative)),
        traces=tuple(_traces(read_entries(sortie), ids, campagnes)),
        fichiers=tuple(_files(sortie, ids, campagnes)),
    )


def _is_theirs(ids: pl.Series, column: str = "id_personne") -> pl.Expr:
    return pl.col(column).is_in(ids.implode())


def _campaigns(sortie: Path, ids: pl.Series, dossier: Path | None) -> Iterator[HeldCampaign]:
    delivered = read_declaration(dossier).campagne.code if dossier else None
    for code, prepared in prepared_campaigns(sortie).items():
        here = prepared.rows("identites", _is_theirs(ids))["id_personne"]
        for personne in here.unique().sort():
            listed = prepared.rows("signalements", pl.col("id_personne") == personne).to_dicts()
            psad = listed[0]["psad"] if listed else None
            mine = dossier if delivered == code else None
            yield HeldCampaign(
                explication=_without_others(explain_person(sortie, code, personne, dossier=mine)),
                psad=psad,
                liste=_line(prepared, listed[0]) if listed and dossier else None,
                reponses=tuple(_answers(prepared, personne)),
            )


def _without_others(explication: Explanation) -> Explanation:
    """Take out what other people's rows say: nobody has a right of access to it."""
    others = tuple(
        x.model_copy(update={"valeurs": None, "differe": ()}) for x in explication.autres_lignes
    )
    return explication.model_copy(update={"autres_lignes": others})


def _line(prepared: PreparedCampaign, listed: dict[str, Any]) -> dict[str, Any] | None:
    liste = prepared.list(listed["psad"])
    rows = liste.filter(pl.col("id_signalement") == listed["id_signalement"])
    found = rows.with_columns(pl.col(pl.Date).cast(pl.String)).to_dicts()
    return found[0] if found else None


def _answers(prepared: PreparedCampaign, personne: str) -> Iterator[dict[str, Any]]:
    if prepared.has_table(REPONSES):
        rows = prepared.rows(REPONSES, pl.col("id_personne") == personne)
        yield from rows.drop("id_personne").with_columns(pl.col(pl.Date).cast(pl.String)).to_dicts()


def _prints(sortie: Path, ids: pl.Series) -> Iterator[Fingerprints]:
    newest = newest_prepared(sortie)
    if newest is None:
        return
    held = newest.rows(REGISTRE, _is_theirs(ids))
    counted = held.group_by(pl.col("genre").cast(pl.String)).len().sort("genre")
    for genre, number in counted.iter_rows():
        yield Fingerprints(genre=genre, nombre=number)


def _exclusion(sortie: Path, ids: pl.Series) -> Exclusion | None:
    rows = read_exclusions(sortie).filter(_is_theirs(ids)).to_dicts()
    kept = {name: rows[0][name] for name in Exclusion.model_fields} if rows else None
    return Exclusion(**kept) if kept else None


def _rectifications(sortie: Path, ids: pl.Series, *, nominative: bool) -> Iterator[Rectification]:
    for row in read_rectifications(sortie).filter(_is_theirs(ids)).iter_rows(named=True):
        kept = {name: row[name] for name in Rectification.model_fields}
        yield Rectification(**kept if nominative else {**kept, "valeur": None})


def _traces(
    entrees: Sequence[Entry], ids: pl.Series, campagnes: Sequence[HeldCampaign]
) -> Iterator[LogTrace]:
    """Give the lines of the log that name the person, or a list that has them."""
    people = set(ids)
    lists = {(c.explication.campagne, c.psad) for c in campagnes if c.psad}
    for e in entrees:
        named = people & set(" ".join(map(str, e.details.values())).split())
        liste = (e.details.get("campagne"), e.details.get("psad")) in lists
        if named or liste:
            yield LogTrace(
                n=e.n, quand=e.quand, par=e.par, acte=e.acte, sur_la_liste=liste and not named
            )


FILES = (
    ("identites", "à qui sont vos lignes", False),
    ("decisions", "ce qui a été décidé et pourquoi", False),
    ("signalements", "sur quelle liste vous étiez", False),
    ("liens", "ce qui rapproche vos lignes", False),
    (REPONSES, "ce qu’une plateforme a répondu", False),
    (REGISTRE, "vos empreintes à clé", False),
    (REDIRECTIONS, "vos anciens identifiants", False),
)

RELEASED = "ce qui était décidé dans la version remise aux plateformes"


def _files(sortie: Path, ids: pl.Series, campagnes: Sequence[HeldCampaign]) -> Iterator[HeldFile]:
    """Give every file that holds something of the person."""
    for c in campagnes:
        code, e = c.explication.campagne, c.explication
        prepared = PreparedCampaign(code, sortie / CAMPAGNES / code)
        held = {
            "identites": True, "decisions": e.decision is not None,
            "signalements": c.psad is not None, REPONSES: bool(c.reponses),
            "liens": bool(e.paires or e.refusees),
            REGISTRE: _holds(prepared, REGISTRE, _is_theirs(ids)),
            REDIRECTIONS: _holds(prepared, REDIRECTIONS, _is_theirs(ids)),
        }  # fmt: skip
        for name, content, nominatif in FILES:
            if held[name]:
                yield HeldFile(chemin=_table(code, name), contenu=content, nominatif=nominatif)
        if c.psad is not None:
            yield from _lists(sortie, code, c.psad)
    yield from _follow_up(sortie, ids)
    yield HeldFile(chemin="siei.duckdb", contenu="les mêmes tables, pour compter", nominatif=False)
    if any(c.psad for c in campagnes):
        yield HeldFile(chemin="listes.duckdb", contenu="vos lignes de listes", nominatif=True)
    for table, rows, nominatif in (
        ("exclusions", read_exclusions(sortie), False),
        ("rectifications", read_rectifications(sortie), True),
    ):
        if rows.filter(_is_theirs(ids)).height:
            content = "vos demandes d’exclusion ou de rectification"
            path = f"{MEMOIRE}/{table}.parquet"
            yield HeldFile(chemin=path, contenu=content, nominatif=nominatif)
    for name, held_there in passing_files(sortie):
        yield HeldFile(chemin=name, contenu=held_there.content, nominatif=True)
    yield HeldFile(
        chemin=f"{MEMOIRE}/audit.jsonl", contenu="qui a consulté ces données", nominatif=False
    )


def _follow_up(sortie: Path, ids: pl.Series) -> Iterator[HeldFile]:
    """Give the files of any campaign that follow the person, whether it had rows of theirs or not."""
    either = _is_theirs(ids, "id_a") | _is_theirs(ids, "id_b")
    for code, prepared in prepared_campaigns(sortie).items():
        for name, content, theirs in (
            ("profils", "votre âge et votre niveau, pour le suivi", _is_theirs(ids)),
            ("bac_general", "votre présence dans un compte, sans liste", _is_theirs(ids)),
            ("decisions_tenues", "votre présence dans un compte, sans liste", _is_theirs(ids)),
            ("scolarites", "votre dernière formation, pour des comptes", _is_theirs(ids)),
            ("identites_seuils", "vos lignes, à d’autres seuils", _is_theirs(ids)),
            ("devenirs", "ce que vous êtes devenu depuis une liste", _is_theirs(ids)),
            ("doutes", "vos lignes à vérifier par une personne", either),
        ):
            if _holds(prepared, name, theirs):
                yield HeldFile(chemin=_table(code, name), contenu=content, nominatif=False)
        yield from _moves(sortie, prepared, _is_theirs(ids))
        released = frozen_tables(sortie, code)
        for name in DECIDED:
            if _holds(released, name, _is_theirs(ids)):
                path = released.table_path(name).relative_to(sortie).as_posix()
                yield HeldFile(chemin=path, contenu=RELEASED, nominatif=False)


def _moves(sortie: Path, prepared: PreparedCampaign, theirs: pl.Expr) -> Iterator[HeldFile]:
    """Give the files that say that the person entered a list, or left it."""
    if not prepared.has_table("mouvements"):
        return
    code, mine = prepared.code, prepared.rows("mouvements", theirs)
    if mine.is_empty():
        return
    said = "votre entrée sur une liste, ou votre sortie"
    yield HeldFile(chemin=_table(code, "mouvements"), contenu=said, nominatif=False)
    psads = pl.concat([mine["psad"], mine["psad_avant"].alias("psad")]).drop_nulls().unique()
    for root, psad in product((CAMPAGNES, PUBLISHED), psads.sort()):
        path = CampaignFolder(code, sortie / root / code).movements_path(psad)
        if path.exists():
            name = path.relative_to(sortie).as_posix()
            yield HeldFile(chemin=name, contenu=said, nominatif=True)


def _lists(sortie: Path, code: str, psad: str) -> Iterator[HeldFile]:
    for root, content in ((CAMPAGNES, "votre ligne de la liste"),
                          (PUBLISHED, "la même, remise à la plateforme")):  # fmt: skip
        folder = CampaignFolder(code, sortie / root / code)
        for liste in folder.list_files(psad):
            if liste == folder.movements_path(psad):
                continue  # it names who moved alone
            path = liste.relative_to(sortie).as_posix()
            yield HeldFile(chemin=path, contenu=content, nominatif=True)


def _table(code: str, name: str) -> str:
    return f"{CAMPAGNES}/{code}/{name}.parquet"


def _holds(prepared: PreparedCampaign, table: str, theirs: pl.Expr) -> bool:
    return prepared.has_table(table) and prepared.rows(table, theirs).height > 0
