"""The kinds of traits: what each compares, of which columns, its levels, and what these weigh at first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

ANY: Final = 1_000
"""Columns that a kind reads at most: as many as there are."""


@dataclass(frozen=True)
class Start:
    """What a level weighs where the declaration says nothing: P(level | same person), P(level | strangers).

    m, u: None for the last level, which is the rest. rare: agreeing weighs what the value is rare.
    twins, siblings: P(level | twins), P(level | brothers and sisters), for kinds that tell them apart.
    """

    m: float | None = None
    u: float | None = None
    rare: bool = False
    twins: float | None = None
    siblings: float | None = None


REST: Final = Start()


@dataclass(frozen=True)
class KindForm:
    """What a declaration may say of a kind.

    levels: best first. meaning: what it compares, in a sentence. columns: how many it reads, at
    least and at most. keys: of the declaration, that this kind alone knows. asked: levels that
    are told only where one of these keys is given, or the level is. named: levels that are told only
    where the declaration gives them. cap: bits that one trait may add.
    """

    levels: Mapping[str, Start]
    meaning: str
    columns: tuple[int, int] = (1, 1)
    keys: frozenset[str] = frozenset()
    asked: Mapping[str, str] = field(default_factory=dict)
    named: frozenset[str] = frozenset()
    cap: float = 16.0


FORMS: Final[Mapping[str, KindForm]] = {
    "noms": KindForm(
        {
            "egal": Start(0.86, 0.002, rare=True),
            "partie": Start(0.03, 0.0005),
            "proche": Start(0.06, 0.001),
            "courriel": Start(0.005, 5e-5),
            "lointain": Start(0.01, 0.003),
            "ecorche": Start(0.002, 0.0005),
            "different": REST,
        },
        "surnames of birth and of usage, crossed, with and without particles",
        (1, ANY),
        frozenset({"ecrit_dans"}),
        {"courriel": "ecrit_dans"},
        named=frozenset({"ecorche"}),
    ),
    "prenoms": KindForm(
        {
            "egal": Start(0.84, 0.005, rare=True, twins=0.005, siblings=1e-4),
            "inverse": Start(0.01, 1e-5, twins=1e-5, siblings=1e-5),
            "inverse_proche": Start(0.003, 1e-5, twins=1e-4, siblings=1e-4),
            "entendu": Start(0.012, 0.0003, twins=0.004, siblings=0.002),
            "variante": Start(0.008, 0.0005, twins=0.003, siblings=0.003),
            "courriel": Start(0.005, 0.0005, twins=0.005, siblings=0.005),
            "surnom": Start(0.03, 0.0005, twins=0.003, siblings=0.003),
            "partie": Start(0.015, 0.0005, twins=0.003, siblings=0.003),
            "autre": Start(0.01, 0.001, rare=True, twins=0.01, siblings=0.01),
            "proche": Start(0.04, 0.001, twins=0.004, siblings=0.004),
            "lointain": Start(0.012, 0.005, twins=0.01, siblings=0.01),
            "courants": Start(0.008, 0.004, twins=0.05, siblings=0.03),
            "ecorche": Start(0.002, 0.004, twins=0.008, siblings=0.008),
            "deux_courriels": Start(1e-4, 0.02, twins=0.2, siblings=0.2),
            "different": REST,
        },
        "first names in their order, the first one above all",
        (1, ANY),
        frozenset({"ecrit_dans", "croise", "surnoms", "frequences_avec"}),
        {
            "inverse": "croise",
            "inverse_proche": "croise",
            "courriel": "ecrit_dans",
            "surnom": "surnoms",
        },
        named=frozenset({"variante", "ecorche", "deux_courriels"}),
    ),
    "autres_prenoms": KindForm(
        {"egal": Start(0.97, 0.01, rare=True, twins=0.03, siblings=0.03), "different": REST},
        "second and third first names, of the columns of `prenoms`",
        (2, ANY),
        cap=8.0,
    ),
    "nom_complet": KindForm(
        {
            "egal": Start(0.8, 1e-5, rare=True),
            "partie": Start(0.06, 2e-5, rare=True),
            "initiales": Start(0.02, 1e-5, rare=True),
            "proche": Start(0.08, 2e-5),
            "un_mot": Start(0.02, 0.008, rare=True),
            "different": REST,
        },
        "a full name in one column, its first eight words in any order",
        (1, ANY),
        cap=24.0,
    ),
    "initiale": KindForm(
        {
            "egal": Start(0.72, 0.01, rare=True, twins=0.01, siblings=0.01),
            "initiale": Start(0.25, 0.06, rare=True, twins=0.06, siblings=0.06),
            "different": REST,
        },
        "a name of which some rows hold the first letter alone",
        cap=8.0,
    ),
    "date": KindForm(
        {
            "egal": Start(0.93, 1e-4, rare=True, twins=0.95, siblings=0.001),
            "partiel": Start(0.01, 1e-3, twins=0.015, siblings=0.004),
            "inversion": Start(0.005, 1e-4, twins=0.005, siblings=0.001),
            "un_chiffre": Start(0.03, 0.005, twins=0.015, siblings=0.003),
            "un_jour": Start(0.003, 1e-4, twins=0.003, siblings=0.001),
            "deux_elements": Start(0.012, 0.007, twins=0.007, siblings=0.004),
            "deux_chiffres": Start(0.001, 0.02, twins=0.001, siblings=0.03),
            "different": REST,
        },
        "a date in three columns: year, month and day, in this order, whatever their names",
        (3, 3),
        named=frozenset({"deux_chiffres"}),
    ),
    "nombre": KindForm(
        {
            "egal": Start(0.8, 0.03, rare=True),
            "proche": Start(0.14, 0.06),
            "lointain": Start(0.03, 0.15),
            "different": REST,
        },
        "a number or an age, give or take `ecarts`",
        (1, 1),
        frozenset({"ecarts"}),
        {"lointain": "ecarts"},
        cap=8.0,
    ),
    "categorie": KindForm(
        {"egal": Start(0.96, 0.3, rare=True), "different": REST},
        "one value of few, equal or not (a sex, a state)",
        cap=8.0,
    ),
    "lieu": KindForm(
        {"egal": Start(0.93, 0.01, rare=True), "departement": Start(0.02, 0.02), "different": REST},
        "a place by its INSEE code, then its département or country",
    ),
    "code_postal": KindForm(
        {
            "egal": Start(0.88, 0.003, rare=True),
            "voisin": Start(0.05, 0.004),
            "secteur": Start(0.02, 0.01),
            "departement": Start(0.02, 0.04),
            "different": REST,
        },
        "a postcode: whole, one slip apart, then by its first characters",
        (1, 1),
        frozenset({"prefixes"}),
    ),
    "ensemble": KindForm(
        {"egal": Start(0.75, 1e-6, rare=True), "different": REST},
        "several values, such as phones: one in common is enough",
        (1, ANY),
        frozenset({"separateur"}),
        cap=14.0,
    ),
    "adresse": KindForm(
        {
            "egal": Start(0.65, 1e-6, rare=True),
            "proche": Start(0.08, 2e-6),
            "commune": Start(0.12, 0.0015, rare=True),
            "departement": Start(0.08, 0.015),
            "different": REST,
        },
        "a street, and the INSEE code of its commune",
        (2, 2),
        cap=14.0,
    ),
    "domicile": KindForm(
        {
            "egal": Start(0.68, 1e-5, rare=True),
            "proche": Start(0.14, 2e-5),
            "rue": Start(0.04, 2e-4),
            "localite": Start(0.07, 0.005, rare=True),
            "departement": Start(0.03, 0.04),
            "different": REST,
        },
        "number, street, place and postcode as one fact, counted once",
        (1, ANY),
        frozenset({"parties"}),
    ),
    "sejours": KindForm(
        {"compatibles": Start(0.98, 0.012), "simultanees": REST},
        "enrolments of one source: two at once are two people's (the SIEI's)",
        (0, 0),
        cap=2.0,
    ),
    "identifiant": KindForm(
        {"egal": Start(0.98, 1e-7), "voisin": Start(0.01, 1e-5), "different": REST},
        "a number that names its holder: equal, one slip apart, different",
        keys=frozenset({"propres"}),
        cap=18.0,
    ),
    "texte": KindForm(
        {
            "egal": Start(0.85, 0.002, rare=True),
            "proche": Start(0.09, 0.003),
            "lointain": Start(0.02, 0.006),
            "different": REST,
        },
        "a free text, of one column or of several read as one",
        (1, ANY),
    ),
    "code": KindForm(
        {"egal": Start(0.9, 0.003, rare=True), "voisin": Start(0.05, 0.01), "different": REST},
        "a code: equal, one slip apart, different",
    ),
}
"""Every kind by its name in a declaration; how it reaches its levels stands in `compare/kinds/`."""

OF_ONE_KIND: Final[Mapping[str, tuple[str, ...]]] = {
    key: tuple(name for name, form in FORMS.items() if key in form.keys)
    for key in sorted({key for form in FORMS.values() for key in form.keys})
}
"""The keys of a trait that some kinds alone know, and which."""


def start_of(kind: str, level: str) -> Start:
    """Return what a level weighs at first, the rest of its kind's for the last one."""
    form = FORMS[kind]
    start = form.levels[level]
    if start is not REST:
        return start
    others = [s for s in form.levels.values() if s is not REST]

    def rest(of: list[float | None]) -> float | None:
        known = [value for value in of if value is not None]
        return 1.0 - sum(known) if known else None

    return Start(
        rest([s.m for s in others]),
        rest([s.u for s in others]),
        rare=False,
        twins=rest([s.twins for s in others]),
        siblings=rest([s.siblings for s in others]),
    )
