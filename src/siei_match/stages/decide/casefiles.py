"""The rows of every table, each under the person to whom it belongs."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from siei_match.reference.people import People


@dataclass(frozen=True)
class Dossiers:
    """What the rules read about people, every frame keyed by `personne` (UInt32).

    `parcours`, `titres` and `naissances` are tables/parcours, tables/titres and the birth dates
    of tables/traits with `personne` in place of `rid`; `reponses` is what platforms answered.
    """

    parcours: pl.DataFrame
    titres: pl.DataFrame
    naissances: pl.DataFrame
    reponses: pl.DataFrame

    def restrict(self, personnes: pl.DataFrame) -> "Dossiers":
        """Keep the people of `personnes` (personne)."""
        return self._map(lambda lignes: lignes.join(personnes, on="personne", how="semi"))

    def regroup(self, membres: pl.DataFrame) -> "Dossiers":
        """Put the rows of each `personne` of `membres` (personne, groupe) under its groups.

        A person of several groups gives its rows to each of them; one of none disappears.
        """

        def join(lignes: pl.DataFrame) -> pl.DataFrame:
            groupees = lignes.join(membres, on="personne", how="inner")
            return groupees.drop("personne").rename({"groupe": "personne"})

        return self._map(join)

    def _map(self, change: Callable[[pl.DataFrame], pl.DataFrame]) -> "Dossiers":
        return Dossiers(
            change(self.parcours),
            change(self.titres),
            change(self.naissances),
            change(self.reponses),
        )


@dataclass(frozen=True)
class Numeros:
    """A dense number per person: `personnes` (id_personne, personne), `lignes` (rid, personne).

    Joins on a UInt32 cost a fraction of those on 32 characters. The numbers follow the people's
    first rows, so that what a table has side by side stays so, and leave `decide` in no column.
    """

    personnes: pl.DataFrame
    lignes: pl.DataFrame


def number_personnes(identites: pl.DataFrame) -> Numeros:
    """Number everybody in `identites` (rid, id_personne), reading each identifier once."""
    groupes = identites.group_by("id_personne").agg("rid", premier=pl.col("rid").min())
    numerotes = groupes.sort("premier").with_columns(
        personne=pl.int_range(pl.len(), dtype=pl.UInt32)
    )
    return Numeros(
        numerotes.select("id_personne", "personne"),
        numerotes.select("rid", "personne").explode("rid").sort("rid"),
    )


def gather_dossiers(
    numeros: Numeros, people: People, titres: pl.DataFrame, reponses: pl.DataFrame
) -> Dossiers:
    """Put the rows of the stages' tables under the people numbered in `numeros`.

    Input: the rows of `people` (its members are not read: `numeros` may be of fewer),
    tables/titres, and `reponses` (id_personne, date_retour, retour).
    """

    def number(lignes: pl.DataFrame) -> pl.DataFrame:
        return lignes.join(numeros.lignes, on="rid", how="inner").drop("rid")

    return Dossiers(
        parcours=number(people.enrolments.drop("mef", "diplome", "structure_nom", strict=False)),
        titres=number(titres.select("rid", "niveau")),
        naissances=number(
            people.traits.select(
                "rid", "extrait", "naissance_annee", "naissance_mois", "naissance_jour"
            )
        ),
        reponses=reponses.join(numeros.personnes, on="id_personne", how="inner").drop(
            "id_personne"
        ),
    )
