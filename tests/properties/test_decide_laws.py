"""Laws of decision, on random small worlds: the naive oracle agrees, order changes nothing…"""

from datetime import date

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from siei_match.stages.decide import join_answers
from siei_match.stages.decide.rules import REGLES
from tests.examples import examples
from tests.properties.decide_mondes import INSCRIPTIONS, Monde, build_tables, frame_of, mondes
from tests.properties.decide_oracle import decide_naively, standing_naively

SERRE = settings(max_examples=examples(100), deadline=None, suppress_health_check=list(HealthCheck))
COURT = settings(SERRE, max_examples=examples(25))


@SERRE
@given(mondes())
def test_decisions_are_those_of_the_naive_oracle(monde: Monde) -> None:
    obtenues = build_tables(monde).decide().decisions
    par_personne = {ligne.pop("id_personne"): ligne for ligne in obtenues.to_dicts()}
    assert par_personne == decide_naively(monde)


@COURT
@given(mondes(), st.integers(1, 10**6))
def test_the_order_and_number_of_rows_change_nothing(monde: Monde, graine: int) -> None:
    droites = build_tables(monde).decide().explications
    melees = build_tables(monde, graine).shuffle(graine).decide().explications
    assert_frame_equal(droites, melees)


@COURT
@given(mondes(), st.lists(INSCRIPTIONS, min_size=1, max_size=3))
def test_a_stranger_changes_nobody_elses_decision(monde: Monde, autres: list[dict]) -> None:
    avant = build_tables(monde).decide().explications
    # "A0" sorts between A and B: every later person is numbered anew inside.
    monde.parcours += [{**ligne, "personne": "A0"} for ligne in autres]
    monde.naissances.append({"personne": "A0", "extrait": "scolarite", "naissance_annee": 2008})
    apres = build_tables(monde).decide().explications
    assert_frame_equal(avant, apres.filter(pl.col("id_personne") != "A0"))


@COURT
@given(mondes())
def test_every_decision_can_be_explained(monde: Monde) -> None:
    """The facts that are kept lead to the decision: the first rule that holds of them."""
    decided = build_tables(monde).decide()
    facts = decided.explications.sort("id_personne")
    assert_frame_equal(facts.select(decided.decisions.columns), decided.decisions)
    held = facts.select(rule.quand.fill_null(value=False).alias(rule.nom) for rule in REGLES)
    first = [REGLES[row.index(True)] for row in held.iter_rows()]
    told = decided.decisions.select("statut", "motif").rows()
    assert [(rule.statut, rule.motif) for rule in first] == told


@COURT
@given(st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("ABC")), max_size=6))
def test_no_answer_is_lost(couples: list[tuple[str, str]]) -> None:
    retours = frame_of(
        "tables/retours",
        [
            {"fichier": "r.csv", "ligne": n, "id_signalement": s, "retour": "autre"}
            for n, s in enumerate("xyztt", start=1)
        ],
    )
    signalements = frame_of(
        "tables/signalements",
        [
            {"id_signalement": s, "id_personne": p, "campagne": f"20{n:02}-10", "psad": "P"}
            for n, (s, p) in enumerate(couples)
        ],
    )
    jointes = join_answers(retours, signalements)
    assert jointes.taken_back.is_empty()
    assert jointes.reponses.height + jointes.unknown.height == retours.height
    assert jointes.others.is_empty()
    assert set(jointes.unknown["id_signalement"]) == set("xyzt") - {s for s, _ in couples}
    assert jointes.unknown.columns == retours.columns
    derniers = dict(couples)
    assert sorted(jointes.reponses["id_personne"]) == sorted(derniers.values())


