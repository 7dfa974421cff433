"""Communes through their history, countries of birth, residences by code, label, postal code."""

import polars as pl
import pytest

from siei_match.stages.normalise.places import (
    normalise_labels,
    resolve_births,
    resolve_communes,
)

BIRTHS = [
    # commune or place, country → place of birth                 why
    ("01004", "100", "01004"),  # a commune of today
    ("75112", "100", "75056"),  # arrondissements: Paris,
    ("69383", None, "69123"),  # Lyon,
    ("13208", None, "13055"),  # Marseille
    ("1004", None, "01004"),  # a spreadsheet ate the zero
    (" 01004 ", None, "01004"),
    ("2a004", None, "2A004"),
    ("20004", None, "2A004"),  # Corsica before 1976
    ("20033", None, "2B033"),
    ("75007", None, "92007"),  # Seine before 1968: Bagneux
    ("78322", None, "78322"),  # Seine-et-Oise, still in Yvelines
    ("78002", None, "95002"),  # Seine-et-Oise, gone to Val-d'Oise
    ("98501", None, "97601"),  # Mayotte before it became a département
    ("97123", None, "97701"),  # Saint-Barthélemy left Guadeloupe in 2007
    ("01340", None, "01015"),  # merged in 2016
    ("99109", None, "99109"),  # a country in the place's field (SIFA)
    (None, "109", "99109"),  # SIECLE: three digits
    (None, "99109", "99109"),  # FREGATA: five
    ("01004", "109", "01004"),  # both: the commune, picked from a list, wins
    (None, "100", None),  # France, where is unknown
    (None, "99100", None),
    ("99100", None, None),
    (None, "990", None),  # not defined
    (None, "995", None),  # unknown
    ("99999", None, None),
    ("01999", None, None),  # no such commune, ever
    ("PARIS", None, None),
    ("", "", None),
    (None, None, None),
]


@pytest.mark.parametrize(("lieu", "pays", "attendu"), BIRTHS)
def test_births(lieu: str | None, pays: str | None, attendu: str | None) -> None:
    found = resolve_births(pl.Series([lieu], dtype=pl.String), pl.Series([pays], dtype=pl.String))
    assert found.to_list() == [attendu]


RESIDENCES = [
    # code, label, postal code → commune of today
    ("13055", "Aix-en-Provence", "13100", "13055"),  # the code first
    (None, "AIX EN PROVENCE CEDEX 2", "13617", "13001"),
    ("99999", "Aix-en-Provence", "13080", "13001"),  # an unknown code says nothing
    (None, "Paris 12ème", "75012", "75056"),
    (None, "PARIS 12", "75012", "75056"),
    (None, "Marseille 8e Arrondissement", "13008", "13055"),
    (None, "Lyon CEDEX 03", "69431", "69123"),
    (None, "St Denis", "93200", "93066"),
    (None, "St Denis", "97400", "97411"),
    (None, "Ajaccio", "20000", "2A004"),
    (None, "Bastia", "20200", "2B033"),
    (None, "Saint-Barthélemy", "97133", "97701"),
    (None, "Le Havre", "76600", "76351"),
    (None, "Havre (Le)", "76600", "76351"),
    (None, "Lhôpital", "01420", "01215"),  # a delegated commune's name
    (None, "Nowhere", "76600", "76351"),  # a postal code that serves one commune
    (None, "Nowhere", "01500", None),  # this one serves several
    (None, None, "76600", "76351"),
    (None, "Le Havre", None, None),  # a label alone names too many places
    ("99131", None, "6000", None),  # Charleroi is not Nice
    ("99131", "TOURNAI", "7500", None),
    ("99100", None, "76600", "76351"),  # France is not abroad
    (None, None, None, None),
]


@pytest.mark.parametrize(("code", "libelle", "postal", "attendu"), RESIDENCES)
def test_residences(
    code: str | None, libelle: str | None, postal: str | None, attendu: str | None
) -> None:
    series = [pl.Series([value], dtype=pl.String) for value in (code, libelle, postal)]
    assert resolve_communes(*series).to_list() == [attendu]


ABROAD = [
    # code, postal code, country → commune of today
    (None, "50100", "127", None),  # Florence is not Cherbourg
    (None, "50100", "99127", None),
    (None, "50100", "100", "50129"),
    (None, "50100", None, "50129"),
    (None, "50100", "990", "50129"),  # not defined says nothing
    ("50129", "50100", "127", "50129"),  # a commune that exists wins
    ("99999", "50100", "127", None),
]


@pytest.mark.parametrize(("code", "postal", "pays", "attendu"), ABROAD)
def test_residences_abroad(
    code: str | None, postal: str, pays: str | None, attendu: str | None
) -> None:
    series = [pl.Series([value], dtype=pl.String) for value in (code, None, postal, pays)]
    assert resolve_communes(*series).to_list() == [attendu]


LABELS = [
    ("Aix-en-Provence CEDEX 5", "AIX EN PROVENCE"),
    ("PARIS  8e  Arrondissement", "PARIS"),
    ("Paris-l'Hôpital", "PARIS L HOPITAL"),
    ("St-Étienne", "SAINT ETIENNE"),
    ("Havre (Le)", "LE HAVRE"),
    ("Cedex", None),
]


@pytest.mark.parametrize(("ecrit", "cherche"), LABELS)
def test_labels(ecrit: str, cherche: str | None) -> None:
    assert normalise_labels(pl.Series([ecrit])).to_list() == [cherche]
