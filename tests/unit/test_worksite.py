"""Where a run works: what it writes there is its owner's alone, whatever the umask says."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
from pydantic import SecretStr

from siei_match.campaign.same_key import require_same_key
from siei_match.campaign.worksite import Worksite
from siei_match.output import open_staging
from siei_match.reference.contracts import declaration
from siei_match.reference.errors import ContractError, OutputError, SettingsError
from siei_match.reference.settings import Settings, key_id
from siei_match.stages.validate import valid_declaration
from tests.publication import manifest


def rows(table: str, height: int) -> pl.DataFrame:
    """A frame as the table is declared: rows of nothing."""
    return pl.DataFrame(schema=declaration(f"tables/{table}").polars_schema).clear(height)


def test_working_tables_are_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with open_staging(tmp_path / "out", "2026-10") as staging:
            chantier = Worksite(tmp_path, staging, Settings())
            chantier.write(rows("traits", 1), "traits", "0000-0000")
            chantier.write(rows("personnes", 1), "personnes")
            made = [path for path in staging.travail.rglob("*") if path.is_file()]
            assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o600}
            assert len(made) == 2
            assert stat.S_IMODE((staging.travail / "traits").stat().st_mode) == 0o700
    finally:
        os.umask(before)


@pytest.fixture
def chantier(tmp_path: Path) -> Iterator[Worksite]:
    with open_staging(tmp_path / "out", "2026-10") as staging:
        yield Worksite(tmp_path, staging, Settings())


def test_a_table_is_written_once(chantier: Worksite) -> None:
    """What a run leaves for `reprendre` is what each step has made, not what a later one made of it."""
    chantier.write(rows("cycles", 2), "cycles")
    chantier.write(rows("traits", 1), "traits", "0000-0000")
    chantier.write(rows("traits", 1), "traits", "0001-0000")
    chantier.write_final(rows("profils", 1), "profils")
    chantier.write_note([1], "modele")
    for again in (
        lambda: chantier.write(rows("cycles", 1), "cycles"),
        lambda: chantier.write(rows("traits", 1), "traits", "0001-0000"),
        lambda: chantier.write_final(rows("profils", 1), "profils"),
        lambda: chantier.write_note([1], "modele"),
    ):
        with pytest.raises(ContractError, match="written twice"):
            again()
    # Nothing was harmed by the attempt.
    assert chantier.read("cycles").height == 2
    assert chantier.read("traits").height == 2
    assert chantier.read_note("modele") == [1]
    assert chantier.find("profils").exists()


def test_a_table_that_is_declared_nowhere_is_not_written(chantier: Worksite) -> None:
    for write in (chantier.write, chantier.write_final):
        with pytest.raises(ContractError, match="Table brouillon is declared nowhere"):
            write(pl.DataFrame({"rid": [0]}), "brouillon")
    assert list(chantier.staging.travail.iterdir()) == []


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda f: f.drop("cycle_quitte"), r"missing \['cycle_quitte'\]"),
        (lambda f: f.with_columns(nom=pl.lit("QUELVENNEC")), r"\['nom \(String\)'\]"),
        (lambda f: f.cast({"cycle_quitte": pl.Int8}), r"\['cycle_quitte \(Int8\)'\]"),
        (lambda f: f.select("cycle_quitte", "id_personne"), "in another order"),
    ],
    ids=["missing", "surplus", "type", "order"],
)
def test_a_table_is_written_as_declared_or_not_at_all(
    chantier: Worksite, harm: Callable[[pl.DataFrame], pl.DataFrame], told: str
) -> None:
    wrong = harm(rows("cycles", 1))
    for write in (chantier.write, chantier.write_final):
        with pytest.raises(ContractError, match=told) as refused:
            write(wrong, "cycles")
        assert "QUELVENNEC" not in str(refused.value)
    assert not chantier.path("cycles").exists()


def test_a_slice_of_valid_rows_is_held_to_its_extract(chantier: Worksite) -> None:
    declared = valid_declaration("agricole")
    frame = pl.DataFrame(schema=declared.polars_schema)
    chantier.write(frame, "valides", "0000-0000", declared=declared)
    with pytest.raises(ContractError, match="agricole_valide"):
        chantier.write(frame.drop("ligne"), "valides", "0001-0000", declared=declared)


def test_a_text_told_by_codes_is_that_text(chantier: Worksite) -> None:
    coded = rows("registre", 1).cast({"genre": pl.Enum(["ine"])})
    chantier.write_final(coded, "registre")


def published(sortie: Path, code: str, manifeste: str) -> None:
    folder = sortie / "campagnes" / code
    folder.mkdir(parents=True)
    (folder / "manifeste.json").write_text(manifeste)


def test_another_key_than_the_published_one_is_refused(tmp_path: Path) -> None:
    reglages = Settings(cle=SecretStr("k" * 32))
    published(tmp_path, "2026-10", manifest(cle=key_id(b"k" * 32)))
    require_same_key(tmp_path, "2027-03", reglages)
    with pytest.raises(SettingsError, match="of campaign 2026-10"):
        require_same_key(tmp_path, "2027-03", Settings(cle=SecretStr("z" * 32)))
    # Run again alone, it would get other identifiers too: answers are about those of now.
    with pytest.raises(SettingsError, match="that campaign 2026-10 was last run with"):
        require_same_key(tmp_path, "2026-10", Settings(cle=SecretStr("z" * 32)))
    # Renewed: both are held, the new one first.
    require_same_key(tmp_path, "2026-10", Settings(cle=SecretStr("z" * 32 + "\n" + "k" * 32)))


@pytest.mark.parametrize("manifeste", ["", "{", "[]", "{}", '"cle"'])
def test_a_damaged_manifest_of_another_campaign_is_named(tmp_path: Path, manifeste: str) -> None:
    published(tmp_path, "2026-10", manifeste)
    with pytest.raises(OutputError, match="is damaged"):
        require_same_key(tmp_path, "2027-03", Settings(cle=SecretStr("k" * 32)))
