"""Identifiers: keyed, stable, one to one."""

import hashlib
import hmac
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siei_match.reference.contracts import conform
from siei_match.reference.keyed import keyed, numbered
from siei_match.reference.redirections import follow
from siei_match.reference.settings import key_id
from siei_match.stages.identify import fingerprints, identities, register
from siei_match.stages.identify.identities import (
    Identification,
    PeopleRows,
    Places,
    id_signalement,
    identify,
)
from siei_match.stages.identify.register import sorted_places
from siei_match.stages.link import link
from tests.examples import examples
from tests.worlds import small_world

CLE = b"une cle de test, longue de plus de trente-deux octets"


@settings(deadline=None)
@given(
    values=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))),
    cle=st.binary(min_size=1, max_size=100),
)
def test_keyed_is_hmac_sha_256(values: list[str], cle: bytes) -> None:
    expected = [hmac.new(cle, v.encode(), hashlib.sha256).hexdigest()[:32] for v in values]
    texts = pl.Series("v", values, dtype=pl.String)
    assert keyed(texts, cle).to_list() == expected
    assert numbered(texts, cle).to_list() == [int(digits[:16], 16) for digits in expected]


@pytest.mark.parametrize("interpreter", [sys.executable, "/nowhere/python", "/bin/false"])
def test_a_process_of_their_own_hashes_many_texts_and_none_is_needed(
    interpreter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = pl.Series("v", ["", "MARTIN|LÉA|2008", "x" * 200, "İ", "what\0ever", "", "last"])
    here = [keyed(texts, CLE).to_list(), numbered(texts, CLE).to_list()]
    monkeypatch.setattr("siei_match.reference.keyed.APART", 1)
    monkeypatch.setattr("siei_match.reference.keyed.PART", 3)
    monkeypatch.setattr(sys, "executable", interpreter)
    assert [keyed(texts, CLE).to_list(), numbered(texts, CLE).to_list()] == here
    with pytest.raises(TypeError):
        keyed(pl.Series(["MARTIN", None]), CLE)


def test_parts_of_any_size_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    traits, parcours, _ = small_world(300, 5)
    whole = identified(traits, parcours, None, "2026-10")
    monkeypatch.setattr(fingerprints, "PART", 7)
    monkeypatch.setattr(identities, "AT_ONCE", 50)
    monkeypatch.setattr(register, "AT_ONCE", 11)
    parts = identified(traits, parcours, None, "2026-10")
    assert parts.identites.equals(whole.identites)
    assert parts.register.equals(whole.register)


def places(traits: pl.DataFrame) -> Places:
    return lambda rids: traits.join(rids, on="rid", how="semi")


@dataclass(frozen=True)
class Named:
    """What identification found, and who each row is of by it: `rid`, `personne`, `id_personne`."""

    found: Identification
    groupes: pl.DataFrame

    @property
    def identites(self) -> pl.DataFrame:
        rows = self.groupes.select("rid", "personne")
        return rows.join(self.found.people, on="personne").sort("rid")

    @property
    def register(self) -> pl.DataFrame:
        return self.found.register.whole()

    @property
    def redirections(self) -> pl.DataFrame:
        return self.found.redirections


def identified(
    traits: pl.DataFrame, parcours: pl.DataFrame, registre: pl.DataFrame | None, campagne: str
) -> Named:
    groupes = link(traits, parcours, seuil_lien=0.9, seuil_doute=0.1).groupes
    known = [] if registre is None else [registre]
    found = identify(
        [PeopleRows(groupes, traits)], places(traits), known, [CLE], campagne, registre
    )
    return Named(found, groupes)


@given(cuts=st.lists(st.integers(0, 300), max_size=4), renewed=st.booleans())
@settings(deadline=None, max_examples=examples(15))
def test_people_cut_anyhow_are_identified_the_same(cuts: list[int], renewed: bool) -> None:
    traits, groupes, before = next_campaign()
    keys = [CLE[::-1], CLE] if renewed else [CLE]
    ends = [-1, *sorted(cuts), int(groupes["personne"].max())]  # type: ignore[call-overload]
    parts = [
        groupes.filter(pl.col("personne") > low, pl.col("personne") <= high)
        for low, high in pairwise(ends)
    ]
    cut = [PeopleRows(part, traits.join(part, on="rid", how="semi")) for part in parts]
    whole = identify(
        [PeopleRows(groupes, traits)], places(traits), [before], keys, "2027-03", before
    )
    found = identify(cut, places(traits), [before], keys, "2027-03", before)
    assert found.people.equals(whole.people)
    assert found.register.whole().equals(whole.register.whole())
    assert found.redirections.equals(whole.redirections)


@cache
def next_campaign() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """A campaign of which a part is known, two known people turn out to be one, and some have no trait at all."""
    traits, parcours, _ = small_world(300, 6)
    first = identified(traits, parcours, None, "2026-10")
    bare = pl.col("rid") % 11 == 0
    changed = traits.with_columns(
        pl.when(~bare).then(c).alias(c) for c in ("ine", "nom_naissance", "nom_usage")
    )
    merged = first.groupes.with_columns(
        personne=pl.when(pl.col("personne") == 7).then(3).otherwise("personne").cast(pl.UInt32)
    )
    return changed, merged, first.register.filter(pl.col("empreinte") % 5 != 0)


def test_one_identifier_a_person_and_none_without_the_key() -> None:
    traits, parcours, _ = small_world(300, 1)
    result = link(traits, parcours, seuil_lien=0.9, seuil_doute=0.1)
    here = identify([PeopleRows(result.groupes, traits)], places(traits), [], [CLE], "2026-10")
    other = identify(
        [PeopleRows(result.groupes, traits)], places(traits), [], [CLE[::-1]], "2026-10"
    )
    pairs = here.people
    assert pairs.height == pairs["personne"].n_unique() == pairs["id_personne"].n_unique()
    assert not set(here.people["id_personne"]) & set(other.people["id_personne"])
    texts = pl.col("genre", "cle", "campagne", "derniere").cast(pl.String)
    register = here.register.whole()
    conform(register.with_columns(texts), "tables/registre")
    order = ["id_personne", "empreinte", "cle"]
    assert register.equals(register.sort(order))


def test_the_next_campaign_keeps_the_identifiers() -> None:
    traits, parcours, _ = small_world(400, 2)
    first = identified(traits, parcours, None, "2026-10")
    # Half of the people move, change phone and lose their INE: a name, a date, a place remain.
    moved = traits.with_columns(
        ine=pl.when(pl.col("rid") % 2 == 0).then("ine"),
        telephones=pl.lit([], dtype=pl.List(pl.String)),
        adresse=pl.lit(None, dtype=pl.String),
    )
    second = identified(moved, parcours, first.register, "2027-03")
    both = first.identites.join(second.identites, on="rid", suffix="_apres")
    kept = (both["id_personne"] == both["id_personne_apres"]).mean()
    assert kept is not None
    assert kept > 0.97  # type: ignore[operator]
    pairs = second.identites.select("personne", "id_personne").unique()
    assert pairs.height == pairs["personne"].n_unique() == pairs["id_personne"].n_unique()


def three_rows(*personnes: int, registre: pl.DataFrame | None = None) -> Named:
    """Identify three rows that share nothing, as the people given, in one campaign."""
    known = [] if registre is None else [registre]
    return named(TROIS, personnes, known, "2026-10")


TROIS = (
    small_world(30, 1)[0]
    .head(3)
    .with_columns(
        ine=pl.Series(["000000001AA", "000000002BB", "000000003CC"]),
        nom_naissance=pl.Series(["ABGRALL", "DEWAELE", "QUINIOU"]),
        extrait=pl.lit("scolarite"),
    )
)


def named(
    traits: pl.DataFrame,
    personnes: Sequence[int],
    registres: list[pl.DataFrame],
    campagne: str,
    cles: Sequence[bytes] = (CLE,),
) -> Named:
    """Identify rows as the people given; the first register is handed on if it is earlier."""
    groupes = traits.select("rid").with_columns(personne=pl.Series(personnes, dtype=pl.UInt32))
    earlier = [r for r in registres if r["campagne"].cast(pl.String).max() < campagne]  # type: ignore[operator]
    inherited = earlier[0] if earlier else None
    found = identify(
        [PeopleRows(groupes, traits)], places(traits), registres, cles, campagne, inherited
    )
    return Named(found, groupes)


def ids(found: Named) -> list[str]:
    return found.identites.sort("rid")["id_personne"].to_list()


def test_two_known_people_who_turn_out_to_be_one_keep_the_older_identifier() -> None:
    spring = named(TROIS.head(1), [0], [], "2026-03")
    autumn = named(TROIS, [0, 1, 2], [spring.register], "2026-10")
    old, other, third = ids(autumn)
    assert [old] == ids(spring)
    # The two rows of the second person outweigh the one of the first, who is older.
    merged = named(TROIS, [0, 0, 1], [autumn.register], "2027-03")
    assert ids(merged) == [old, old, third]
    told = merged.redirections
    assert told.rows() == [("2027-03", other, old)]
    # Whatever was written of the other is the older one's from now on.
    listed = pl.DataFrame({"campagne": ["2026-10"] * 2, "id_personne": [other, third]})
    assert follow(listed, told, "id_personne")["id_personne"].to_list() == [old, third]
    # Run again, the campaign says the same; the next one knows the person by either row.
    again = named(TROIS, [0, 0, 1], [autumn.register, merged.register], "2027-03")
    assert again.identites.equals(merged.identites)
    assert again.redirections.equals(told)
    assert again.register.equals(merged.register)
    alone = named(TROIS.slice(1, 1), [0], [merged.register], "2027-10")
    assert ids(alone) == [old]


def test_of_one_known_person_who_turns_out_to_be_two_one_keeps_the_identifier() -> None:
    whole = named(TROIS, [0, 0, 1], [], "2026-10")
    parted = named(TROIS, [0, 1, 2], [whole.register], "2027-03")
    first, second, third = ids(parted)
    assert first in ids(whole) or second in ids(whole)
    assert len({first, second, third}) == 3
    assert third == ids(whole)[2]
    assert parted.redirections.is_empty()


def test_an_ine_alone_puts_no_two_people_together() -> None:
    """One INE typed for two, the other of whom is not seen this time."""
    before = named(TROIS, [0, 1, 2], [], "2026-10")
    typed = TROIS.head(1).with_columns(ine=pl.lit("000000002BB"))
    after = named(typed, [0], [before.register], "2027-03")
    assert after.redirections.is_empty()


def test_a_renewed_key_keeps_the_identifiers() -> None:
    new = b"une autre cle de test, longue de plus de trente-deux octets"
    before = named(TROIS, [0, 1, 2], [], "2026-10")
    after = named(TROIS.head(2), [0, 1], [before.register], "2027-03", [new, CLE])
    assert ids(after) == ids(before)[:2]
    held = after.register.select(pl.col("id_personne", "cle").cast(pl.String)).unique()
    assert held.filter(pl.col("id_personne") == ids(before)[2])["cle"].to_list() == [key_id(CLE)]
    assert set(held["cle"]) == {key_id(CLE), key_id(new)}
    # With the old key forgotten, who was seen since the renewal is still known; the third is not.
    later = named(TROIS, [0, 1, 2], [after.register], "2027-10", [new])
    assert ids(later)[:2] == ids(before)[:2]
    assert ids(later)[2] != ids(before)[2]


def test_the_register_says_since_when_and_until_when() -> None:
    first = named(TROIS, [0, 1, 2], [], "2026-10")
    second = named(TROIS.head(2), [0, 1], [first.register], "2027-03")
    texts = pl.col("campagne", "derniere").cast(pl.String)
    seen = second.register.select("id_personne", texts).unique().rows()
    a, b, c = ids(first)
    assert set(seen) == {
        (a, "2026-10", "2027-03"), (b, "2026-10", "2027-03"), (c, "2026-10", "2026-10"),
    }  # fmt: skip


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from([0, 1, 2**63, 2**64 - 1]), st.integers(0, 1))
    )
)
def test_the_register_is_in_order_whatever_its_numbers(rows: list[tuple[int, int, int]]) -> None:
    rang, empreinte, cle = (np.array([r[n] for r in rows], dtype=np.uint64) for n in range(3))
    order = sorted_places(rang.astype(np.uint32), empreinte, cle.astype(np.uint8))
    assert [rows[place] for place in order] == sorted(rows)


