"""A platform's file, read and kept for the runs to come: DIR/memoire/retours/.

One file per file collected, named by its hash: the same file again changes nothing, but for rows
that are understood only now. No answer is taken out: the run chooses among them.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.collect.reading import AnswersReading, read_answers, read_given
from siei_match.output import locked, prepared_campaigns, read_earlier
from siei_match.output.audit import Actor
from siei_match.output.memory.answers import RETOURS, TABLE, read_collected
from siei_match.output.placing import placing
from siei_match.reference.contracts import conform
from siei_match.reference.errors import OutputError, SettingsError
from siei_match.reference.files import PRIVATE, output_guard, write_parquet
from siei_match.reference.vocabulary import UNPLACED

NAME: Final = 16
"""Characters of a file's SHA-256 that name it."""
LAST: Final = "9999-99"
"""After every campaign's code."""


@dataclass(frozen=True)
class Collected:
    """What became of a file: `lecture` with the rows of other platforms refused.

    `unknown` numbers the rows whose signalement no campaign of this folder has made: they are
    kept, a later one may. accepted = known + unknown.
    """

    lecture: AnswersReading
    unknown: tuple[int, ...]
    transfers: int
    deja: bool
    """The same file had been collected before, and understood alike: nothing changed."""
    chemin: Path | None
    """Where its answers are kept; None if it had none."""


def collect(
    sortie: Path,
    path: Path,
    actor: Actor,
    *,
    psad: str | None = None,
    content: bytes | None = None,
) -> Collected:
    """Read a platform's file and keep its answers for the next runs.

    Args:
        sortie: the output folder.
        path: the file, as the platform sent it.
        actor: who collects it, when: the day of the answers that bear no date.
        psad: the platform that answers: signalements that it never held are refused.
        content: its bytes, where they stand sealed on the disk.

    Raises:
        DeliveryError: the file cannot be read (`read_answers`).
        SettingsError: no list of this folder is of that platform.
        OutputError: the folder has no campaign, cannot be written, or another run works in it.
    """
    day = actor.quand.date()
    lecture = read_answers(path, day) if content is None else read_given(content, path.name, day)
    _require_campaigns(sortie)
    with locked(sortie):
        signalements = read_earlier(sortie, LAST, "signalements")
        earlier = read_collected(sortie)
        if psad is not None:
            _require_platform(sortie, psad)
            lecture = refuse_strangers(lecture, psad, signalements, earlier)
        lecture = check_destinations(lecture, psad, name_platforms(sortie))
        rows = lecture.reponses["id_signalement"]
        known = rows.is_in(signalements["id_signalement"].unique().implode())
        target = sortie / RETOURS / f"{lecture.sha256[:NAME]}.parquet"
        before = earlier.filter(fichier=lecture.sha256[:NAME])
        after = _add(before, _date(lecture, earlier, day, psad))
        deja = before.height > 0 and after.equals(before)
        if after.height and not deja:
            _keep(sortie, target, after, actor, lecture)
    return Collected(
        lecture,
        tuple(lecture.reponses["ligne"].filter(~known)),
        lecture.reponses["psad_destination"].count(),
        deja,
        target if lecture.reponses.height else None,
    )


def refuse_strangers(
    lecture: AnswersReading, psad: str, signalements: pl.DataFrame, earlier: pl.DataFrame
) -> AnswersReading:
    """Refuse the answers on signalements that `psad` never held, on a list or by a transfer."""
    held = pl.concat(
        [
            signalements.filter(psad=psad)["id_signalement"],
            earlier.filter(psad_destination=psad)["id_signalement"],
        ]
    )
    known = pl.col("id_signalement").is_in(signalements["id_signalement"].unique().implode())
    was_held = pl.col("id_signalement").is_in(held.unique().implode())
    return lecture.refuse(known & ~was_held, "signalement_de_la_plateforme", "id_signalement")


