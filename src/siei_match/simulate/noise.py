"""Errors of typing and hearing, on whole columns: each is drawn on a share of the rows only."""

from collections.abc import Callable
from typing import Final

import numpy as np
import polars as pl

from siei_match.simulate.dice import Bools, Ints, draw_events, put

Alteration = Callable[[np.random.Generator, pl.Series], pl.Series]

# Neighbours on an AZERTY keyboard.
VOISINES: Final = {
    "a": "zqe", "b": "vn", "c": "xv", "d": "sf", "e": "zr", "f": "dg", "g": "fh", "h": "gj",
    "i": "uo", "j": "hk", "k": "jl", "l": "km", "m": "lp", "n": "b", "o": "ip", "p": "om",
    "q": "sa", "r": "et", "s": "qd", "t": "ry", "u": "yi", "v": "cb", "w": "x", "x": "wc",
    "y": "tu", "z": "ea",
}  # fmt: skip
# What is heard alike in French; the first rule that changes the name is kept.
OREILLE: Final = (
    ("ph", "f"), ("f", "ph"), ("ss", "s"), ("([aeiou])s([aeiou])", "${1}ss${2}"), ("ce", "se"),
    ("se", "ce"), ("ai", "e"), ("ei", "ai"), ("eau", "o"), ("au", "o"), ("o$", "ot"), ("ll", "l"),
    ("l", "ll"), ("nn", "n"), ("n", "nn"), ("tt", "t"), ("t$", ""), ("s$", ""), ("th", "t"),
    ("y", "i"), ("i", "y"), ("k", "c"), ("c([aou])", "k${1}"), ("qu", "k"), ("ch", "sh"),
    ("z", "s"), ("h", ""), ("an", "en"), ("en", "an"), ("ï", "i"), ("ou", "oo"), ("e$", ""),
    ("é", "ée"), ("w", "v"), ("$", "e"),
)  # fmt: skip
PARTICULES: Final = r"(?i)^(?:de la|de|du|des|d'|le|la|el|ben|ait|da|dos|van|von)[ ']+"


def alter(
    des: np.random.Generator, serie: pl.Series, taux: float | Bools, comment: Alteration
) -> pl.Series:
    """Return `serie` with a share `taux` of its present values passed through `comment`."""
    masque = draw_events(des, taux, len(serie)) if isinstance(taux, float | int) else taux
    ici = np.flatnonzero(masque & serie.is_not_null().to_numpy())
    if not len(ici):
        return serie
    return put(serie, ici, comment(des, serie.gather(ici)))


def strip_accents(serie: pl.Series) -> pl.Series:
    return (
        serie.str.replace_many(["œ", "Œ", "æ", "Æ"], ["oe", "OE", "ae", "AE"])
        .str.normalize("NFKD").str.replace_all(r"\p{M}", "")
    )  # fmt: skip


def lose_accents(des: np.random.Generator, serie: pl.Series) -> pl.Series:
    return strip_accents(serie)


