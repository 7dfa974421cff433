"""Judgements kept, taken back, told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import polars as pl

from siei_match.output.audit import Actor
from siei_match.output.memory.judgements import (
    HOLDS_FOR,
    Scope,
    add_judgements,
    read_revues,
    withdraw,
)
from siei_match.reference.errors import SettingsError
from siei_match.reference.vocabulary import A_CONFIRMER, CONTESTE, MEME, NE_SAIT_PAS, REPONSES
from siei_match.review.pairs import known_pairs

UNKNOWN = "paire inconnue : aucune campagne de ce dossier ne l'a mise en doute"


@dataclass(frozen=True)
class Refusal:
    """What was not understood. `ligne`: in the workbook, 0 where there is none."""

    ligne: int
    motif: str
    id_paire: str | None = None


@dataclass(frozen=True)
class Recorded:
    """What became of the pairs of a file: read = accepted + without judgement + refused, always."""

    rows_read: int
    accepted: int
    sans_reponse: int
    refusal: tuple[Refusal, ...]
    reponses: Mapping[str, int]
    """How often each judgement was accepted."""

    def __post_init__(self) -> None:
        assert self.rows_read == self.accepted + self.sans_reponse + len(self.refusal)  # noqa: S101


def record_judgements(
    sortie: Path,
    judgements: pl.DataFrame,
    par: str,
    when: datetime,
    *,
    key: bytes | None = None,
    sans_reponse: int = 0,
    refusal: tuple[Refusal, ...] = (),
    received_sha256: str = "",
    scope: Scope | None = None,
) -> Recorded:
    """Keep a clerk's judgements; the next run honours them. The act is audited.

    Args:
        sortie: the output folder.
        judgements: `id_paire`, `reponse` (`meme`, `autre`, `ne_sait_pas`), once each pair; may have
            `ligne`, to say where a refused one stands.
        par: who judges.
        when: when, with its time zone.
        key: seals the audit entry.
        sans_reponse: pairs of the same file without a judgement.
        refusal: what of the same file was not understood.
        received_sha256: the file's.
        scope: for which campaigns the judgements hold.

    Raises:
        OutputError: the folder cannot be written, or another command works in it.
    """
    known = known_pairs(sortie)
    understood = pl.col("reponse").is_in(REPONSES)
    kept = judgements.filter(understood).join(known, on="id_paire")
    unknown = judgements.join(kept.select("id_paire"), on="id_paire", how="anti")
    refused = refusal + tuple(
        Refusal(row.get("ligne") or 0, UNKNOWN, row["id_paire"])
        for row in unknown.iter_rows(named=True)
    )
    counts = dict(kept["reponse"].value_counts().iter_rows())
    outcome = Recorded(
        rows_read=judgements.height + sans_reponse + len(refusal),
        accepted=kept.height,
        sans_reponse=sans_reponse,
        refusal=tuple(sorted(refused, key=lambda r: (r.ligne, r.motif))),
        reponses={name: counts.get(name, 0) for name in REPONSES},
    )
    if kept.height:
        details: dict[str, str | int] = {
            "lues": outcome.rows_read,
            "refusees": len(outcome.refusal),
            "sans_reponse": outcome.sans_reponse,
            **outcome.reponses,
        }
        if received_sha256:
            details["recu_sha256"] = received_sha256
        add_judgements(
            sortie, kept.drop("ligne", strict=False), Actor(par, when, key), details, scope
        )
    return outcome


def scope_of(portee: str, end: date | None, when: datetime) -> Scope:
    """Return for which campaigns judgements given at `when` hold; without an end, five years."""
    return Scope(portee, end or when.date() + HOLDS_FOR)


def withdraw_judgement(sortie: Path, id_paire: str, de: str, actor: Actor) -> None:
    """Take back the judgement of clerk `de` on a pair; the next run no longer honours it.

    Raises:
        SettingsError: that clerk has no standing judgement on that pair.
        OutputError: the folder cannot be written, or another command works in it.
    """
    if not withdraw(sortie, id_paire, de, actor):
        raise SettingsError(
            "No standing judgement of that clerk on that pair.",
            remedy="`siei review list` shows who judged what; --de names the clerk.",
        )


def list_judgements(sortie: Path, *, second_clerc: bool = True) -> pl.DataFrame:
    """Return the state of each judged pair, without names.

    Args:
        sortie: the output folder.
        second_clerc: whether `meme` that alone decides awaits a second clerk.

    Returns: `id_paire`, `campagne`, `etat` (`meme`, `autre`, `ne_sait_pas`, `conteste`, `a_confirmer`,
    `retiree`), `reponses` (who said what, for which campaigns, until when), `quand` (the last).
    """
    revues = read_revues(sortie).sort("id_paire", "quand", "par")
    stands = ~pl.col("retiree")
    settled = pl.col("reponse").filter(stands & (pl.col("reponse") != NE_SAIT_PAS))
    said_by = pl.col("par").filter(stands & (pl.col("reponse") == MEME)).n_unique()
    alone = pl.lit(value=second_clerc) & pl.col("decide").any() & (said_by < 2)
    end = pl.format(", jusqu'au {}", pl.col("jusqu_a").cast(pl.String)).fill_null("")
    taken = pl.when("retiree").then(pl.lit(" (retirée)")).otherwise(pl.lit(""))
    return (
        revues.with_columns(
            said=pl.format("{} : {}{} [{}{}]", "par", "reponse", taken, "portee", end)
        )
        .group_by("id_paire", maintain_order=True)
        .agg(
            pl.col("campagne").first(),
            etat=pl.when(settled.n_unique() > 1)
            .then(pl.lit(CONTESTE))
            .when(alone & (settled == MEME).all() & (settled.len() > 0))
            .then(pl.lit(A_CONFIRMER))
            .when(settled.len() > 0)
            .then(settled.first())
            .when(stands.any())
            .then(pl.lit(NE_SAIT_PAS))
            .otherwise(pl.lit("retiree")),
            reponses=pl.col("said").str.join(", "),
            quand=pl.col("quand").max(),
        )
        .sort("campagne", "etat", "id_paire")
    )
