"""Surnames and first names by frequency, by origin and by cohort."""

from functools import cache
from typing import Final

import numpy as np
import polars as pl

from siei_match.reference.contracts import schemas_root
from siei_match.reference.nomenclatures.places import read_csv
from siei_match.simulate.dice import Bools, Floats, Ints, blank, draw_events, draw_weighted
from siei_match.simulate.noise import strip_accents

# Origins of families: which surnames and first names they bear. Shares are held plausible.
ORIGINS: Final = {
    "france": 0.845, "maghreb": 0.065, "afrique": 0.03, "portugal": 0.025, "turquie": 0.012,
    "asie": 0.012, "mayotte": 0.011,
}  # fmt: skip
ORIGIN_RANK: Final = {name: rang for rang, name in enumerate(ORIGINS)}
ORIGIN_COUNTRY: Final = {
    "france": "99131 99132 99109 99127 99134 99114 99410 99416 99123 99155 99333 99390",
    "maghreb": "99352 99350 99351",
    "afrique": "99341 99335 99330 99326 99322 99392 99318",
    "portugal": "99139",
    "turquie": "99208",
    "asie": "99216 99243 99235 99212",
    "mayotte": "99397",
}
TOWNS: Final = {
    "99352": "ALGER ORAN CONSTANTINE", "99350": "CASABLANCA RABAT OUJDA", "99351": "TUNIS SFAX",
    "99139": "PORTO LISBONNE BRAGA", "99208": "ISTANBUL ANKARA", "99341": "DAKAR THIES",
    "99335": "BAMAKO KAYES", "99397": "MORONI MUTSAMUDU",
}  # fmt: skip
P_FOREIGN: Final = {
    "france": 0.025, "maghreb": 0.33, "afrique": 0.42, "portugal": 0.3, "turquie": 0.3,
    "asie": 0.4, "mayotte": 0.45,
}  # fmt: skip

# Which surnames of the INSEE list fit an origin (public knowledge of endings and prefixes).
NAME_PATTERNS: Final = {
    "maghreb": r"^(?:Ben |Bena|Bens|Benh|Benk|Benm|Benz|Benyo|Belk|Belh|Boua|Bouk|Boudj|Bouz|El |Ait "
    r"|Abd|Hamd|Hamm|Hami|Kha|Khe|Kadd|Moh|Rah|Said|Zerr|Zero|Cherif|Chaou|Mezian|Mansour|Brah"
    r"|Haddad|Slim)|aoui$|ouche$",
    "afrique": r"^(?:Diallo|Traore|Diarra|Coulibaly|Keita|Toure|Camara|Sow|Ba|Barry|Cisse|Diop|"
    r"Ndiaye|Fofana|Kone|Konate|Sylla|Sissoko|Doucoure|Dembele|Diakite|Kante|Mendy|Gomis|Faye|"
    r"Bamba|Mbaye|Niang|Gueye|Fall|Sarr|Sane|Bah|Kouassi|Kouame|Nguema|Mbemba|Ilunga|Kabongo|"
    r"Mukendi|Tshibangu|Kouyate|Drame|Magassa|Soumare|Wague|Gassama|Tandia|Bathily)$",
    "portugal": r"^(?:Da |Dos |De )(?:Silva|Santos|Costa|Cunha|Sousa|Oliveira|Almeida|Carvalho|"
    r"Rocha|Cruz|Jesus|Matos|Freitas|Pinho|Castro|Barros|Faria|Azevedo)$|"
    r"^(?:Pereira|Ferreira|Rodrigues|Fernandes|Goncalves|Lopes|Gomes|Martins|Alves|Pinto|"
    r"Teixeira|Ribeiro|Marques|Moreira|Carneiro|Vieira|Nunes|Mendes|Monteiro|Cardoso|Correia)$",
    "turquie": r"(?:oglu|lar|kaya|demir|tas|gul|can|yurt|bas)$|^(?:Yil|Oz|Kara|Ak|Kilic|Sahin|"
    r"Aydin|Arslan|Celik|Dogan|Koc|Polat|Aslan|Cetin|Simsek|Yavuz|Unal|Turan)",
    "asie": r"^(?:Nguyen|Tran|Le Van|Pham|Huynh|Hoang|Phan|Vo|Vu|Dang|Bui|Do|Ngo|Duong|Ly|Chen|"
    r"Wang|Li|Zhang|Liu|Huang|Wu|Lin|Zhou|Xu|Zhu|Hu|Ye|Pan|Chan|Wong|Khan|Singh|Kumar|Ahmed|"
    r"Vang|Yang|Xiong|Moua|Lor|Kham|Phommachanh)$",
    "mayotte": r"^(?:Ali|Said|Ahamada|Abdou|Mohamed|Madi|Soilihi|Bacar|Houmadi|Attoumani|Combo|"
    r"Daoud|Ibrahim|Saindou|Ousseni|Youssouf|Abdallah|Hamada|Mchangama|Maoulida|Salim|Mari|"
    r"Moussa|Halidi|Boina|Assani|Issouf|Mlamali)$",
}  # fmt: skip
FIRST_NAME_PATTERNS: Final = {
    "maghreb": r"^(?:Moh|Abd|Yas|Yan|Ham|Ism|Ibra|Ayou|Bil|Sof|Amin|Kari|Meh|Nas|Rach|Sam[iy]|"
    r"Wal|Zak|Youn|Youss|Ili?yes|Rayan|Anis|Fat|Ami|Imane?|Ines|Inès|Kha|Lei|Ley|Lin|Mar[iy]am|"
    r"Nou?r|Sal|Sar|Sir|Yasm|Zin|Zoh|Has|Hou|Naï|Nawel|Assia|Dounia|Chaïm|Chaim|Adam|Nes)",
    "afrique": r"^(?:Mam|Ous|Ibra|Moussa|Abd|Cheik|Bou|Isma|Mod|Amad|Sek|Lass|Bak|Dri|Souley|"
    r"Fat|Amin|Awa|Aissa|Aïssa|Kadi|Mari|Bin|Hawa|Ram|Djen|Ass|Oum|Ndeye|Aminata|Grâce|Gloire|"
    r"Exau|Merv|Jor|Chris|Dieu|Pris|Ruth|Divine|Samuel|Joël)",
    "portugal": r"^(?:Tiago|Diogo|Hugo|Rafael|Miguel|João|Joao|Pedro|Luis|David|Daniel|Nuno|"
    r"Ana|Maria|Inês|Ines|Sara|Beatriz|Mariana|Catarina|Sofia|Carolina|Lara|Diana|Jessica|Kevin)",
    "turquie": r"^(?:Em[ir]|Yus|Mehm|Mus|Ens|Ömer|Omer|Ib[rh]|Ker|Furk|Bur|Muham|Ali|Can|Eren|"
    r"Elif|Zeyn|Mer[vy]|Büs|Bus|Esr|Kü|Kub|Sel|Ays|Ayş|Hat|Sü|Ebr|Özl|Ozl|Ceyd|Melis|Dila)",
    "asie": r"^(?:Kevin|Steven|William|Vincent|Alexandre|David|Tony|Jimmy|Davy|Hao|Minh|Anh|"
    r"Linh|Mai|Thi|Jenny|Julie|Vanessa|Jessica|Emilie|Emma|Cathy|Lili|Angel|Xin|Yi)",
    "mayotte": r"^(?:Moh|Ali|Abd|Ibra|Nass|Faï|Fay|Sai|Saï|Daou|Soul|Zai|Zaï|Anf|Ans|Houd|Ras|"
    r"Mari|Echa|Moina|Chaï|Nad|Fat|Kar|Yous|Amin|Ham|Hid|Sal|Tou|Ass)",
}  # fmt: skip

