"""Laws of the fictive France: frequencies within tolerance, errors that err, identities apart."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siei_match.simulate import SimulatedRates, enrolments, noise, records, truth
from siei_match.simulate.atlas import schools
from siei_match.simulate.cycles import CODES, passage_matrix
from siei_match.simulate.dice import draw_weighted
from siei_match.simulate.names import fit_zipf_mandelbrot, surnames
from siei_match.simulate.world import World, draw_world

LETTRES = "ABCDEFGHJKLMNPRSTUVWXYZ"


@pytest.fixture(scope="module")
def monde() -> World:
    return draw_world(4, 20_000, SimulatedRates(), date(2027, 3, 10))


def test_surnames_follow_their_curve() -> None:
    parts = fit_zipf_mandelbrot(len(surnames()), 0.0035)
    assert parts[0] == pytest.approx(0.0035, rel=1e-3)
    assert parts.sum() == pytest.approx(1)
    assert (np.diff(parts) < 0).all()


def test_twins_share_name_day_and_place(monde: World) -> None:
    gens = monde.personnes
    rang = np.flatnonzero(gens["jumeau"].to_numpy())
    assert 2 * len(rang) / gens.height == pytest.approx(0.032, abs=0.008)
    for colonne in ("nom", "naissance", "lieu", "pays", "foyer"):
        assert gens[colonne].gather(rang).eq_missing(gens[colonne].gather(rang - 1)).all(), colonne
    assert (gens["prenom"].gather(rang) != gens["prenom"].gather(rang - 1)).all()


def test_born_abroad_and_homonyms(monde: World) -> None:
    gens = monde.personnes
    assert gens["pays"].is_not_null().mean() == pytest.approx(0.08, abs=0.015)
    assert gens.select(pl.col("lieu").is_null() == pl.col("pays").is_not_null()).to_series().all()
    doubles = gens.select("nom", "prenom", "naissance").is_duplicated().mean()
    assert 0.0001 < doubles < 0.01


def test_every_ine_is_unique_and_well_formed(monde: World) -> None:
    tous = pl.concat([monde.personnes["ine"], monde.personnes["ine2"].drop_nulls()])
    assert tous.is_unique().all()
    bea = tous.filter(tous.str.contains(r"^\d{10}[A-Z]$")).to_list()
    assert 0.05 < len(bea) / len(tous) < 0.5
    assert all(LETTRES[int(ine[:10]) % 23] == ine[10] for ine in bea)
    reste = tous.filter(~tous.str.contains(r"^\d{10}[A-Z]$"))
    assert reste.str.contains(r"^\d{9}[A-HJK]{2}$").all()
    assert records.readable_ine(tous).null_count() == 0


@pytest.mark.parametrize("genre", ["college", "lycee", "agricole", "cfa"])
def test_establishments_bear_a_right_key(genre: str) -> None:
    uai = schools(genre).uai
    justes = [LETTRES[int(u[:7]) % 23] == u[7] for u in uai.to_list()]
    assert np.mean(justes) > 0.99


def test_people_asked_are_people_made(monde: World) -> None:
    assert len(monde.kept) == 20_000
    for table in (monde.inscriptions, monde.exams, monde.suivis):
        assert np.isin(table["personne"].to_numpy(), monde.kept).all()


def test_every_class_leads_somewhere() -> None:
    for reussi in (True, False):
        matrice = passage_matrix(reussi)
        assert matrice.shape == (len(CODES), len(CODES))
        assert np.allclose(matrice.sum(axis=1), 1)


@given(st.lists(st.floats(0, 10), min_size=1, max_size=20).filter(lambda p: sum(p) > 0.1))
def test_weight_zero_is_never_drawn(poids: list[float]) -> None:
    tires = draw_weighted(np.random.default_rng(0), np.array(poids), 200)
    assert all(poids[rang] > 0 for rang in tires)


NOMS = pl.Series(["Lefèvre", "Le Gall", "Martin-Dupont", "N'Guyen", "Philippe", "De la Tour", "Bo"])


@pytest.mark.parametrize(
    "comment", [noise.mistype, noise.mishear, noise.cut_compound, noise.change_punctuation,
                noise.change_particle, noise.lose_accents],
)  # fmt: skip
def test_an_error_leaves_a_name_and_its_source_alone(comment: noise.Alteration) -> None:
    avant = NOMS.to_list()
    apres = noise.alter(np.random.default_rng(1), NOMS, 1.0, comment)
    assert NOMS.to_list() == avant
    assert apres.null_count() == 0
    assert apres.str.contains(r"\S").all()
    assert apres.to_list() != avant


@given(st.integers(0, 10_000))
def test_a_typing_error_is_one_edit(graine: int) -> None:
    faute = noise.mistype(np.random.default_rng(graine), NOMS)
    for avant, apres in zip(NOMS.to_list(), faute.to_list(), strict=True):
        assert abs(len(avant) - len(apres)) <= 1


def test_rates_are_kept() -> None:
    longue = pl.Series(["Lefebvre"] * 20_000)
    faute = noise.alter(np.random.default_rng(2), longue, 0.05, noise.misdial)
    assert (faute != longue).sum() == 0  # no digit to change
    faute = noise.alter(np.random.default_rng(2), longue, 0.05, noise.mistype)
    assert (faute != longue).mean() == pytest.approx(0.05, abs=0.01)


def test_a_broken_ine_is_unreadable_and_another_is_not(monde: World) -> None:
    ines = monde.personnes["ine"].head(2000)
    des = np.random.default_rng(3)
    casses = records._broken_ine(des, ines)
    assert records.readable_ine(casses).null_count() == len(ines)
    autres = records._another_ine(des, ines)
    assert records.readable_ine(autres).null_count() == 0
    assert (autres != ines).all()


def test_birth_dates_stay_dates() -> None:
    n = 5000
    jours = pl.Series([date(2008, 2, 29)] * n)
    taux = dict.fromkeys(
        ("decalage_utc", "jour_mois", "chiffre_date", "premier_janvier", "jour_inconnu"), 0.2
    )
    annee, mois, jour = noise.distort_dates(
        np.random.default_rng(4), jours, np.ones(n, dtype=bool), {**taux, "mois_inconnu": 0.1}
    )
    assert ((mois >= 0) & (mois <= 12) & (jour >= 0) & (jour <= 31)).all()
    assert (jour[mois == 0] == 0).all()
    assert ((annee >= 1996) & (annee <= 2018)).all()
    assert ((mois == 1) & (jour == 1)).mean() > 0.1


def _decide(monde: World) -> pl.DataFrame:
    return truth.decide_truth(
        monde.personnes,
        enrolments.deliver_enrolments(monde.inscriptions, date(2026, 10, 10)),
        monde.exams.filter("admis").select("personne", "titre"),
        None,
        annee_n=2026,
        day=date(2026, 10, 15),
    )


def test_most_stay_some_graduate_few_leave(monde: World) -> None:
    ages = _decide(monde).filter(pl.col("statut") != "hors_champ")
    parts = dict(ages["statut"].value_counts(normalize=True).iter_rows())
    assert 0.6 < parts["en_formation"] < 0.85
    assert 0.1 < parts["diplome"] < 0.3
    assert 0.04 < parts["sortant"] < 0.11
    assert set(ages.filter(statut="en_formation")["motif"].unique()) == {
        "scolarite",
        "agricole",
        "apprentissage",
    }


def test_a_missed_link_costs(monde: World) -> None:
    """Of the 16-25 who left scolarite, a quarter or so only another source accounts for."""
    scolarite = monde.inscriptions.filter(extrait="scolarite")
    livrees = enrolments.deliver_enrolments(scolarite, date(2026, 10, 10))
    partis = livrees.filter(annee=2025).join(livrees.filter(annee=2026), on="personne", how="anti")
    ici = _decide(monde).filter(pl.col("age") >= 16).join(partis, on="personne", how="semi")
    ailleurs = ici["motif"].is_in(["agricole", "apprentissage"])
    suivis = ici["personne"].is_in(monde.suivis["personne"].implode())
    assert 0.15 < (ailleurs | suivis).mean() < 0.5


def test_a_row_says_nothing_from_after_its_day(monde: World) -> None:
    jour = date(2026, 10, 10)
    livrees = enrolments.deliver_enrolments(monde.inscriptions, jour)
    for colonne in ("debut", "fin", "rupture"):
        assert livrees[colonne].max() <= jour
    assert livrees.height < monde.inscriptions.height
