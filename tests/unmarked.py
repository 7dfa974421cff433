"""What a download is without its mark: to be compared, byte for byte, with what was released."""

import re
import zipfile
from io import BytesIO

FIELD = re.compile(r'("(?:[^"]|"")*")|([^\W\d_][^;\r\n"]*)')
"""A text between quotes, or a word without: a date or a number begins with neither."""
ADDED = re.compile(
    rb'<Override PartName="/docProps/custom.xml"[^>]*>|<Relationship Id="rIdMark"[^>]*>|'
    rb'<definedName name="_siei_[0-9a-f]{32}" hidden="1">1</definedName>'
)


def without_mark(content: bytes, kind: str) -> object:
    """Every text between quotes again; the members of a workbook without what was added."""
    if kind == "csv":
        head, end, rows = content.decode("utf-8").partition("\n")
        again = FIELD.sub(lambda found: found[1] or f'"{found[2]}"', rows)
        return (head + end + again).encode("utf-8")
    if kind == "xlsx":
        with zipfile.ZipFile(BytesIO(content)) as book:
            return {
                name: ADDED.sub(b"", book.read(name)).replace(b"<definedNames></definedNames>", b"")
                for name in book.namelist()
                if name != "docProps/custom.xml"
            }
    return content
