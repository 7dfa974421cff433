"""The rows of every table, each under the person to whom it belongs."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl


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


def number_personnes(identites: pl.DataFrame) -> pl.DataFrame:
    """Give every person of `identites` a dense number: `id_personne`, `personne`.

    Joins on a UInt32 cost a fraction of those on 32 characters. The number follows the order of
    the identifiers and leaves `decide` in no column.
    """
    return (
        identites.select("id_personne")
        .unique()
        .sort("id_personne")
        .select("id_personne", personne=pl.int_range(pl.len(), dtype=pl.UInt32))
    )


def gather_dossiers(
    identites: pl.DataFrame,
    personnes: pl.DataFrame,
    parcours: pl.DataFrame,
    titres: pl.DataFrame,
    traits: pl.DataFrame,
    reponses: pl.DataFrame,
) -> Dossiers:
    """Put the rows of the stages' tables under the people numbered in `personnes`.

    Input: `identites` (rid, id_personne), `personnes` (id_personne, personne), tables/parcours,
    titres and traits, and `reponses` (id_personne, date_retour, retour).
    """
    numeros = identites.join(personnes, on="id_personne").select("rid", "personne")

    def number(lignes: pl.DataFrame) -> pl.DataFrame:
        return lignes.join(numeros, on="rid", how="inner").drop("rid")

    return Dossiers(
        parcours=number(parcours.drop("mef", "diplome", "structure_nom", strict=False)),
        titres=number(titres.select("rid", "niveau")),
        naissances=number(
            traits.select("rid", "extrait", "naissance_annee", "naissance_mois", "naissance_jour")
        ),
        reponses=reponses.join(personnes, on="id_personne", how="inner").drop("id_personne"),
    )
