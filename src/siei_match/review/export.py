"""The workbook of the pairs in doubt, with the values of both rows. It names people."""

from pathlib import Path
from typing import Any

import polars as pl

from siei_match.explain.model import ExplainedRow
from siei_match.explain.values import read_values
from siei_match.output import PreparedCampaign, require_prepared
from siei_match.output.audit import Actor
from siei_match.output.placing import placing
from siei_match.reference.nomenclatures import communes, pays
from siei_match.review.pairs import pairs_to_review
from siei_match.review.plan import Capacity, planned_pairs
from siei_match.review.sheet import PairBlock, render


def export_pairs(
    sortie: Path,
    campagne: str,
    dossier: Path,
    to: Path,
    actor: Actor,
    *,
    tout: bool = False,
    capacity: Capacity | None = None,
    second_clerc: bool = True,
) -> int:
    """Write the workbook of a campaign's pairs to review, and return how many there are.

    Args:
        sortie: the output folder.
        campagne: the campaign's code.
        dossier: its input folder, whose files must be the run's to the byte.
        to: the workbook; mode 0600.
        actor: who will read it; noted in the audit log before it is written.
        tout: pairs judged already as well.
        capacity: as many pairs as can be read in it, the most consequential first; by default all.
        second_clerc: what one clerk has said and would alone decide awaits another one.

    Raises:
        OutputError: the campaign is unknown, or a disk refused.
        DeliveryError: the folder is not the run's.
    """
    prepared = require_prepared(sortie, campagne)
    if capacity is None:
        pairs = pairs_to_review(
            sortie, campagne, tout=tout, par=actor.par, second_clerc=second_clerc
        )
    else:
        pairs = planned_pairs(sortie, campagne, capacity, actor.par).filter("read")
    content = render(read_blocs(prepared, dossier, pairs), campagne, name_places())
    details: dict[str, str | int] = {"quoi": "relecture", "campagne": campagne}
    details["paires"] = pairs.height
    with placing(sortie, "export", actor, folder=to.parent, details=details) as drafts:
        drafts.add(to).write_bytes(content)
    return pairs.height


def read_blocs(prepared: PreparedCampaign, dossier: Path, pairs: pl.DataFrame) -> list[PairBlock]:
    """Read both rows of each pair again, as the run did."""
    rows = pairs.to_dicts()
    lines = {_place(row, side): _ligne(row, side) for row in rows for side in "ab"}
    values = read_values(prepared, dossier, lines.values())
    return [
        PairBlock(
            row,
            *(values.get((row[f"fichier_{side}"], row[f"ligne_{side}"])) for side in "ab"),
        )
        for row in rows
    ]


def name_places() -> dict[str, str]:
    """Return the names of today's communes and of countries, by code."""
    return dict(pl.concat([communes().select("code", "nom"), pays().select("code", "nom")]).rows())


def _place(row: dict[str, Any], side: str) -> tuple[str, int]:
    return row[f"fichier_{side}"], row[f"ligne_{side}"]


def _ligne(row: dict[str, Any], side: str) -> ExplainedRow:
    return ExplainedRow(
        repere=side,
        id_personne=row[f"id_{side}"],
        extrait=row[f"extrait_{side}"],
        fichier=row[f"fichier_{side}"],
        ligne=row[f"ligne_{side}"],
        methode="",
    )
