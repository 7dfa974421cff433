"""Write a campaign's folder and the two databases into the staging."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import polars as pl

from siei_match import __version__
from siei_match.output import PreparedCampaign, Staging, newest_prepared, prepared_campaigns
from siei_match.output.databases.building import OF_CAMPAIGNS, DatabaseBuild, building, table_mode
from siei_match.output.databases.contents import (
    LISTS,
    SIEI,
    CampaignDescription,
    References,
    describe_campaign,
    read_description,
    read_historique,
    start_lists,
    start_siei,
)
from siei_match.output.freshness import READ
from siei_match.output.manifest import Execution, Manifest, SealedFile
from siei_match.reference.contracts import declaration, require_schema
from siei_match.reference.errors import ContractError
from siei_match.reference.files import (
    PRIVATE,
    file_sha256,
    output_guard,
    sink_parquet,
    write_parquet,
    write_text,
)
from siei_match.reference.vocabulary import A_VERIFIER, LIE, UNPLACED
from siei_match.stages.publish.contacts import write_contacts
from siei_match.stages.publish.lists import write_lists
from siei_match.stages.publish.movements import name_movements, write_movements
from siei_match.stages.publish.report import read_previous_counts, render_report
from siei_match.stages.publish.results import CampaignTables, Rows, scan

REPORT = "rapport.html"


def publish_campaign(
    staging: Staging,
    execution: Execution,
    results: CampaignTables,
    annexes: Mapping[str, Path] | None = None,
    judge: Callable[[Execution], Execution] | None = None,
) -> Manifest:
    """Write everything under section 3 of the contract into `staging`; nothing in place changes.

    Output: staging.campagne (tables, lists, rapport.html, manifeste.json), staging.dossier's
    siei.duckdb and listes.duckdb, rebuilt from this campaign and every other. Call
    `output.place_staging` next. The same arguments give the same bytes. `annexes` are tables
    that only the next campaign reads, written already as they are to be: each becomes
    <name>.parquet, its owner's alone, and sealed in the manifest like the others. `judge` adds
    to the execution what the report and the manifest say of the run as a whole, while the databases are built.

    Raises:
        ContractError: a table breaks its declaration, or a list is of an unknown platform.
        OutputError: the disk refused, or an earlier campaign's folder is damaged.
    """
    campaign = PreparedCampaign(staging.code, staging.campagne)
    with output_guard(staging.sortie), building() as bases:
        etapes = count_steps(execution, results)
        written: list[tuple[Path, int | None]] = [*_write_tables(campaign, results)]
        written += [
            _move(path, campaign.table_path(name)) for name, path in (annexes or {}).items()
        ]
        handed_on, written = _split(written, lambda path: path.stem in READ)
        sealed = [*seal_files(staging.campagne, handed_on)]
        # It reads these tables alone: it is built while the rest is written.
        described = describe_campaign(execution, __version__, etapes, sealed)
        _start_siei(bases, staging, results, described)
        psads = [*results.psad["code"].to_list(), UNPLACED]
        written += write_lists(results.listes, psads, campaign)
        if results.contacts is not None:
            written += write_contacts(results.contacts, campaign)
        start_lists(bases, staging.dossier / LISTS, _campaigns(staging))
        before = newest_prepared(staging.sortie, staging.code)
        told = name_movements(results.mouvements, staging.code, results.listes, before)
        written += write_movements(told, psads, campaign)
        execution = judge(execution) if judge else execution
        report = render_report(execution, results, etapes, read_previous_counts(before))
        written.append((write_text(staging.campagne / REPORT, report), None))
        manifest = Manifest(
            **execution.model_dump(exclude={"etapes"}),
            etapes=etapes,
            fichiers=tuple(
                sorted(
                    [*sealed, *seal_files(staging.campagne, written)],
                    key=lambda file: Path(file.chemin),
                )
            ),
        )
        write_text(campaign.manifest_path, manifest.text())
    return manifest


def count_steps(execution: Execution, results: CampaignTables) -> dict[str, int]:
    """Return the counts of each step, those that the story gave last."""
    decided = scan(results.decisions).group_by("statut", "motif").len().collect()
    listed = decided.filter(statut="sortant")
    issues = dict(scan(results.liens).group_by("issue").len().collect().iter_rows())
    counts = {
        "lues": sum(fichier.lignes for fichier in execution.entrees),
        "valides": sum(fichier.valides for fichier in execution.entrees),
        "rejetees": sum(fichier.rejetees for fichier in execution.entrees),
        "rattachees": results.identites.height,
        "personnes": scan(results.identites)
        .select(pl.col("id_personne").n_unique())
        .collect()
        .item(),
        "paires": sum(issues.values()),
        "liees": issues.get(LIE, 0),
        "douteuses": issues.get(A_VERIFIER, 0),
        "decidees": results.decisions.height,
        "sortants": int(listed["len"].sum()),
        "a_verifier": int(listed.filter(motif=A_VERIFIER)["len"].sum()),
        "listees": results.listes.height,
        "non_affectees": results.listes.filter(pl.col("psad") == UNPLACED).height,
    }
    return counts | {name: n for name, n in execution.etapes.items() if name not in counts}


def _write_tables(
    campaign: PreparedCampaign, results: CampaignTables
) -> Iterator[tuple[Path, int]]:
    metadata = {"campagne": campaign.code}
    _require_declared(results.listes, "liste")
    for name in OF_CAMPAIGNS:
        rows: Rows = getattr(results, name)
        path, mode = campaign.table_path(name), table_mode(name)
        if isinstance(rows, pl.DataFrame):
            write_parquet(_require_declared(rows, name), path, mode, metadata)
        else:
            require_schema(rows, declaration(f"tables/{name}"))
            sink_parquet(rows.scan(), path, mode, metadata)
        yield path, rows.height


def _move(path: Path, target: Path) -> tuple[Path, int]:
    rows = pl.scan_parquet(path, glob=False).select(pl.len()).collect().item()
    path.chmod(PRIVATE)
    try:
        # A second name rather than another: a run that takes this one up finds the table there.
        target.hardlink_to(path)
    except OSError:
        path.rename(target)
    return target, rows


def _split(
    written: list[tuple[Path, int | None]], chosen: Callable[[Path], bool]
) -> tuple[list[tuple[Path, int | None]], list[tuple[Path, int | None]]]:
    """Return the files that are chosen, and the others."""
    return (
        [(path, rows) for path, rows in written if chosen(path)],
        [(path, rows) for path, rows in written if not chosen(path)],
    )


def _require_declared(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """Check names and types only: the stage that made the frame has checked its values."""
    declared = declaration(f"tables/{table}").polars_schema
    if dict(frame.schema) != declared or frame.columns != list(declared):
        raise ContractError(
            f"Table {table} has not the columns and types of its declaration.",
            remedy=f"This is a defect of siei-match: compare with schemas/tables/{table}.json.",
        )
    return frame


def seal_files(root: Path, written: Iterable[tuple[Path, int | None]]) -> Iterator[SealedFile]:
    """Give what the manifest says of each file and its rows, in the order of names."""
    for path, rows in sorted(written):
        yield SealedFile(
            chemin=path.relative_to(root).as_posix(), sha256=file_sha256(path), lignes=rows
        )


def _start_siei(
    bases: DatabaseBuild, staging: Staging, results: CampaignTables, campagne: CampaignDescription
) -> None:
    others = prepared_campaigns(staging.sortie)
    described = {code: read_description(campaign) for code, campaign in others.items()}
    start_siei(
        bases,
        staging.dossier / SIEI,
        _campaigns(staging),
        described | {staging.code: campagne},
        References(results.psad, results.psad_communes, read_historique(staging.sortie)),
        staging.travail,
    )


def _campaigns(staging: Staging) -> dict[str, PreparedCampaign]:
    """Return every campaign, this one included as it will be, oldest first."""
    this = {staging.code: PreparedCampaign(staging.code, staging.campagne)}
    return dict(sorted((prepared_campaigns(staging.sortie) | this).items()))