@COURT
@given(
    st.lists(st.tuples(st.sampled_from("xy"), st.sampled_from("PQ")), max_size=3),
    st.lists(
        st.tuples(st.sampled_from("xyz"), st.sampled_from([None, "P", "Q"]),
                  st.sampled_from([None, "Q"])),
        max_size=5,
    ),
)  # fmt: skip
def test_a_platform_answers_for_what_it_held_alone(
    listes: list[tuple[str, str]], dites: list[tuple[str, str | None, str | None]]
) -> None:
    lignes = [
        {"fichier": "r", "ligne": n, "id_signalement": s, "retour": "autre", "psad_destination": v}
        for n, (s, _, v) in enumerate(dites, start=1)
    ]
    retours = frame_of("tables/retours", lignes).with_columns(
        psad=pl.Series([psad for _, psad, _ in dites], dtype=pl.String)
    )
    signalements = frame_of(
        "tables/signalements",
        [
            {"id_signalement": s, "id_personne": s, "campagne": f"20{n:02}-10", "psad": psad}
            for n, (s, psad) in enumerate(listes)
        ],
    )
    tenus = {*listes, *((s, vers) for s, _, vers in dites)}
    connus = {s for s, _ in listes}
    jointes = join_answers(retours, signalements)
    for n, (signalement, psad, _) in enumerate(dites, start=1):
        sorte = (
            "unknown" if signalement not in connus
            else "reponses" if psad is None or (signalement, psad) in tenus
            else "others"
        )  # fmt: skip
        trouvees = [nom for nom, f in vars(jointes).items() if n in f["ligne"].to_list()]
        assert trouvees == [sorte]


@pytest.mark.parametrize(
    ("origine", "jour", "tardive"),
    [
        ("collecte", date(2026, 10, 15), False),
        ("collecte", date(2026, 10, 16), True),
        ("livraison", date(2026, 10, 16), False),
        ("livraison", None, False),
    ],
)
def test_what_was_collected_after_the_day_waits_for_the_next_campaign(
    origine: str, jour: date | None, tardive: bool
) -> None:
    ligne = {"fichier": "r", "ligne": 1, "id_signalement": "x", "retour": "diplome"}
    retours = frame_of("tables/retours", [ligne]).with_columns(
        pl.lit(jour, pl.Date).alias("date_retour"),
        psad=pl.lit(None, pl.String),
        origine=pl.lit(origine),
    )
    liste = {"id_signalement": "x", "id_personne": "p", "campagne": "2026-03", "psad": "P"}
    jointes = join_answers(retours, frame_of("tables/signalements", [liste]), date(2026, 10, 15))
    assert (jointes.too_late.height, jointes.reponses.height) == (tardive, not tardive)


ANSWERED = st.tuples(
    st.sampled_from("xy"),
    st.sampled_from("PQ"),
    st.none() | st.sampled_from([date(2026, 9, day) for day in (1, 2, 3)]),
    st.sampled_from(["en_formation", "refus", None, "annule", "annule"]),
)


@SERRE
@given(st.lists(ANSWERED, max_size=12))
def test_an_annule_takes_back_what_the_naive_oracle_takes_back(told: list[tuple]) -> None:
    rows = [
        {"fichier": "r", "ligne": n, "id_signalement": s, "date_retour": day, "retour": said}
        for n, (s, _, day, said) in enumerate(told, start=1)
    ]
    retours = frame_of("tables/retours", rows).with_columns(
        psad=pl.Series([psad for _, psad, _, _ in told], dtype=pl.String)
    )
    joined = join_answers(retours, listed(*((s, p) for s in "xy" for p in "PQ")))
    expected = [
        line
        for whose in (("x", "P"), ("x", "Q"), ("y", "P"), ("y", "Q"))
        for line in standing_naively(
            [row for row, (s, p, _, _) in zip(rows, told, strict=True) if (s, p) == whose]
        )
    ]
    assert sorted(joined.reponses["ligne"]) == sorted(expected)
    assert joined.reponses.height + joined.taken_back.height == len(told)


