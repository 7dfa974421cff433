"""Write a campaign's folder and the two databases into the staging."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from siei_match import __version__
from siei_match.contracts import conform, declaration
from siei_match.errors import ContractError, OutputError
from siei_match.files import PRIVATE, SHARED, file_sha256, output_guard, write_parquet, write_text
from siei_match.publish.databases import (
    OF_CAMPAIGNS,
    Chantier,
    building,
    listes_statements,
    siei_statements,
)
from siei_match.publish.listes import write_listes
from siei_match.publish.manifest import Execution, FichierPublie, Manifeste
from siei_match.publish.references import read_communes, read_diplomes, read_mef
from siei_match.publish.report import render_report
from siei_match.store import BASES, MANIFESTE, Staging, published_campaigns
from siei_match.vocabulary import A_VERIFIER, NON_AFFECTE

REPORT = "rapport.html"
SIEI, LISTES = BASES


@dataclass(frozen=True)
class Resultats:
    """The tables of a campaign, each as its declaration in schemas/tables says."""

    identites: pl.DataFrame
    liens: pl.DataFrame
    decisions: pl.DataFrame
    signalements: pl.DataFrame
    rejets: pl.DataFrame
    listes: pl.DataFrame
    """All platforms' lists in one frame (`liste`), each sorted as it is to be read."""
    psad: pl.DataFrame
    psad_communes: pl.DataFrame


def publish_campaign(
    staging: Staging,
    execution: Execution,
    resultats: Resultats,
    annexes: Mapping[str, Path] | None = None,
) -> Manifeste:
    """Write everything under section 3 of the contract into `staging`; nothing published changes.

    Output: staging.campagne (tables, lists, rapport.html, manifeste.json), staging.dossier's
    siei.duckdb and listes.duckdb, rebuilt from this campaign and every published one. Call
    `store.publish_staging` next. The same arguments give the same bytes. `annexes` are tables
    that only the next campaign reads, written already as they are to be: each is moved to
    <name>.parquet, its owner's alone, and sealed in the manifest like the others.

    Raises:
        ContractError: a table breaks its declaration, or a list is of an unknown platform.
        OutputError: the disk refused, or an earlier campaign's folder is damaged.
    """
    with output_guard(staging.sortie), building() as bases:
        etapes = count_steps(execution, resultats)
        written: list[tuple[Path, int | None]] = [*_write_tables(staging, resultats)]
        # It reads these tables alone: it is built while the rest is written.
        _start_siei(bases, staging, resultats, describe(execution, etapes))
        written += [_move(path, staging.campagne, name) for name, path in (annexes or {}).items()]
        psads = [*resultats.psad["code"].to_list(), NON_AFFECTE]
        written += write_listes(
            resultats.listes, psads, staging.campagne / "listes", execution.campagne.code
        )
        _start_listes(bases, staging)
        report = render_report(execution, resultats, etapes)
        written.append((write_text(staging.campagne / REPORT, report), None))
        manifeste = Manifeste(
            **execution.model_dump(exclude={"etapes"}),
            etapes=etapes,
            fichiers=tuple(_seal(staging.campagne, written)),
        )
        write_text(staging.campagne / MANIFESTE, manifeste.text())
    return manifeste


def count_steps(execution: Execution, resultats: Resultats) -> dict[str, int]:
    """Return the counts of each step, those that the story gave last."""
    decisions, liens = resultats.decisions, resultats.liens
    counts = {
        "lues": sum(fichier.lignes for fichier in execution.entrees),
        "valides": sum(fichier.valides for fichier in execution.entrees),
        "rejetees": sum(fichier.rejetees for fichier in execution.entrees),
        "rattachees": resultats.identites.height,
        "personnes": resultats.identites["id_personne"].n_unique(),
        "paires": liens.height,
        "liees": liens.filter(pl.col("issue") == "lie").height,
        "douteuses": liens.filter(pl.col("issue") == A_VERIFIER).height,
        "decidees": decisions.height,
        "sortants": decisions.filter(pl.col("statut") == "sortant").height,
        "a_verifier": decisions.filter(
            (pl.col("statut") == "sortant") & (pl.col("motif") == A_VERIFIER)
        ).height,
        "listees": resultats.listes.height,
        "non_affectees": resultats.listes.filter(pl.col("psad") == NON_AFFECTE).height,
    }
    return counts | {name: n for name, n in execution.etapes.items() if name not in counts}


