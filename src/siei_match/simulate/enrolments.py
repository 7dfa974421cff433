"""From lives to what the administrations registered: enrolments, follow-ups, examinations.

The frames made here are true and complete (no typing error); `deliver_*` says which of their
rows and dates an extract made on a given day can know.
"""

from datetime import date

import numpy as np
import polars as pl

from siei_match.simulate import atlas
from siei_match.simulate.cycles import AGRI, CFA, CODES, EN, ETATS, RANG
from siei_match.simulate.dice import (
    Bools,
    Ints,
    between,
    blank,
    cast_dice,
    choose,
    dates,
    day,
    draw_events,
    put,
)
from siei_match.simulate.homes import JAMAIS, pick_establishment
from siei_match.simulate.lives import RENTREE_N, Vies
from siei_match.simulate.rates import Taux

NUL = JAMAIS
"""An integer day that stands for "no date" until the frame is made."""
PREMIERE_SESSION = 2018
MOTIFS_SORTIE = ("01", "02", "05", "10", "15", "99")


def _segment(qui: Ints, etat: Ints, annee: int, debut: Ints, fin: Ints, genre: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "personne": pl.Series(qui).cast(pl.UInt32),
            "annee": pl.Series(np.full(len(qui), annee)).cast(pl.Int16),
            "etat": pl.Series(etat).cast(pl.Int16),
            "debut": dates(debut, debut == NUL),
            "fin": dates(fin, fin == NUL),
            "genre": pl.Series([genre]).new_from_index(0, len(qui)),
        }
    )


def enrol(graine: int, vies: Vies, commune: Ints, taux: Taux) -> pl.DataFrame:
    """Return every enrolment of the years N-1 and N, one row each, in a settled order."""
    parts = []
    for annee in (RENTREE_N - 1, RENTREE_N):
        parts += _enrol_year(cast_dice(graine, "inscriptions", str(annee)), vies, annee, taux)
    inscriptions = pl.concat(parts)
    codes = pl.Series(CODES)
    extraits = [ETATS[c].extrait or "" for c in CODES]
    cycles = [ETATS[c].cycle for c in CODES]
    rang = inscriptions["etat"].cast(pl.UInt32)
    inscriptions = inscriptions.with_columns(
        code=codes.gather(rang),
        extrait=pl.Series(extraits).gather(rang),
        cycle=pl.Series(cycles).gather(rang),
    )
    # An apprentice of a lycée stands in both files.
    double_ap = pl.col("genre") == "double_ap"
    inscriptions = inscriptions.with_columns(
        extrait=pl.when(double_ap).then(pl.lit(EN)).otherwise("extrait")
    )
    des = cast_dice(graine, "inscriptions", "details")
    inscriptions = _place(des, inscriptions, commune)
    return _contracts(des, inscriptions, taux)


def _enrol_year(des: np.random.Generator, vies: Vies, annee: int, taux: Taux) -> list[pl.DataFrame]:
    """Draw the events of one school year, each person in one branch of them."""
    qui = np.flatnonzero(vies.etats[annee] != RANG["X"])
    etat = vies.etats[annee][qui]
    n = len(qui)
    rentree = day(f"{annee}-09-01")
    sifa = np.isin(etat, [r for c, r in RANG.items() if ETATS[c].extrait == CFA])
    debut = np.where(draw_events(des, 0.15, n), NUL, rentree + des.integers(0, 4, n))
    fin_normale = between(des, f"{annee + 1}-07-03", f"{annee + 1}-08-31", n)
    fin = np.where(draw_events(des, 0.25, n), fin_normale, NUL)
    u = des.random(n)
    abandon = vies.abandon[annee][qui]
    cfa = vies.vers_cfa[annee][qui]
    libre = ~abandon & ~cfa
    bornes = np.cumsum(
        [taux.passage_court, taux.changement, taux.arrivee_tardive, taux.double_inscription]
    )
    branche = np.where(libre, np.searchsorted(bornes, u, side="right"), 9)
    court, change, tardif, double = (branche == k for k in range(4))
    court &= ~sifa
    milieu = between(des, f"{annee}-10-01", f"{annee + 1}-05-31", n)
    # Half of those who leave for good go before the middle of the autumn.
    milieu = np.where(abandon & (des.random(n) < 0.5), rentree + des.integers(16, 100, n), milieu)
    milieu = np.where(cfa, rentree + des.integers(18, 150, n), milieu)
    debut = np.where(tardif, between(des, f"{annee}-09-20", f"{annee + 1}-01-31", n), debut)
    debut = np.where(court, rentree + des.integers(0, 3, n), debut)
    fin = np.where(court, debut + des.integers(1, 12, n), fin)
    fin = np.where((abandon | cfa | change) & ~sifa, milieu, fin)
    parts = [_segment(qui, etat, annee, debut, fin, "principal")]
    suite = np.flatnonzero(change & ~sifa)
    parts.append(
        _segment(
            qui[suite], etat[suite], annee, milieu[suite] + des.integers(1, 15, len(suite)),
            np.full(len(suite), NUL), "suite",
        )
    )  # fmt: skip
    part = np.flatnonzero(cfa)
    parts.append(
        _segment(
            qui[part], np.full(len(part), RANG["F1"]), annee,
            milieu[part] + des.integers(0, 20, len(part)), np.full(len(part), NUL), "suite",
        )
    )  # fmt: skip
    deux = np.flatnonzero(double & sifa)
    parts.append(
        _segment(qui[deux], etat[deux], annee, debut[deux], np.full(len(deux), NUL), "double_ap")
    )
    return [*parts, _double_agri(des, qui, etat, annee, double)]