# First names of the cohort's ends: ×(1 ± k) before 2004 and after 2009 (public knowledge).
OLD: Final = (
    "Thomas Nicolas Alexandre Kévin Kevin Maxime Quentin Alexis Romain Florian Valentin Dylan "
    "Julien Guillaume Laura Marine Camille Pauline Manon Mathilde Marion Océane Justine Morgane "
    "Mélanie Charlotte Anaïs Elodie Élodie Amandine Coralie Clément Benjamin Jérémy Anthony"
).split()
RECENT: Final = (
    "Gabriel Raphaël Louis Jules Adam Arthur Nathan Ethan Noah Nolan Timéo Gabin Sacha Liam Aaron "
    "Emma Jade Louise Alice Chloé Lina Mila Rose Léna Lou Zoé Lilou Ambre Romane Inès Nina Eva "
    "Maël Tom Evan Kylian Lenny Mathéo Enzo Rayan Yanis Ayoub Louna Maëlys Lana Juliette"
).split()
NEAR: Final = tuple(
    pair.split("/")
    for pair in (
        "Léo/Théo Hugo/Ugo Enzo/Kenzo Mathis/Mathéo Maël/Naël Noah/Noé Lucas/Luca Tom/Tim "
        "Rayan/Ryan Adam/Aydan Ilyes/Ilyas Axel/Alex Nathan/Ethan Evan/Kevan Louis/Loïs "
        "Emma/Emmy Lola/Lilou Lina/Lena Manon/Marion Sarah/Sara Inès/Inaya Jade/Jane Clara/Carla "
        "Léa/Léna Eva/Ava Louise/Louisa Maëlys/Maëlle Chloé/Cléo Anna/Hanna Camille/Camélia"
    ).split()
)
NEAR_BOYS: Final = 15


# The INSEE list is unaccented; these are borne with their accents.
ACCENTED: Final = (
    "André Noël Lefèvre Grégoire Béranger Rivière Fréry Hervé Barthélemy Bénard Ménard Gérard "
    "Légaré Rémy Michée Lévêque Prévost Hébert Chrétien Séguin Crépin Ménager Forêt Lemaître "
    "Évrard Élie Étienne Pélissier Thévenin Bérard Fouché Delépine Lacôte Genêt Mézière Dubé"
).split()


