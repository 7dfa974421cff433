"""What a release hands out besides itself: its bill of materials, signed sums, and what is known against it."""

import json
import re
import shutil
import subprocess
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tools.check_advisories import CLEAN, FOUND, UNUSABLE, is_affected, main
from tools.locked import INSTALLED, Pin, read_lock, read_locks
from tools.make_sbom import find_needed, render

ROOT = Path(__file__).parents[2]


def pinned_in(name: str) -> set[tuple[str, str]]:
    """The oracle: every `name==version` of a lock, by a pattern of its own."""
    text = (ROOT / name).read_text("utf-8")
    found = re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.MULTILINE)
    return {(re.sub(r"[-_.]+", "-", n).lower(), version) for n, version in found}


@pytest.fixture(scope="module")
def bill() -> dict:
    return render(read_locks(), "0.1.0")


def test_the_bill_has_every_pin_of_the_locks_and_no_other(bill) -> None:
    told = {(c["name"], c["version"]) for c in bill["components"]}
    locked = set().union(*(pinned_in(name) for name in INSTALLED))
    assert told == locked
    assert len(told) > 150
    assert len({c["bom-ref"] for c in bill["components"]}) == len(bill["components"])


def test_the_bill_has_every_hash_of_the_locks(bill) -> None:
    told = {
        p["value"] for c in bill["components"] for p in c["properties"] if p["name"].endswith("256")
    }
    for name in INSTALLED:
        assert set(re.findall(r"sha256:([0-9a-f]{64})", (ROOT / name).read_text("utf-8"))) <= told


def test_the_bill_is_of_cyclonedx_s_form(bill) -> None:
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", bill["serialNumber"])
    refs = {c["bom-ref"] for c in bill["components"]} | {bill["metadata"]["component"]["bom-ref"]}
    graph = {d["ref"]: set(d["dependsOn"]) for d in bill["dependencies"]}
    assert set(graph) == refs
    assert set().union(*graph.values()) <= refs
    for component in bill["components"]:
        assert component["type"] == "library"
        assert component["purl"] == f"pkg:pypi/{component['name']}@{component['version']}"
        assert component["scope"] in ("required", "excluded")
        for licence in component.get("licenses", ()):
            assert "expression" in licence or licence["license"]["name"]


def test_each_package_is_asked_for_by_something(bill) -> None:
    asked = set().union(*(set(d["dependsOn"]) for d in bill["dependencies"]))
    assert {c["bom-ref"] for c in bill["components"]} - asked == set()


def test_what_only_tests_or_builds_is_told_apart(bill) -> None:
    scopes = {c["name"]: c["scope"] for c in bill["components"]}
    assert {scopes[n] for n in ("polars", "pyrage", "argon2-cffi", "prefect")} == {"required"}
    assert {scopes[n] for n in ("pytest", "mypy", "uv", "hatchling")} == {"excluded"}


def test_most_licences_are_told_where_the_packages_are_installed(bill) -> None:
    assert sum("licenses" in c for c in bill["components"]) > len(bill["components"]) // 2


def test_the_same_locks_give_the_same_bill(bill) -> None:
    assert render(read_locks(), "0.1.0") == bill
    assert render(read_locks()[1:], "0.1.0")["serialNumber"] != bill["serialNumber"]


def test_a_line_that_is_no_pin_is_not_passed_over(tmp_path) -> None:
    path = tmp_path / "a.lock"
    path.write_text(
        "numpy==2.0 \\\n    --hash=sha256:" + "0" * 64 + "\n    # via\n    #   a\n    #   b_c\n"
    )
    (pin,) = read_lock(path)
    assert pin == Pin("numpy", "2.0", "", ("0" * 64,), ("a", "b-c"))
    for line in ("git+ssh://x/y", "numpy>=2", "./local"):
        path.write_text(f"numpy==2.0 \\\n{line}\n")
        with pytest.raises(ValueError, match="is no pin"):
            read_lock(path)


def test_needed_goes_through_those_who_ask() -> None:
    pins = [Pin(n, "1", "", (), asked) for n, asked in
            {"a": (":",), "b": ("a",), "c": ("b", ":dev"), "d": (":dev",), "e": ("d",)}.items()]  # fmt: skip
    assert find_needed(pins) == {"a", "b", "c"}


# Advisories


def ranged(*events: dict, kind: str = "ECOSYSTEM") -> dict:
    return {"ranges": [{"type": kind, "events": list(events)}]}


@pytest.mark.parametrize(
    ("version", "affected", "known"),
    [
        ("1.0", ranged({"introduced": "0"}), True),
        ("1.0", ranged({"introduced": "0"}, {"fixed": "1.0"}), False),
        ("1.0rc1", ranged({"introduced": "0"}, {"fixed": "1.0"}), True),
        ("0.9", ranged({"introduced": "0"}, {"fixed": "1.0"}), True),
        ("0.9", ranged({"introduced": "1.0"}), False),
        ("1.10", ranged({"introduced": "1.9"}, {"fixed": "1.11"}), True),
        ("1.2", ranged({"introduced": "1.0"}, {"last_affected": "1.2"}), True),
        ("1.2.1", ranged({"introduced": "1.0"}, {"last_affected": "1.2"}), False),
        # Two branches, told in any order.
        ("2.5", ranged({"introduced": "2.0"}, {"fixed": "1.5"}, {"introduced": "0"}, {"fixed": "2.6"}), True),
        ("1.7", ranged({"introduced": "2.0"}, {"fixed": "1.5"}, {"introduced": "0"}, {"fixed": "2.6"}), False),
        ("1.0.0", {"versions": ["0.9", "1.0"]}, True),
        ("1.0.1", {"versions": ["0.9", "1.0", "not a version"]}, False),
        ("1.0", ranged({"introduced": "0"}, kind="GIT"), False),
        ("1.0", ranged({"introduced": "what is this"}), True),
        ("1.0", {}, False),
    ],
)  # fmt: skip
def test_whether_a_version_is_among_those_of_an_advisory(version, affected, known) -> None:
    assert is_affected(version, affected) is known


