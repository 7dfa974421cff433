"""The whole of section 4 again, row by row in plain Python: slow, naive, and on purpose so."""

from calendar import monthrange
from collections import Counter
from datetime import date, timedelta
from typing import Any

from siei_match.stages.decide import Observation
from tests.properties.decide_mondes import Ligne, Monde

ORDRE = ["scolarite", "agricole", "apprentissage", "contrats", "missions_locales"]
ORDRE_NAISSANCES = ["scolarite", "diplomes", "agricole", "diplomes_agricoles", "apprentissage"]
ORDRE_NAISSANCES += ["missions_locales"]
NIVEAU = {"college": 3, "niveau_3": 3, "niveau_4": 4, "baccalaureat": 4}
LIANTES = ("en_formation", "en_emploi", "service_civique", "diplome", "decede", "doublon")
UN_JOUR = timedelta(days=1)


def decide_naively(monde: Monde) -> dict[str, dict[str, Any]]:
    """Decide everybody: personne → statut, motif, age…"""
    decisions = {}
    for personne in "ABCDE":
        decision = decide_one(monde, {personne})
        if decision:
            decisions[personne] = decision
    for a, b in monde.doutes:
        if a == b:
            continue
        unie = decide_one(monde, {a, b})
        for personne in (a, b):
            if (
                unie
                and unie["statut"] != "sortant"
                and decisions.get(personne, {}).get("statut") == "sortant"
            ):
                decisions[personne]["motif"] = "a_verifier"
    for personne, decision in decisions.items():
        if decision["statut"] == "sortant" and told_in_training(monde, personne):
            decision["motif"] = "a_verifier"
    return decisions


def told_in_training(monde: Monde, personne: str) -> bool:
    """A mission locale that follows them on the day says so."""
    return any(
        li["personne"] == personne and li.get("situation") and followed(li, monde.observation)
        for li in monde.parcours
    )


def followed(li: Ligne, o: Observation) -> bool:
    return (
        li["extrait"] == "missions_locales"
        and (li["debut"] is None or li["debut"] <= o.day)
        and (li["fin"] is None or li["fin"] >= o.day)
    )


def decide_one(monde: Monde, membres: set[str]) -> dict[str, Any] | None:
    o = monde.observation
    parcours = [li for li in monde.parcours if li["personne"] in membres]
    inscriptions = [li for li in parcours if li["extrait"] != "missions_locales"]
    # A contract of which nobody knows when it begins enrols nobody.
    inscriptions = [li for li in inscriptions if li["extrait"] != "contrats" or li["debut"]]
    quitte, jours = measure(inscriptions, o)
    if jours < 15:
        return None
    ne_le = settle([li for li in monde.naissances if li["personne"] in membres], o.day)
    age = age_of(ne_le, o.day)
    titres = [li["niveau"] for li in monde.titres if li["personne"] in membres]
    retours = [li for li in monde.reponses if li["personne"] in membres]
    statut, motif = choose(age, inscriptions, titres, retours, quitte, o)
    derniere = last(inscriptions, o)
    return {
        "statut": statut,
        "motif": motif,
        "age": age,
        "suivi_mission_locale": any(followed(li, o) for li in parcours),
        **derniere,
    }


def choose(
    age: int,
    inscriptions: list[Ligne],
    titres: list[str],
    retours: list[Ligne],
    quitte: str,
    o: Observation,
) -> tuple[str, str]:
    if age < 16:
        return "hors_champ", "age_moins_16"
    if age >= 26:
        return "hors_champ", "age_plus_25"
    for extrait in ORDRE[:3]:
        told = {extrait, "contrats"} if extrait == "apprentissage" else {extrait}
        if any(li["extrait"] in told and enrolled(li, o) for li in inscriptions):
            return "en_formation", extrait
    requis = 3 if o.definition == "legale" else NIVEAU[quitte]
    for titre in ("baccalaureat", "niveau_4", "niveau_3"):
        if titre in titres and NIVEAU[titre] >= requis:
            return "diplome", titre
    derniere = last_answer(retours, o)
    return ("retour", derniere) if derniere in LIANTES else ("sortant", "confirme")


def last_answer(retours: list[Ligne], o: Observation) -> str | None:
    """The last answer of year N: by its day; of one day, the one that came last."""
    depuis = [li for li in retours if li["date_retour"] and li["date_retour"] >= o.first_day]
    derniere: Ligne = {"retour": None, "date_retour": date.min}
    for li in depuis:
        if li["retour"] and li["date_retour"] >= derniere["date_retour"]:
            derniere = li
    retour: str | None = derniere["retour"]
    return retour


def standing_naively(rows: list[Ligne]) -> list[int]:
    """The `ligne` of the answers of one platform on one signalement that stand, one by one."""
    received: list[Ligne] = []
    for row in rows:
        before = [other["day"] for other in received if other["day"]]
        place = row["date_retour"]
        if row["retour"] == "annule" and place is None and before:
            place = max(before)
        received.append({**row, "day": row["date_retour"], "place": place})
    stack: list[Ligne] = []
    # Stable: of one day, in the order of reception; what has no place comes first.
    for row in sorted(received, key=lambda r: (r["place"] is not None, r["place"] or date.min)):
        if row["retour"] != "annule":
            stack.append(row)
        elif stack:
            stack.pop()
    return sorted(row["ligne"] for row in stack)


