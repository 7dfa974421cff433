"""From lives to what the administrations registered: enrolments, follow-ups, examinations.

The frames made here are true and complete (no typing error); `deliver_*` says which of their
rows and dates an extract made on a given day can know.
"""

from datetime import date

import numpy as np
import polars as pl

from siei_match.simulate import atlas
from siei_match.simulate.cycles import AGRI, CFA, CODES, EN, RANG, STATES
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
from siei_match.simulate.homes import NEVER, pick_establishment
from siei_match.simulate.lives import FIRST_DAY_N, Lives
from siei_match.simulate.rates import SimulatedRates

NUL = NEVER
"""An integer day that stands for "no date" until the frame is made."""
PREMIERE_SESSION = 2018
MOTIFS_SORTIE = ("01", "02", "05", "10", "15", "99")


def _segment(who: Ints, state: Ints, year: int, debut: Ints, fin: Ints, genre: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "personne": pl.Series(who).cast(pl.UInt32),
            "annee": pl.Series(np.full(len(who), year)).cast(pl.Int16),
            "etat": pl.Series(state).cast(pl.Int16),
            "debut": dates(debut, debut == NUL),
            "fin": dates(fin, fin == NUL),
            "genre": pl.Series([genre]).new_from_index(0, len(who)),
        }
    )


def enrol(seed: int, lives: Lives, commune: Ints, rates: SimulatedRates) -> pl.DataFrame:
    """Return every enrolment of the years N-1 and N, one row each, in a settled order."""
    parts = []
    for year in (FIRST_DAY_N - 1, FIRST_DAY_N):
        parts += _enrol_year(cast_dice(seed, "inscriptions", str(year)), lives, year, rates)
    inscriptions = pl.concat(parts)
    codes = pl.Series(CODES)
    extracts = [STATES[c].extrait or "" for c in CODES]
    cycles = [STATES[c].cycle for c in CODES]
    rang = inscriptions["etat"].cast(pl.UInt32)
    inscriptions = inscriptions.with_columns(
        code=codes.gather(rang),
        extrait=pl.Series(extracts).gather(rang),
        cycle=pl.Series(cycles).gather(rang),
    )
    # An apprentice of a lycée stands in both files.
    double_ap = pl.col("genre") == "double_ap"
    inscriptions = inscriptions.with_columns(
        extrait=pl.when(double_ap).then(pl.lit(EN)).otherwise("extrait")
    )
    rng = cast_dice(seed, "inscriptions", "details")
    inscriptions = _place(rng, inscriptions, commune)
    return _contracts(rng, inscriptions, rates)


def _enrol_year(
    rng: np.random.Generator, lives: Lives, year: int, rates: SimulatedRates
) -> list[pl.DataFrame]:
    """Draw the events of one school year, each person in one branch of them."""
    who = np.flatnonzero(lives.states[year] != RANG["X"])
    state = lives.states[year][who]
    n = len(who)
    first_day = day(f"{year}-09-01")
    sifa = np.isin(state, [r for c, r in RANG.items() if STATES[c].extrait == CFA])
    debut = np.where(draw_events(rng, 0.15, n), NUL, first_day + rng.integers(0, 4, n))
    usual_end = between(rng, f"{year + 1}-07-03", f"{year + 1}-08-31", n)
    fin = np.where(draw_events(rng, 0.25, n), usual_end, NUL)
    u = rng.random(n)
    abandon = lives.abandon[year][who]
    cfa = lives.to_cfa[year][who]
    free = ~abandon & ~cfa
    bounds = np.cumsum(
        [rates.passage_court, rates.changement, rates.arrivee_tardive, rates.double_inscription]
    )
    branch = np.where(free, np.searchsorted(bounds, u, side="right"), 9)
    court, change, late, double = (branch == k for k in range(4))
    court &= ~sifa
    milieu = between(rng, f"{year}-10-01", f"{year + 1}-05-31", n)
    # Half of those who leave for good go before the middle of the autumn.
    milieu = np.where(abandon & (rng.random(n) < 0.5), first_day + rng.integers(16, 100, n), milieu)
    milieu = np.where(cfa, first_day + rng.integers(18, 150, n), milieu)
    debut = np.where(late, between(rng, f"{year}-09-20", f"{year + 1}-01-31", n), debut)
    debut = np.where(court, first_day + rng.integers(0, 3, n), debut)
    fin = np.where(court, debut + rng.integers(1, 12, n), fin)
    fin = np.where((abandon | cfa | change) & ~sifa, milieu, fin)
    parts = [_segment(who, state, year, debut, fin, "principal")]
    suite = np.flatnonzero(change & ~sifa)
    parts.append(
        _segment(
            who[suite], state[suite], year, milieu[suite] + rng.integers(1, 15, len(suite)),
            np.full(len(suite), NUL), "suite",
        )
    )  # fmt: skip
    part = np.flatnonzero(cfa)
    parts.append(
        _segment(
            who[part], np.full(len(part), RANG["F1"]), year,
            milieu[part] + rng.integers(0, 20, len(part)), np.full(len(part), NUL), "suite",
        )
    )  # fmt: skip
    two = np.flatnonzero(double & sifa)
    parts.append(
        _segment(who[two], state[two], year, debut[two], np.full(len(two), NUL), "double_ap")
    )
    return [*parts, _double_agri(rng, who, state, year, double)]