def name_platforms(sortie: Path) -> frozenset[str]:
    """Return the codes of the platforms that any campaign of the folder has a list of."""
    campaigns = prepared_campaigns(sortie).values()
    return frozenset().union(*(campaign.platforms() for campaign in campaigns)) - {UNPLACED}


def check_destinations(
    lecture: AnswersReading, psad: str | None, platforms: Collection[str]
) -> AnswersReading:
    """Empty the transfers to no platform there is, or to the one that answers (contract, section 1)."""
    column = "psad_destination"
    known = {code.lower(): code for code in sorted(platforms)}
    spelled = pl.col(column).str.to_lowercase()
    checked = lecture.empty(
        spelled.is_not_null() & ~spelled.is_in(list(known)), f"{column}_connue", column
    )
    checked = replace(
        checked,
        reponses=checked.reponses.with_columns(
            spelled.replace_strict(known, default=None, return_dtype=pl.String).alias(column)
        ),
    )
    return checked.empty(pl.col(column) == psad, f"{column}_autre", column) if psad else checked


def _date(
    lecture: AnswersReading, earlier: pl.DataFrame, day: date, psad: str | None
) -> pl.DataFrame:
    """Write the answers as they are kept: the rank and the day are those of the first time."""
    premiere = earlier.filter(fichier=lecture.sha256[:NAME]).head(1)
    last = int(earlier.select(pl.col("rang").max().fill_null(0)).item())
    rang = premiere["rang"].max() or last + 1
    return conform(
        lecture.reponses.select(
            fichier=pl.lit(lecture.sha256[:NAME]),
            rang=pl.lit(rang, dtype=pl.UInt32),
            ligne="ligne",
            id_signalement="id_signalement",
            date_retour="date_retour",
            date_collecte=pl.lit(premiere["date_collecte"].max() or day, dtype=pl.Date),
            retour="retour",
            psad_destination="psad_destination",
            psad=pl.lit(psad, dtype=pl.String),
            rappel=pl.lit(None, dtype=pl.Date),
            contacts=pl.lit(None, dtype=pl.String),
            note=pl.lit(None, dtype=pl.String),
            compte=pl.lit(None, dtype=pl.UInt32),
        ),
        TABLE,
    )


def _add(before: pl.DataFrame, rows_read: pl.DataFrame) -> pl.DataFrame:
    """Add what is understood now to what was of the same file: of one row, what is read now."""
    others = before.join(rows_read, on="ligne", how="anti")
    return pl.concat([rows_read, others]).sort("ligne")


def _keep(
    sortie: Path, target: Path, kept: pl.DataFrame, actor: Actor, lecture: AnswersReading
) -> None:
    """Note the act, then put the file in place: no answer counts that the log does not tell."""
    make_folder(sortie, target.parent)
    details: dict[str, str | int] = {
        "recu_sha256": lecture.sha256,
        "psad": ", ".join(kept["psad"].drop_nulls().unique().sort()),
        "lues": lecture.rows_read,
        "reponses": kept.height,
        "refusees": lecture.refusees,
        "sans_reponse": lecture.sans_reponse,
    }
    with placing(sortie, "collecte", actor, folder=sortie, details=details) as drafts:
        write_parquet(kept, drafts.add(target, target.relative_to(sortie).as_posix()), PRIVATE)


def make_folder(sortie: Path, folder: Path) -> None:
    """Make the folder of the answers, its owner's alone."""
    with output_guard(sortie):
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)


def _require_campaigns(sortie: Path) -> None:
    if not prepared_campaigns(sortie):
        raise OutputError(
            f"{sortie} holds no campaign that could be answered.",
            remedy="Give as --sortie the output folder of `siei run`.",
        )


def _require_platform(sortie: Path, psad: str) -> None:
    campaigns = prepared_campaigns(sortie).values()
    if not any(psad in campaign.platforms() for campaign in campaigns):
        raise SettingsError(
            f"No campaign of {sortie} has a list for that platform.",
            remedy="Give its code as the lists' folders have it, e.g. PSAD-029-01.",
        )
