"""Identifiers: keyed, stable, one to one."""

import hashlib
import hmac

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siei_match.contracts import conform
from siei_match.link import identities, link
from siei_match.link.identities import (
    Identification,
    id_signalement,
    identify,
    keyed,
    sort_register,
)
from tests.worlds import small_world

CLE = b"une cle de test, longue de plus de trente-deux octets"


@settings(deadline=None)
@given(
    values=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))),
    cle=st.binary(min_size=1, max_size=100),
)
def test_keyed_is_hmac_sha_256(values: list[str], cle: bytes) -> None:
    expected = [hmac.new(cle, v.encode(), hashlib.sha256).hexdigest()[:32] for v in values]
    assert keyed(pl.Series("v", values, dtype=pl.String), cle).to_list() == expected


@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["0" * 15, "f" * 15, "8" + "0" * 14]), st.integers(0, 3))
    )
)
def test_the_register_is_sorted_as_texts_are(rows: list[tuple[str, int]]) -> None:
    """Many begin alike here: what numbers cannot tell apart, texts do."""
    registre = pl.DataFrame(
        {
            "empreinte": [head + f"{tail:017x}" for head, tail in rows],
            "id_personne": [f"p{len(rows) - n:031x}" for n in range(len(rows))],
        },
        schema={"empreinte": pl.String, "id_personne": pl.String},
    )
    assert sort_register(registre).equals(registre.sort("empreinte", "id_personne"))


def test_parts_of_any_size_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    traits, parcours, _ = small_world(300, 5)
    whole = identified(traits, parcours, None, "2026-10")
    monkeypatch.setattr(identities, "PART", 7)
    parts = identified(traits, parcours, None, "2026-10")
    assert parts.identites.equals(whole.identites)
    assert parts.registre.equals(whole.registre)


def identified(
    traits: pl.DataFrame, parcours: pl.DataFrame, registre: pl.DataFrame | None, campagne: str
) -> Identification:
    result = link(traits, parcours, seuil_lien=0.9, seuil_doute=0.1)
    return identify(result.groupes, traits, registre, CLE, campagne)


def test_one_identifier_a_person_and_none_without_the_key() -> None:
    traits, parcours, _ = small_world(300, 1)
    result = link(traits, parcours, seuil_lien=0.9, seuil_doute=0.1)
    here = identify(result.groupes, traits, None, CLE, "2026-10")
    other = identify(result.groupes, traits, None, CLE[::-1], "2026-10")
    pairs = here.identites.select("personne", "id_personne").unique()
    assert pairs.height == pairs["personne"].n_unique() == pairs["id_personne"].n_unique()
    assert not set(here.identites["id_personne"]) & set(other.identites["id_personne"])
    conform(here.registre, "tables/registre")


def test_the_next_campaign_keeps_the_identifiers() -> None:
    traits, parcours, _ = small_world(400, 2)
    first = identified(traits, parcours, None, "2026-10")
    # Half of the people move, change phone and lose their INE: a name, a date, a place remain.
    moved = traits.with_columns(
        ine=pl.when(pl.col("rid") % 2 == 0).then("ine"),
        telephones=pl.lit([], dtype=pl.List(pl.String)),
        adresse=pl.lit(None, dtype=pl.String),
    )
    second = identified(moved, parcours, first.registre, "2027-03")
    both = first.identites.join(second.identites, on="rid", suffix="_apres")
    kept = (both["id_personne"] == both["id_personne_apres"]).mean()
    assert kept is not None
    assert kept > 0.97  # type: ignore[operator]
    pairs = second.identites.select("personne", "id_personne").unique()
    assert pairs.height == pairs["personne"].n_unique() == pairs["id_personne"].n_unique()


def three_rows(*personnes: int, registre: pl.DataFrame | None = None) -> Identification:
    """Identify three rows that share nothing, as the people given, in one campaign."""
    traits = small_world(30, 1)[0].head(3)
    traits = traits.with_columns(
        ine=pl.Series(["000000001AA", "000000002BB", "000000003CC"]),
        nom_naissance=pl.Series(["ABGRALL", "DEWAELE", "QUINIOU"]),
        extrait=pl.lit("scolarite"),
    )
    groupes = traits.select("rid").with_columns(personne=pl.Series(personnes, dtype=pl.UInt32))
    return identify(groupes, traits, registre, CLE, "2026-10")


def test_people_told_apart_when_a_campaign_runs_again_share_no_identifier() -> None:
    before = three_rows(0, 0, 0)
    for split in ((0, 1, 1), (0, 0, 1), (0, 1, 0), (0, 1, 2)):
        after = three_rows(*split, registre=before.registre)
        people = after.identites.select("personne", "id_personne").unique()
        assert people["id_personne"].n_unique() == people.height == len(set(split)), split
        once_more = three_rows(*split, registre=after.registre)
        assert once_more.identites.equals(after.identites), split


def test_a_newcomer_gets_a_new_identifier() -> None:
    traits, parcours, _ = small_world(200, 3)
    others, _, _ = small_world(200, 4)
    first = identified(traits, parcours, None, "2026-10")
    second = identified(others.with_columns(ine=None), parcours, first.registre, "2027-03")
    assert not set(first.identites["id_personne"]) & set(second.identites["id_personne"])


def test_what_a_list_shows_is_not_the_person_s_identifier() -> None:
    ids = pl.Series("id_personne", ["a" * 32, "b" * 32])
    shown = id_signalement(ids, CLE)
    assert shown.n_unique() == 2
    # Never a number to a spreadsheet, whatever the digits.
    assert shown.str.contains("^s[0-9a-f]{31}$").all()
    assert not set(shown) & set(ids)
