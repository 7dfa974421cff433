"""What is sure before any candidate is searched, and what an identifier is worth between two sources."""

import polars as pl
import pytest

from siei_match.reference.contracts import declaration
from siei_match.stages.link import link
from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.compare.kinds.stays import stays
from siei_match.stages.link.declared.spec import siei
from siei_match.stages.link.engine import COUNTRY
from siei_match.stages.link.model.estimation import start_model
from siei_match.stages.link.model.households import learn_siblings
from siei_match.stages.link.people.tiers import pairs_by_traits, unique_fiches
from siei_match.stages.link.records.records import Fiches, build_fiches

PUPIL: dict[str, object] = {
    "extrait": "scolarite",
    "ine": None,
    "nom_naissance": "QUEMENER",
    "prenom1": "LUCAS",
    "sexe": "M",
    "naissance_annee": 2008,
    "naissance_mois": 3,
    "naissance_jour": 14,
    "naissance_lieu": "59350",
    "telephones": [],
    "courriels": [],
    "adresse": None,
    "commune": None,
}
APPRENTICE = {"extrait": "apprentissage", "ine": None}
GUINEA = "99330"
DIALLO = {**PUPIL, "nom_naissance": "DIALLO", "prenom1": "MAMADOU", "naissance_lieu": GUINEA}
NEW_YEAR = {"naissance_mois": 1, "naissance_jour": 1}


def table(rows: list[dict[str, object]]) -> pl.DataFrame:
    numbered = [
        {**row, "rid": rid, "fichier": f"{row['extrait']}.csv", "ligne": rid + 1}
        for rid, row in enumerate(rows)
    ]
    return pl.DataFrame(numbered, schema=declaration("tables/traits").polars_schema)


def sure_pairs(rows: list[dict[str, object]]) -> set[tuple[int, int]]:
    """Return the pairs of rows that identical traits make one person."""
    fiches: Fiches = build_fiches(table(rows))
    comparator = Comparator(fiches, stays(fiches, None))
    row = dict(zip(fiches.lignes["fiche"].to_list(), fiches.lignes["rid"].to_list(), strict=True))
    pairs = pairs_by_traits(fiches, comparator, unique_fiches(fiches, comparator, COUNTRY))
    return {tuple(sorted((row[a], row[b]))) for a, b in pairs.rows()}


