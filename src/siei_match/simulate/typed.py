"""From true events to typed rows: which record each row copies, its address, its small faults."""

import numpy as np
import polars as pl

from siei_match.simulate import atlas, noise
from siei_match.simulate.dice import Ints, blank, cast_dice, draw_events
from siei_match.simulate.rates import TauxSource
from siei_match.simulate.records import draw_records, vary_commune
from siei_match.simulate.world import Monde, locate


def type_rows(
    graine: int, monde: Monde, extrait: str, evenements: pl.DataFrame, taux: TauxSource
) -> pl.DataFrame:
    """Return the rows of an extract, all years and campaigns, with everything a writer needs.

    A provider types an identity once and copies it from year to year; a share `ressaisie` of the
    rows, and every double, is typed again. `vrai_debut` and `commune_vraie` keep the truth.
    """
    des = cast_dice(graine, "saisie", extrait)
    n = evenements.height
    doubles = np.flatnonzero(draw_events(des, taux.doublon, n))
    lignes = pl.concat([evenements, evenements[doubles]])
    nouvelle = np.r_[draw_events(des, taux.ressaisie, n), np.ones(len(doubles), dtype=bool)]
    qui = lignes["personne"].to_numpy().astype(np.int64)
    distincts, dossier = np.unique(qui, return_inverse=True)
    repris = qui[nouvelle]
    dossier[nouvelle] = len(distincts) + np.arange(len(repris))
    gens = monde.personnes[np.concatenate([distincts, repris])]
    # Millions of rows: the records are let go as soon as the rows have copied them.
    lignes = lignes.hstack(draw_records(des, gens, monde.foyers, taux).drop("personne")[dossier])
    del gens
    if "debut" in lignes.columns:
        lignes = _add_home(des, monde, lignes, taux)
    if "uai" in lignes.columns:
        # The MEF still places the row: the contract accepts it.
        lignes = lignes.with_columns(
            uai=blank(lignes["uai"], draw_events(des, taux.uai_absent, lignes.height))
        )
    return lignes


def _add_home(
    des: np.random.Generator, monde: Monde, lignes: pl.DataFrame, taux: TauxSource
) -> pl.DataFrame:
    carte = atlas.communes()
    if "annee" in lignes.columns:
        rentree = pl.date(pl.col("annee").cast(pl.Int32), 9, 1)
        jours = lignes.select(pl.col("debut").fill_null(rentree).clip(rentree)).to_series()
    else:
        jours = lignes["debut"]
    qui = lignes["personne"].to_numpy().astype(np.int64)
    adresse = locate(monde, qui, jours.to_physical().to_numpy().astype(np.int64))
    commune = monde.adresses.commune[adresse]
    n = lignes.height
    ligne1 = noise.alter(
        des, monde.adresses.ligne1.gather(adresse), taux.adresse_faute, noise.abbreviate_street
    )
    codes = vary_commune(des, commune, taux.commune_variante)
    postal = _postal_code(carte.code_postal.gather(commune), codes)
    if "annee" not in lignes.columns:
        lignes = _add_mission(lignes, commune)
    return lignes.with_columns(
        ligne1=blank(ligne1, draw_events(des, taux.adresse_absente, n)),
        ligne2=blank(monde.adresses.ligne2.gather(adresse), draw_events(des, 0.3, n)),
        code_postal=noise.alter(des, postal, taux.zero_perdu, noise.drop_zeros),
        code_commune=noise.alter(des, codes, taux.zero_perdu, noise.drop_zeros),
        commune_vraie=carte.code.gather(commune),
        tel=noise.alter(des, lignes["tel"], taux.zero_perdu, noise.drop_zeros),
    )


def _add_mission(lignes: pl.DataFrame, commune: Ints) -> pl.DataFrame:
    """Add the label of the commune and the mission locale of its arrondissement."""
    carte = atlas.communes()
    arrondissement = carte.arrondissement.gather(commune)
    return lignes.with_columns(
        nom_commune=carte.nom.gather(commune),
        arrondissement=arrondissement,
        nom_arrondissement=carte.nom.gather(_chief_towns(arrondissement, commune)),
    )


def _postal_code(postal: pl.Series, commune: pl.Series) -> pl.Series:
    """Return the postal code, that of the district in Paris, Lyon and Marseille."""
    table = pl.DataFrame({"p": postal, "c": commune})
    return table.select(
        pl.when(pl.col("c").str.contains(r"^751\d\d$"))
        .then(pl.lit("750") + pl.col("c").str.tail(2))
        .when(pl.col("c").str.contains(r"^6938\d$"))
        .then(pl.lit("6900") + pl.col("c").str.tail(1))
        .when(pl.col("c").str.contains(r"^132(?:0[1-9]|1[0-6])$"))
        .then(pl.lit("130") + pl.col("c").str.tail(2))
        .otherwise("p")
    ).to_series()


def _chief_towns(arrondissement: pl.Series, commune: Ints) -> Ints:
    """Return the most populated commune of each row's arrondissement, which names its mission."""
    carte = atlas.communes()
    table = pl.DataFrame(
        {
            "a": carte.arrondissement,
            "r": np.arange(len(carte.code)),
            "p": carte.population,
        }
    )
    chefs = table.sort("p", descending=True).unique("a", keep="first", maintain_order=True)
    rangs: Ints = arrondissement.replace_strict(
        chefs["a"], chefs["r"], return_dtype=pl.Int64
    ).to_numpy()
    return np.where(arrondissement.to_numpy() == "", commune, rangs)


def spoil(
    des: np.random.Generator, lignes: pl.DataFrame, taux: float, colonnes: dict[str, list[str]]
) -> tuple[pl.DataFrame, pl.Series]:
    """Return copies of a few rows, each breaking one rule that rejects, and the rule's name.

    `colonnes` says which columns to empty for each rule. They are further rows, so that no true
    event is lost with them. `nombre_de_champs` is left to the writer of lines.
    """
    combien = int(taux * lignes.height)
    choisies = des.integers(0, max(lignes.height, 1), combien)
    regles = pl.Series("regle", list(colonnes)).gather(np.arange(combien) % max(len(colonnes), 1))
    copies = lignes[choisies]
    for regle, vides in colonnes.items():
        ici = regles == regle
        copies = copies.with_columns(pl.when(pl.lit(~ici)).then(pl.col(c)).alias(c) for c in vides)
    return copies, regles
