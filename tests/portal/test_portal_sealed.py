"""What the page keeps at rest under a key apart: no byte of it in the clear, and nothing without the key."""

import base64
from pathlib import Path

import pyrage
import pytest
from starlette.testclient import TestClient

from siei_match.cli import main
from siei_match.output.memory.answers import read_collected
from siei_match.portal import PortalSettings, create_app, open_portal
from siei_match.portal.base import AT_REST, open_base
from siei_match.portal.lists.notes import KEY_NAME as NOTES
from siei_match.portal.lists.notes import open_note, seal_note
from siei_match.portal.lists.tracing import SECRET
from siei_match.portal.signin import factors
from siei_match.portal.signin.accounts import change_password, create_account
from siei_match.portal.signin.sessions import find_session, open_session
from siei_match.portal.signin.totp import code_at, step_of
from siei_match.portal.vault import Vault, read_vault
from siei_match.reference.errors import OutputError, SettingsError
from tests.portal.conftest import PASSWORD, PSAD, URL, post, sign_in
from tests.publication import IDS
from tests.releases import REGLAGES

SEEN = "COMMENTAIRE-QUI-NE-DOIT-PAS-RESTER"
TOKEN = "what-the-provider-says-of-a-person"
WHO = "coord@exemple.invalid"
SENT = f"id_signalement;retour;commentaire\ns{IDS[0][1:]};en_emploi;{SEEN}\n".encode()


def write_key(path: Path, *identities: pyrage.x25519.Identity) -> Path:
    lines = [f"# public key: {one.to_public()}\n{one}\n" for one in identities]
    path.write_text("".join(lines))
    path.chmod(0o400)
    return path


@pytest.fixture
def key(tmp_path) -> Path:
    return write_key(tmp_path / "page.age", pyrage.x25519.Identity.generate())


@pytest.fixture
def opened(sortie, clock):
    """Open the page with a key's file, or without."""
    made = []

    def open_page(key: Path | None):
        settings = PortalSettings(url=URL, comptes_locaux=True, chiffrement_cle=key)
        made.append(open_portal(sortie, settings, REGLAGES, clock=clock))
        return made[-1]

    yield open_page
    for portal in made:
        portal.base.close()


def fill(portal, clock) -> tuple[object, list[str]]:
    """Make an account with all that is sealed; return it, and what must not be read anywhere."""
    account, _ = create_account(portal.base, WHO, "C", ["coordonnateur"], [PSAD], local=True)
    change_password(portal.base, account, PASSWORD)
    secret = factors.prepare_factor(portal.base, account)
    code = code_at(base64.b32decode(secret), step_of(clock()))
    assert factors.confirm_factor(portal.base, account, code, when=clock(), tries=9, lock=9)
    other = factors.prepare_factor(portal.base, account)
    open_session(portal.base, account, when=clock(), id_token=TOKEN)
    page, notes = (portal.base.secret(name).decode() for name in ("entree", NOTES))
    return account, [secret, other, TOKEN, page, notes]


def in_the_clear(sortie: Path, values: list[str]) -> list[tuple[str, str]]:
    """Search every byte of the folder, the database's log of changes too."""
    found = []
    for path in sortie.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        found += [(path.name, value) for value in values if value.encode() in content]
    return found


def test_the_search_finds_what_is_not_sealed(opened, sortie, clock) -> None:
    """The oracle: without a key every one of these stands in the folder."""
    _, values = fill(opened(None), clock)
    assert {value for _, value in in_the_clear(sortie, values)} == set(values)


def test_no_byte_of_what_is_sealed_is_on_the_disk(opened, sortie, clock, key) -> None:
    portal = opened(key)
    account, values = fill(portal, clock)
    assert in_the_clear(sortie, values) == []
    assert factors.waiting_secret(portal.base, account) == values[1]
    token = open_session(portal.base, account, when=clock(), id_token=TOKEN)
    found = find_session(portal.base, token, when=clock(), inactivite=30, duration=480)
    assert found.id_token == TOKEN


def test_what_stood_in_the_clear_is_sealed_when_a_key_comes(opened, sortie, clock, key) -> None:
    before = opened(None)
    account, values = fill(before, clock)
    before.base.close()
    after = opened(key)
    assert in_the_clear(sortie, values) == [], "nor in what the database left of it"
    assert factors.waiting_secret(after.base, account) == values[1]
    assert after.base.secret("entree").decode() == values[3]


def test_a_note_rests_under_the_same_key(opened, sortie, clock, key) -> None:
    """Its own key is one of the page's secrets: sealed with them, and opened with them."""
    before = opened(None)
    sealed = seal_note(SEEN, "s1", before.base.secret(NOTES))
    assert SEEN not in sealed, "with or without chiffrement_cle"
    before.base.close()
    assert open_note(sealed, "s1", opened(key).base.secret(NOTES)) == SEEN
    with pytest.raises(OutputError):
        opened(None).base.secret(NOTES)


def test_a_new_key_is_put_first_and_the_old_one_goes(opened, sortie, clock, tmp_path) -> None:
    old, new = (pyrage.x25519.Identity.generate() for _ in range(2))
    first = opened(write_key(tmp_path / "1", old))
    account, values = fill(first, clock)
    first.base.close()
    opened(write_key(tmp_path / "2", new, old)).base.close()
    last = opened(write_key(tmp_path / "3", new))
    assert factors.waiting_secret(last.base, account) == values[1]
    with pytest.raises(OutputError, match="sealed"):
        opened(write_key(tmp_path / "4", old))


