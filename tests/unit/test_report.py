"""rapport.html: self-contained, accessible, in French, counts only."""

from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from siei_match.output.estimates import EstimatedErrors, IntervalRecord
from siei_match.stages.publish import CampaignTables
from siei_match.stages.publish.campaign import count_steps
from siei_match.stages.publish.report import render_report
from tests.publication import PERSONNELS, PSADS, execution, resultats

VOID = {"meta", "rect", "link", "br", "img", "hr", "input"}


class Page(HTMLParser):
    """Read a page, check that its tags close in order, and keep what tests look at."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.rows: list[list[str]] = []
        self.text: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" in self.open:
            return
        self.text.append(data)
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data.strip()

    def row(self, first: str) -> list[str]:
        return next(row for row in self.rows if row[:1] == [first])


def render(given: CampaignTables) -> str:
    said = execution()
    return render_report(said, given, count_steps(said, given))


@pytest.fixture(scope="module")
def html() -> str:
    return render(resultats())


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_it_is_one_file_that_asks_nothing_of_the_network(html: str, page: Page) -> None:
    assert page.open == []
    assert not {"script", "link", "iframe", "img", "object", "form"} & set(page.tags)
    for tag, name, value in page.attributes:
        assert name not in {"src", "srcset", "action", "background"}, (tag, value)
        assert not name.startswith("on"), (tag, name)
        assert name != "href" or value.startswith("#"), value
    assert "://" not in html
    assert "@import" not in html
    assert "url(" not in html
    policy = [v for _, name, v in page.attributes if name == "content" and "default-src" in v]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_it_can_be_read_by_everybody(page: Page) -> None:
    assert ("html", "lang", "fr") in page.attributes
    assert page.tags["h1"] == page.tags["main"] == 1
    assert page.tags["caption"] == page.tags["table"] > 6
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    targets = {value[1:] for _, name, value in page.attributes if name == "href"}
    assert targets <= set(ids)
    scopes = [value for tag, name, value in page.attributes if tag == "th" and name == "scope"]
    assert len(scopes) == page.tags["th"]
    hidden, drawn = (
        [value for tag, name, value in page.attributes if tag == "svg" and name == attribute]
        for attribute in ("aria-hidden", "aria-labelledby")
    )
    assert len(hidden) + len(drawn) == page.tags["svg"] > 5
    assert len(drawn) == 4, "statuses, map, weights, flow"
    assert {name for names in drawn for name in names.split()} <= set(ids)


def test_it_names_nobody(html: str) -> None:
    assert not any(personal in html for personal in PERSONNELS)


def test_it_counts_what_the_tables_say(page: Page) -> None:
    assert ["Ensemble", "4", "7", "1", "14,3\u202f%"] in page.rows
    assert page.row("Tous les fichiers")[1:] == ["7", "6", "1", "14,3\u202f%"]
    assert page.row("Ressemblance (modèle)")[1:3] == ["2", "33,3\u202f%"]
    assert page.row("Même personne")[1:3] == ["1", "50,0\u202f%"]
    assert page.row("Sortant sans diplôme")[1:3] == ["2", "50,0\u202f%"]
    assert page.row("Hors champ")[1:3] == ["0", "0,0\u202f%"]
    assert page.row(PSADS[1])[3] == "caché"
    assert page.row("non_affecte")[1:4] == ["Sans plateforme", "", "1"]
    assert page.row("Missions locales – Scolarité")[1:] == ["1", "1", "1", "0"]
    rules = [row for row in page.rows if "prenom_present" in row]
    assert [row[-1] for row in rules] == ["1"]
    assert "Aucun fichier retours" in " ".join(page.text)


ERREURS = {
    "methode": "ine_caches",
    "liens": 1234,
    "personnes_testees": 4321,
    "manques": {"estimation": 12.4, "bas": 5.3, "haut": 23.4},
    "taux_manques": {"estimation": 0.01, "bas": 0.0043, "haut": 0.0186},
    "faux": {"estimation": 0.4, "bas": 0.1, "haut": 3.2},
    "taux_faux": {"estimation": 0.0003, "bas": 0.0001, "haut": 0.0026},
    "part_douteuse": 0.75,
    "manques_attendus": 11.0,
    "faux_attendus": 0.5,
}


def measured(**given: object) -> str:
    estimees = EstimatedErrors.model_validate(given)
    said = execution().model_copy(update={"erreurs_estimees": estimees})
    return render_report(said, resultats(), count_steps(said, resultats()))


def test_it_shows_the_errors_that_the_run_measured() -> None:
    ecoles = {"extrait_a": "scolarite", "extrait_b": "diplomes"}
    missions = {"extrait_a": "diplomes", "extrait_b": "missions_locales", "methode": "modele"}
    rare = {"extrait_a": "agricole", "extrait_b": "diplomes_agricoles", "liens": 3}
    page = Page(
        measured(
            personnes_testees=4321,
            ensemble=ERREURS,
            mesurees=ERREURS,
            couples=[ERREURS | ecoles, ERREURS | missions, ERREURS | rare],
        )
    )
    row = page.row("Scolarité – Diplômes")
    assert row[1:4] == ["1\u202f234", "12", "5,3 à 23"]
    assert row[4:8] == ["1,00\u202f%", "0,4", "0,1 à 3,2", "0,03\u202f%"]
    assert row[8] == "4\u202f321"
    assert page.row("Diplômes – Missions locales")[8] == "modèle"
    assert not any("Diplômes agricoles" in cell for r in page.rows for cell in r[:1] if "–" in cell)
    assert "75,0\u202f%" in "".join(page.text)
    assert page.open == []
    assert page.tags["caption"] == page.tags["table"]


def test_it_shows_both_estimates_side_by_side() -> None:
    again = {"estimation": 30.4, "bas": 25.0, "haut": 44.4}
    seconde = {
        "personnes": 900, "cherchees": 800, "manques": again, "faux": again, "desaccords": ["manques"],
        "jamais_comparees": {"estimation": 3.4, "bas": 0, "haut": 9},
    }  # fmt: skip
    page = Page(
        measured(personnes_testees=4321, ensemble=ERREURS, mesurees=ERREURS, seconde=seconde)
    )
    assert page.row("INE cachés et modèle")[1:6] == ["12", "5,3 à 23", "–", "0,4", "0,1 à 3,2"]
    wide = page.row("Recherche élargie et chances")
    assert wide[1:6] == ["30", "25 à 44", "3,4", "30", "25 à 44"]
    assert "Les deux estimations s’excluent (manques)" in "".join(page.text)
    assert page.open == []


def test_without_a_measure_it_says_why_and_shows_no_zero() -> None:
    page = Page(measured(motif="aucun_ine"))
    assert "aucune ligne n’a d’INE" in "".join(page.text)
    assert "Couples mesurés" not in "".join(page.text)


def test_an_estimate_without_reason_nor_figures_is_refused() -> None:
    with pytest.raises(ValueError, match="either an estimate or the reason"):
        EstimatedErrors()
    with pytest.raises(ValueError, match="bas <= estimation"):
        IntervalRecord(estimation=1.0, bas=2.0, haut=3.0)


def test_what_a_provider_named_is_not_markup() -> None:
    said = execution()
    file = said.entrees[0].model_copy(update={"nom": "<script>alert(1)</script>.csv"})
    given = resultats()
    html = render_report(
        said.model_copy(update={"entrees": (file,)}), given, count_steps(said, given)
    )
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_a_campaign_without_anybody_has_a_report() -> None:
    given = resultats()
    names = ("identites", "liens", "decisions", "signalements", "rejets", "listes", "psad")
    html = render(replace(given, **{name: getattr(given, name).clear() for name in names}))
    assert Page(html).row("Sortant sans diplôme")[1:3] == ["0", "0,0\u202f%"]


def test_the_template_ships_with_the_package() -> None:
    import siei_match

    package = Path(siei_match.__file__).parent
    assert (package / "stages" / "publish" / "templates" / "rapport.html.j2").is_file()
    assert {path.name for path in (package / "output" / "databases" / "sql").iterdir()} == {
        "identifiants.sql",
        "vues.sql",
    }


def test_the_largest_blocks_are_told() -> None:
    page = Page(render(resultats()))
    assert page.row("telephone") == ["telephone", "5", "1", "10", "2"]
    names = [row[0] for row in page.rows]
    assert names.index("telephone") < names.index("date et noms")