def mistype(des: np.random.Generator, serie: pl.Series) -> pl.Series:
    """Insert, delete, replace or transpose one character; the first is mostly spared."""
    n = len(serie)
    longueur = serie.str.len_chars().to_numpy().astype(np.int64)
    debut = (des.random(n) < 0.9).astype(np.int64)
    debut = np.minimum(debut, np.maximum(longueur - 1, 0))
    position = debut + (des.random(n) * np.maximum(longueur - debut, 1)).astype(np.int64)
    operation = des.integers(0, 4, n)
    # A transposition needs a next character.
    position = np.where(
        (operation == 3) & (position >= longueur - 1), np.maximum(longueur - 2, 0), position
    )
    p = pl.Series("p", position).cast(pl.UInt32)
    table = pl.DataFrame({"s": serie, "p": p, "o": pl.Series(operation)}).with_columns(
        avant=pl.col("s").str.slice(0, pl.col("p")),
        ici=pl.col("s").str.slice(pl.col("p"), 1),
        suivant=pl.col("s").str.slice(pl.col("p") + 1, 1),
        apres=pl.col("s").str.slice(pl.col("p") + 1),
    )
    touche = _neighbour(des, table["ici"])
    table = table.with_columns(touche=touche)
    faute = table.select(
        pl.when(pl.col("o") == 0)
        .then(pl.col("avant") + pl.col("ici") + pl.col("touche") + pl.col("apres"))
        .when((pl.col("o") == 1) & (pl.col("s").str.len_chars() > 2))
        .then(pl.col("avant") + pl.col("apres"))
        .when(pl.col("o") == 3)
        .then(pl.col("avant") + pl.col("suivant") + pl.col("ici") + pl.col("apres").str.slice(1))
        .otherwise(pl.col("avant") + pl.col("touche") + pl.col("apres"))
    ).to_series()
    return faute.str.strip_chars().replace("", None).fill_null(serie)


def _neighbour(des: np.random.Generator, lettres: pl.Series) -> pl.Series:
    minuscule = strip_accents(lettres).str.to_lowercase()
    deux = des.random(len(lettres)) < 0.5
    cles = list(VOISINES)
    un = minuscule.replace_strict(cles, [VOISINES[c][0] for c in cles], default="e")
    autre = minuscule.replace_strict(cles, [VOISINES[c][-1] for c in cles], default="a")
    voisine = un.zip_with(pl.Series(deux), autre)
    majuscule = lettres.str.contains(r"\p{Lu}")
    return voisine.str.to_uppercase().zip_with(majuscule, voisine)


def mishear(des: np.random.Generator, serie: pl.Series) -> pl.Series:
    """Write a name as it is heard: one phonetic rule, drawn among those that change it."""
    regle = des.integers(0, len(OREILLE), len(serie))
    for _ in range(4):
        essai = serie
        for rang, (motif, remplace) in enumerate(OREILLE):
            ici = np.flatnonzero(regle == rang)
            if len(ici):
                entendu = serie.gather(ici).str.to_lowercase().str.replace(motif, remplace)
                essai = put(essai, ici, _titlecase(entendu))
        inchange = (essai.str.to_lowercase() == serie.str.to_lowercase()).to_numpy()
        if not inchange.any():
            break
        regle = np.where(inchange, des.integers(0, len(OREILLE), len(serie)), regle)
    return essai


def _titlecase(serie: pl.Series) -> pl.Series:
    return serie.str.to_titlecase()


def cut_compound(des: np.random.Generator, serie: pl.Series) -> pl.Series:
    """Keep one part of a compound name, the first more often."""
    parts = serie.str.replace_all("-", " ").str.split(" ")
    dernier = pl.Series(draw_events(des, 0.3, len(serie)))
    coupe = parts.list.last().zip_with(dernier, parts.list.first())
    # LE GALL cut to LE would be no name; neither would a particle alone.
    return coupe.zip_with(coupe.str.len_chars() > 2, serie)


def change_punctuation(des: np.random.Generator, serie: pl.Series) -> pl.Series:
    """Turn hyphens and apostrophes into spaces, spaces into hyphens, or join the parts."""
    colle = serie.str.replace_all(r"[ \-']", "")
    espace = serie.str.replace_all(r"[\-']", " ")
    echange = espace.zip_with(serie.str.contains(r"[\-']"), serie.str.replace_all(" ", "-"))
    return colle.zip_with(pl.Series(draw_events(des, 0.15, len(serie))), echange)


def change_particle(des: np.random.Generator, serie: pl.Series) -> pl.Series:
    """Drop a particle, or join it to the name."""
    sans = serie.str.replace(PARTICULES, "")
    joint = serie.str.replace(r"(?i)^(de la|de|du|des|le|la|el|ben|ait|da|dos)[ ']+", "$1")
    return sans.zip_with(pl.Series(draw_events(des, 0.5, len(serie))), joint)