def test_without_the_key_the_page_does_not_start(opened, sortie, clock, key, tmp_path) -> None:
    portal = opened(key)
    fill(portal, clock)
    portal.base.close()
    other = write_key(tmp_path / "other.age", pyrage.x25519.Identity.generate())
    for given in (None, other):
        with pytest.raises(OutputError, match="no key at hand"):
            opened(given)
    assert opened(key).base.secret("entree")


def send(portal, clock):
    fill(portal, clock)
    portal.base.run("delete from seconds")
    browser = TestClient(create_app(portal), base_url=URL, follow_redirects=False)
    assert sign_in(browser, WHO, PASSWORD).status_code == 303
    return browser, post(
        browser, "/reponses", {"psad": PSAD}, files={"fichier": ("r.csv", SENT)}
    ).text


def deposit_of(sortie: Path) -> Path:
    (found,) = (sortie / "memoire" / "depots").iterdir()
    return found


@pytest.mark.parametrize("sealed", [True, False])
def test_a_file_that_waits_is_sealed_and_still_kept_once_confirmed(
    opened, sortie, clock, key, sealed
) -> None:
    portal = opened(key if sealed else None)
    browser, _ = send(portal, clock)
    waiting = deposit_of(sortie)
    assert (SEEN.encode() in waiting.read_bytes()) is not sealed
    assert (in_the_clear(sortie, [SEEN]) == []) is sealed
    done = post(browser, "/reponses/enregistrer", {"depot": waiting.name}, "/reponses")
    assert done.status_code == 200
    assert read_collected(sortie)["retour"].to_list() == ["en_emploi"]
    assert not waiting.exists()


@pytest.mark.parametrize("how", ["changed", "another's", "in the clear"])
def test_a_file_that_was_put_in_its_place_is_not_taken(opened, sortie, clock, key, how) -> None:
    portal = opened(key)
    browser, _ = send(portal, clock)
    waiting = deposit_of(sortie)
    content = waiting.read_bytes()
    forged = SENT.replace(b"en_emploi", b"injoignable")
    sealed = portal.base.vault.seal(forged)
    put = {"changed": content[:-1] + b"x", "another's": sealed, "in the clear": forged}[how]
    waiting.write_bytes(put)
    done = post(browser, "/reponses/enregistrer", {"depot": waiting.name}, "/reponses")
    assert done.status_code == 403
    assert read_collected(sortie).is_empty()


def test_a_large_file_is_never_in_the_clear_on_a_disk() -> None:
    from starlette.formparsers import MultiPartParser

    from siei_match.portal.door import access

    assert access
    most = PortalSettings.model_fields["depot_max"].metadata
    assert MultiPartParser.spool_max_size > max(getattr(m, "le", 0) for m in most) << 20


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        ("", 0o400, "holds none"),
        ("not a key\n", 0o400, "none of age"),
        ("age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq\n", 0o400, "none of age"),
        (None, 0o440, "can be read by others"),
    ],
)
def test_a_key_that_is_none_or_lies_open_is_refused(tmp_path, text, mode, said) -> None:
    path = tmp_path / "k"
    path.write_text(str(pyrage.x25519.Identity.generate()) if text is None else text)
    path.chmod(mode)
    with pytest.raises(SettingsError, match=said) as refused:
        read_vault(path, tmp_path / "out")
    assert "not a key" not in str(refused.value)


def test_a_key_beside_what_it_seals_is_refused(tmp_path) -> None:
    inside = tmp_path / "out" / "memoire"
    inside.mkdir(parents=True)
    path = write_key(inside / "k", pyrage.x25519.Identity.generate())
    link = tmp_path / "link"
    link.symlink_to(path)
    for given in (path, link):
        with pytest.raises(SettingsError, match="stands in the output folder"):
            read_vault(given, tmp_path / "out")
    with pytest.raises(SettingsError, match="cannot be read"):
        read_vault(tmp_path / "absent", tmp_path / "out")


def test_every_column_that_is_sealed_is_there(tmp_path) -> None:
    (tmp_path / "memoire").mkdir(mode=0o700)
    base = open_base(tmp_path)
    for table, column in AT_REST:
        assert column in {row["name"] for row in base.rows(f"pragma table_info({table})")}
    base.close()


def test_a_download_is_traced_with_the_key_alone(
    opened, sortie, clock, key, tmp_path, capsys
) -> None:
    portal = opened(key)
    browser, _ = send(portal, clock)
    path = tmp_path / "found.xlsx"
    path.write_bytes(browser.get(f"/campagnes/2027-03/{PSAD}/liste.xlsx").content)
    assert portal.base.secret(SECRET)
    settings = tmp_path / "siei.toml"
    settings.write_text(f'[portail]\nchiffrement_cle = "{key}"\n')
    command = ["audit", "trace", str(path), "--sortie", str(sortie)]
    assert main([*command, "--reglages", str(settings)]) == 0
    assert WHO in capsys.readouterr().out
    assert main(command) == 1
    assert "no key at hand" in capsys.readouterr().err


def test_without_a_setting_nothing_is_said_to_be_sealed() -> None:
    plain = Vault()
    assert not plain.closed
    assert plain.open_text(plain.seal_text("a")) == "a"
    assert plain.open(plain.seal(b"a")) == b"a"
