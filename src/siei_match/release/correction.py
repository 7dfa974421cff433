"""A campaign run again, compared with what is released of it: who enters, who leaves, and why.

What a run says of itself is compared with the campaign before (`gates`); a correction has a nearer
witness, what platforms see now. Only counts leave this module.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.output import PreparedCampaign
from siei_match.reference.french import french_count
from siei_match.reference.redirections import follow
from siei_match.reference.settings import Settings
from siei_match.release.released import frozen_tables, read_released
from siei_match.stages.publish.gates import Gate, is_far, percent

UNDECIDED: Final = "sans décision"
"""On that side the person is not in scope, or in no extract."""
UNKNOWN: Final = "motif inconnu"
"""A release of before decisions were kept with it."""
SHOWN: Final = 4
"""Reasons told one by one; the others are counted."""


@dataclass(frozen=True)
class Correction:
    """What releasing the prepared campaign would change of the released one, in people.

    entering, leaving: by what those who enter were before, by what those who leave are now.
    platforms: released, entering or leaving, by platform.
    """

    before: int
    now: int
    entering: Mapping[str, int]
    leaving: Mapping[str, int]
    moved: int
    platforms: Mapping[str, tuple[int, int, int]]

    @property
    def entering_count(self) -> int:
        return sum(self.entering.values())

    @property
    def leaving_count(self) -> int:
        return sum(self.leaving.values())

    def told(self) -> str:
        """Say it in French, those who enter by what they were, those who leave by what they are."""
        return (
            f"entrées {self.entering_count}{_by_reason(self.entering)}, "
            f"sorties {self.leaving_count}{_by_reason(self.leaving)}, "
            f"changements de plateforme {self.moved}"
        )

    def noted(self) -> dict[str, str | int]:
        """Return what the audit log keeps of it."""
        counts: dict[str, str | int] = {
            "entrees": self.entering_count,
            "sorties": self.leaving_count,
            "changements_psad": self.moved,
        }
        for name, reasons in (("entrees_motifs", self.entering), ("sorties_motifs", self.leaving)):
            if reasons:
                counts[name] = _by_reason(reasons).strip(" ()")
        return counts


def compare_released(sortie: Path, prepared: PreparedCampaign) -> Correction | None:
    """Compare a prepared campaign with what is released of it; None where there is nothing to.

    Raises:
        OutputError: a table of either is missing or damaged.
    """
    standing = read_released(sortie, prepared.code)
    if standing is None or standing.manifeste_sha256 == prepared.manifest_sha256():
        return None
    released = frozen_tables(sortie, prepared.code)
    if not released.has_table("signalements"):
        lists = [folder.lists("id_signalement", "psad") for folder in (released, prepared)]
        before, now = (one.rename({"id_signalement": "id_personne"}) for one in lists)
        return compare(before, now, None, None)
    told = prepared.table("redirections")
    return compare(
        follow(released.table("signalements"), told, "id_personne"),
        prepared.table("signalements"),
        follow(released.table("decisions"), told, "id_personne"),
        prepared.table("decisions"),
    )


def compare(
    before: pl.DataFrame,
    now: pl.DataFrame,
    decided_before: pl.DataFrame | None,
    decided_now: pl.DataFrame | None,
) -> Correction:
    """Compare who was listed with who is.

    Args:
        before: `id_personne`, `psad` of the released lists, by the identifiers of today.
        now: the same of the prepared ones.
        decided_before: tables/decisions that the released lists came from; None if unknown.
        decided_now: those of the prepared lists.
    """
    both = (
        _once(before)
        .with_columns(listed_before=True)
        .join(_once(now).with_columns(listed_now=True), on="id_personne", how="full", suffix="_now",
              coalesce=True)
        .with_columns(pl.col("listed_before", "listed_now").fill_null(value=False))
    )  # fmt: skip
    entering = both.filter(~pl.col("listed_before"))
    leaving = both.filter(~pl.col("listed_now"))
    stays = pl.col("listed_before") & pl.col("listed_now")
    moved = both.filter(stays, pl.col("psad") != pl.col("psad_now"))
    return Correction(
        before=int(both["listed_before"].sum()),
        now=int(both["listed_now"].sum()),
        entering=_reasons(entering, decided_before),
        leaving=_reasons(leaving, decided_now),
        moved=moved.height,
        platforms=_count_platforms(both),
    )


def _once(listed: pl.DataFrame) -> pl.DataFrame:
    # Two people of the release may be one now.
    return listed.select("id_personne", "psad").unique("id_personne", keep="first")


def _reasons(people: pl.DataFrame, decided: pl.DataFrame | None) -> dict[str, int]:
    if decided is None:
        return {UNKNOWN: people.height} if people.height else {}
    said = (
        people.select("id_personne")
        .join(decided.unique("id_personne", keep="first"), on="id_personne", how="left")
        .select(
            reason=pl.concat_str(
                pl.col("statut").cast(pl.String), pl.col("motif").cast(pl.String), separator=" "
            ).fill_null(UNDECIDED)
        )
    )
    counted = said.group_by("reason").len().sort(["len", "reason"], descending=[True, False])
    return dict(counted.iter_rows())


def _count_platforms(both: pl.DataFrame) -> dict[str, tuple[int, int, int]]:
    """Count, per platform, who was listed, who is, and how many came or went."""
    changed = (
        ~pl.col("listed_before")
        | ~pl.col("listed_now")
        | (pl.col("psad") != pl.col("psad_now")).fill_null(value=True)
    )
    sides = pl.concat(
        [
            both.filter("listed_before").select("psad", before=1, now=0, changed=changed),
            both.filter("listed_now").select(psad="psad_now", before=0, now=1, changed=changed),
        ]
    )
    counted = sides.group_by("psad").agg(pl.col("before", "now", "changed").sum()).sort("psad")
    return {psad: (before, now, moved) for psad, before, now, moved in counted.iter_rows()}


def correction_gate(correction: Correction | None, settings: Settings) -> Gate:
    """Return the gate: it holds where what is corrected is far from what platforms see.

    The thresholds are those of the volumes, on how many enter and leave: lists of the same length
    may hold other people.
    """
    if correction is None:
        return Gate("correction", False, "rien d'autre n'est publié de cette campagne.")
    changed = correction.entering_count + correction.leaving_count
    share = changed / correction.before if correction.before else float(changed > 0)
    far = [
        psad
        for psad, (before, now, moved) in correction.platforms.items()
        # As if so many had come to, or gone from, a list that stays.
        if max(before, now) >= settings.garde_effectif and is_far(before + moved, before, settings)
    ]
    limits = (
        f"{percent(share)} des jeunes publiés, seuil {percent(settings.garde_volume)} ; "
        f"{french_count(len(far), 'plateforme')} à plus de {percent(settings.garde_volume_psad)}"
    )
    finding = (
        f"{correction.before} jeunes publiés, {correction.now} préparés : {correction.told()} "
        f"({limits})."
    )
    return Gate("correction", share > settings.garde_volume or bool(far), finding)


def _by_reason(counted: Mapping[str, int]) -> str:
    if not counted:
        return ""
    shown = dict(list(counted.items())[:SHOWN])
    rest = sum(counted.values()) - sum(shown.values())
    parts = [f"{reason} {n}" for reason, n in shown.items()] + [f"autres {rest}"] * (rest > 0)
    return f" ({', '.join(parts)})"
