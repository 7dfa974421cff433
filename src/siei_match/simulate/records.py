"""What one provider holds on a person: the true identity, with that provider's errors."""

import numpy as np
import polars as pl

from siei_match.simulate import atlas, noise
from siei_match.simulate.dice import Bools, Ints, blank, choose, draw_events
from siei_match.simulate.homes import Foyers
from siei_match.simulate.rates import TauxSource


def draw_records(
    des: np.random.Generator,
    gens: pl.DataFrame,
    foyers: Foyers,
    taux: TauxSource,
    *,
    prenom_usuel: bool = False,
) -> pl.DataFrame:
    """Return one typed identity per row of `gens` (true identities, in any order).

    `prenom_usuel`: the provider asks for usual names only, and gives one first name.
    """
    n = gens.height
    nom, usage, prenom, prenom2, prenom3 = _names(des, gens, taux)
    annee, mois, jour = noise.distort_dates(
        des, gens["naissance"], gens["pays"].is_not_null().to_numpy(), taux.model_dump(
            include={
                "decalage_utc", "jour_mois", "chiffre_date", "premier_janvier", "mois_inconnu",
                "jour_inconnu",
            }
        ),
    )  # fmt: skip
    lieu, pays, ville = _birthplace(des, gens, taux)
    sexe = gens["sexe"]
    sexe = choose(draw_events(des, taux.sexe_faux, n), _flip(sexe), sexe)
    foyer = gens["foyer"].to_numpy()
    sans_responsable = draw_events(des, taux.responsable_absent, n)
    tel = _contact(des, gens["tel"], gens["tel2"], taux.telephone_change, taux.telephone_absent)
    mel = _contact(des, gens["mel"], gens["mel2"], taux.courriel_change, taux.courriel_absent)
    tel = noise.alter(des, tel, 0.003, noise.misdial)
    mel = noise.alter(des, mel, 0.004, noise.mistype)
    return pl.DataFrame(
        {
            "personne": gens["personne"],
            "nom": nom,
            "nom_usage": usage,
            "prenom": prenom,
            "prenom2": prenom2,
            "prenom3": prenom3,
            "annee_n": pl.Series(annee).cast(pl.Int16),
            "mois_n": pl.Series(mois).cast(pl.Int8),
            "jour_n": pl.Series(jour).cast(pl.Int8),
            "sexe": blank(sexe, draw_events(des, taux.sexe_absent, n)),
            "lieu": lieu,
            "pays": pays,
            "ville": ville,
            "ine": _ine(des, gens, taux),
            "tel": noise.alter(des, tel, taux.illisible, noise.constant("inconnu")),
            "mel": noise.alter(des, mel, taux.illisible, noise.constant("neant")),
            "resp_nom": blank(foyers.resp_nom.gather(foyer), sans_responsable),
            "resp_prenom": blank(foyers.resp_prenom.gather(foyer), sans_responsable),
            "resp_tel": blank(foyers.resp_tel.gather(foyer), sans_responsable),
            "resp_tel2": blank(
                foyers.resp_tel2.gather(foyer), sans_responsable | draw_events(des, 0.5, n)
            ),
            "resp_mel": blank(
                foyers.resp_mel.gather(foyer), sans_responsable | draw_events(des, 0.4, n)
            ),
        }
    )


def _flip(sexe: pl.Series) -> pl.Series:
    return sexe.replace_strict(["M", "F"], ["F", "M"])


def _contact(
    des: np.random.Generator, un: pl.Series, deux: pl.Series, change: float, absent: float
) -> pl.Series:
    n = len(un)
    garde = choose(draw_events(des, change, n) & un.is_not_null().to_numpy(), deux, un)
    return blank(garde, draw_events(des, absent, n))


def _names(
    des: np.random.Generator, gens: pl.DataFrame, taux: TauxSource
) -> tuple[pl.Series, pl.Series, pl.Series, pl.Series, pl.Series]:
    n = gens.height
    nom, usage = gens["nom"], gens["nom_usage"]
    prenom, prenom2, prenom3 = gens["prenom"], gens["prenom2"], gens["prenom3"]
    usuel = usage.is_not_null().to_numpy() & draw_events(des, taux.usage_pour_naissance, n)
    nom, usage = choose(usuel, usage, nom), blank(usage, usuel)
    second = gens["prenom_usuel_second"].to_numpy() & draw_events(des, taux.second_prenom, n)
    permute = prenom2.is_not_null().to_numpy() & draw_events(des, taux.prenoms_permutes, n)
    echange = second | permute
    prenom, prenom2 = choose(echange, prenom2, prenom), choose(echange, prenom, prenom2)
    absents = draw_events(des, taux.prenoms_absents, n)
    prenom2, prenom3 = blank(prenom2, absents), blank(prenom3, absents)
    nom = _distort_name(des, nom, taux, taux.tronque, taux.faute_nom, taux.oreille_nom)
    usage = _distort_name(des, usage, taux, taux.tronque, taux.faute_nom, taux.oreille_nom)
    prenom = _distort_name(
        des, prenom, taux, taux.tronque_prenom, taux.faute_prenom, taux.oreille_prenom
    )
    inverse = draw_events(des, taux.inversion, n)
    return choose(inverse, prenom, nom), usage, choose(inverse, nom, prenom), prenom2, prenom3


