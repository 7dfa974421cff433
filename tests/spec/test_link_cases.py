"""Who is the same person: a handful of rows, and the people they must become.

The deliveries are as small as can be: a verdict must come from what the country is known to be,
not from how often a value stands among six rows.
"""

from dataclasses import dataclass, field

import polars as pl
import pytest

from siei_match.reference.contracts import declaration
from siei_match.stages.link import link

LUCAS = {
    "extrait": "scolarite",
    "ine": "123456789AB",
    "nom_naissance": "MARTIN",
    "prenom1": "LUCAS",
    "sexe": "M",
    "naissance_annee": 2009,
    "naissance_mois": 3,
    "naissance_jour": 14,
    "naissance_lieu": "59350",
    "telephones": ["+33612345678"],
    "courriels": ["lucas@exemple.fr"],
    "adresse": "12 RUE DES LILAS",
    "commune": "59009",
}
NOTHING = {"telephones": [], "courriels": [], "adresse": None, "commune": None}
SIFA = {**LUCAS, "extrait": "apprentissage", "ine": None}
MILO = {**LUCAS, "extrait": "missions_locales", "ine": None, "naissance_lieu": None}
EXAMEN = {**LUCAS, **NOTHING, "extrait": "diplomes"}
ELSEWHERE = {
    "telephones": ["+33698765432"],
    "courriels": ["autre@exemple.fr"],
    "adresse": "3 PLACE DE LA REPUBLIQUE",
    "commune": "13055",
}
ZOE = {**LUCAS, "nom_naissance": "QUEMENER", "prenom1": "ZOE", "sexe": "F", "ine": "223456789AB"}
AODREN = {**ZOE, "prenom1": "AODREN", "sexe": "M"}
LUKASZ = {**ZOE, "nom_naissance": "SLAWINSKI", "prenom1": "LUKASZ", "sexe": "M"}
DIALLO = {
    **LUCAS,
    "nom_naissance": "DIALLO",
    "prenom1": "MAMADOU",
    "naissance_mois": 1,
    "naissance_jour": 1,
    "naissance_lieu": "99330",
}
LOCAL = {"extrait": "missions_locales", "ine": None, "naissance_lieu": None}


@dataclass(frozen=True)
class Case:
    """Rows, and the number of the person each must be. `doute`: a pair is left to a clerk."""

    name: str
    rows: list[dict[str, object]]
    people: list[int]
    doute: bool = field(default=False)