def test_people_told_apart_when_a_campaign_runs_again_share_no_identifier() -> None:
    before = three_rows(0, 0, 0)
    for split in ((0, 1, 1), (0, 0, 1), (0, 1, 0), (0, 1, 2)):
        after = three_rows(*split, registre=before.register)
        people = after.identites.select("personne", "id_personne").unique()
        assert people["id_personne"].n_unique() == people.height == len(set(split)), split
        once_more = three_rows(*split, registre=after.register)
        assert once_more.identites.equals(after.identites), split


def test_a_newcomer_gets_a_new_identifier() -> None:
    traits, parcours, _ = small_world(200, 3)
    others, _, _ = small_world(200, 4)
    first = identified(traits, parcours, None, "2026-10")
    second = identified(others.with_columns(ine=None), parcours, first.register, "2027-03")
    assert not set(first.identites["id_personne"]) & set(second.identites["id_personne"])


def test_what_a_list_shows_is_not_the_person_s_identifier() -> None:
    ids = pl.Series("id_personne", ["a" * 32, "b" * 32])
    shown = id_signalement(ids, CLE)
    assert shown.n_unique() == 2
    # Never a number to a spreadsheet, whatever the digits.
    assert shown.str.contains("^s[0-9a-f]{31}$").all()
    assert not set(shown) & set(ids)