def begin(li: Ligne) -> date:
    return li["debut"] or date(li["annee"], 9, 1)


def end(li: Ligne) -> date:
    if li["extrait"] == "contrats":
        if li["fin"] is None:
            return date(year_begun(li) + 1, 8, 31)
        closing = date(li["fin"].year + (li["fin"].month >= 9), 8, 31)
        return closing if closing - li["fin"] <= timedelta(days=60) else li["fin"]
    if li["extrait"] == "apprentissage" or li["fin"] is None:
        return date(li["annee"] + 1, 8, 31)
    return li["fin"]


def year_begun(li: Ligne) -> int:
    """Of a contract: from July on, the school year that follows."""
    return int(li["debut"].year - (li["debut"].month < 7))


def broken(li: Ligne, o: Observation) -> bool:
    if li["rupture"] is None:
        return False
    annee, mois = divmod(li["rupture"].year * 12 + li["rupture"].month - 1 + 6, 12)
    terme_jour = min(li["rupture"].day, monthrange(annee, mois + 1)[1])
    return date(annee, mois + 1, terme_jour) < o.day


def enrolled(li: Ligne, o: Observation) -> bool:
    if (li["extrait"] != "contrats" and li["annee"] != o.year) or broken(li, o):
        return False
    for ecart in range(o.delai_entree + 1):
        jour = o.day + timedelta(days=ecart)
        if (ecart == 0 or begin(li) == jour) and begin(li) <= jour <= end(li):
            return True
    return False


def measure(inscriptions: list[Ligne], o: Observation) -> tuple[str, int]:
    """The cycle left and the longest schooling: each day of the year, painted one by one."""
    eligibles = [
        li
        for li in inscriptions
        if li["cycle"] in NIVEAU
        and (year_begun(li) < o.year if li["extrait"] == "contrats" else li["annee"] == o.year - 1)
    ]
    peints: dict[date, list[Ligne]] = {}
    jour = date(o.year - 1, 9, 1)
    while jour <= date(o.year, 8, 31):
        presents = [
            li
            for li in eligibles
            if begin(li) <= jour <= end(li)
            and not (li["extrait"] == "contrats" and li["rupture"] and jour > li["rupture"])
        ]
        if presents:
            peints[jour] = presents
        jour += UN_JOUR
    plus_longue, candidates = 0, []
    for premier in peints:
        if premier - UN_JOUR in peints:
            continue
        serie = [premier]
        while serie[-1] + UN_JOUR in peints:
            serie.append(serie[-1] + UN_JOUR)
        plus_longue = max(plus_longue, len(serie))
        if len(serie) >= 15:
            candidates += [li for jour in serie for li in peints[jour]]
    if not candidates:
        return "", plus_longue
    exigence = ["college", "niveau_3", "niveau_4", "baccalaureat"]
    return max(candidates, key=lambda li: (order(li), exigence.index(li["cycle"])))["cycle"], (
        plus_longue
    )


def order(li: Ligne) -> tuple[date, int, int, date]:
    return begin(li), -ORDRE.index(li["extrait"]), li["annee"] or 0, end(li)


def last(inscriptions: list[Ligne], o: Observation) -> dict[str, Any]:
    commencees = [li for li in inscriptions if begin(li) <= o.day]

    def sortie(li: Ligne) -> date:
        return max(li["rupture"], begin(li)) if broken(li, o) else end(li)

    def pick(lignes: list[Ligne]) -> Ligne:
        sommet = max(order(li) for li in lignes)
        egales = [li for li in lignes if order(li) == sommet]
        # Absent comes last.
        return min(egales, key=lambda li: (li["uai"] or "z", li["formation"] or "z", sortie(li)))

    derniere = pick(commencees)
    avec_uai = [li for li in commencees if li["uai"]]
    return {
        "date_derniere_sortie": sortie(derniere) if sortie(derniere) < o.day else None,
        "derniere_formation": derniere["formation"],
        "dernier_uai": derniere["uai"] or (pick(avec_uai)["uai"] if avec_uai else None),
    }


def settle(naissances: list[Ligne], jour: date) -> tuple[int, int | None, int | None]:
    dates = [
        (li["naissance_annee"], li["naissance_mois"], li["naissance_jour"]) for li in naissances
    ]
    nombres = Counter(dates)

    def preference(d: tuple[int, int | None, int | None]) -> tuple[Any, ...]:
        precision = 0 if d[1] is None else 1 if d[2] is None else 2
        rang = min(
            ORDRE_NAISSANCES.index(li["extrait"])
            for li, date_ in zip(naissances, dates, strict=True)
            if date_ == d
        )
        # A mission locale follows nobody of another age.
        suivi = any(li["extrait"] == "missions_locales" for li in naissances)
        plausible = suivi and 16 <= age_of(d, jour) <= 25
        return precision, nombres[d], plausible, -rang, d[0], d[1] or 0, d[2] or 0

    return max(nombres, key=preference)


def age_of(ne_le: tuple[int, int | None, int | None], jour: date) -> int:
    """How many birthdays, the first of which is a year after the birth, have come by `jour`."""
    annee, mois, quantieme = ne_le[0], ne_le[1] or 12, ne_le[2] or 31
    age = 0
    while True:
        suivante = annee + age + 1
        anniversaire = date(suivante, mois, min(quantieme, monthrange(suivante, mois)[1]))
        if anniversaire > jour:
            return age
        age += 1