def _double_agri(
    rng: np.random.Generator, who: Ints, state: Ints, year: int, double: Bools
) -> pl.DataFrame:
    """Add the agricultural lycée of pupils whom their former lycée never struck off."""
    pairs = {"P2": "AP2", "P1": "AP1", "K1": "AK1", "K2": "AK2", "L1": "AS1", "C3": "AC3"}
    table = np.full(len(CODES), -1)
    for de, to in pairs.items():
        table[RANG[de]] = RANG[to]
    here = np.flatnonzero(double & (table[state] >= 0))
    debut = day(f"{year}-09-01") + rng.integers(0, 40, len(here))
    return _segment(
        who[here], table[state[here]], year, debut, np.full(len(here), NUL), "double_agri"
    )


def _place(rng: np.random.Generator, rows: pl.DataFrame, commune: Ints) -> pl.DataFrame:
    """Give each enrolment its establishment, its MEF and the diploma that it prepares."""
    rang = rows["etat"].to_numpy()
    who = rows["personne"].to_numpy()
    college = np.isin(rang, [r for c, r in RANG.items() if STATES[c].cycle == "college"])
    extrait = rows["extrait"].to_numpy()
    genres = np.where(
        extrait == CFA,
        "cfa",
        np.where(extrait == AGRI, "agricole", np.where(college, "college", "lycee")),
    )
    empty = pl.Series([None], dtype=pl.String).new_from_index(0, rows.height)
    uai, mef, diplome = empty, empty, empty
    for genre in ("college", "lycee", "agricole", "cfa"):
        here = np.flatnonzero(genres == genre)
        if len(here):
            uai = put(uai, here, pick_establishment(rng, genre, commune[who[here]]))
    for code, e in STATES.items():
        here = np.flatnonzero(rang == RANG[code])
        if e.dispositif and len(here):
            table = atlas.mefs(e.dispositif, e.year, agricole=e.extrait == AGRI)
            tires = rng.integers(0, table.height, len(here))
            mef = put(mef, here, table["mef"].gather(tires))
            diplome = put(diplome, here, table["diplome"].gather(tires))
    motif = pl.Series(MOTIFS_SORTIE).gather(rng.integers(0, len(MOTIFS_SORTIE), rows.height))
    motif = blank(motif, rows["fin"].is_null().to_numpy())
    return rows.with_columns(uai=uai, mef=mef, diplome=diplome, motif_sortie=motif)


def _contracts(rng: np.random.Generator, rows: pl.DataFrame, rates: SimulatedRates) -> pl.DataFrame:
    """Give each SIFA row the day of entry in the CFA, its contract and the contract's end."""
    n = rows.height
    sifa = (rows["extrait"] == CFA).to_numpy()
    year = rows["annee"].to_numpy().astype(np.int64)
    second = np.isin(rows["etat"].to_numpy(), [RANG[c] for c in ("F2", "FB2", "FP1", "FPT", "FS2")])
    # A second-year apprentice entered the CFA a year before; the file repeats that day.
    moved_back = sifa & second & draw_events(rng, 0.8, n)
    entree = rows["debut"].to_physical().to_numpy().astype(np.float64)
    debut = np.where(np.isnan(entree), NUL, np.nan_to_num(entree)).astype(np.int64)
    debut = np.where(moved_back & (debut != NUL), debut - 365, debut)
    contrat = np.where(debut == NUL, _first_day(year), debut) + rng.integers(-30, 45, n)
    rupture = contrat + 15 + rng.exponential(150, n).astype(np.int64)
    # A contract broken the year before is mostly replaced: a few rows keep its old date.
    former = rupture < _first_day(year)
    broken = sifa & draw_events(rng, rates.rupture, n) & (~former | draw_events(rng, 0.15, n))
    rupture = np.minimum(rupture, _first_day(year + 1) - 1)
    rows = rows.with_columns(
        debut=dates(debut, debut == NUL),
        contrat=dates(contrat, ~sifa | draw_events(rng, 0.08, n)),
        rupture=dates(rupture, ~broken),
    )
    return rows.with_columns(fin=pl.when(pl.lit(pl.Series(sifa))).then(None).otherwise("fin"))