def _double_agri(
    des: np.random.Generator, qui: Ints, etat: Ints, annee: int, double: Bools
) -> pl.DataFrame:
    """Add the agricultural lycée of pupils whom their former lycée never struck off."""
    paires = {"P2": "AP2", "P1": "AP1", "K1": "AK1", "K2": "AK2", "L1": "AS1", "C3": "AC3"}
    table = np.full(len(CODES), -1)
    for de, vers in paires.items():
        table[RANG[de]] = RANG[vers]
    ici = np.flatnonzero(double & (table[etat] >= 0))
    debut = day(f"{annee}-09-01") + des.integers(0, 40, len(ici))
    return _segment(qui[ici], table[etat[ici]], annee, debut, np.full(len(ici), NUL), "double_agri")


def _place(des: np.random.Generator, lignes: pl.DataFrame, commune: Ints) -> pl.DataFrame:
    """Give each enrolment its establishment, its MEF and the diploma that it prepares."""
    rang = lignes["etat"].to_numpy()
    qui = lignes["personne"].to_numpy()
    college = np.isin(rang, [r for c, r in RANG.items() if ETATS[c].cycle == "college"])
    extrait = lignes["extrait"].to_numpy()
    genres = np.where(
        extrait == CFA,
        "cfa",
        np.where(extrait == AGRI, "agricole", np.where(college, "college", "lycee")),
    )
    vide = pl.Series([None], dtype=pl.String).new_from_index(0, lignes.height)
    uai, mef, diplome = vide, vide, vide
    for genre in ("college", "lycee", "agricole", "cfa"):
        ici = np.flatnonzero(genres == genre)
        if len(ici):
            uai = put(uai, ici, pick_establishment(des, genre, commune[qui[ici]]))
    for code, e in ETATS.items():
        ici = np.flatnonzero(rang == RANG[code])
        if e.dispositif and len(ici):
            table = atlas.mefs(e.dispositif, e.annee, agricole=e.extrait == AGRI)
            tires = des.integers(0, table.height, len(ici))
            mef = put(mef, ici, table["mef"].gather(tires))
            diplome = put(diplome, ici, table["diplome"].gather(tires))
    motif = pl.Series(MOTIFS_SORTIE).gather(des.integers(0, len(MOTIFS_SORTIE), lignes.height))
    motif = blank(motif, lignes["fin"].is_null().to_numpy())
    return lignes.with_columns(uai=uai, mef=mef, diplome=diplome, motif_sortie=motif)


def _contracts(des: np.random.Generator, lignes: pl.DataFrame, taux: Taux) -> pl.DataFrame:
    """Give each SIFA row the day of entry in the CFA, its contract and the contract's end."""
    n = lignes.height
    sifa = (lignes["extrait"] == CFA).to_numpy()
    annee = lignes["annee"].to_numpy().astype(np.int64)
    deuxieme = np.isin(
        lignes["etat"].to_numpy(), [RANG[c] for c in ("F2", "FB2", "FP1", "FPT", "FS2")]
    )
    # A second-year apprentice entered the CFA a year before; the file repeats that day.
    recule = sifa & deuxieme & draw_events(des, 0.8, n)
    entree = lignes["debut"].to_physical().to_numpy().astype(np.float64)
    debut = np.where(np.isnan(entree), NUL, np.nan_to_num(entree)).astype(np.int64)
    debut = np.where(recule & (debut != NUL), debut - 365, debut)
    contrat = np.where(debut == NUL, _rentree(annee), debut) + des.integers(-30, 45, n)
    rupture = contrat + 15 + des.exponential(150, n).astype(np.int64)
    # A contract broken the year before is mostly replaced: a few rows keep its old date.
    ancien = rupture < _rentree(annee)
    rompu = sifa & draw_events(des, taux.rupture, n) & (~ancien | draw_events(des, 0.15, n))
    rupture = np.minimum(rupture, _rentree(annee + 1) - 1)
    lignes = lignes.with_columns(
        debut=dates(debut, debut == NUL),
        contrat=dates(contrat, ~sifa | draw_events(des, 0.08, n)),
        rupture=dates(rupture, ~rompu),
    )
    return lignes.with_columns(fin=pl.when(pl.lit(pl.Series(sifa))).then(None).otherwise("fin"))