def listed(*pairs: tuple[str, str], campagne: str = "2026-03") -> pl.DataFrame:
    return frame_of(
        "tables/signalements",
        [
            {"id_signalement": s, "id_personne": s, "campagne": campagne, "psad": psad}
            for s, psad in pairs
        ],
    )


def standing(*told: tuple[str, str | None, str | None, str]) -> list[int]:
    """The lines that stand of answers of P on x: file, day written or None, destination, answer."""
    rows = [
        {"fichier": f, "ligne": n, "id_signalement": "x", "retour": said, "psad_destination": to,
         "date_retour": date.fromisoformat(day) if day else date(2026, 11, n)}
        for n, (f, day, to, said) in enumerate(told, start=1)
    ]  # fmt: skip
    retours = frame_of("tables/retours", rows).with_columns(
        psad=pl.lit("P"),
        origine=pl.Series(["livraison" if f == "delivered" else "collecte" for f, *_ in told]),
        jour_ecrit=pl.Series([day is not None for _, day, _, _ in told]),
    )
    return join_answers(retours, listed(("x", "P"))).reponses["ligne"].to_list()


@pytest.mark.parametrize(
    ("told", "stand"),
    [
        # A workbook sent again whole says nothing twice: one annule takes it back.
        ([("a", "2026-10-05", None, "en_formation"), ("b", "2026-10-05", None, "en_formation"),
          ("b", "2026-10-12", None, "annule")], []),
        # Nor does it where it bears no day, and is of the day on which it came.
        ([("a", None, None, "en_formation"), ("b", None, None, "en_formation"),
          ("c", None, None, "annule")], []),
        # And what takes back, sent again, takes nothing more.
        ([("a", "2026-10-01", None, "refus"), ("a", "2026-10-05", None, "en_formation"),
          ("b", "2026-10-12", None, "annule"), ("c", "2026-10-12", None, "annule")], [1]),
        # The day unchanged, another answer: the row is corrected, and does not come back.
        ([("a", "2026-10-05", None, "en_formation"), ("b", "2026-10-05", None, "refus"),
          ("c", "2026-10-12", None, "annule")], []),
        ([("a", "2026-10-05", "Q", "demenage"), ("b", "2026-10-05", None, "refus")], [2]),
        # Once taken back, it may be said again.
        ([("a", "2026-10-05", None, "en_emploi"), ("b", "2026-10-05", None, "annule"),
          ("c", "2026-10-05", None, "en_emploi")], [3]),
        # Delivered by the one, collected by the other: one answer.
        ([("delivered", "2026-10-05", None, "doublon"), ("a", "2026-10-05", None, "doublon"),
          ("a", "2026-10-06", None, "annule")], []),
        # Within one file each row counts.
        ([("delivered", "2026-10-05", None, "doublon"), ("delivered", "2026-10-05", None, "doublon"),
          ("delivered", "2026-10-06", None, "annule")], [1]),
    ],
)  # fmt: skip
def test_what_is_sent_again_counts_once(
    told: list[tuple[str, str | None, str | None, str]], stand: list[int]
) -> None:
    assert standing(*told) == stand


def test_an_extract_answers_for_whose_list_it_was() -> None:
    """The platform of October said it; that of March, whose list it is since, takes back its own."""
    lists = pl.concat(
        [listed(("x", "P"), campagne="2026-10"), listed(("x", "Q"), campagne="2027-03")]
    )
    rows = [
        {"fichier": "r", "ligne": n, "id_signalement": "x", "retour": said, "date_retour": day}
        for n, (day, said) in enumerate(
            [
                (date(2026, 11, 2), "en_formation"),
                (date(2027, 3, 20), "refus"),
                (date(2027, 3, 21), "annule"),
                (date(2027, 3, 22), "annule"),
            ],
            start=1,
        )
    ]
    joined = join_answers(frame_of("tables/retours", rows), lists)
    assert joined.reponses["ligne"].to_list() == [1]
    assert joined.taken_back["sender"].to_list() == ["Q", "Q", "Q"]
