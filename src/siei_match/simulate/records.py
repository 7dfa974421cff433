"""What one provider holds on a person: the true identity, with that provider's errors."""

import numpy as np
import polars as pl

from siei_match.simulate import atlas, names, noise
from siei_match.simulate.dice import Bools, Ints, blank, choose, draw_events
from siei_match.simulate.homes import Households
from siei_match.simulate.rates import SourceRates


def draw_records(
    rng: np.random.Generator,
    people_drawn: pl.DataFrame,
    foyers: Households,
    rates: SourceRates,
    *,
    prenom_usuel: bool = False,
) -> pl.DataFrame:
    """Return one typed identity per row of `people_drawn` (true identities, in any order).

    `prenom_usuel`: the provider asks for usual names only, and gives one first name.
    """
    n = people_drawn.height
    name, usage, prenom, prenom2, prenom3 = _names(rng, people_drawn, foyers, rates)
    year, month, day = noise.distort_dates(
        rng, people_drawn["naissance"], people_drawn["pays"].is_not_null().to_numpy(), rates.model_dump(
            include={
                "decalage_utc", "jour_mois", "chiffre_date", "premier_janvier", "mois_inconnu",
                "jour_inconnu",
            }
        ),
    )  # fmt: skip
    lieu, pays, town = _birthplace(rng, people_drawn, rates)
    sexe = people_drawn["sexe"]
    sexe = choose(draw_events(rng, rates.sexe_faux, n), _flip(sexe), sexe)
    foyer = people_drawn["foyer"].to_numpy()
    without_guardian = draw_events(rng, rates.responsable_absent, n)
    tel = _contact(
        rng,
        people_drawn["tel"],
        people_drawn["tel2"],
        rates.telephone_change,
        rates.telephone_absent,
    )
    mel = _contact(
        rng, people_drawn["mel"], people_drawn["mel2"], rates.courriel_change, rates.courriel_absent
    )
    tel = noise.alter(rng, tel, 0.003, noise.misdial)
    mel = noise.alter(rng, mel, 0.004, noise.mistype)
    return pl.DataFrame(
        {
            "personne": people_drawn["personne"],
            "nom": name,
            "nom_usage": usage,
            "prenom": prenom,
            "prenom2": prenom2,
            "prenom3": prenom3,
            "annee_n": pl.Series(year).cast(pl.Int16),
            "mois_n": pl.Series(month).cast(pl.Int8),
            "jour_n": pl.Series(day).cast(pl.Int8),
            "sexe": blank(sexe, draw_events(rng, rates.sexe_absent, n)),
            "lieu": lieu,
            "pays": pays,
            "ville": town,
            "ine": _ine(rng, people_drawn, rates),
            "tel": noise.alter(rng, tel, rates.illisible, noise.constant("inconnu")),
            "mel": noise.alter(rng, mel, rates.illisible, noise.constant("neant")),
            "resp_nom": blank(foyers.guardian_surname.gather(foyer), without_guardian),
            "resp_prenom": blank(foyers.guardian_first_name.gather(foyer), without_guardian),
            "resp_tel": blank(foyers.resp_tel.gather(foyer), without_guardian),
            "resp_tel2": blank(
                foyers.resp_tel2.gather(foyer), without_guardian | draw_events(rng, 0.5, n)
            ),
            "resp_mel": blank(
                foyers.guardian_mail.gather(foyer), without_guardian | draw_events(rng, 0.4, n)
            ),
        }
    )


def _flip(sexe: pl.Series) -> pl.Series:
    return sexe.replace_strict(["M", "F"], ["F", "M"])


def _contact(
    rng: np.random.Generator, one: pl.Series, two: pl.Series, change: float, absent: float
) -> pl.Series:
    n = len(one)
    gate = choose(draw_events(rng, change, n) & one.is_not_null().to_numpy(), two, one)
    return blank(gate, draw_events(rng, absent, n))