def _write_tables(staging: Staging, resultats: Resultats) -> Iterator[tuple[Path, int]]:
    metadata = {"campagne": staging.code}
    _require_declared(resultats.listes, "liste")
    for name in OF_CAMPAIGNS:
        frame = _require_declared(getattr(resultats, name), name)
        yield (
            write_parquet(frame, staging.campagne / f"{name}.parquet", SHARED, metadata),
            frame.height,
        )


def _move(path: Path, dossier: Path, name: str) -> tuple[Path, int]:
    rows = pl.scan_parquet(path).select(pl.len()).collect().item()
    path.chmod(PRIVATE)
    return path.rename(dossier / f"{name}.parquet"), rows


def _require_declared(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """Check names and types only: the stage that made the frame has checked its values."""
    declared = declaration(f"tables/{table}").polars_schema
    if dict(frame.schema) != declared or frame.columns != list(declared):
        raise ContractError(
            f"Table {table} has not the columns and types of its declaration.",
            remedy=f"This is a defect of siei-match: compare with schemas/tables/{table}.json.",
        )
    return frame


def _seal(root: Path, written: Iterable[tuple[Path, int | None]]) -> Iterator[FichierPublie]:
    for path, rows in sorted(written):
        yield FichierPublie(
            chemin=path.relative_to(root).as_posix(), sha256=file_sha256(path) or "", lignes=rows
        )


def _start_siei(
    bases: Chantier, staging: Staging, resultats: Resultats, campagne: Mapping[str, Any]
) -> None:
    others = published_campaigns(staging.sortie)
    described = {code: read_description(folder) for code, folder in others.items()}
    references = {
        "campagnes": conform(
            describe_campaigns(described | {staging.code: campagne}), "tables/campagnes"
        ),
        "psad": conform(resultats.psad, "tables/psad"),
        "psad_communes": conform(resultats.psad_communes, "tables/psad_communes"),
        "communes": read_communes(),
        "diplomes": read_diplomes(),
        "mef": read_mef(),
    }
    statements = siei_statements(_folders(staging), references, staging.travail)
    bases.start(staging.dossier / SIEI, statements, SHARED)


def _start_listes(bases: Chantier, staging: Staging) -> None:
    bases.start(staging.dossier / LISTES, listes_statements(_folders(staging)), PRIVATE)


def _folders(staging: Staging) -> dict[str, Path]:
    """Return the folder of every campaign, this one's included, oldest first."""
    folders = published_campaigns(staging.sortie) | {staging.code: staging.campagne}
    return dict(sorted(folders.items()))


def describe_campaigns(descriptions: Mapping[str, Mapping[str, Any]]) -> pl.DataFrame:
    """Return one row per campaign, oldest first (schemas/tables/campagnes.json)."""
    rows = [dict(row) for _, row in sorted(descriptions.items())]
    return pl.DataFrame(rows).with_columns(pl.col("cle").cast(pl.String))


def describe(execution: Execution, etapes: Mapping[str, int]) -> dict[str, Any]:
    """Describe the campaign that is being published, whose manifest is not written yet."""
    return _describe(execution.model_dump(mode="json"), __version__, etapes)


def read_description(folder: Path) -> dict[str, Any]:
    """Describe a published campaign, from its manifest."""
    try:
        manifeste = json.loads((folder / MANIFESTE).read_text(encoding="utf-8"))
        return _describe(manifeste, manifeste["version"], manifeste["etapes"])
    except (ValueError, KeyError, OSError):
        raise OutputError(
            f"{folder / MANIFESTE} is missing or damaged.",
            remedy="Restore this folder from a back-up, or run that campaign again.",
        ) from None


def _describe(told: Mapping[str, Any], version: str, etapes: Mapping[str, int]) -> dict[str, Any]:
    campagne = told["campagne"]
    return {
        "campagne": campagne["code"],
        "date_observation": date.fromisoformat(campagne["date_observation"]),
        "annee_scolaire": campagne["annee_scolaire"],
        "definition": campagne["definition"],
        "version": version,
        "cle": told["cle"],
        "lignes_lues": etapes["lues"],
        "lignes_valides": etapes["valides"],
        "lignes_rejetees": etapes["rejetees"],
        "personnes": etapes["personnes"],
        "paires": etapes["paires"],
        "personnes_champ": etapes["decidees"],
        "sortants": etapes["sortants"],
        "a_verifier": etapes["a_verifier"],
    }