def born_in_guinea(count: int, *, new_year: int) -> list[dict[str, object]]:
    """People of one country: one in five DIALLO, one in ten MAMADOU, `new_year` on 1 January."""
    names = ["DIALLO", "BAH", "BARRY", "SOW", "CAMARA"]
    first = [f"{a}{b}" for a in ("MAMADOU", "OUMAR") for b in ("", "A", "E", "I", "O")]
    return [
        {
            **DIALLO,
            "nom_naissance": names[k % 5],
            "prenom1": first[k // 5 % 10],
            "naissance_annee": 2002 + k % 8,
            "naissance_mois": 1 if k < new_year else 2 + k % 11,
            "naissance_jour": 1 if k < new_year else 1 + k % 28,
            "courriels": [f"p{k}@exemple.fr"],
        }
        for k in range(count)
    ]


@pytest.mark.parametrize(
    ("name", "pupil", "others", "sure"),
    [
        ("a rare name, a town", PUPIL, [], True),
        ("a rare name in a country of which little is known", DIALLO, [], True),
        (
            "a name of the country, 1 January",
            {**DIALLO, **NEW_YEAR},
            born_in_guinea(400, new_year=120),
            False,
        ),
        (
            "a name of another country, 1 January",
            {**PUPIL, **NEW_YEAR, "prenom1": "GWENDAL", "naissance_lieu": GUINEA},
            born_in_guinea(400, new_year=120),
            True,
        ),
        ("two second first names", {**PUPIL, "prenom2": "PAUL"}, [], False),
    ],
)
def test_identical_traits_are_sure_where_no_namesake_is_expected(
    name: str, pupil: dict[str, object], others: list[dict[str, object]], sure: bool
) -> None:
    apprentice = {**pupil, **APPRENTICE}
    if "prenom2" in pupil:
        apprentice["prenom2"] = "HENRI"
    assert ((0, 1) in sure_pairs([pupil, apprentice, *others])) == sure, name


def classes(own_number: int, form: str = "{:09d}CD") -> list[dict[str, object]]:
    """Pupils and their diplomas of one INE; of a hundred apprentices some have the CFA's own.

    form: of these, by default that of any INE.
    """
    rows = []
    letters = "ABCDEFGHJKLMNOPRSTUV"
    for k in range(200):
        person = {
            **PUPIL,
            "ine": f"{k:09d}AB",
            "nom_naissance": f"KER{letters[k % 20]}{letters[k // 20]}EC",
            "prenom1": f"{letters[k * 7 % 20]}O{letters[k * 3 % 20]}IN",
            "naissance_mois": 1 + k % 12,
            "naissance_jour": 2 + k % 27,
            "naissance_lieu": f"{1 + k % 90:02d}001",
        }
        cfa = {"extrait": "apprentissage"} if k % 2 else {}
        number = {"ine": form.format(k)} if k % 2 and k < 2 * own_number else {}
        rows += [{**person, **cfa, **number}, {**person, "extrait": "diplomes"}]
    return rows


def differs(rows: list[dict[str, object]], couple: str) -> float:
    found = link(table(rows), None, seuil_lien=0.95, seuil_doute=0.25).modele
    return float(found["traits"]["ine"]["different"]["m_par_sources"][couple])


def test_what_two_identifiers_say_is_learnt_per_pair_of_sources() -> None:
    """A training centre numbers its apprentices anew: there alone, two INE contradict little."""
    rows = classes(own_number=60)
    assert differs(rows, "diplomes-apprentissage") > 0.15
    assert differs(rows, "scolarite-diplomes") < 0.01
    assert differs(classes(own_number=0), "diplomes-apprentissage") < 0.01


def test_a_number_of_the_form_that_centres_make_contradicts_nothing() -> None:
    """It is known by its form: nothing is to be learnt of it, and two INE contradict as much as elsewhere."""
    assert differs(classes(own_number=60, form="9999A{:05d}X"), "diplomes-apprentissage") < 0.01


@pytest.mark.parametrize("form", ["{:09d}CD", "9999A{:05d}X"])
def test_an_apprentice_of_the_centres_own_number_is_searched_for(form: str) -> None:
    """A wrong digit and no common INE: only the loose passes meet them, and they seek this row too."""
    rows = classes(own_number=60, form=form)
    apprentice, diploma = 2, 3
    assert rows[apprentice]["extrait"] == "apprentissage"
    rows[apprentice] = {**rows[apprentice], "naissance_jour": 8, "prenom2": "GWENAEL"}
    rows[diploma] = {**rows[diploma], "prenom2": "GWENAEL"}
    found = link(table(rows), None, seuil_lien=0.95, seuil_doute=0.25)
    person = found.groupes.sort("rid")["personne"].to_list()
    assert person[apprentice] == person[diploma]


def weight_of_the_address(neighbours: int) -> float:
    """Return what one address in common weighs where so many others give it."""
    home = {"adresse": "1 RUE DU SECOURS", "commune": "29019"}
    letters = "ABCDEFGHJKLMNOPRSTUV"
    others = [
        {
            **PUPIL,
            **home,
            "nom_naissance": f"KER{letters[k % 20]}{letters[k // 20]}AN",
            "prenom1": f"{letters[k * 7 % 20]}U{letters[k * 3 % 20]}ENN",
            "naissance_mois": 1 + k % 12,
            "naissance_jour": 1 + k % 28,
        }
        for k in range(neighbours)
    ]
    local = {**PUPIL, **home, "extrait": "missions_locales", "naissance_lieu": None}
    found = link(table([{**PUPIL, **home}, local, *others]), None, seuil_lien=0.9, seuil_doute=0.2)
    pair = found.liens.filter(ligne_a=1, ligne_b=2)
    if pair.is_empty():
        pair = found.liens.filter(ligne_a=2, ligne_b=1)
    return float(pair["poids_adresse"].item())


def test_an_address_that_hundreds_give_is_nobodys_own() -> None:
    alone, hostel = weight_of_the_address(0), weight_of_the_address(300)
    assert alone > 12
    assert hostel < alone - 6


def homes(alike: int) -> list[dict[str, object]]:
    """Two hundred homes of two pupils a year apart, of two INE; in some both bear one first name."""
    letters = "ABCDEFGHJKLMNOPRSTUV"
    return [
        {
            **PUPIL,
            "ine": f"{k:08d}{child}AB",
            "nom_naissance": f"KER{letters[k % 20]}{letters[k // 20]}EC",
            "prenom1": "ARZHEL" if k < alike or child else "YUNA",
            "naissance_annee": 2006 + 2 * child,
            "naissance_mois": 1 + (k + 5 * child) % 12,
            "naissance_jour": 2 + (k + 11 * child) % 27,
            "adresse": f"{k} RUE DU PUITS",
            "commune": "29019",
        }
        for k in range(200)
        for child in (0, 1)
    ]


def test_how_near_siblings_dates_are_is_learnt_from_two_first_names_of_one_home() -> None:
    """Same day and month, another year: one date mistyped far oftener than two brothers."""
    naissance = siei().by_name["naissance"]
    code = naissance.code("deux_elements") - 1

    def shares(rows: list[dict[str, object]]) -> tuple[float, ...]:
        fiches = build_fiches(table(rows))
        comparator = Comparator(fiches, stays(fiches, None))
        return learn_siblings(start_model(fiches, comparator), comparator).homes[
            "fratrie", "naissance"
        ]

    declared = naissance.households["fratrie"]
    assert shares(homes(alike=0))[code] < declared[code]
    # Half of the homes whose children were born on one day of two years, five years apart.
    near = [
        {**row, "naissance_annee": 2004 if row["prenom1"] == "YUNA" else 2009}
        | ({"naissance_mois": 3, "naissance_jour": 9} if k % 4 < 2 else {})
        for k, row in enumerate(homes(alike=0))
    ]
    assert shares(near)[naissance.code("un_chiffre") - 1] > 0.2
    # Two of one first name may be one person, of two dates and two identifiers: they teach nothing of brothers.
    assert shares(homes(alike=200)) == pytest.approx(declared)
    # Twins of one date but for slips are no brothers, and that these share a day is declared.
    twins = [
        {**row, "naissance_annee": 2008, "naissance_mois": 3, "naissance_jour": 9}
        for row in homes(alike=0)
    ]
    assert shares(twins)[0] == pytest.approx(declared[0])


def test_how_alike_siblings_are_is_learnt_from_two_identifiers_of_one_home() -> None:
    first = siei().by_name["prenom"].code("egal") - 1

    def share(rows: list[dict[str, object]]) -> float:
        fiches = build_fiches(table(rows))
        comparator = Comparator(fiches, stays(fiches, None))
        model = learn_siblings(start_model(fiches, comparator), comparator)
        return model.homes["fratrie", "prenom"][first]

    assert share(homes(alike=0)) < 1e-4
    assert 0.08 < share(homes(alike=40)) < 0.12
    # One person of two INE, whose date is the same, is no sibling.
    doubles = [{**row, "ine": f"9{row['ine']}"[:11]} for row in homes(alike=0)]
    assert share([*homes(alike=0), *doubles]) < 1e-4