def _names(
    rng: np.random.Generator, people_drawn: pl.DataFrame, foyers: Households, rates: SourceRates
) -> tuple[pl.Series, pl.Series, pl.Series, pl.Series, pl.Series]:
    n = people_drawn.height
    name, usage = people_drawn["nom"], people_drawn["nom_usage"]
    prenom, prenom2, prenom3 = (
        people_drawn["prenom"],
        people_drawn["prenom2"],
        people_drawn["prenom3"],
    )
    usual = usage.is_not_null().to_numpy() & draw_events(rng, rates.usage_pour_naissance, n)
    name, usage = choose(usual, usage, name), blank(usage, usual)
    second = people_drawn["prenom_usuel_second"].to_numpy() & draw_events(
        rng, rates.second_prenom, n
    )
    permute = prenom2.is_not_null().to_numpy() & draw_events(rng, rates.prenoms_permutes, n)
    swapped = second | permute
    prenom, prenom2 = choose(swapped, prenom2, prenom), choose(swapped, prenom, prenom2)
    absents = draw_events(rng, rates.prenoms_absents, n)
    prenom2, prenom3 = blank(prenom2, absents), blank(prenom3, absents)
    # A marriage, an adoption, a judgment: the other parent's name, or one of another family.
    other = foyers.other_name.gather(people_drawn["foyer"])
    other = choose(draw_events(rng, 0.5, n), other, _of_another(rng, people_drawn["nom"]))
    name = choose(draw_events(rng, rates.nom_change, n), other, name)
    prenom = noise.alter(rng, prenom, rates.diminutif, names.shorten)
    name = _distort_name(rng, name, rates, rates.tronque, rates.faute_nom, rates.oreille_nom)
    usage = _distort_name(rng, usage, rates, rates.tronque, rates.faute_nom, rates.oreille_nom)
    prenom = _distort_name(
        rng, prenom, rates, rates.tronque_prenom, rates.faute_prenom, rates.oreille_prenom
    )
    inverse = draw_events(rng, rates.inversion, n)
    return choose(inverse, prenom, name), usage, choose(inverse, name, prenom), prenom2, prenom3


def _of_another(rng: np.random.Generator, values: pl.Series) -> pl.Series:
    return values.gather(rng.permutation(len(values)))


def _distort_name(
    rng: np.random.Generator,
    series: pl.Series,
    rates: SourceRates,
    tronque: float,
    typo: float,
    mishearing: float,
) -> pl.Series:
    n = len(series)
    compose = series.str.contains(r"[ \-']").fill_null(False).to_numpy()
    particule = series.str.contains(noise.PARTICLES).fill_null(False).to_numpy()

    def among(masque: Bools, part: float) -> Bools:
        return masque & draw_events(rng, part, n)

    series = noise.alter(rng, series, among(particule, rates.particule), noise.change_particle)
    series = noise.alter(rng, series, among(compose & ~particule, tronque), noise.cut_compound)
    series = noise.alter(rng, series, among(compose, rates.ponctuation), noise.change_punctuation)
    series = noise.alter(rng, series, rates.accents, noise.lose_accents)
    series = noise.alter(rng, series, mishearing, noise.mishear)
    return noise.alter(rng, series, typo, noise.mistype)


def _birthplace(
    rng: np.random.Generator, people_drawn: pl.DataFrame, rates: SourceRates
) -> tuple[pl.Series, pl.Series, pl.Series]:
    n = people_drawn.height
    land = atlas.communes()
    lieu, pays = people_drawn["lieu"], people_drawn["pays"]
    arrondissement = lieu.str.contains(r"^(?:751|6938|132)").fill_null(False).to_numpy()
    town = lieu.str.head(2).replace({"75": "75056", "69": "69123", "13": "13055"})
    lieu = choose(arrondissement & draw_events(rng, 0.2, n), town, lieu)
    other = land.code.gather(rng.integers(0, len(land.code), n))
    faux = draw_events(rng, rates.lieu_autre, n) & lieu.is_not_null().to_numpy()
    lieu = choose(faux, other, lieu)
    # A merged commune's own code, or today's, whichever the clerk finds.
    lieu = noise.alter(rng, lieu, draw_events(rng, rates.commune_variante * 3, n), _todays_code)
    lieu = noise.alter(rng, lieu, rates.zero_perdu, noise.drop_zeros)
    absent = draw_events(rng, rates.lieu_absent, n)
    return blank(lieu, absent), blank(pays, absent), blank(people_drawn["ville"], absent)


def _todays_code(rng: np.random.Generator, codes: pl.Series) -> pl.Series:
    land = atlas.communes()
    pairs = land.earlier.sort("fin", "rang").unique("ancienne", keep="last", maintain_order=True)
    current = land.code.gather(pairs["rang"])
    return codes.replace(pairs["ancienne"], current)


