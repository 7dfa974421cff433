"""The rows of every table, each under the person to whom it belongs."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from siei_match.reference.people import People
from siei_match.stages.decide.dates import Reading, gather_doubtful


@dataclass(frozen=True)
class CaseFiles:
    """What the rules read about people, every frame keyed by `personne` (UInt32).

    `parcours`, `titres` and `births` are tables/parcours, tables/titres and the birth dates
    of tables/traits with `personne` in place of `rid`; `answers` is what platforms answered.
    `doubtful` are the rows of parcours that have a date in doubt (`dates.gather_doubtful`), which
    `parcours` has not; `readings` (personne, au_plus_tot, au_plus_tard) the births in doubt.
    """

    parcours: pl.DataFrame
    doubtful: pl.DataFrame
    readings: pl.DataFrame
    titres: pl.DataFrame
    births: pl.DataFrame
    reponses: pl.DataFrame

    def read(self, reading: Reading) -> pl.DataFrame:
        """Return every row of parcours, those in doubt as `reading` takes them."""
        if self.doubtful.is_empty():
            return self.parcours
        return pl.concat([self.parcours, reading(self.doubtful)])

    def restrict(self, personnes: pl.DataFrame) -> "CaseFiles":
        """Keep the people of `personnes` (personne)."""
        return self._map(lambda rows: rows.join(personnes, on="personne", how="semi"))

    def regroup(self, members: pl.DataFrame) -> "CaseFiles":
        """Put the rows of each `personne` of `members` (personne, groupe) under its groups.

        A person of several groups gives its rows to each of them; one of none disappears.
        """

        def join(rows: pl.DataFrame) -> pl.DataFrame:
            grouped = rows.join(members, on="personne", how="inner")
            return grouped.drop("personne").rename({"group": "personne"})

        return self._map(join)

    def _map(self, change: Callable[[pl.DataFrame], pl.DataFrame]) -> "CaseFiles":
        return CaseFiles(
            change(self.parcours),
            change(self.doubtful),
            change(self.readings),
            change(self.titres),
            change(self.births),
            change(self.reponses),
        )


@dataclass(frozen=True)
class PersonNumbers:
    """A dense number per person: `personnes` (id_personne, personne), `rows` (rid, personne).

    Joins on a UInt32 cost a fraction of those on 32 characters. The numbers follow the people's
    first rows, so that what a table has side by side stays so, and leave `decide` in no column.
    """

    personnes: pl.DataFrame
    lignes: pl.DataFrame


def number_people(identites: pl.DataFrame) -> PersonNumbers:
    """Number everybody in `identites` (rid, id_personne), reading each identifier once."""
    groupes = identites.group_by("id_personne").agg("rid", premier=pl.col("rid").min())
    numbered = groupes.sort("premier").with_columns(
        personne=pl.int_range(pl.len(), dtype=pl.UInt32)
    )
    return PersonNumbers(
        numbered.select("id_personne", "personne"),
        numbered.select("rid", "personne").explode("rid").sort("rid"),
    )


def gather_case_files(
    numbers: PersonNumbers, people: People, titres: pl.DataFrame, answers: pl.DataFrame
) -> CaseFiles:
    """Put the rows of the stages' tables under the people numbered in `numbers`.

    Input: the rows of `people` (its members are not read: `numbers` may be of fewer),
    tables/titres, and `answers` (id_personne, date_retour, retour, reception).
    """

    def number(rows: pl.DataFrame) -> pl.DataFrame:
        return rows.join(numbers.lignes, on="rid", how="inner").drop("rid")

    parcours = people.enrolments.drop("mef", "diplome", "structure_nom", strict=False)
    doubtful = gather_doubtful(parcours, people.dates)
    if doubtful.height:
        parcours = parcours.join(doubtful, on="rid", how="anti", maintain_order="left")
    return CaseFiles(
        parcours=number(parcours),
        doubtful=number(doubtful),
        readings=number(people.dates.filter(colonne="naissance").drop("colonne")),
        titres=number(titres.select("rid", "niveau")),
        births=number(
            people.traits.select(
                "rid", "extrait", "naissance_annee", "naissance_mois", "naissance_jour"
            )
        ),
        reponses=answers.join(numbers.personnes, on="id_personne", how="inner").drop("id_personne"),
    )