CASES = [
    Case("the same INE and traits", [LUCAS, EXAMEN], [0, 0]),
    Case("no INE, every trait the same", [LUCAS, SIFA], [0, 0]),
    Case("no INE, no birthplace, the same phone", [LUCAS, MILO], [0, 0]),
    Case(
        "typed by ear at the mission locale, the same phone",
        [ZOE, {**ZOE, **MILO, "nom_naissance": "KEMENER", "prenom1": "ZOEE", "sexe": "F"}],
        [0, 0],
    ),
    Case(
        "another surname at the mission locale, whose e-mail spells the one of birth",
        [{**AODREN, **NOTHING}, {**AODREN, **LOCAL, "nom_naissance": "KERVADEC", "courriels": ["aodren.quemener3@exemple.fr"]}],
        [0, 0],
    ),
    Case("two INE for one pupil", [LUCAS, {**LUCAS, "ine": "987654321KK"}], [0, 0]),
    Case("name and first name inverted", [ZOE, {**ZOE, **SIFA, "nom_naissance": "ZOE", "prenom1": "QUEMENER", "sexe": "F"}], [0, 0]),
    Case("a usual name only", [ZOE, {**ZOE, "extrait": "agricole", "ine": None, "nom_naissance": None, "nom_usage": "QUEMENER"}], [0, 0]),
    Case("half of a double name", [{**LUCAS, "nom_naissance": "MARTIN QUEMENER"}, {**SIFA, "nom_naissance": "MARTIN"}], [0, 0]),
    Case("day and month swapped", [ {**LUCAS, "naissance_jour": 5}, {**SIFA, "naissance_jour": 3, "naissance_mois": 5}], [0, 0]),
    Case("day and month unknown, the same phone", [LUCAS, {**SIFA, "naissance_jour": None, "naissance_mois": None}], [0, 0]),
    Case("moved house and changed phone, born in the same place", [LUCAS, {**SIFA, **ELSEWHERE}], [0, 0]),
    # Different people.
    Case("strangers", [LUCAS, ZOE], [0, 1]),
    Case("homonyms of the same day, born elsewhere", [LUCAS, {**LUCAS, **ELSEWHERE, "ine": "987654321KK", "naissance_lieu": "13055"}], [0, 1]),
    Case("homonyms of the same day and village, nothing else in common", [{**ZOE, "naissance_lieu": "29003"}, {**ZOE, **ELSEWHERE, "ine": "987654321KK", "naissance_lieu": "29003"}], [0, 1], doute=True),
    Case("homonyms, not of the same year", [LUCAS, {**SIFA, **ELSEWHERE, "naissance_annee": 2006, "naissance_mois": 11}], [0, 1]),
    Case("twins, brother and sister", [LUCAS, {**LUCAS, "ine": "987654321KK", "prenom1": "LEA", "sexe": "F"}], [0, 1]),
    Case("twins of one sex", [LUCAS, {**LUCAS, "ine": "987654321KK", "prenom1": "HUGO"}], [0, 1]),
    Case("twins of one sex, one without an INE", [LUCAS, {**SIFA, "prenom1": "HUGO"}], [0, 1]),
    Case("twins whose names are alike", [{**LUCAS, "prenom1": "LEO"}, {**LUCAS, "ine": "987654321KK", "prenom1": "THEO"}], [0, 1]),
    Case("twins with compound first names", [{**LUCAS, "prenom1": "MOHAMED AMINE"}, {**SIFA, "prenom1": "MOHAMED ALI"}], [0, 1]),
    Case("twins with compound first names, of three words", [{**LUCAS, "prenom1": "THI NGOC MAI"}, {**SIFA, "prenom1": "THI NGOC LAN"}], [0, 1]),
    Case("twins whose names begin alike", [{**LUCAS, "prenom1": "MAXIMIN"}, {**SIFA, "prenom1": "MAXIMILIEN"}], [0, 1], doute=True),
    Case("a compound first name, mistyped", [{**LUCAS, "prenom1": "MOHAMED AMINE"}, {**SIFA, "prenom1": "MOHAMED AMNE"}], [0, 0]),
    Case("a compound first name, cut by its field", [{**LUCAS, "prenom1": "MARIE CHRISTINE"}, {**SIFA, "prenom1": "MARIE CHRIS"}], [0, 0]),
    Case("twins told apart by the second first name alone", [{**LUCAS, "prenom2": "PAUL"}, {**SIFA, "prenom2": "HENRI"}], [0, 1], doute=True),
    Case(
        "a row goes to the twin who bears its second first name",
        [{**LUCAS, "prenom2": "PAUL"}, {**LUCAS, "ine": "987654321KK", "prenom2": "HENRI"}, {**SIFA, "prenom2": "HENRI"}],
        [0, 1, 1],
    ),
    Case("brothers", [LUCAS, {**SIFA, "prenom1": "HUGO", "naissance_annee": 2007, "naissance_mois": 9, "naissance_jour": 2}], [0, 1]),
    Case("one INE typed for two", [LUCAS, {**ZOE, **ELSEWHERE, "ine": LUCAS["ine"], "naissance_annee": 2007, "naissance_mois": 8, "naissance_jour": 30, "naissance_lieu": "29019"}], [0, 1]),
    # Letters that a file lost on its way (Łukasz Sławińska), names in one field.
    Case("letters lost in both names", [LUKASZ, {**LUKASZ, **LOCAL, "nom_naissance": "S AWI SKI", "prenom1": "UKASZ"}], [0, 0]),
    Case("a letter lost in the middle of a first name", [AODREN, {**AODREN, **LOCAL, "prenom1": "AO REN"}], [0, 0]),
    Case("both names in the field of the surname", [AODREN, {**AODREN, **LOCAL, "nom_naissance": "QUEMENER AODREN"}], [0, 0]),
    # 1 January stands for a day that nobody knows; namesakes of a country: test_link_sure.py.
    Case("one address and phone, born abroad on 1 January", [DIALLO, {**DIALLO, "extrait": "apprentissage", "ine": None}], [0, 0]),
    # Overseas: two départements that begin alike (971, 974) are two.
    Case("homonyms of one day, of Guadeloupe and La Réunion", [{**LUCAS, "naissance_lieu": "97105"}, {**SIFA, **ELSEWHERE, "naissance_lieu": "97411"}], [0, 1]),
    Case("homonyms of one day, born in two countries", [{**LUCAS, "naissance_lieu": "99352"}, {**SIFA, **ELSEWHERE, "naissance_lieu": "99139"}], [0, 1]),
    # First names in two forms; what tells twins apart is another name.
    Case("a short form of a first name", [{**LUCAS, "prenom1": "ALEXANDRE"}, {**SIFA, "prenom1": "ALEX"}], [0, 0]),
    Case("an initial in a compound first name", [{**LUCAS, "prenom1": "MAME DIARRA"}, {**SIFA, "prenom1": "M DIARRA"}], [0, 0]),
    Case("twins whose first names begin alike", [{**LUCAS, "prenom1": "EVAN"}, {**SIFA, "prenom1": "EVA"}], [0, 1], doute=True),
    Case("two wrong digits, one phone", [ZOE, {**ZOE, **LOCAL, "naissance_mois": 2, "naissance_jour": 15}], [0, 0]),
    # A row of one of two homonyms goes to the one whom its other traits name.
    Case(
        "the phone tells which of two homonyms",
        [LUCAS, {**LUCAS, **ELSEWHERE, "ine": "987654321KK", "naissance_lieu": "13055"}, {**MILO, **ELSEWHERE}],
        [0, 1, 1],
    ),
    Case("a row between two twins goes to its first name", [LUCAS, {**LUCAS, "ine": "987654321KK", "prenom1": "HUGO"}, {**SIFA, "prenom1": "HUGO"}], [0, 1, 1]),
    # Too little to tell: a clerk decides.
    Case("a frequent name and a date, nothing else known", [LUCAS, {**MILO, **NOTHING}], [0, 1], doute=True),
    Case("a rare name and a date, nothing else known", [ZOE, {**ZOE, **MILO, **NOTHING, **{k: ZOE[k] for k in ("nom_naissance", "prenom1", "sexe")}}], [0, 0]),
    Case("a frequent name and a date, everything else against it", [LUCAS, {**MILO, **ELSEWHERE}], [0, 1]),
    Case(
        "a bare row that fits two homonyms as well",
        [LUCAS, {**LUCAS, **ELSEWHERE, "ine": "987654321KK", "naissance_lieu": "13055"}, {**SIFA, **NOTHING, "naissance_lieu": None}],
        [0, 1, 2],
        doute=True,
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case) -> None:
    rows = [
        {**row, "rid": rid, "fichier": f"{row['extrait']}.csv", "ligne": rid + 1}
        for rid, row in enumerate(case.rows)
    ]
    traits = pl.DataFrame(rows, schema=declaration("tables/traits").polars_schema)
    parcours = pl.DataFrame(schema=declaration("tables/parcours").polars_schema)
    result = link(traits, parcours, seuil_lien=0.95, seuil_doute=0.25)
    found = result.groupes.sort("rid")["personne"].to_list()
    same = {(i, j) for i in range(len(rows)) for j in range(i) if found[i] == found[j]}
    expected = {
        (i, j) for i in range(len(rows)) for j in range(i) if case.people[i] == case.people[j]
    }
    shown = result.liens.select("niveau_nom", "niveau_prenom", "poids", "probabilite").rows()
    assert same == expected, shown
    assert (result.doutes.height > 0) == case.doute, shown
