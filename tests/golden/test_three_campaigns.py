"""Three campaigns of one fictive France, a source missing in the second, the last run again with a file
put right: every movement's cause against the truth, and nobody regrouped without one.
"""

import gzip
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from siei_match.campaign.story import run_campaign
from siei_match.output import PreparedCampaign, prepared_campaigns
from siei_match.reference.settings import Settings
from siei_match.simulate import simulate
from tests.golden.conftest import EXPLOITANT

CODES = FIRST, SECOND, THIRD = "2026-10", "2027-01", "2027-03"
MISSING = "diplomes_agricoles"
ROW = ["extrait", "fichier", "ligne"]


@dataclass(frozen=True)
class Story:
    """Where everything stands: the output folder, the truth, the third campaign before it was put right."""

    sortie: Path
    truth: Path
    before: PreparedCampaign
    corrected: str
    """The true person whose diploma was missing."""


def leave_out(folder: Path, extract: str) -> None:
    """Deliver a campaign without an extract."""
    path = folder / "campagne.toml"
    head, *files = path.read_text("utf-8").split("[[fichiers]]")
    kept = [file for file in files if f'extrait = "{extract}"' not in file]
    assert len(kept) == len(files) - 1
    path.write_text("[[fichiers]]".join([head, *kept]), "utf-8")


def put_right(folder: Path, person: dict[str, str]) -> None:
    """Deliver the diplomas again, with one that was forgotten."""
    path = folder / "diplomes.csv.gz"
    text = gzip.decompress(path.read_bytes()).decode("utf-8-sig")
    heading = text.splitlines()[0].split(";")
    told = {
        "INE": person["ine"], "NOM_DE_FAMILLE": person["nom"], "PRENOM": person["prenom"],
        "DATE_NAISS": person["naissance"], "CODE_SEXE": {"M": "1", "F": "2"}[person["sexe"]],
        "CODE_COMMUNE_INSEE_NAISS": person["lieu"], "SESSION": "2026", "CODE_DIPLOME": "50022137",
        "RESULTAT": "ADMIS",
    }  # fmt: skip
    row = ";".join(told.get(name.strip('"'), "") for name in heading)
    path.write_bytes(gzip.compress(f"{text.rstrip()}\n{row}\n".encode()))
    toml = folder / "campagne.toml"
    told_of = re.compile(
        r'(nom = "diplomes\.csv\.gz"\n(?:date_extraction.*\n)?)lignes.*\nsha256.*\n'
    )
    changed, count = told_of.subn(r"\1", toml.read_text("utf-8"))
    assert count == 1
    toml.write_text(changed, "utf-8")


@pytest.fixture(scope="module")
def story(few_zones: Path, tmp_path_factory: pytest.TempPathFactory) -> Story:
    root = tmp_path_factory.mktemp("trois")
    made = simulate(root / "france", 1500, 77, campagnes=CODES)
    settings = Settings(cle="k" * 64, psad=few_zones)
    leave_out(made.campagnes[SECOND], MISSING)
    sortie = root / "out"
    for code in CODES:
        run_campaign(made.campagnes[code], sortie, settings, actor=EXPLOITANT)
    before = shutil.copytree(sortie / "campagnes" / THIRD, root / "avant")
    people = pl.read_parquet(made.truth / "personnes.parquet")
    listed = owners(PreparedCampaign(THIRD, before), made.truth).join(
        PreparedCampaign(THIRD, before).table("decisions").filter(motif="confirme"),
        on="id_personne",
    )
    diplomas = rows_of(made.truth, THIRD).filter(extrait="diplomes")["personne"]
    sure = listed.filter(pl.col("ids") == 1, ~pl.col("personne").is_in(diplomas.implode()))
    chosen = people.join(sure, on="personne", how="semi").filter(
        pl.col("pays").is_null(), pl.col("ine").is_not_null()
    )
    person = chosen.with_columns(pl.col("naissance").dt.strftime("%d/%m/%Y")).row(0, named=True)
    put_right(made.campagnes[THIRD], {k: str(v) for k, v in person.items()})
    run_campaign(made.campagnes[THIRD], sortie, settings, actor=EXPLOITANT)
    return Story(sortie, made.truth, PreparedCampaign(THIRD, before), person["personne"])


def rows_of(truth: Path, code: str) -> pl.DataFrame:
    return pl.read_parquet(truth / "lignes.parquet").filter(campagne=code)


