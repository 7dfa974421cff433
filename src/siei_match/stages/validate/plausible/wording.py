"""How an implausibility is said: in French for the report and the gates, in English for the error."""

from typing import NamedTuple

from siei_match.reference.tallies import Alarm, Implausibility, Kind


class Said(NamedTuple):
    """What was found, without its place."""

    rapport: str
    """In French."""
    journal: str
    """In English."""


def alarm(
    kind: Kind,
    said: Said,
    extrait: str,
    *,
    year: str | None = None,
    file: str | None = None,
    column: str | None = None,
    share: float | None = None,
    usual: float | None = None,
) -> Alarm:
    """Say what was found and where: the file, or the extract and its school year."""
    where = file or (f"{extrait} {year}" if year else extrait)
    french = f"{where}, colonne {column}" if column else where
    journal = f"{where}, {column}" if column else where
    return Alarm(
        Implausibility(
            genre=kind,
            extrait=extrait,
            annee_scolaire=year,
            fichier=file,
            colonne=column,
            part=share,
            usuel=usual,
            constat=f"{french} : {said.rapport}",
        ),
        f"{journal}: {said.journal}",
    )