def _rentree(annee: Ints) -> Ints:
    jours: Ints = (annee - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    return jours + 243


def deliver_enrolments(inscriptions: pl.DataFrame, jour: date) -> pl.DataFrame:
    """Return what an extract made on `jour` knows: no row and no date from after it."""
    connu = pl.col("debut").is_null() | (pl.col("debut") <= jour)
    rentree = pl.date(pl.col("annee").cast(pl.Int32), 9, 1) <= jour
    su = {
        "motif_sortie": pl.when(pl.col("fin") <= jour).then("motif_sortie"),
        "fin": pl.when(pl.col("fin") <= jour).then("fin"),
        "rupture": pl.when(pl.col("rupture") <= jour).then("rupture"),
    }
    presentes = {nom: su[nom] for nom in su if nom in inscriptions.columns}
    return inscriptions.filter(connu & rentree).with_columns(**presentes)


def sit_exams(vies: Vies) -> pl.DataFrame:
    """Return the examinations of the sessions delivered, with who delivers them and their code."""
    rang, session = vies.titre_etat, vies.titre_session
    titres = np.array([ETATS[c].titre or "" for c in CODES])[rang]
    college = np.isin(titres, ["dnb", "cfg"])
    garde = (session >= PREMIERE_SESSION) & (session <= RENTREE_N)
    garde &= ~college | (session >= RENTREE_N - 1)
    ici = np.flatnonzero(garde)
    agri = np.array([ETATS[c].extrait == AGRI for c in CODES])[rang[ici]] & ~college[ici]
    return pl.DataFrame(
        {
            "personne": pl.Series(vies.titre_personne[ici]).cast(pl.UInt32),
            "session": pl.Series(session[ici]).cast(pl.Int16),
            "etat": pl.Series(rang[ici]).cast(pl.Int16),
            "titre": pl.Series(titres[ici].tolist()),
            "admis": vies.titre_admis[ici],
            "extrait": choose(
                agri,
                pl.Series(["diplomes_agricoles"]).new_from_index(0, len(ici)),
                pl.Series(["diplomes"]).new_from_index(0, len(ici)),
            ),
        }
    )


def diploma_codes(des: np.random.Generator, examens: pl.DataFrame) -> pl.Series:
    """Return the code (8) of each examination: the diploma that the class prepares."""
    codes = pl.Series([None], dtype=pl.String).new_from_index(0, examens.height)
    rang = examens["etat"].to_numpy()
    for code, e in ETATS.items():
        ici = np.flatnonzero(rang == RANG[code])
        if not len(ici) or e.titre is None:
            continue
        if e.titre in ("dnb", "cfg"):
            table = pl.Series(["67110003", "67110004"] if e.titre == "dnb" else ["67210001"])
        else:
            table = atlas.mefs(e.dispositif, e.annee)["diplome"].unique().sort()
        codes = put(codes, ici, table.gather(des.integers(0, len(table), len(ici))))
    return codes


def follow_up(graine: int, vies: Vies, annee_naissance: Ints, taux: Taux) -> pl.DataFrame:
    """Return the mission locale's follow-ups: who is out of school, and a few who are not."""
    des = cast_dice(graine, "suivis")
    n = len(annee_naissance)
    age = RENTREE_N - annee_naissance
    diplome = np.zeros(n, dtype=bool)
    diplome[vies.titre_personne[vies.titre_admis]] = True
    dehors = (vies.etats[RENTREE_N] == RANG["X"]) | vies.abandon[RENTREE_N]
    p = np.where(dehors, taux.suivi_sortant * np.where(diplome, 0.3, 1.0), taux.suivi_autre)
    qui = np.flatnonzero((age >= 16) & (age <= 26) & (des.random(n) < p))
    debut = between(des, "2026-01-15", "2027-02-28", len(qui))
    vieux = draw_events(des, 0.3, len(qui))
    debut = np.where(vieux, debut - 300, debut)
    fin = debut + 60 + des.exponential(300, len(qui)).astype(np.int64)
    sans_fin = draw_events(des, 0.7, len(qui))
    return pl.DataFrame(
        {
            "personne": pl.Series(qui).cast(pl.UInt32),
            "debut": dates(debut),
            "fin": dates(fin, sans_fin),
        }
    )


def deliver_follow_ups(suivis: pl.DataFrame, jour: date) -> pl.DataFrame:
    return suivis.filter(pl.col("debut") <= jour).with_columns(
        fin=pl.when(pl.col("fin") <= jour).then("fin")
    )
