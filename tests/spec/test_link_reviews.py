"""What clerks judge wins: a handful of rows, judgements on pairs of them, and the people they must be."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl
import pytest

from siei_match.reference.contracts import declaration
from siei_match.stages.link import Linkage, link
from siei_match.stages.link.people.constraints import BoundCounts, bind
from siei_match.stages.link.people.judged import PRINTS, fingerprints, match
from siei_match.stages.link.records.records import build_fiches
from tests.spec.test_link_cases import ELSEWHERE, EXAMEN, LUCAS, MILO, NOTHING, SIFA, ZOE

KEY = b"k" * 32
BARE = {**MILO, **NOTHING}
HOMONYM = {**LUCAS, **ELSEWHERE, "ine": "987654321KK", "naissance_lieu": "13055"}
Judgement = tuple[int, int, str]


@dataclass(frozen=True)
class Case:
    """Rows, judgements on pairs of their numbers, the people, the pairs left in doubt.

    `issues`: what `liens` says of the judged pairs, in their order: (issue, revue).
    """

    name: str
    rows: list[dict[str, object]]
    judgements: list[Judgement]
    people: list[int]
    issues: list[tuple[str, str]]
    doutes: set[tuple[int, int]] = field(default_factory=set)


CASES = [
    Case("meme joins what was in doubt", [LUCAS, BARE], [(0, 1, "meme")], [0, 0], [("lie", "meme")]),
    Case("autre separates what was in doubt", [LUCAS, BARE], [(0, 1, "autre")], [0, 1], [("ecarte", "autre")]),
    Case("two clerks disagree: doubt", [LUCAS, BARE], [(0, 1, "conteste")], [0, 1], [("a_verifier", "conteste")], {(0, 1)}),
    Case("meme joins strangers", [LUCAS, ZOE], [(0, 1, "meme")], [0, 0], [("lie", "meme")]),
    Case("strangers on whom clerks disagree are in doubt", [LUCAS, ZOE], [(0, 1, "conteste")], [0, 1], [("a_verifier", "conteste")], {(0, 1)}),
    Case("autre wins over the same INE", [LUCAS, EXAMEN], [(0, 1, "autre")], [0, 1], [("ecarte", "autre")]),
    Case("doubt wins over the same INE", [LUCAS, EXAMEN], [(0, 1, "conteste")], [0, 1], [("a_verifier", "conteste")], {(0, 1)}),
    Case("autre wins over identical traits", [ZOE, {**ZOE, "extrait": "apprentissage", "ine": None}], [(0, 1, "autre")], [0, 1], [("ecarte", "autre")]),
    # The third row is dealt with by evidence: it says exactly what the second says.
    Case(
        "of three rows of one INE, the one taken out stays out",
        [LUCAS, EXAMEN, {**LUCAS, "extrait": "apprentissage", "prenom1": "LEA", "sexe": "F"}],
        [(0, 2, "autre"), (1, 2, "autre")], [0, 0, 1], [("ecarte", "autre"), ("ecarte", "autre")],
    ),
    Case(
        "a row between two homonyms goes where a clerk says",
        [LUCAS, HOMONYM, {**SIFA, **NOTHING, "naissance_lieu": None}],
        [(1, 2, "meme")], [0, 1, 1], [("lie", "meme")],
    ),
    Case(
        "once it is not the one's, a rival is gone",
        [LUCAS, HOMONYM, {**SIFA, **NOTHING, "ine": None}],
        [(1, 2, "autre")], [0, 1, 0], [("ecarte", "autre")],
    ),
    # A merge across a cannot-link is impossible by any way round: here through row 1.
    Case(
        "autre holds through a third row",
        [LUCAS, MILO, {**SIFA, **NOTHING, "naissance_lieu": None}],
        [(0, 2, "autre"), (0, 1, "meme")], [0, 0, 1], [("ecarte", "autre"), ("lie", "meme")],
    ),
    Case(
        "judgements that cannot all hold are left in doubt, all of them",
        [LUCAS, MILO, SIFA],
        [(0, 1, "meme"), (1, 2, "meme"), (0, 2, "autre")], [0, 1, 2],
        [("a_verifier", "contradiction")] * 3, {(0, 1), (0, 2), (1, 2)},
    ),
    Case(
        "a clerk ties a row to one and says that it is not the other, whom the INE ties to the one",
        [LUCAS, EXAMEN, BARE],
        [(0, 2, "meme"), (1, 2, "autre")], [0, 1, 0], [("lie", "meme"), ("ecarte", "autre")],
    ),
]  # fmt: skip


def table(rows: list[dict[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {**row, "rid": rid, "fichier": f"{row['extrait']}.csv", "ligne": rid + 1}
            for rid, row in enumerate(rows)
        ],
        schema=declaration("tables/traits").polars_schema,
    )


def stored(traits: pl.DataFrame, judgements: list[Judgement]) -> pl.DataFrame:
    """Return judgements as they are stored: the fingerprints of both records."""
    prints = fingerprints(traits, KEY).to_dicts()
    return pl.DataFrame(
        [
            {"id_paire": f"{rang}", "reponse": reponse}
            | {f"{p}_{s}": prints[rid][p] for s, rid in (("a", a), ("b", b)) for p in PRINTS}
            for rang, (a, b, reponse) in enumerate(judgements)
        ],
        schema={"id_paire": pl.String, "reponse": pl.String}
        | {f"{p}_{s}": pl.String for s in "ab" for p in PRINTS},
    )


def relink(traits: pl.DataFrame, judgements: pl.DataFrame) -> Linkage:
    return link(
        traits,
        pl.DataFrame(schema=declaration("tables/parcours").polars_schema),
        seuil_lien=0.95,
        seuil_doute=0.25,
        judgements=match(traits, judgements, KEY),
    )


def people(result: Linkage) -> list[int]:
    found = result.groupes.sort("rid")["personne"].to_list()
    return [found.index(person) for person in found]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case) -> None:
    traits = table(case.rows)
    result = relink(traits, stored(traits, case.judgements))
    expected = [case.people.index(person) for person in case.people]
    assert people(result) == expected
    told = {
        (a - 1, b - 1): (issue, revue)
        for a, b, issue, revue in result.liens.select("ligne_a", "ligne_b", "issue", "revue").rows()
    }
    told |= {(b, a): said for (a, b), said in told.items()}
    assert [told[a, b] for a, b, _ in case.judgements] == case.issues
    person = result.groupes.sort("rid")["personne"].to_list()
    doubts = {frozenset(pair) for pair in result.doutes.rows()}
    assert doubts == {frozenset((person[a], person[b])) for a, b in case.doutes}


LATER = [
    ("the same record", {}, True),
    ("moved, another phone", {**ELSEWHERE}, True),
    ("a first name was added", {"prenom2": "PAUL"}, True),
    ("nothing known any more of contacts", {**NOTHING}, True),
    ("the name was corrected, the INE stayed", {"nom_naissance": "MARTINEZ", **ELSEWHERE}, True),
    ("the INE was lost", {"ine": None, **ELSEWHERE}, True),
    ("another INE: a homonym", {"ine": "987654321KK", **ELSEWHERE}, False),
    ("another date", {"naissance_jour": 15, **ELSEWHERE}, False),
    ("another source", {"extrait": "agricole"}, False),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "known"), LATER, ids=lambda value: str(value)[:40])
def test_a_record_is_known_again_in_a_later_campaign(
    name: str, change: dict[str, object], known: bool
) -> None:
    judgements = stored(table([LUCAS, BARE]), [(0, 1, "autre")])
    later = table([ZOE, {**LUCAS, **change}, BARE])
    found = match(later, judgements, KEY)
    assert (1 in found.filter(cote="a")["rid"].to_list()) is known
    assert found.filter(cote="b")["rid"].to_list() == [2]
    assert match(later, judgements, b"another key" * 4).is_empty()


HERE = {**MILO, "telephones": ["+33611111111"]}
THERE = {**MILO, **ELSEWHERE}
MOVED = {**MILO, **ELSEWHERE, "telephones": ["+33633333333"]}


@pytest.mark.parametrize(
    ("later", "one_person", "bound"),
    [
        # The very record that was seen is there: the judgement is about it, and about it alone.
        ([HERE, THERE], False, [1]),
        # It has changed, and another answers to its description: a clerk has to look again.
        ([MOVED, THERE], False, []),
        # Rows that the model would link are one person's: the judgement holds for all.
        ([MOVED, THERE], True, [1, 2]),
        ([MOVED], False, [1]),
    ],
)
def test_homonyms_of_one_source_are_not_bound_by_the_judgement_on_one(
    later: list[dict[str, object]], one_person: bool, bound: list[int]
) -> None:
    seen = stored(table([LUCAS, HERE]), [(0, 1, "meme")])
    traits = table([LUCAS, *later])
    fiches = build_fiches(traits)
    judged = bind(
        match(traits, seen, KEY),
        fiches,
        np.arange(fiches.count, dtype=np.uint32),
        lambda pairs: np.full(pairs.height, one_person),
    )
    fiche = fiches.lignes.sort("rid")["fiche"].to_list()
    expected = {(min(fiche[0], fiche[rid]), max(fiche[0], fiche[rid])) for rid in bound}
    assert set(judged.pairs.select("a", "b").rows()) == expected
    assert judged.counts == BoundCounts(binding=bool(bound), unclear=not bound)


def test_two_records_of_one_identity_are_told_apart_by_their_content() -> None:
    left, right = {**BARE, "commune": "59009"}, {**BARE, "commune": "13055"}
    traits = table([left, right])
    result = relink(traits, stored(traits, [(0, 1, "autre")]))
    assert people(result) == [0, 1]
    later = table([{**left, "commune": "75056"}, right])
    assert match(later, stored(traits, [(0, 1, "autre")]), KEY)["rid"].to_list() == [1]


def test_no_judgement_leaves_no_trace() -> None:
    traits = table([LUCAS, BARE, MILO, ZOE])
    without = link(
        traits,
        pl.DataFrame(schema=declaration("tables/parcours").polars_schema),
        seuil_lien=0.95,
        seuil_doute=0.25,
    )
    none = relink(traits, stored(traits, []))
    elsewhere = relink(traits, stored(table([HOMONYM, {**ZOE, "ine": None}]), [(0, 1, "meme")]))
    for other in (none, elsewhere):
        assert other.groupes.equals(without.groupes)
        assert other.liens.equals(without.liens)
        assert other.doutes.equals(without.doutes)