def vary_commune(rng: np.random.Generator, commune: Ints, rates: float) -> pl.Series:
    """Return codes of residence, a share of them by a former, delegated or district code."""
    land = atlas.communes()
    ranks = land.variants["rang"].to_numpy()
    debut = np.searchsorted(ranks, commune, side="left")
    number = np.searchsorted(ranks, commune, side="right") - debut
    choices = debut + (rng.random(len(commune)) * np.maximum(number, 1)).astype(np.int64)
    variant = land.variants["variante"].gather(np.minimum(choices, len(ranks) - 1))
    codes = land.code.gather(commune)
    # Districts of Paris, Lyon and Marseille are the rule, not the exception.
    town = codes.is_in(["75056", "69123", "13055"]).to_numpy()
    masque = (number > 0) & (
        draw_events(rng, rates, len(commune)) | (town & draw_events(rng, 0.8, len(commune)))
    )
    return choose(masque, variant, codes)


def _ine(rng: np.random.Generator, people_drawn: pl.DataFrame, rates: SourceRates) -> pl.Series:
    n = people_drawn.height
    ine = choose(
        people_drawn["ine2"].is_not_null().to_numpy() & draw_events(rng, rates.second_ine, n),
        people_drawn["ine2"],
        people_drawn["ine"],
    )
    neighbour = people_drawn.select(
        pl.col("ine").shift(1).fill_null(pl.col("ine").last())
    ).to_series()
    ine = choose(draw_events(rng, rates.ine_voisin, n), neighbour, ine)
    ine = noise.alter(rng, ine, rates.ine_autre, _another_ine)
    ine = noise.alter(rng, ine, rates.ine_faute, _broken_ine)
    ine = noise.alter(rng, ine, rates.ine_apprenti, _apprentice_ine)
    return blank(ine, draw_events(rng, rates.ine_absent, n))


def _another_ine(rng: np.random.Generator, ines: pl.Series) -> pl.Series:
    """Change a digit and keep the INE well formed: the key of a BEA is made again."""
    rnie = ines.str.contains(r"^\d{9}[A-Z]{2}$")
    digits = noise.misdial(rng, ines.str.head(9))
    ten = digits + ines.str.slice(9, 1)
    number = ten.cast(pl.Int64, strict=False).fill_null(0)
    key = pl.Series(list("ABCDEFGHJKLMNPRSTUVWXYZ")).gather((number % 23).cast(pl.UInt32))
    return (digits + ines.str.slice(9)).zip_with(rnie, ten + key)


def _broken_ine(rng: np.random.Generator, ines: pl.Series) -> pl.Series:
    """Change a digit of a BEA under its old key, or cut the last letter of a RNIE."""
    rnie = ines.str.contains(r"^\d{9}[A-Z]{2}$")
    return ines.str.head(10).zip_with(
        rnie, noise.misdial(rng, ines.str.head(9)) + ines.str.slice(9)
    )


def _apprentice_ine(rng: np.random.Generator, ines: pl.Series) -> pl.Series:
    """Give an apprentice's INE: four digits, A, five digits and a letter whose rule is unknown."""
    n = len(ines)
    head = pl.Series(rng.integers(0, 10**4, n)).cast(pl.String).str.zfill(4)
    tail = pl.Series(rng.integers(0, 10**5, n)).cast(pl.String).str.zfill(5)
    letter = pl.Series(list("ABCDEFGHJKLMNPRSTUVWXYZ")).gather(rng.integers(0, 23, n))
    return head + "A" + tail + letter


def readable_ine(ines: pl.Series) -> pl.Series:
    """Return INE with null for those of no valid form (BEA: wrong key)."""
    letters = pl.Series(list("ABCDEFGHJKLMNPRSTUVWXYZ"))
    number = ines.str.head(10).cast(pl.Int64, strict=False)
    key = letters.gather((number.fill_null(0) % 23).cast(pl.UInt32))
    bea = ines.str.contains(r"^\d{10}[A-Z]$") & (key == ines.str.slice(10))
    readable = bea | ines.str.contains(r"^\d{9}[A-HJK]{2}$|^\d{4}A\d{5}[A-HJ-NPR-Z]$")
    return blank(ines, ~readable.fill_null(False).to_numpy())
