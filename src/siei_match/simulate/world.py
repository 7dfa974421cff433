"""The whole fictive France of a seed: people, families, lives. Everything true, nothing typed."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from siei_match.simulate import enrolments, homes, lives, people
from siei_match.simulate.cycles import CODES, ETATS
from siei_match.simulate.dice import Ints, between, cast_dice, draw_events
from siei_match.simulate.homes import JAMAIS, Adresses, Foyers
from siei_match.simulate.lives import Naissances, Vies
from siei_match.simulate.rates import Taux

# What SIFA's DIP_OBT says of the class that was passed; later in the list wins.
DIP_OBT = (
    ("01", ""), ("02", "G3"), ("03", "C3 AC3"), ("04", "K2 AK2 AQ2 F2"), ("06", "FC"),
    ("09", "FB2"), ("08", "PT APT FPT"), ("07", "LT TT AST"), ("11", "B2 AB2 FS2"),
)  # fmt: skip
DIP_OBT_TITRE = {
    "04": "niveau_3", "06": "niveau_3", "09": "niveau_4", "08": "baccalaureat",
    "07": "baccalaureat", "11": "superieur",
}  # fmt: skip


@dataclass(frozen=True)
class Monde:
    """People are rows of `personnes`; the other frames name them by their number."""

    personnes: pl.DataFrame
    retenues: Ints  # numbers of the people known to at least one extract, as many as asked
    foyers: Foyers
    adresses: Adresses
    adresse_propre: Ints  # address of those who left their parents, else -1
    depart: Ints  # day on which they left
    inscriptions: pl.DataFrame
    examens: pl.DataFrame
    suivis: pl.DataFrame


def draw_world(graine: int, personnes: int, taux: Taux, fin: date) -> Monde:
    """Draw families and lives until `personnes` people are known to an extract by `fin`."""
    facteur = 1.15
    while True:
        nes = lives.draw_naissances(graine, int(personnes * facteur) + 40, taux)
        vies = lives.live(graine, nes, taux)
        foyers = homes.draw_foyers(graine, int(nes.foyer.max()) + 1, taux)
        inscriptions = enrolments.enrol(graine, vies, foyers.commune[nes.foyer], taux)
        examens = enrolments.sit_exams(vies)
        suivis = enrolments.follow_up(graine, vies, nes.annee, taux)
        connues = np.zeros(len(nes.annee), dtype=bool)
        for table in (
            enrolments.deliver_enrolments(inscriptions, fin),
            examens,
            enrolments.deliver_follow_ups(suivis, fin),
        ):
            connues[table["personne"].to_numpy()] = True
        if connues.sum() >= personnes:
            break
        facteur *= 1.3
    retenues = np.flatnonzero(connues)[:personnes]
    garde = pl.Series(retenues).cast(pl.UInt32).implode()
    parmi = pl.col("personne").is_in(garde)
    inscriptions = _held_on_entry(graine, inscriptions.filter(parmi), vies, taux)
    adresses, propre, depart = _leave_home(graine, nes, foyers, taux)
    return Monde(
        people.draw_personnes(graine, nes, foyers, taux), retenues, foyers, adresses, propre,
        depart, inscriptions, examens.filter(parmi).with_columns(
            code_diplome=enrolments.diploma_codes(cast_dice(graine, "examens"), examens.filter(parmi))
        ), suivis.filter(parmi),
    )  # fmt: skip


def _held_on_entry(graine: int, inscriptions: pl.DataFrame, vies: Vies, taux: Taux) -> pl.DataFrame:
    """Add DIP_OBT: the highest diploma obtained before the school year, at times unknown."""
    rang_de = np.zeros(len(CODES), dtype=np.int64)
    for rang, (_, classes) in enumerate(DIP_OBT):
        for code in classes.split():
            rang_de[list(ETATS).index(code)] = rang
    obtenus = pl.DataFrame(
        {
            "personne": pl.Series(vies.titre_personne[vies.titre_admis]).cast(pl.UInt32),
            "session": pl.Series(vies.titre_session[vies.titre_admis]).cast(pl.Int16),
            "rang": pl.Series(rang_de[vies.titre_etat[vies.titre_admis]]).cast(pl.Int8),
        }
    )
    meilleurs = (
        inscriptions.filter(pl.col("extrait") == "apprentissage")
        .select("personne", "annee").unique()
        .join(obtenus, on="personne").filter(pl.col("session") <= pl.col("annee"))
        .group_by("personne", "annee").agg(pl.col("rang").max())
    )  # fmt: skip
    lignes = inscriptions.join(
        meilleurs, on=["personne", "annee"], how="left", maintain_order="left"
    )
    codes = pl.Series([code for code, _ in DIP_OBT])
    connu = codes.gather(lignes["rang"].fill_null(0).cast(pl.UInt32))
    flou = draw_events(cast_dice(graine, "dip_obt"), taux.diplome_entree_inconnu, lignes.height)
    inconnu = pl.Series(["99"]).new_from_index(0, lignes.height)
    return lignes.drop("rang").with_columns(dip_obt=inconnu.zip_with(pl.Series(flou), connu))


def _leave_home(
    graine: int, nes: Naissances, foyers: Foyers, taux: Taux
) -> tuple[Adresses, Ints, Ints]:
    """Give some adults an address of their own, from a day between the two years on."""
    des = cast_dice(graine, "depart")
    n = len(nes.annee)
    part = (nes.annee <= 2008) & draw_events(des, taux.depart_seul, n)
    qui = np.flatnonzero(part)
    propres = homes.draw_adresses(des, homes.draw_communes(des, foyers.origine[nes.foyer[qui]]))
    base = len(foyers.adresses.commune)
    adresse = np.full(n, -1)
    adresse[qui] = base + np.arange(len(qui))
    depart = np.where(part, between(des, "2025-09-01", "2027-02-28", n), JAMAIS)
    toutes = Adresses(
        pl.concat([foyers.adresses.ligne1, propres.ligne1]),
        pl.concat([foyers.adresses.ligne2, propres.ligne2]),
        np.concatenate([foyers.adresses.commune, propres.commune]),
    )
    return toutes, adresse, depart


def locate(monde: Monde, personne: Ints, jour: Ints) -> Ints:
    """Return the address (rank in `monde.adresses`) of each person on a day."""
    foyer = monde.personnes["foyer"].to_numpy().astype(np.int64)[personne]
    chez = 2 * foyer + (jour >= monde.foyers.demenage[foyer])
    seul = (monde.adresse_propre[personne] >= 0) & (jour >= monde.depart[personne])
    return np.where(seul, monde.adresse_propre[personne], chez)
