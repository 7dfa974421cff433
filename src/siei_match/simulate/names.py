"""Surnames and first names by frequency, by origin and by cohort."""

from functools import cache
from typing import Final

import numpy as np
import polars as pl

from siei_match.reference.contracts import schemas_root
from siei_match.simulate.dice import Bools, Floats, Ints, draw_weighted
from siei_match.simulate.noise import strip_accents

# Origins of families: which surnames and first names they bear. Shares are held plausible.
ORIGINES: Final = {
    "france": 0.845, "maghreb": 0.065, "afrique": 0.03, "portugal": 0.025, "turquie": 0.012,
    "asie": 0.012, "mayotte": 0.011,
}  # fmt: skip
ORIGINE_RANG: Final = {nom: rang for rang, nom in enumerate(ORIGINES)}
PAYS_ORIGINE: Final = {
    "france": "99131 99132 99109 99127 99134 99114 99410 99416 99123 99155 99333 99390",
    "maghreb": "99352 99350 99351",
    "afrique": "99341 99335 99330 99326 99322 99392 99318",
    "portugal": "99139",
    "turquie": "99208",
    "asie": "99216 99243 99235 99212",
    "mayotte": "99397",
}
VILLES: Final = {
    "99352": "ALGER ORAN CONSTANTINE", "99350": "CASABLANCA RABAT OUJDA", "99351": "TUNIS SFAX",
    "99139": "PORTO LISBONNE BRAGA", "99208": "ISTANBUL ANKARA", "99341": "DAKAR THIES",
    "99335": "BAMAKO KAYES", "99397": "MORONI MUTSAMUDU",
}  # fmt: skip
P_ETRANGER: Final = {
    "france": 0.025, "maghreb": 0.33, "afrique": 0.42, "portugal": 0.3, "turquie": 0.3,
    "asie": 0.4, "mayotte": 0.45,
}  # fmt: skip

