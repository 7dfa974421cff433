"""What the page keeps is its owner's alone: accounts, sessions, what was sent, the log."""

from tests.modes import watched
from tests.portal.test_portal_answers import confirm, send
from tests.publication import IDS


def test_the_page_makes_private_files(portail, browse, sortie) -> None:
    with watched(sortie / "memoire") as watcher:
        browser = browse("coordonnateur")
        answers = f"id_signalement;retour;date_retour\ns{IDS[0][2:]};en_emploi;12/03/2027\n"
        page = send(browser, answers.encode(), "reponses.csv")
        assert page.status_code == 200
        watcher.check_tree()
        confirm(browser, page)
        watcher.check_tree()
    assert {"portail.sqlite", "portail.sqlite-wal", "audit.jsonl"} <= set(watcher.seen)
    assert any(name.endswith(".csv") for name in watcher.seen), "what was sent waits in a file"
