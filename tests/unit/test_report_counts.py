"""The report's figures: small ones hidden, the campaign before, places, drawings."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siei_match.output.manifest import ChosenThresholds, Manifest, ReceivedFile
from siei_match.output.tallies import recall_tallies
from siei_match.reference.disclosure import SMALL_COUNT
from siei_match.reference.tallies import (
    ColumnTally,
    Implausibility,
    PreviousTallies,
    YearTally,
)
from siei_match.stages.publish.campaign import count_steps
from siei_match.stages.publish.report import PreviousCounts, render_report
from siei_match.stages.publish.report.bac import describe_bac
from siei_match.stages.publish.report.changes import describe_changes
from siei_match.stages.publish.report.counts import NamedCount
from siei_match.stages.publish.report.delivery import compare_extracts, describe_rejets
from siei_match.stages.publish.report.flow import describe_decisions, draw_flow
from siei_match.stages.publish.report.linkage import ISSUES, count_couples, draw_weights
from siei_match.stages.publish.report.places import describe_places
from siei_match.stages.publish.results import scan
from tests.examples import examples
from tests.publication import IDS, PSADS, execution, frame, resultats
from tests.unit.test_report import Page


def precedente() -> PreviousCounts:
    """Return a campaign that listed three people: one stays, two are gone from it."""
    given = resultats()
    return PreviousCounts(
        code="2026-03",
        lignes=pl.DataFrame(
            {"extrait": ["apprentissage", "scolarite"], "lignes": [9, 8], "rejetees": [0, 2]}
        ),
        rejets=given.rejets.with_columns(colonne=pl.lit(None, pl.String)).head(1),
        signalements=frame(
            "signalements",
            [
                {
                    "id_signalement": f"s{identifiant}",
                    "id_personne": identifiant,
                    "campagne": "2026-03",
                    "psad": PSADS[0],
                }
                for identifiant in (IDS[0], IDS[2], f"{0xF6:032x}")
            ],
        ),
        observation=date(2026, 3, 15),
        tallies=PreviousTallies("2026-03", "2025-2026"),
    )


def lists_of(counts: dict[str, int]) -> pl.DataFrame:
    """Return lists with so many people at each platform."""
    model = resultats().listes.head(1)
    parts = [model.with_columns(psad=pl.lit(psad)).sample(n, with_replacement=True, seed=1)
             for psad, n in counts.items() if n]  # fmt: skip
    return pl.concat([model.clear(), *parts])


def zones(count: int, academies: int) -> pl.DataFrame:
    return frame(
        "psad",
        [
            {"code": f"PSAD-{n:03}-01", "nom": f"Zone {n}", "departement": f"{n:02}",
             "academie": f"Académie {n % academies}", "synthetique": "non"}
            for n in range(1, count + 1)
        ],
    )  # fmt: skip


@settings(deadline=None, max_examples=examples(12))
@given(st.lists(st.integers(0, 12), min_size=4, max_size=8), st.integers(1, 3))
def test_the_page_gives_no_platform_of_less_than_five(counts: list[int], academies: int) -> None:
    psad = zones(len(counts), academies)
    exact = dict(zip(psad["code"], counts, strict=True))
    lieux = describe_places(lists_of(exact), psad, None)
    told = {p["psad"]: p for p in lieux.platforms}
    sums = {a["academie"]: a["sortants"] for a in lieux.academies}
    for code, n in exact.items():
        assert told[code]["sortants"] in (None, n)
        assert not 0 < (told[code]["sortants"] or 0) < SMALL_COUNT
    # What a reader can subtract: an académie's sum less its other platforms.
    for name, total in sums.items():
        mine = [p for p in told.values() if p["academie"] == name]
        hidden = [p for p in mine if p["sortants"] is None]
        if total is not None and len(hidden) == 1:
            rest = total - sum(p["sortants"] or 0 for p in mine)
            assert not 0 < rest < SMALL_COUNT
    # The country's total less the académies told.
    silent = [name for name, total in sums.items() if total is None]
    if len(silent) == 1 and len(sums) > 1:
        rest = sum(counts) - sum(total or 0 for total in sums.values())
        assert rest >= SMALL_COUNT or all(
            exact[p["psad"]] == 0 for p in told.values() if p["academie"] not in silent
        )


def holders_of(counts: dict[str, int]) -> pl.DataFrame:
    psads = [psad for psad, n in counts.items() for _ in range(n)]
    return frame(
        "bac_general", [{"id_personne": f"{n:032x}", "psad": psad} for n, psad in enumerate(psads)]
    )


@pytest.mark.parametrize(
    ("counts", "total", "academies", "platforms"),
    [
        ((0, 0, 0, 0), 0, {}, {}),
        # Few in the country: no place is named either.
        ((1, 2, 0, 0), None, {}, {}),
        # The académie less the 20 would give the 3 back.
        ((40, 3, 30, 20), 93, {"0": 23, "1": 70}, {1: 40, 3: 30}),
        ((40, 12, 30, 20), 102, {"0": 32, "1": 70}, {1: 40, 2: 12, 3: 30, 4: 20}),
        # So would the country less one académie.
        ((1, 30, 2, 20), 53, {}, {2: 30}),
    ],
)
def test_holders_of_the_bac_are_told_by_the_same_ledger(
    counts: tuple[int, ...], total: int | None, academies: dict[str, int], platforms: dict[int, int]
) -> None:
    psad = zones(4, 2)
    told = describe_bac(holders_of(dict(zip(psad["code"], counts, strict=True))), psad)
    assert told["total"] == total
    assert {p["psad"]: p["personnes"] for p in told["platforms"]} == {
        f"PSAD-{n:03}-01": count for n, count in platforms.items()
    }
    assert {a["academie"]: a["personnes"] for a in told["academies"]} == {
        f"Académie {name}": count for name, count in academies.items()
    }


def test_a_map_has_a_square_for_every_departement_of_the_platforms_shipped() -> None:
    from siei_match.reference.contracts import schemas_root
    from siei_match.reference.nomenclatures import load_psad

    tiles = pl.read_csv(
        schemas_root() / "nomenclatures" / "carte.csv", separator=";", infer_schema=False
    )
    assert set(load_psad().zones["departement"]) == set(tiles["departement"])
    assert tiles.select(pl.struct("colonne", "rang").n_unique()).item() == tiles.height


def test_the_map_tells_classes_never_counts() -> None:
    psad = zones(6, 2)
    counts = dict(zip(psad["code"], (0, 3, 7, 30, 64, 1234), strict=True))
    carte = describe_places(lists_of(counts), psad, None).land
    assert carte is not None
    found = {
        c["departement"]: (c["classe"], c["couleur"])
        for c in carte.cases
        if c["sortants"] is not None
    }
    assert found == {
        "01": ("aucun", 0), "02": ("caché", 1), "03": ("5 à 249", 2), "04": ("caché", 1),
        "05": ("5 à 249", 2), "06": ("1000 et plus", 5),
    }  # fmt: skip
    # The class of a hidden count is that it is hidden: 30 is, or its académie would give 3 back.
    assert sum(n for *_, n in carte.legend) == 6
    assert carte.outside == 0


def test_a_delivery_is_compared_with_the_last() -> None:
    lines = {line["extrait"]: line for line in compare_extracts(execution(), precedente())}
    assert lines["scolarite"]["gap"] == pytest.approx(-0.5)
    assert lines["agricole"]["lignes_avant"] is None
    assert (
        lines["apprentissage"] | {"lignes": 0, "fichiers": 0, "gap": -1.0} == lines["apprentissage"]
    )
    told = describe_rejets(resultats().rejets, precedente())["rejet"]
    assert [(r["regle"], r["colonne"], r["nombre"], r["avant"]) for r in told] == [
        ("prenom_present", "PRENOM", 1, 0),
        ("prenom_present", None, 0, 1),
    ]


def test_the_lists_are_compared_person_by_person() -> None:
    given = resultats()
    known = given.listes.with_columns(
        premier_signalement=pl.Series(["2026-03", "2026-10"], dtype=pl.String)
    )
    found = describe_changes(replace(given, listes=known), precedente())
    assert [(c.nom, c.nombre) for c in found.origins] == [
        ("deja_signales", 1), ("nouveaux", 1), ("revenus", 0),
    ]  # fmt: skip
    assert found.moved == 1


def test_a_person_put_together_with_another_is_still_the_same() -> None:
    given, before = resultats(), precedente()
    renamed = before.signalements.with_columns(
        id_personne=pl.col("id_personne").replace({IDS[0]: "ancien"})
    )
    redirections = pl.DataFrame(
        {"campagne": ["2026-10"], "id_ancien": ["ancien"], "id_personne": [IDS[0]]}
    )
    found = describe_changes(
        replace(given, redirections=redirections), replace(before, signalements=renamed)
    )
    assert found.origins[0] == describe_changes(given, before).origins[0]


def test_pairs_of_sources_are_counted_once_whatever_their_order() -> None:
    given = resultats()
    turned = given.liens.rename(
        {"extrait_a": "extrait_b", "extrait_b": "extrait_a"}
    ).select(given.liens.columns)  # fmt: skip
    assert count_couples(given.identites, turned) == count_couples(given.identites, given.liens)
    assert count_couples(given.identites, given.liens) == [
        {"a": "diplomes", "b": "scolarite", "personnes": 1, "lie": 0, "a_verifier": 0, "ecarte": 0},
        {"a": "missions_locales", "b": "scolarite", "personnes": 1, "lie": 1, "a_verifier": 1,
         "ecarte": 0},
    ]  # fmt: skip


def test_every_pair_stands_in_one_bar() -> None:
    liens = resultats().liens
    drawn = draw_weights(liens, ChosenThresholds(lien=0.5, doute=0.2, origine="reglages"))
    assert drawn is not None
    assert {i: sum(n[i] for _, n in drawn.bars) for i in ISSUES} == {
        "lie": 1, "a_verifier": 1, "ecarte": 0,
    }  # fmt: skip
    assert drawn.seuils == [("doute", -2.0), ("lien", 0.0)]
    assert 0 < drawn.place(-2.0) < drawn.place(0.0) < 1
    assert draw_weights(liens.clear(), None) is None


def test_the_bands_leave_nobody_out() -> None:
    decisions = describe_decisions(scan(resultats().decisions))
    drawn = draw_flow(decisions, 6)
    assert drawn is not None
    by_x = {x: [n for n in drawn.nodes if n.x == x] for x in {n.x for n in drawn.nodes}}
    source, middle, right = (by_x[x] for x in sorted(by_x))
    assert sum(n.share.nombre for n in middle) == source[0].share.nombre == 6
    assert sum(n.share.nombre for n in right) == 4
    assert len(drawn.ribbons) == len(middle) + len(right)
    assert all(low.y >= high.y + high.hauteur for high, low in pairwise(right))
    assert draw_flow([(NamedCount("sortant", 0, 0.0), [])], 0) is None


def test_with_a_campaign_before_the_page_is_whole() -> None:
    said, given = execution(), resultats()
    html = render_report(said, given, count_steps(said, given), precedente())
    page = Page(html)
    assert page.open == []
    assert page.row("Scolarité (Éducation nationale)")[5:] == ["8", "−50,0\u202f%"]
    assert page.row("Déjà signalés à la campagne précédente")[1] == "1"
    assert render_report(said, given, count_steps(said, given), precedente()) == html


def deciding(missing: int, rows: int = 100) -> ReceivedFile:
    return ReceivedFile(
        extrait="scolarite",
        nom="scolarite.csv",
        sha256="0" * 64,
        lignes=rows,
        valides=rows,
        rejetees=0,
        annee_scolaire="2026-2027",
        colonnes=(ColumnTally("CODE_MEF", vides=1, illisibles=missing - 1, conflits=2),),
    )


def test_columns_that_decide_stand_beside_the_last_campaigns() -> None:
    year = YearTally("scolarite", "2026-2027", 100, 40, {}, 0.5)
    column = Implausibility(
        "colonnes", "scolarite", "2026-2027", "scolarite.csv", "CODE_MEF", 0.91, 0.2, "MEF : vidée."
    )
    cut = Implausibility(
        "annees", "scolarite", "2026-2027", None, None, 0.5, 0.7, "Année : coupée."
    )
    said = execution().model_copy(
        update={"entrees": (deciding(91),), "annees": (year,), "invraisemblances": (column, cut)}
    )
    last = Manifest(
        **execution("2026-03")
        .model_copy(
            update={"entrees": (deciding(4),), "annees": (YearTally("scolarite", "2026-2027", 97),)}
        )
        .model_dump(),
        fichiers=(),
    )
    given = resultats()
    before = replace(precedente(), tallies=recall_tallies(last))
    page = Page(render_report(said, given, count_steps(said, given), before))
    nb = "\u202f%"
    assert page.row("scolarite.csv")[1:] == [
        "CODE_MEF", f"1,0{nb}", f"90,0{nb}", f"0,0{nb}", f"91,0{nb}", f"4,0{nb}", f"2,0{nb}",
        "invraisemblable",
    ]  # fmt: skip
    [years] = [row for row in page.rows if row[1:2] == ["2026-2027"] and len(row) == 7]
    assert years[2:] == ["100", "97", "40", f"50,0{nb}", "invraisemblable"]
    assert {"MEF : vidée.", "Année : coupée."} <= set(page.text)