def _distort_name(
    des: np.random.Generator,
    serie: pl.Series,
    taux: TauxSource,
    tronque: float,
    faute: float,
    oreille: float,
) -> pl.Series:
    n = len(serie)
    compose = serie.str.contains(r"[ \-']").fill_null(False).to_numpy()
    particule = serie.str.contains(noise.PARTICULES).fill_null(False).to_numpy()

    def parmi(masque: Bools, part: float) -> Bools:
        return masque & draw_events(des, part, n)

    serie = noise.alter(des, serie, parmi(particule, taux.particule), noise.change_particle)
    serie = noise.alter(des, serie, parmi(compose & ~particule, tronque), noise.cut_compound)
    serie = noise.alter(des, serie, parmi(compose, taux.ponctuation), noise.change_punctuation)
    serie = noise.alter(des, serie, taux.accents, noise.lose_accents)
    serie = noise.alter(des, serie, oreille, noise.mishear)
    return noise.alter(des, serie, faute, noise.mistype)


def _birthplace(
    des: np.random.Generator, gens: pl.DataFrame, taux: TauxSource
) -> tuple[pl.Series, pl.Series, pl.Series]:
    n = gens.height
    carte = atlas.communes()
    lieu, pays = gens["lieu"], gens["pays"]
    arrondissement = lieu.str.contains(r"^(?:751|6938|132)").fill_null(False).to_numpy()
    ville = lieu.str.head(2).replace({"75": "75056", "69": "69123", "13": "13055"})
    lieu = choose(arrondissement & draw_events(des, 0.2, n), ville, lieu)
    autre = carte.code.gather(des.integers(0, len(carte.code), n))
    faux = draw_events(des, taux.lieu_autre, n) & lieu.is_not_null().to_numpy()
    lieu = choose(faux, autre, lieu)
    # A merged commune's own code, or today's, whichever the clerk finds.
    lieu = noise.alter(des, lieu, draw_events(des, taux.commune_variante * 3, n), _todays_code)
    lieu = noise.alter(des, lieu, taux.zero_perdu, noise.drop_zeros)
    absent = draw_events(des, taux.lieu_absent, n)
    return blank(lieu, absent), blank(pays, absent), blank(gens["ville"], absent)


def _todays_code(des: np.random.Generator, codes: pl.Series) -> pl.Series:
    carte = atlas.communes()
    paires = carte.anciennes.sort("fin", "rang").unique(
        "ancienne", keep="last", maintain_order=True
    )
    actuels = carte.code.gather(paires["rang"])
    return codes.replace(paires["ancienne"], actuels)


def vary_commune(des: np.random.Generator, commune: Ints, taux: float) -> pl.Series:
    """Return codes of residence, a share of them by a former, delegated or district code."""
    carte = atlas.communes()
    rangs = carte.variantes["rang"].to_numpy()
    debut = np.searchsorted(rangs, commune, side="left")
    nombre = np.searchsorted(rangs, commune, side="right") - debut
    choix = debut + (des.random(len(commune)) * np.maximum(nombre, 1)).astype(np.int64)
    variante = carte.variantes["variante"].gather(np.minimum(choix, len(rangs) - 1))
    codes = carte.code.gather(commune)
    # Districts of Paris, Lyon and Marseille are the rule, not the exception.
    ville = codes.is_in(["75056", "69123", "13055"]).to_numpy()
    masque = (nombre > 0) & (
        draw_events(des, taux, len(commune)) | (ville & draw_events(des, 0.8, len(commune)))
    )
    return choose(masque, variante, codes)


def _ine(des: np.random.Generator, gens: pl.DataFrame, taux: TauxSource) -> pl.Series:
    n = gens.height
    ine = choose(
        gens["ine2"].is_not_null().to_numpy() & draw_events(des, taux.second_ine, n),
        gens["ine2"],
        gens["ine"],
    )
    voisin = gens.select(pl.col("ine").shift(1).fill_null(pl.col("ine").last())).to_series()
    ine = choose(draw_events(des, taux.ine_voisin, n), voisin, ine)
    ine = noise.alter(des, ine, taux.ine_autre, _another_ine)
    ine = noise.alter(des, ine, taux.ine_faute, _broken_ine)
    return blank(ine, draw_events(des, taux.ine_absent, n))


def _another_ine(des: np.random.Generator, ines: pl.Series) -> pl.Series:
    """Change a digit and keep the INE well formed: the key of a BEA is made again."""
    rnie = ines.str.contains(r"^\d{9}[A-Z]{2}$")
    chiffres = noise.misdial(des, ines.str.head(9))
    dix = chiffres + ines.str.slice(9, 1)
    nombre = dix.cast(pl.Int64, strict=False).fill_null(0)
    cle = pl.Series(list("ABCDEFGHJKLMNPRSTUVWXYZ")).gather((nombre % 23).cast(pl.UInt32))
    return (chiffres + ines.str.slice(9)).zip_with(rnie, dix + cle)


def _broken_ine(des: np.random.Generator, ines: pl.Series) -> pl.Series:
    """Change a digit of a BEA under its old key, or cut the last letter of a RNIE."""
    rnie = ines.str.contains(r"^\d{9}[A-Z]{2}$")
    return ines.str.head(10).zip_with(
        rnie, noise.misdial(des, ines.str.head(9)) + ines.str.slice(9)
    )


def readable_ine(ines: pl.Series) -> pl.Series:
    """Return INE with null for those of no valid form (BEA: wrong key)."""
    lettres = pl.Series(list("ABCDEFGHJKLMNPRSTUVWXYZ"))
    nombre = ines.str.head(10).cast(pl.Int64, strict=False)
    cle = lettres.gather((nombre.fill_null(0) % 23).cast(pl.UInt32))
    bea = ines.str.contains(r"^\d{10}[A-Z]$") & (cle == ines.str.slice(10))
    lisible = bea | ines.str.contains(r"^\d{9}[A-HJK]{2}$")
    return blank(ines, ~lisible.fill_null(False).to_numpy())
