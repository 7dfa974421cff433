"""A clerk reviews pairs on the page: both rows side by side, answers kept once, undone, audited."""

import polars as pl
import pytest

from siei_match.output import audit
from siei_match.output.holdings import SHOWN_PAIRS
from siei_match.review import list_judgements
from tests.portal.conftest import post, token_of
from tests.publication import PERSONNELS, frame

PAGE = "/relecture/2027-03"


@pytest.fixture
def pairs(sortie) -> list[str]:
    """Two pairs in doubt, the first of which decides a list."""
    folder = sortie / "campagnes" / "2027-03"
    rows = [
        {
            "id_paire": f"d{n:031x}", "extrait_a": "scolarite", "fichier_a": "scolarite.csv",
            "ligne_a": n, "extrait_b": "missions_locales", "fichier_b": "missions_locales.csv",
            "ligne_b": 1, "id_a": f"p{n:031x}", "id_b": f"p{9:031x}", "probabilite": 0.41, "decide": n == 2,
            "statut": "diplome" if n == 2 else None, "motif": "niveau_3" if n == 2 else None,
            **{f"{name}_{side}": f"{n}{side}".rjust(32, "0")
               for name in ("contenu", "identite", "traits") for side in "ab"},
        }
        for n in (2, 1)
    ]  # fmt: skip
    frame("doutes", rows).write_parquet(folder / "doutes.parquet")
    levels = {"niveau_nom": "egal", "niveau_naissance": "un_jour", "niveau_telephone": "different"}
    liens = pl.read_parquet(folder / "liens.parquet")
    liens.with_columns(**{name: pl.lit(level) for name, level in levels.items()}).write_parquet(
        folder / "liens.parquet"
    )
    return [str(row["id_paire"]) for row in rows]


@pytest.fixture
def shown(sortie, pairs) -> None:
    """The values of both pairs, put down for the page."""
    rows = [
        {"id_paire": one, "rang": rank, "trait": trait, "valeur_a": a, "valeur_b": b, "signe": sign}
        for one in pairs
        for rank, (trait, a, b, sign) in enumerate(
            [("nom de naissance", "QUEMENER", "QUÉMENER", "="), ("prénoms", "Maëlys", "Maël", "≠"),
             ("INE", "0494004062M", None, None)]
        )
    ]  # fmt: skip
    folder = sortie / SHOWN_PAIRS
    folder.mkdir(parents=True)
    frame("valeurs_relecture", rows).write_parquet(folder / "2027-03.parquet")


@pytest.fixture
def clerk(browse, pairs):
    return browse("relecteur")


def test_without_its_values_a_pair_is_told_by_levels_and_takes_no_answer(
    clerk, pairs, sortie
) -> None:
    assert "dont 1 qui décide" in clerk.get("/relecture").text
    page = clerk.get(PAGE).text
    assert "2 paires en attente" in page
    assert "un jour d’écart" in page
    assert '<td class="accord">identiques</td>' in page
    assert '<td class="ecart">aucun commun</td>' in page
    assert "décide d'une liste" in page
    assert "(diplôme de niveau 3, CAP ou équivalent)" in page
    # Nor the number that the rarity of the names made: its class.
    assert "Probabilité calculée : incertaine." in page
    assert "41" not in page.partition("Probabilité calculée")[2][:40]
    assert not [value for value in PERSONNELS if value in page]
    assert 'name="reponse"' not in page
    data = {"jeton": token_of(page), "id_paire": pairs[0], "reponse": "meme"}
    refused = clerk.post(PAGE, data=data)
    assert refused.status_code == 403
    assert "aucune réponse n&#39;est prise sans elles" in refused.text
    assert list_judgements(sortie).height == 0
    assert not [e for e in audit.read_entries(sortie) if e.details.get("format") == "paire"]


def test_both_rows_stand_side_by_side_and_the_view_is_noted(clerk, pairs, shown, sortie) -> None:
    page = clerk.get(PAGE).text
    assert '<td class="ecart">Maëlys</td><td class="ecart">Maël</td><td>écart</td>' in page
    assert '<td class="accord">QUEMENER</td><td class="accord">QUÉMENER</td>' in page
    assert '<td class="">0494004062M</td><td class="">–</td>' in page
    assert "Pourquoi la machine hésite" in page
    (entry,) = [e for e in audit.read_entries(sortie) if e.details.get("format") == "paire"]
    assert (entry.par, entry.details["paire"]) == ("relect@exemple.invalid", pairs[0])
    assert "Maëlys" not in str(entry)


