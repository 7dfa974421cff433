"""The mark of who downloaded a file: invisible to its reader, told again by `siei audit trace`.

It is an HMAC, under a secret of the page's own, of what the audit log says of that download: account, time,
list, format. Whoever reads the log cannot make it, nor can a platform make another's.

A workbook carries it as a property of the document and as a hidden name: both live through a save by Excel or
LibreOffice, and neither through cells copied elsewhere. A CSV carries it in which words stand between quotes:
any reader gives the same values, rows may be cut or moved, and a program that writes it anew loses it. Nothing
marks a Parquet file: of those the log knows the hash alone.
"""

import hmac
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Final

FIELD: Final = re.compile(r'("(?:[^"]|"")*"|[^;\r\n"]*)(;|\r\n|\n|$)')
WORD: Final = re.compile(r"[^\W\d_][^\W\d_]+(?:[ '’-][^\W\d_]+)*")
"""Letters alone: no spreadsheet takes them for a number, a date or a formula, with quotes or without."""
SPOKEN: Final = frozenset({"true", "false", "vrai", "faux", "null", "nan", "nil", "na", "inf"})
"""Words that a reader may take for something else unless they are quoted."""
SIGN: Final = re.compile(rb"siei[-_]([0-9a-f]{32})")
PROPERTY: Final = "Reference"
CUSTOM: Final = "docProps/custom.xml"
TYPES: Final = "[Content_Types].xml"
RELATIONS: Final = "_rels/.rels"
BOOK: Final = "xl/workbook.xml"
OF_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006"


@dataclass(frozen=True)
class Download:
    """A download as the audit log tells it."""

    par: str
    quand: str
    campagne: str
    psad: str
    format: str
    name: str
    """Of the file: liste-…, mouvements-…"""

    def mark(self, secret: bytes) -> bytes:
        """Return its mark, 32 bytes."""
        told = (self.par, self.quand, self.campagne, self.psad, self.format, self.name)
        return hmac.new(secret, "\n".join(("siei marque", *told)).encode(), "sha256").digest()