POLARS = next(pin for pin in read_lock(ROOT / "requirements.lock") if pin.name == "polars")


def advisory(id: str = "PYSEC-0000-1", name: str = "Polars", **more) -> dict:  # noqa: A002
    affected = {"package": {"ecosystem": "PyPI", "name": name},
                **ranged({"introduced": "0"}, {"fixed": "9999"})}  # fmt: skip
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return {"id": id, "modified": now, "aliases": ["CVE-0000-1"], "affected": [affected], **more}


def export(tmp_path: Path, *advisories: object, form: str = "zip") -> str:
    """A made-up export, as a zip, a folder, or one list."""
    path = tmp_path / f"osv-{form}"
    if form == "zip":
        with zipfile.ZipFile(path, "w") as target:
            for n, one in enumerate(advisories):
                target.writestr(f"{n}.json", json.dumps(one))
    elif form == "folder":
        path.mkdir()
        for n, one in enumerate(advisories):
            (path / f"{n}.json").write_text(json.dumps(one))
    else:
        path.write_text(json.dumps(advisories))
    return str(path)


@pytest.mark.parametrize("form", ["zip", "folder", "list"])
def test_a_locked_version_that_an_advisory_names_is_told(tmp_path, capsys, form) -> None:
    assert main([export(tmp_path, advisory(), form=form)]) == FOUND
    told = capsys.readouterr().out
    assert f"polars {POLARS.version}: PYSEC-0000-1 (CVE-0000-1); fixed in 9999" in told
    assert "1 known, 0 answered for" in told


@pytest.mark.parametrize(
    "harmless",
    [
        advisory(name="siei-unheard-of"),
        advisory(withdrawn="2026-01-01T00:00:00Z"),
        advisory() | {"affected": [{"package": {"ecosystem": "npm", "name": "polars"}, "versions": [POLARS.version]}]},
    ],
    ids=["another package", "withdrawn", "another index"],
)  # fmt: skip
def test_what_names_none_of_ours_is_not(tmp_path, harmless) -> None:
    assert main([export(tmp_path, harmless, advisory(name="another"))]) == CLEAN


def test_one_that_somebody_answers_for_is_counted(tmp_path, capsys) -> None:
    path = export(tmp_path, advisory())
    for known in ("PYSEC-0000-1", "CVE-0000-1"):
        assert main([path, "--except", known]) == CLEAN
        assert "0 known, 1 answered for" in capsys.readouterr().out
    assert main([path, "--except", "CVE-0000-2"]) == FOUND


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([], "no advisory about a package of PyPI"),
        ([advisory() | {"affected": []}], "no advisory about a package of PyPI"),
        ([advisory(modified="2020-01-01T00:00:00Z")], "days old"),
        ([advisory(modified="yesterday")], "no date"),
        ([{"not": "one"}], "no advisory in OSV's form"),
    ],
)
def test_a_file_that_says_nothing_is_no_all_clear(tmp_path, capsys, content, said) -> None:
    assert main([export(tmp_path, *content)]) == UNUSABLE
    assert said in capsys.readouterr().err


def test_a_file_that_is_none_is_no_all_clear(tmp_path, capsys) -> None:
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\x03\x04")
    for path in (tmp_path / "absent", broken, tmp_path):
        assert main([str(path)]) == UNUSABLE
    old = export(tmp_path, advisory(modified=(datetime.now(UTC) - timedelta(days=40)).isoformat()))
    assert main([old]) == UNUSABLE
    assert main([old, "--days", "60"]) == FOUND
    capsys.readouterr()


# Signed sums


def test_sums_are_signed_and_verified_as_the_page_says(tmp_path) -> None:
    """`make sign`, then the very commands of SECURITY.md: a changed file, or sum, is found."""
    if not (shutil.which("ssh-keygen") and shutil.which("make")):
        pytest.skip("no ssh-keygen or make here")
    key, dist = tmp_path / "key", tmp_path / "dist"
    dist.mkdir()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    (dist / "siei_match-0.1.0.whl").write_bytes(b"a release")
    subprocess.run("sha256sum *.whl > SHA256SUMS", shell=True, cwd=dist, check=True)  # noqa: S602
    subprocess.run(["make", "-s", "sign", f"KEY={key}", f"DIST={dist}"], cwd=ROOT, check=True)
    public = key.with_suffix(".pub").read_text().split()
    (dist / "allowed_signers").write_text(f"releases {public[0]} {public[1]}\n")
    page = (ROOT / "SECURITY.md").read_text("utf-8")
    told = re.search(r"```\n(ssh-keygen -Y verify .+?)```", page, re.DOTALL)
    assert told, "the page says how to verify"

    def verified() -> bool:
        done = subprocess.run(["sh", "-ec", told[1]], cwd=dist, capture_output=True, check=False)
        return done.returncode == 0

    assert verified()
    (dist / "siei_match-0.1.0.whl").write_bytes(b"another")
    assert not verified()
    subprocess.run("sha256sum *.whl > SHA256SUMS", shell=True, cwd=dist, check=True)  # noqa: S602
    assert not verified(), "who changes the file changes its sum, and cannot sign it"