def test_ones_last_answers_are_undone_and_no_others(clerk, pairs, shown, sortie, browse) -> None:
    post(clerk, PAGE, {"id_paire": pairs[0], "reponse": "meme"})
    page = clerk.get(PAGE).text
    assert "Vos dernières réponses" in page
    assert f"paire {pairs[0][:8]}" in page
    undo = f"{PAGE}/reprendre"
    assert post(clerk, undo, {"id_paire": pairs[1]}, page=PAGE).status_code == 403
    assert post(clerk, undo, {"id_paire": pairs[0]}, page=PAGE).status_code == 303
    assert [row["etat"] for row in list_judgements(sortie).to_dicts()] == ["retiree"]
    assert "2 paires en attente" in clerk.get(PAGE).text
    assert post(clerk, undo, {"id_paire": pairs[0]}, page=PAGE).status_code == 403, "sent twice"


def send(clerk, content: bytes, name: str = "relecture.csv"):
    jeton = token_of(clerk.get("/relecture").text)
    files = {"fichier": (name, content)}
    return clerk.post("/relecture/classeur", data={"jeton": jeton}, files=files)


def test_a_workbook_is_sent_back_on_the_page(clerk, pairs, sortie) -> None:
    text = f"id_paire;réponse\n{pairs[0]};même personne\n{pairs[1]};licorne\nd{'f' * 31};autre\n"
    sent = send(clerk, text.encode())
    assert sent.status_code == 200
    assert "3 paires lues : 1 réponse enregistrée, 0 sans réponse, 2 refusées." in sent.text
    assert "réponse non comprise" in sent.text
    # It alone would take somebody off a list: as on the page, another clerk is awaited.
    assert [row["etat"] for row in list_judgements(sortie).to_dicts()] == ["a_confirmer"]
    assert audit.read_entries(sortie)[-1].par == "relect@exemple.invalid"
    for content, name in (
        (b"rien", "r.csv"),
        (b"", "r.csv"),
        (b"PK\x03\x04", "r.xlsx"),
        (b"x", "r.exe"),
    ):
        assert send(clerk, content, name).status_code == 403, name
    assert send(clerk, b"x" * (6 << 20)).status_code == 413
    assert list_judgements(sortie).height == 1
    # What was sent stands nowhere.
    assert not [p for p in sortie.rglob("*relecture*") if p.is_file()]


def test_answers_are_kept_one_by_one(clerk, pairs, shown, sortie) -> None:
    for id_paire, reponse in zip(pairs, ("meme", "ne_sait_pas"), strict=True):
        assert id_paire in clerk.get(PAGE).text
        data = {"id_paire": id_paire, "reponse": reponse, "passees": "0"}
        assert post(clerk, PAGE, data).headers["location"] == f"{PAGE}?passer=0"
    assert "Plus rien n&#39;attend" in clerk.get(PAGE).text or "Plus rien" in clerk.get(PAGE).text
    kept = {row["id_paire"]: row["etat"] for row in list_judgements(sortie).to_dicts()}
    # The first alone takes somebody off a list: a second clerk is awaited.
    assert kept == dict(zip(pairs, ("a_confirmer", "ne_sait_pas"), strict=True))
    entry = audit.read_entries(sortie)[-1]
    assert (entry.acte, entry.par) == ("revue", "relect@exemple.invalid")


def test_a_pair_can_be_passed_over_and_come_back(clerk, pairs, shown) -> None:
    assert pairs[1] in clerk.get(f"{PAGE}?passer=1").text
    assert "Revenir aux paires passées" in clerk.get(f"{PAGE}?passer=2").text
    for odd in ("-1", "x", "9" * 30):
        assert clerk.get(f"{PAGE}?passer={odd}").status_code == 200


def test_what_is_no_answer_is_refused(clerk, pairs, shown, sortie) -> None:
    page = clerk.get(PAGE)
    for data in (
        {"id_paire": pairs[0]},
        {"id_paire": pairs[0], "reponse": "peut-être"},
        {"id_paire": "d" + "f" * 31, "reponse": "meme"},
        {"reponse": "meme"},
    ):
        sent = clerk.post(PAGE, data={"jeton": token_of(page.text), **data})
        assert sent.status_code == 403
    data = {"id_paire": pairs[0], "reponse": "autre"}
    assert post(clerk, PAGE, data).status_code == 303
    assert post(clerk, PAGE, data, page=f"{PAGE}").status_code == 403, "the form sent twice"
    assert list_judgements(sortie).height == 1


def test_a_campaign_without_pairs_is_no_page(clerk) -> None:
    assert clerk.get("/relecture/2026-10").status_code == 404
    assert clerk.get("/relecture/2031-01").status_code == 404


def test_a_coordinator_reviews_nothing(browse, pairs) -> None:
    assert browse("coordonnateur").get(PAGE).status_code == 404
