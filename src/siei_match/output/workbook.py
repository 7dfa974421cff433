"""Workbooks in which nothing is guessed: texts are text cells, and no clock enters the file."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import xlsxwriter


def write_workbook(fill: Callable[[Any], None], **properties: str) -> bytes:
    """Return the workbook that `fill` makes; the same cells give the same bytes.

    Leading zeros stay and no formula ever runs. `properties`: the document's title, subject…
    """
    memory = BytesIO()
    book = xlsxwriter.Workbook(
        memory,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    )
    # No clock: a workbook's date is that of its campaign.
    created = datetime(1980, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    book.set_properties({**properties, "created": created})
    fill(book)
    book.close()
    return memory.getvalue()