@cache
def surnames() -> pl.Series:
    path = schemas_root() / "nomenclatures" / "patronymes_rangs.parquet"
    sans = strip_accents(pl.Series(ACCENTED))
    return pl.read_parquet(path, glob=False).sort("rang")["nom"].replace(sans, pl.Series(ACCENTED))


@cache
def fit_zipf_mandelbrot(count: int, premier: float, exponent: float = 0.95) -> Floats:
    """Return the share of each rank, (rank + q)^-s, with q such that rank 1 has `premier`.

    The list of surnames gives ranks and no counts. MARTIN is borne by about 0.35 % of people; the
    exponent close to 1 is Zipf's, and gives rank 1,000 about 1 in 8,000 people, as in reality.
    """
    ranks = np.arange(1, count + 1, dtype=np.float64)
    low, high = 0.0, 1000.0
    for _ in range(80):  # bisection: the first share falls as q grows
        q = (low + high) / 2
        weights = (ranks + q) ** -exponent
        if weights[0] / weights.sum() > premier:
            low = q
        else:
            high = q
    result: Floats = weights / weights.sum()
    return result


def draw_surnames(rng: np.random.Generator, origine: Ints, first_surname: float) -> pl.Series:
    """Draw one surname per family origin given."""
    names = surnames()
    weights = fit_zipf_mandelbrot(len(names), first_surname)
    tires = draw_weighted(rng, weights, len(origine))
    for name, motif in NAME_PATTERNS.items():
        here = np.flatnonzero(origine == ORIGIN_RANK[name])
        kept = np.flatnonzero(names.str.contains(motif).to_numpy())
        tires[here] = kept[draw_weighted(rng, weights[kept], len(here))]
    return names.gather(tires)


@cache
def first_names(boy: bool) -> pl.DataFrame:
    path = schemas_root() / "nomenclatures" / "prenoms_naissances_1995_2012.parquet"
    return (
        pl.read_parquet(path, glob=False)
        .filter(pl.col("sexe") == ("M" if boy else "F"))
        .sort(["effectif", "prenom"], descending=[True, False])
    )


@cache
def _weights(boy: bool, cohort: int, origine: str) -> Floats:
    table = first_names(boy)
    weights = table["effectif"].to_numpy().astype(np.float64)
    former = table["prenom"].is_in(OLD).to_numpy()
    recent = table["prenom"].is_in(RECENT).to_numpy()
    weights = weights * np.where(former, (1.6, 1.0, 0.35)[cohort], 1.0)
    weights = weights * np.where(recent, (0.4, 1.0, 1.7)[cohort], 1.0)
    if origine != "france":
        motif = table["prenom"].str.contains(FIRST_NAME_PATTERNS[origine]).to_numpy()
        outside = weights * ~motif
        # One in four bears a first name of the country at large.
        weights = weights * motif + outside * (weights[motif].sum() / outside.sum() / 3)
    return weights


def draw_first_names(rng: np.random.Generator, boy: Bools, year: Ints, origine: Ints) -> pl.Series:
    """Draw one first name per person, by sex, cohort and origin."""
    cohort = np.digitize(year, [2004, 2010])
    rang = np.zeros(len(boy), dtype=np.int64)
    base = first_names(True).height
    for sexe in (True, False):
        for c in range(3):
            for name, o in ORIGIN_RANK.items():
                here = np.flatnonzero((boy == sexe) & (cohort == c) & (origine == o))
                tires = draw_weighted(rng, _weights(sexe, c, name), len(here))
                rang[here] = tires if sexe else tires + base
    tous = pl.concat([first_names(True)["prenom"], first_names(False)["prenom"]])
    return tous.gather(rang)


@cache
def short_forms() -> dict[str, str]:
    """Return one short form of each first name that the nomenclature knows: plain to plain."""
    short = read_csv("prenoms_variantes.csv").filter(
        pl.col("nature") == "diminutif",
        pl.col("variante").str.len_chars() < pl.col("prenom").str.len_chars(),
    )
    return dict(short.sort("prenom", "variante").unique("prenom", keep="first").select(
        "prenom", "variante").iter_rows())  # fmt: skip


def shorten(rng: np.random.Generator, series: pl.Series) -> pl.Series:
    """Write first names as friends do: by a known short form, else, and at times, by their beginning."""
    known = strip_accents(series).str.to_uppercase().replace_strict(short_forms(), default=None)
    known = blank(known.str.to_titlecase(), draw_events(rng, 0.3, len(series)))
    length = (series.str.len_chars().cast(pl.Int64) * 6 // 10).clip(3)
    beginning = pl.select(pl.lit(series).str.head(pl.lit(length))).to_series()
    return known.fill_null(beginning.str.strip_chars(" -'"))


def draw_similar(rng: np.random.Generator, boy: Bools) -> tuple[pl.Series, pl.Series]:
    """Draw pairs of look-alike first names, for twins."""
    total = len(NEAR)
    rang = np.where(
        boy,
        rng.integers(0, NEAR_BOYS, len(boy)),
        rng.integers(NEAR_BOYS, total, len(boy)),
    )
    one, two = (pl.Series([p[i] for p in NEAR]) for i in (0, 1))
    return one.gather(rang), two.gather(rang)