def owners(
    campaign: PreparedCampaign, truth: Path, known: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return each identifier with its true person; `ids` of that person, `people` of that identifier.

    With `known` (personne, extrait), of the rows of these people in these extracts alone.
    """
    rows = true_rows(campaign, truth)
    if known is not None:
        rows = rows.join(known, on=["personne", "extrait"], how="semi")
    return (
        rows.select("id_personne", "personne")
        .unique()
        .with_columns(
            ids=pl.len().over("personne"),
            people=pl.len().over("id_personne"),
        )
    )


def true_rows(campaign: PreparedCampaign, truth: Path) -> pl.DataFrame:
    return campaign.table("identites").join(
        rows_of(truth, campaign.code).select(*ROW, "personne"), on=ROW
    )


def whole(campaign: PreparedCampaign, truth: Path) -> pl.DataFrame:
    """Return `personne` whose rows are all of one identifier that is nobody else's."""
    return owners(campaign, truth).filter(ids=1, people=1)


def moves(story: Story, campaign: PreparedCampaign) -> pl.DataFrame:
    """Return the movements with the true person, and whether their rows are together before and now."""
    campaigns = prepared_campaigns(story.sortie)
    now = whole(campaign, story.truth)
    told = campaign.table("mouvements").join(now, on="id_personne", how="left")
    [avant] = told["campagne_avant"].unique() if told.height else [FIRST]
    then = whole(campaigns[avant], story.truth).select("personne", together=pl.lit(value=True))
    return told.join(then, on="personne", how="left")


def all_campaigns(story: Story) -> list[PreparedCampaign]:
    campaigns = prepared_campaigns(story.sortie)
    return [campaigns[SECOND], story.before, campaigns[THIRD]]


def test_the_moves_explain_the_whole_difference(story: Story) -> None:
    campaigns = prepared_campaigns(story.sortie)
    for now in all_campaigns(story):
        told = now.table("mouvements")
        then = campaigns[FIRST if now.code == SECOND else SECOND]
        assert set(told["campagne_avant"]) == {then.code}
        for psad in [*now.platforms(), "non_affecte"]:
            was, here = (
                one.table("decisions").filter(statut="sortant", psad=psad).height
                for one in (then, now)
            )
            entered = told.filter(pl.col("mouvement") != "sortie", psad=psad).height
            left = told.filter(pl.col("mouvement") != "entree", psad_avant=psad).height
            assert here == was + entered - left, (now.code, psad)


def test_every_cause_is_that_of_the_truth(story: Story) -> None:
    situations = pl.read_parquet(story.truth / "situations.parquet")
    seen: set[str] = set()
    for now in all_campaigns(story):
        moved = moves(story, now)
        for move in moved.to_dicts():
            cause, then = move["cause"], move["campagne_avant"]
            seen.add(cause)
            if move["personne"] is None or not move["together"]:
                # Rows of two people, or of one in pieces: nothing else may be told of them for sure.
                continue
            known = situations.filter(
                pl.col("campagne").is_in([then, now.code]), personne=move["personne"]
            )
            statuses, reasons = {*known["statut"]}, {*known["motif"]}
            holds = {
                "inscription": "en_formation" in statuses or move["mouvement"] == "changement",
                "diplome": "diplome" in statuses or move["personne"] == story.corrected,
                "age": bool(reasons & {"age_moins_16", "age_plus_25"}),
                "hors_champ": known.height < 2 or "hors_champ" in statuses,
                "source_absente": now.code == SECOND
                and not rows_of(story.truth, then)
                .filter(extrait=MISSING, personne=move["personne"])
                .is_empty(),
            }
            assert holds.get(cause), (now.code, move, known.to_dicts())
    assert {"source_absente", "diplome", "inscription"} <= seen


def test_who_is_without_a_diploma_for_a_missing_source_alone_is_told_so(story: Story) -> None:
    second = prepared_campaigns(story.sortie)[SECOND]
    entered = second.table("mouvements").filter(mouvement="entree", cause="source_absente")
    assert entered.height > 0
    third = prepared_campaigns(story.sortie)[THIRD].table("decisions")
    again = entered.join(third, on="id_personne").filter(statut="diplome")
    # Their diploma is there again: it is what takes them off.
    assert again.height > 0
    left = prepared_campaigns(story.sortie)[THIRD].table("mouvements").filter(mouvement="sortie")
    causes = left.join(again.select("id_personne"), on="id_personne", how="semi")["cause"]
    assert set(causes) == {"diplome"}


def test_a_file_put_right_moves_one_person_and_regroups_nobody(story: Story) -> None:
    after = prepared_campaigns(story.sortie)[THIRD]
    was, now = (one.table("identites").select(*ROW, "id_personne") for one in (story.before, after))
    both = was.join(now, on=ROW, suffix="_apres")
    assert both.height == was.height == now.height - 1
    # The same rows are together, and under the same identifier.
    regrouped = both.filter(pl.col("id_personne") != pl.col("id_personne_apres"))
    assert regrouped.height == 0
    then, today = (
        one.table("decisions").filter(statut="sortant")["id_personne"].to_list()
        for one in (story.before, after)
    )
    [left] = set(then) - set(today)
    assert not set(today) - set(then)
    found = whole(after, story.truth).filter(id_personne=left)
    assert found["personne"].to_list() == [story.corrected]
    told = after.table("mouvements").filter(id_personne=left)
    assert told.height == 0 or told["cause"].to_list() == ["diplome"]


def test_nobody_is_regrouped_from_one_campaign_to_the_next_without_a_cause(story: Story) -> None:
    campaigns = prepared_campaigns(story.sortie)
    for then, now in ((FIRST, SECOND), (SECOND, THIRD)):
        before = whole(campaigns[then], story.truth)
        # A source that tells of a person anew may not be recognised: that parts nobody who was together.
        known = true_rows(campaigns[then], story.truth).select("personne", "extrait")
        today = owners(campaigns[now], story.truth, known)
        both = before.join(today, on="personne", suffix="_apres")
        assert both.height > 1000
        # Whose rows were all together are under the identifier that they had, and under no other.
        lost = both.filter(
            (pl.col("ids_apres") > 1) | (pl.col("id_personne") != pl.col("id_personne_apres"))
        )
        assert lost.height == 0, (then, now, lost.height)