def misdial(des: np.random.Generator, serie: pl.Series) -> pl.Series:
    """Change one digit of a text, never its length."""
    n = len(serie)
    longueur = serie.str.len_chars().to_numpy().astype(np.int64)
    position = (des.random(n) * np.maximum(longueur, 1)).astype(np.int64)
    p = pl.Series("p", position).cast(pl.UInt32)
    ecart = pl.Series("e", des.integers(1, 10, n))
    table = pl.DataFrame({"s": serie, "p": p, "e": ecart})
    chiffre = pl.col("s").str.slice(pl.col("p"), 1)
    neuf = ((chiffre.cast(pl.Int64, strict=False) + pl.col("e")) % 10).cast(pl.String)
    return table.select(
        pl.col("s").str.slice(0, pl.col("p"))
        + pl.coalesce(neuf, chiffre)
        + pl.col("s").str.slice(pl.col("p") + 1)
    ).to_series()


def abbreviate_street(des: np.random.Generator, serie: pl.Series) -> pl.Series:
    """Abbreviate the kind of street, or mistype the address."""
    court = serie.str.replace_many(
        ["avenue", "boulevard", "chemin", "place", "impasse", "Saint", "Général"],
        ["AV", "BD", "CHE", "PL", "IMP", "ST", "GAL"],
    )
    faute = mistype(des, serie)
    return court.zip_with(pl.Series(draw_events(des, 0.6, len(serie))), faute)


def drop_zeros(des: np.random.Generator, serie: pl.Series) -> pl.Series:
    return serie.str.strip_chars_start("0")


def constant(valeur: str) -> Alteration:
    return lambda des, serie: pl.Series([valeur]).new_from_index(0, len(serie))


def distort_dates(
    des: np.random.Generator,
    naissance: pl.Series,
    etranger: Bools,
    taux: dict[str, float],
) -> tuple[Ints, Ints, Ints]:
    """Return year, month and day of birth as typed; 0 for an unknown month or day."""
    n = len(naissance)
    decale = draw_events(des, taux["decalage_utc"], n)
    naissance = (naissance.to_physical() - pl.Series(decale).cast(pl.Int32)).cast(pl.Date)
    annee = naissance.dt.year().to_numpy().astype(np.int64)
    mois = naissance.dt.month().to_numpy().astype(np.int64)
    jour = naissance.dt.day().to_numpy().astype(np.int64)
    echange = draw_events(des, taux["jour_mois"], n) & (jour <= 12)
    mois, jour = np.where(echange, jour, mois), np.where(echange, mois, jour)
    faux = draw_events(des, taux["chiffre_date"], n)
    ou = des.random(n)
    unite = jour // 10 * 10 + (jour % 10 + des.integers(1, 10, n)) % 10
    unite = np.where((unite > 31) | (unite < 1), np.maximum(1, jour - 1), unite)
    jour = np.where(faux & (ou < 0.5), unite, jour)
    mois = np.where(faux & (ou >= 0.5) & (ou < 0.8), (mois + des.integers(0, 11, n)) % 12 + 1, mois)
    pas = np.where(des.random(n) < 0.5, 1, -1) * np.where(des.random(n) < 0.8, 1, 10)
    # A birth year outside the school ages would be seen when it is typed.
    possible = (annee + pas >= 1996) & (annee + pas <= 2016)
    annee = np.where(faux & (ou >= 0.8) & possible, annee + pas, annee)
    janvier = etranger & draw_events(des, taux["premier_janvier"], n)
    mois, jour = np.where(janvier, 1, mois), np.where(janvier, 1, jour)
    sans_mois = draw_events(des, taux["mois_inconnu"], n)
    sans_jour = sans_mois | draw_events(des, taux["jour_inconnu"], n)
    return annee, np.where(sans_mois, 0, mois), np.where(sans_jour, 0, jour)