def _first_day(year: Ints) -> Ints:
    days: Ints = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    return days + 243


def deliver_enrolments(inscriptions: pl.DataFrame, day: date) -> pl.DataFrame:
    """Return what an extract made on `day` knows: no row and no date from after it."""
    known = pl.col("debut").is_null() | (pl.col("debut") <= day)
    first_day = pl.date(pl.col("annee").cast(pl.Int32), 9, 1) <= day
    told = {
        "motif_sortie": pl.when(pl.col("fin") <= day).then("motif_sortie"),
        "fin": pl.when(pl.col("fin") <= day).then("fin"),
        "rupture": pl.when(pl.col("rupture") <= day).then("rupture"),
    }
    present = {name: told[name] for name in told if name in inscriptions.columns}
    return inscriptions.filter(known & first_day).with_columns(**present)


def sit_exams(lives: Lives) -> pl.DataFrame:
    """Return the examinations of the sessions delivered, with who delivers them and their code."""
    rang, session = lives.title_state, lives.title_session
    titres = np.array([STATES[c].title or "" for c in CODES])[rang]
    college = np.isin(titres, ["dnb", "cfg"])
    gate = (session >= PREMIERE_SESSION) & (session <= FIRST_DAY_N)
    gate &= ~college | (session >= FIRST_DAY_N - 1)
    here = np.flatnonzero(gate)
    agri = np.array([STATES[c].extrait == AGRI for c in CODES])[rang[here]] & ~college[here]
    return pl.DataFrame(
        {
            "personne": pl.Series(lives.title_person[here]).cast(pl.UInt32),
            "session": pl.Series(session[here]).cast(pl.Int16),
            "etat": pl.Series(rang[here]).cast(pl.Int16),
            "titre": pl.Series(titres[here].tolist()),
            "admis": lives.title_obtained[here],
            "extrait": choose(
                agri,
                pl.Series(["diplomes_agricoles"]).new_from_index(0, len(here)),
                pl.Series(["diplomes"]).new_from_index(0, len(here)),
            ),
        }
    )


def diploma_codes(rng: np.random.Generator, exams: pl.DataFrame) -> pl.Series:
    """Return the code (8) of each examination: the diploma that the class prepares."""
    codes = pl.Series([None], dtype=pl.String).new_from_index(0, exams.height)
    rang = exams["etat"].to_numpy()
    for code, e in STATES.items():
        here = np.flatnonzero(rang == RANG[code])
        if not len(here) or e.title is None:
            continue
        if e.title in ("dnb", "cfg"):
            table = pl.Series(["67110003", "67110004"] if e.title == "dnb" else ["67210001"])
        else:
            table = atlas.mefs(e.dispositif, e.year)["diplome"].unique().sort()
        codes = put(codes, here, table.gather(rng.integers(0, len(table), len(here))))
    return codes


def follow_up(seed: int, lives: Lives, birth_year: Ints, rates: SimulatedRates) -> pl.DataFrame:
    """Return the mission locale's follow-ups: who is out of school, and a few who are not.

    Of the 254,000 listed in March 2011, 72,000 (28 %) were followed already; of those out of school
    for longer many more are, since missions locales have some 1.4 million young people in contact.
    """
    rng = cast_dice(seed, "suivis")
    n = len(birth_year)
    age = FIRST_DAY_N - birth_year
    diplome = np.zeros(n, dtype=bool)
    diplome[lives.title_person[lives.title_obtained]] = True
    outside = (lives.states[FIRST_DAY_N] == RANG["X"]) | lives.abandon[FIRST_DAY_N]
    long_since = lives.states[FIRST_DAY_N - 1] == RANG["X"]
    followed = np.where(long_since, rates.suivi_ancien, rates.suivi_sortant)
    followed = followed * np.where(diplome, rates.suivi_diplome, 1.0)
    p = np.where(outside, followed, rates.suivi_autre)
    who = np.flatnonzero((age >= 16) & (age <= 26) & (rng.random(n) < p))
    debut = between(rng, "2026-01-15", "2027-02-28", len(who))
    old = draw_events(rng, 0.3, len(who))
    debut = np.where(old, debut - 300, debut)
    fin = debut + 60 + rng.exponential(300, len(who)).astype(np.int64)
    sans_fin = draw_events(rng, 0.7, len(who))
    return pl.DataFrame(
        {
            "personne": pl.Series(who).cast(pl.UInt32),
            "debut": dates(debut),
            "fin": dates(fin, sans_fin),
        }
    )


def deliver_follow_ups(suivis: pl.DataFrame, day: date) -> pl.DataFrame:
    return suivis.filter(pl.col("debut") <= day).with_columns(
        fin=pl.when(pl.col("fin") <= day).then("fin")
    )