# Which surnames of the INSEE list fit an origin (public knowledge of endings and prefixes).
MOTIFS_NOMS: Final = {
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
MOTIFS_PRENOMS: Final = {
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
ANCIENS: Final = (
    "Thomas Nicolas Alexandre Kévin Kevin Maxime Quentin Alexis Romain Florian Valentin Dylan "
    "Julien Guillaume Laura Marine Camille Pauline Manon Mathilde Marion Océane Justine Morgane "
    "Mélanie Charlotte Anaïs Elodie Élodie Amandine Coralie Clément Benjamin Jérémy Anthony"
).split()
RECENTS: Final = (
    "Gabriel Raphaël Louis Jules Adam Arthur Nathan Ethan Noah Nolan Timéo Gabin Sacha Liam Aaron "
    "Emma Jade Louise Alice Chloé Lina Mila Rose Léna Lou Zoé Lilou Ambre Romane Inès Nina Eva "
    "Maël Tom Evan Kylian Lenny Mathéo Enzo Rayan Yanis Ayoub Louna Maëlys Lana Juliette"
).split()
PROCHES: Final = tuple(
    paire.split("/")
    for paire in (
        "Léo/Théo Hugo/Ugo Enzo/Kenzo Mathis/Mathéo Maël/Naël Noah/Noé Lucas/Luca Tom/Tim "
        "Rayan/Ryan Adam/Aydan Ilyes/Ilyas Axel/Alex Nathan/Ethan Evan/Kevan Louis/Loïs "
        "Emma/Emmy Lola/Lilou Lina/Lena Manon/Marion Sarah/Sara Inès/Inaya Jade/Jane Clara/Carla "
        "Léa/Léna Eva/Ava Louise/Louisa Maëlys/Maëlle Chloé/Cléo Anna/Hanna Camille/Camélia"
    ).split()
)
PROCHES_GARCONS: Final = 15


# The INSEE list is unaccented; these are borne with their accents.
ACCENTUES: Final = (
    "André Noël Lefèvre Grégoire Béranger Rivière Fréry Hervé Barthélemy Bénard Ménard Gérard "
    "Légaré Rémy Michée Lévêque Prévost Hébert Chrétien Séguin Crépin Ménager Forêt Lemaître "
    "Évrard Élie Étienne Pélissier Thévenin Bérard Fouché Delépine Lacôte Genêt Mézière Dubé"
).split()


@cache
def surnames() -> pl.Series:
    chemin = schemas_root() / "nomenclatures" / "patronymes_rangs.parquet"
    sans = strip_accents(pl.Series(ACCENTUES))
    return pl.read_parquet(chemin).sort("rang")["nom"].replace(sans, pl.Series(ACCENTUES))


@cache
def fit_zipf_mandelbrot(combien: int, premier: float, exposant: float = 0.95) -> Floats:
    """Return the share of each rank, (rank + q)^-s, with q such that rank 1 has `premier`.

    The list of surnames gives ranks and no counts. MARTIN is borne by about 0.35 % of people; the
    exponent close to 1 is Zipf's, and gives rank 1,000 about 1 in 8,000 people, as in reality.
    """
    rangs = np.arange(1, combien + 1, dtype=np.float64)
    bas, haut = 0.0, 1000.0
    for _ in range(80):  # bisection: the first share falls as q grows
        q = (bas + haut) / 2
        poids = (rangs + q) ** -exposant
        if poids[0] / poids.sum() > premier:
            bas = q
        else:
            haut = q
    resultat: Floats = poids / poids.sum()
    return resultat


def draw_surnames(des: np.random.Generator, origine: Ints, premier_nom: float) -> pl.Series:
    """Draw one surname per family origin given."""
    noms = surnames()
    poids = fit_zipf_mandelbrot(len(noms), premier_nom)
    tires = draw_weighted(des, poids, len(origine))
    for nom, motif in MOTIFS_NOMS.items():
        ici = np.flatnonzero(origine == ORIGINE_RANG[nom])
        retenus = np.flatnonzero(noms.str.contains(motif).to_numpy())
        tires[ici] = retenus[draw_weighted(des, poids[retenus], len(ici))]
    return noms.gather(tires)


@cache
def first_names(garcon: bool) -> pl.DataFrame:
    chemin = schemas_root() / "nomenclatures" / "prenoms_naissances_1995_2012.parquet"
    return (
        pl.read_parquet(chemin)
        .filter(pl.col("sexe") == ("M" if garcon else "F"))
        .sort(["effectif", "prenom"], descending=[True, False])
    )


@cache
def _weights(garcon: bool, cohorte: int, origine: str) -> Floats:
    table = first_names(garcon)
    poids = table["effectif"].to_numpy().astype(np.float64)
    ancien = table["prenom"].is_in(ANCIENS).to_numpy()
    recent = table["prenom"].is_in(RECENTS).to_numpy()
    poids = poids * np.where(ancien, (1.6, 1.0, 0.35)[cohorte], 1.0)
    poids = poids * np.where(recent, (0.4, 1.0, 1.7)[cohorte], 1.0)
    if origine != "france":
        motif = table["prenom"].str.contains(MOTIFS_PRENOMS[origine]).to_numpy()
        hors = poids * ~motif
        # One in four bears a first name of the country at large.
        poids = poids * motif + hors * (poids[motif].sum() / hors.sum() / 3)
    return poids


def draw_first_names(
    des: np.random.Generator, garcon: Bools, annee: Ints, origine: Ints
) -> pl.Series:
    """Draw one first name per person, by sex, cohort and origin."""
    cohorte = np.digitize(annee, [2004, 2010])
    rang = np.zeros(len(garcon), dtype=np.int64)
    base = first_names(True).height
    for sexe in (True, False):
        for c in range(3):
            for nom, o in ORIGINE_RANG.items():
                ici = np.flatnonzero((garcon == sexe) & (cohorte == c) & (origine == o))
                tires = draw_weighted(des, _weights(sexe, c, nom), len(ici))
                rang[ici] = tires if sexe else tires + base
    tous = pl.concat([first_names(True)["prenom"], first_names(False)["prenom"]])
    return tous.gather(rang)


def draw_similar(des: np.random.Generator, garcon: Bools) -> tuple[pl.Series, pl.Series]:
    """Draw pairs of look-alike first names, for twins."""
    total = len(PROCHES)
    rang = np.where(
        garcon,
        des.integers(0, PROCHES_GARCONS, len(garcon)),
        des.integers(PROCHES_GARCONS, total, len(garcon)),
    )
    un, deux = (pl.Series([p[i] for p in PROCHES]) for i in (0, 1))
    return un.gather(rang), deux.gather(rang)