def stamp(when: datetime) -> str:
    """Return a time as an entry of the audit log has it."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds")


def put_mark(content: bytes, kind: str, mark: bytes) -> bytes:
    """Return a file with its mark in it; a kind that carries none as it is."""
    if kind == "csv":
        return mark_csv(content, mark)
    return mark_workbook(content, mark) if kind == "xlsx" else content


def mark_csv(content: bytes, mark: bytes) -> bytes:
    """Take the quotes off the words that the mark says, row by row; no value changes."""
    head, _, rows = content.decode("utf-8").partition("\n")
    parts = [f"{head}\n"]
    free: dict[str, bool] = {}  # the same towns and answers stand in most rows
    for fields, end in _rows(rows):
        values = [_value(text) for text in fields]
        drawn = _draw(mark, values)
        for n, value in enumerate(values):
            if value not in free:
                free[value] = _is_free(value)
            if free[value] and _bit(drawn, n):
                fields[n] = value
        parts.append(";".join(fields) + end)
    return "".join(parts).encode("utf-8")


def read_csv_bits(content: bytes) -> list[tuple[list[str], list[tuple[int, bool]]]]:
    """Return of each row its values, and of its words that can carry a mark whether they are bare."""
    rows = content.decode("utf-8", errors="replace").partition("\n")[2]
    found = []
    for fields, _ in _rows(rows):
        values = [_value(text) for text in fields]
        free = [(n, not text.startswith('"')) for n, text in enumerate(fields)
                if _is_free(values[n])]  # fmt: skip
        found.append((values, free))
    return found


def agreement(told: list[tuple[list[str], list[tuple[int, bool]]]], mark: bytes) -> tuple[int, int]:
    """Return how many words are as the mark says, and how many carry it."""
    same = every = 0
    for values, free in told:
        drawn = _draw(mark, values)
        same += sum(_bit(drawn, n) is bare for n, bare in free)
        every += len(free)
    return same, every


def _rows(text: str) -> Iterator[tuple[list[str], str]]:
    """Give the fields of each row, as they are written, and how it ends."""
    at = 0
    while at < len(text):
        line = text[at : (text.find("\n", at) + 1) or len(text)]
        body = line.rstrip("\r\n")
        fields = body.split(";")
        quoted = sum(len(f) > 1 and f[0] == '"' == f[-1] for f in fields)
        if body.count('"') == 2 * quoted:
            yield fields, line[len(body) :]
            at += len(line)
        else:  # something between quotes has a quote, a separator or the end of a line in it
            fields, end, at = _read_row(text, at)
            yield fields, end


def _read_row(text: str, at: int) -> tuple[list[str], str, int]:
    """Read the row that begins at `at`, field by field; return where the next one does, too."""
    fields = []
    while found := FIELD.match(text, at):
        fields.append(found[1])
        at = found.end()
        if found[2] != ";":
            return fields, found[2], at
    # Text goes on after a closing quote: no file of ours. The rest is one field.
    return [*fields, text[at:]], "", len(text)


def _value(text: str) -> str:
    return text[1:-1].replace('""', '"') if text[:1] == '"' else text


def _is_free(value: str) -> bool:
    return WORD.fullmatch(value) is not None and value.casefold() not in SPOKEN


def _draw(mark: bytes, values: list[str]) -> int:
    # Of the row alone: rows may be cut out, or sorted anew.
    return int.from_bytes(hmac.digest(mark, "\x1f".join(values).encode(), "sha256"), "big")


def _bit(drawn: int, n: int) -> bool:
    return bool(drawn >> (n % 256) & 1)


def mark_workbook(content: bytes, mark: bytes) -> bytes:
    """Add the mark to a workbook of ours, as a property of the document and as a hidden name."""
    name, made = f"siei-{mark[:16].hex()}", BytesIO()
    with (
        zipfile.ZipFile(BytesIO(content)) as source,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for member in source.infolist():
            if member.filename != CUSTOM:
                text = _with_mark(member.filename, source.read(member), name)
                target.writestr(member, text, zipfile.ZIP_DEFLATED)
        target.writestr(zipfile.ZipInfo(CUSTOM, (1980, 1, 1, 0, 0, 0)), _custom(name))
    return made.getvalue()


def read_workbook_mark(content: bytes) -> bytes | None:
    """Return the mark of a workbook, also saved by LibreOffice in a form of its own; None without one."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as book:
            for member in (CUSTOM, BOOK, "meta.xml", "content.xml"):
                if member in book.namelist():
                    with book.open(member) as part:
                        found = SIGN.search(part.read(LARGEST))
                    if found:
                        return bytes.fromhex(found[1].decode("ascii"))
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError):
        return None
    return None


LARGEST: Final = 4 << 20
"""Bytes of a member that are looked at."""


def _with_mark(member: str, content: bytes, name: str) -> bytes:
    kind = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
    added = {
        TYPES: (b"</Types>", f'<Override PartName="/{CUSTOM}" ContentType="{kind}"/>'),
        RELATIONS: (
            b"</Relationships>",
            f'<Relationship Id="rIdMark" Type="{OF_OFFICE}/relationships/custom-properties"'
            f' Target="{CUSTOM}"/>',
        ),
    }
    if member == BOOK:
        return _with_name(content, name.replace("-", "_"))
    if member not in added:
        return content
    end, text = added[member]
    return content.replace(end, text.encode() + end, 1)


def _with_name(content: bytes, name: str) -> bytes:
    defined = f'<definedName name="_{name}" hidden="1">1</definedName>'.encode()
    if b"<definedNames>" in content:
        return content.replace(b"</definedNames>", defined + b"</definedNames>", 1)
    whole = b"<definedNames>" + defined + b"</definedNames>"
    return content.replace(b"</sheets>", b"</sheets>" + whole, 1)


def _custom(name: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<Properties xmlns="{OF_OFFICE}/custom-properties" xmlns:vt="{OF_OFFICE}/docPropsVTypes">'
        f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="2" name="{PROPERTY}">'
        f"<vt:lpwstr>{name}</vt:lpwstr></property></Properties>"
    )
