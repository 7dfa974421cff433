"""What two people have in common who bear one name, or share a home: counted on the delivery, weighed where it holds."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.compare.kinds.stays import stays
from siei_match.stages.link.declared.spec import siei
from siei_match.stages.link.model.estimation import start_model
from siei_match.stages.link.model.households import learn_siblings
from siei_match.stages.link.model.model import WeightModel
from siei_match.stages.link.model.namesakes import learn_namesakes
from siei_match.stages.link.records.records import build_fiches
from tests.spec.test_link_sure import PUPIL, homes, table

Rows = list[dict[str, object]]
Learn = Callable[[WeightModel, Comparator], WeightModel]
FAR, NEAR, LILLE = "59009", "59350", {"adresse": "1 RUE DU PUITS", "commune": "59009"}


def comparator_of(rows: Rows) -> Comparator:
    fiches = build_fiches(table(rows))
    return Comparator(fiches, stays(fiches, None))


def learnt(learn: Learn, rows: Rows, klass: str, trait: str) -> tuple[float, ...]:
    comparator = comparator_of(rows)
    return learn(start_model(comparator.fiches, comparator), comparator).homes[klass, trait]


def weighed(rows: Rows, trait: str, **levels: str) -> float:
    """Return what a trait weighs of the first two rows before any count, with levels put in their place."""
    comparator = comparator_of(rows)
    model = start_model(comparator.fiches, comparator)
    numbers = comparator.fiches.lignes.sort("rid")["fiche"].to_numpy()[:2]
    pair = pl.DataFrame({"a": numbers[[0]], "b": numbers[[1]]})
    compared = comparator.compare(pair).with_columns(
        pl.lit(siei().by_name[name].code(level), pl.UInt8).alias(name)
        for name, level in levels.items()
    )
    return float(model.weigh(compared)[f"poids_{trait}"].item())


@pytest.mark.parametrize("trait", ["telephone", "courriel"])
@pytest.mark.parametrize("klass", ["jumeaux", "fratrie"])
def test_what_a_home_shares_is_learnt(trait: str, klass: str) -> None:
    column = f"{trait}s"
    own = [{**row, column: [f"{row['ine']}"]} for row in homes(alike=0)]
    shared = [{**row, column: [f"{row['adresse']}"]} for row in homes(alike=0)]
    assert learnt(learn_siblings, own, klass, trait)[0] < 0.1
    assert learnt(learn_siblings, shared, klass, trait)[0] > 0.95
    # Two of one first name may be one person, who holds two identifiers: they teach nothing of homes.
    same = [{**row, column: [f"{row['ine']}"]} for row in homes(alike=200)]
    declared = siei().by_name[trait].households[klass]
    assert learnt(learn_siblings, same, klass, trait) == pytest.approx(declared)


def test_before_any_count_a_shared_telephone_says_nothing_between_twins() -> None:
    comparator = comparator_of([PUPIL])
    model = start_model(comparator.fiches, comparator)
    for name in ("telephone", "courriel"):
        trait = siei().by_name[name]
        m = model.m[name][0, 1:]
        for shares in trait.households.values():
            np.testing.assert_allclose(np.log2(m / np.array(shares)), 0.0, atol=1e-9)


def namesakes(near: int) -> Rows:
    """Sixty names, each borne by ten of ten INE and dates; so many of the names live in one département."""
    letters = "ABCDEFGHJKLMNOPRSTUV"
    return [
        {
            **PUPIL,
            "ine": f"{(k * 7_919 + one * 482_719_193) % 10**9:09d}AB",
            "nom_naissance": f"KER{letters[k % 20]}{letters[k // 20]}EC",
            "prenom1": "YUNA" if k % 2 else "ARZHEL",
            "sexe": "F" if k % 2 else "M",
            "naissance_annee": 2001 + one,
            "naissance_mois": 1 + (k + 5 * one) % 12,
            "naissance_jour": 2 + (k + 11 * one) % 27,
            "naissance_lieu": f"{1 + k:02d}{100 + one}",
            "adresse": f"{k} RUE DU PUITS",
            "commune": f"{1 + (k if k < near else (k + 7 * one) % 90):02d}{200 + one}",
        }
        for k in range(60)
        for one in range(10)
    ]


def test_where_namesakes_live_is_learnt() -> None:
    adresse = siei().by_name["adresse"]
    place = adresse.code("departement") - 1
    found = {
        near: learnt(learn_namesakes, namesakes(near), "parmi", "adresse")[place]
        for near in (0, 60)
    }
    assert found[0] < 0.08 < 0.5 < found[60]
    # One person of two INE, whose date is the same, is no namesake.
    doubles = [{**row, "ine": f"{k:09d}ZZ"} for row in namesakes(60)[::10] for k in range(6)]
    known = learnt(learn_namesakes, doubles, "parmi", "adresse")
    assert known == pytest.approx(adresse.among)


def test_of_one_first_name_the_sex_agrees_whoever_they_are() -> None:
    sexe = siei().by_name["sexe"]
    assert learnt(learn_namesakes, namesakes(0), "parmi", "sexe")[sexe.code("egal") - 1] > 0.995


def test_another_sex_says_little_where_the_first_name_agrees() -> None:
    """It is then rather mistyped, in whichever of two people: before, seven bits against."""
    boys = [PUPIL, {**PUPIL, "sexe": "F", "extrait": "apprentissage"}]
    assert -2.0 < weighed(boys, "sexe") < 0.0
    two = [PUPIL, {**PUPIL, "sexe": "F", "prenom1": "MANON", "extrait": "apprentissage"}]
    assert weighed(two, "sexe") < -5.0


def test_one_departement_says_little_where_the_names_agree() -> None:
    """Names are at home somewhere: two who bear the same live in one département five times as often as others."""
    near = {**PUPIL, **LILLE, "commune": NEAR, "extrait": "apprentissage"}
    rows = [{**PUPIL, **LILLE, "commune": FAR}, {**near, "adresse": "8 RUE DES LILAS"}]
    agree = weighed(rows, "adresse", adresse="departement")
    apart = weighed(rows, "adresse", adresse="departement", prenom="different")
    assert 0.0 < agree < 1.0 < 2.0 < apart
    # Exchanged, they agree; the surname then says nothing itself.
    assert weighed(rows, "adresse", adresse="departement", prenom="inverse") == pytest.approx(agree)


def test_a_birthplace_is_worth_no_more_than_namesakes_share_it_but_less_where_it_is_common() -> (
    None
):
    def of(lieu: str) -> float:
        return weighed([{**PUPIL, "naissance_lieu": lieu}] * 2, "lieu")

    small, large = of("29003"), of("75056")
    assert large < small < 6.1


def test_half_of_a_compound_surname_weighs_what_it_is_rare() -> None:
    crowd = [
        {**PUPIL, "nom_naissance": "MARTIN", "prenom1": f"A{k}", "naissance_jour": 1 + k % 28}
        for k in range(200)
    ]
    rare, common = (
        weighed(
            [
                {**PUPIL, "nom_naissance": f"{part} BROUSSAC"},
                {**PUPIL, "nom_naissance": part},
                *crowd,
            ],
            "nom",
        )
        for part in ("QUEMENER", "MARTIN")
    )
    assert rare > common + 3
