"""Answers given one by one, on the page: a log of each platform beside the files that it sends.

    DIR/memoire/retours/<fichier>.parquet     schemas/tables/retours_collectes.json

One file per platform, to which rows are added and from which none is taken: what takes an answer
back is another row (`annule`, contract, section 1). They stand in one file so that two attempts of
one day count as two (`stages.decide.standing`).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

import polars as pl

from siei_match.collect.collecting import NAME, make_folder
from siei_match.output import locked
from siei_match.output.audit import Actor
from siei_match.output.memory.answers import RETOURS, TABLE, read_collected
from siei_match.output.placing import placing
from siei_match.reference.contracts import conform, declaration
from siei_match.reference.files import PRIVATE, write_parquet


@dataclass(frozen=True)
class SingleAnswer:
    """What a platform says about one signalement.

    `contacts`: fingerprints of those that are wrong; `note`: encrypted by the page, which alone reads
    it; `compte`: the account of the page that answers.
    """

    id_signalement: str
    retour: str
    date_retour: date
    psad_destination: str | None = None
    rappel: date | None = None
    contacts: str | None = None
    note: str | None = None
    compte: int | None = None


def append_answers(
    sortie: Path, said: Sequence[SingleAnswer], psad: str, actor: Actor, *, seen: int
) -> bool:
    """Add answers on one signalement to the log of the platform that gives them.

    Args:
        sortie: the output folder.
        said: what is said, in order: what corrects an answer is two rows.
        psad: the platform that answers; whoever calls has checked that the signalement is its own.
        actor: who answers, and when.
        seen: how many answers of this platform on it were known to who answers.

    Returns:
        False, with nothing written, if there are more by now: somebody else answered, or the same
        form was sent twice.

    Raises:
        OutputError: the folder is locked or cannot be written, or the audit log refuses.
        ContractError: an answer is none of the contract.
    """
    name = name_log(psad)
    with locked(sortie):
        every = read_collected(sortie)
        if count_given(every, said[0].id_signalement, psad) != seen:
            return False
        log = every.filter(fichier=name)
        last, line = (int(f[c].max() or 0) for f, c in ((every, "rang"), (log, "ligne")))  # type: ignore[arg-type]
        added = pl.DataFrame(
            [
                asdict(answer)
                | {"fichier": name, "rang": last + n, "ligne": line + n, "psad": psad}
                for n, answer in enumerate(said, start=1)
            ],
            schema_overrides=declaration(TABLE).polars_schema,
        ).with_columns(date_collecte=pl.lit(actor.quand.date()))
        kept = pl.concat([log, conform(added.select(log.columns), TABLE)])
        _write(sortie, kept, name, actor, {"psad": psad, "reponses": len(said), "voie": "page"})
    return True


def count_given(answers: pl.DataFrame, signalement: str, psad: str) -> int:
    """Count what a platform has said of a signalement, whether it still stands or not."""
    return answers.filter(of_platform(psad), id_signalement=signalement).height


def of_platform(psad: str) -> pl.Expr:
    """Whether an answer is a platform's; a file collected without saying whose is that of its list."""
    return pl.col("psad").is_null() | (pl.col("psad") == psad)


def name_log(psad: str) -> str:
    """Return the name of a platform's log, in the form of those of files."""
    return sha256(f"page {psad}".encode()).hexdigest()[:NAME]


def _write(
    sortie: Path, kept: pl.DataFrame, name: str, actor: Actor, details: dict[str, str | int]
) -> None:
    target = sortie / RETOURS / f"{name}.parquet"
    make_folder(sortie, target.parent)
    with placing(sortie, "collecte", actor, folder=sortie, details=details) as drafts:
        write_parquet(kept, drafts.add(target, target.relative_to(sortie).as_posix()), PRIVATE)
