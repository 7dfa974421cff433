"""No code stands where a sentence is read; every code that a page may meet has its words."""

import re
from pathlib import Path

from siei_match.collect.words import answers, fold
from siei_match.portal.door.wording import PROVIDERS
from siei_match.portal.lists.words import CAUSES
from siei_match.reference.contracts import declaration
from siei_match.reference.vocabulary import ANSWERS, PERSON_EXTRACTS
from siei_match.stages.publish.answer_columns import LABELS
from siei_match.stages.publish.report.words import CHECKS

ROOT = Path(__file__).parents[2]
MANUAL = (ROOT / "docs" / "portail.md").read_text("utf-8")


def test_a_label_written_in_a_file_is_read_as_its_code() -> None:
    assert {code: answers().get(fold(label)) for code, label in LABELS.items()} == {
        code: code for code in ANSWERS
    }


def test_every_gate_extract_and_cause_has_its_words() -> None:
    gates = re.search(r"Gates hold a release back \(([^)]*)\)", MANUAL)
    assert gates
    assert set(re.findall(r"`(\w+)`", gates[1])) == set(CHECKS)
    assert set(PERSON_EXTRACTS) <= set(PROVIDERS)
    (cause,) = (f for f in declaration("tables/mouvements_liste").fields if f["name"] == "cause")
    assert set(cause["constraints"]["enum"]) == set(CAUSES)


def test_the_pages_of_release_and_answers_show_words(browse) -> None:
    page = browse("administrateur").get("/administration/campagnes/2027-03").text
    assert "Contrôles avant publication" in page
    text = re.sub(r"<[^>]*>", " ", page)
    assert not [c for c in CHECKS if "_" in c and re.search(rf"(?<!\S){c}(?!\S)", text)]
    assert re.search(r">(conforme|bloqué)<", page)
    text = re.sub(r"<[^>]*>", " ", browse("coordonnateur").get("/reponses").text)
    assert not [code for code in ANSWERS if "_" in code and code in text]
