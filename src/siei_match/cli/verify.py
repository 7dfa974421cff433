"""The command that compares an output folder with what seals it."""

from siei_match.cli.options import DONE, FAILED, Sortie, say


def verify(*, sortie: Sortie) -> int:
    """Hash an output folder against its manifests: what is missing, changed or extra.

    Compares every file of each campaign, prepared and released, the workbooks of a release and the
    manifests that the audit log noted. Databases are sealed by nothing: each run makes them again.
    Exit code 0: all as it was written; 1: a difference, each with its path. The log itself:
    `siei audit verify`.

    Example: `siei verify --sortie out`
    """
    from siei_match.release.verification import verify_folder

    told = verify_folder(sortie)
    campaigns, released = ", ".join(told.campaigns), ", ".join(told.released) or "none"
    lines = [
        f"{sortie}: {told.compared:,} files compared, {len(told.differences):,} differences.",
        f"  prepared  {campaigns}",
        f"  released  {released}",
        *(f"  {d.kind:<10} {d.path}" for d in told.differences),
        *(f"  at work, or left by a command that was cut: {name}" for name in told.unfinished),
    ]
    if told.differences:
        lines += ["", "Restore these from a back-up, or run that campaign again, oldest first."]
    say(lines)
    return FAILED if told.differences else DONE
