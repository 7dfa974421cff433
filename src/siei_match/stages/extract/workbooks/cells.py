"""What a cell says, as text: numbers without their `.0`, days as AAAA-MM-JJ, codes with their zeros."""

import re
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

ORIGIN: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a workbook's day has no time zone
ORIGIN_1904: Final = datetime(1904, 1, 1)  # noqa: DTZ001
LAST_DAY: Final = 2_958_465
"""31 December 9999, the last day of a workbook."""
LONGEST_NUMBER: Final = 40
DIGITS: Final = 15
"""Figures that a workbook keeps of a number."""


def tell_number(value: str) -> str:
    """Tell a number as people write it: whole where it is whole."""
    if value.isdigit():
        return value
    try:
        number = Decimal(value) if len(value) <= LONGEST_NUMBER else None
    except InvalidOperation:
        return value
    if number is None or not number.is_finite() or abs(number.adjusted()) > DIGITS + 1:
        return value
    rounded = round(number, max(0, DIGITS - 1 - number.adjusted()))
    if rounded == rounded.to_integral_value():
        return str(int(rounded))
    return format(rounded.normalize(), "f")


def tell_day(value: str, origin: datetime = ORIGIN) -> str:
    """Tell a day's number as AAAA-MM-JJ, with its time where it has one; what is no day as a number."""
    try:
        number = float(value)
    except ValueError:
        return value
    if not 1 <= number <= LAST_DAY:
        return tell_number(value)
    moment = origin + timedelta(seconds=round(number * 86_400))
    if moment.time() == datetime.min.time():
        return moment.strftime("%Y-%m-%d")
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def zeros_of(form: str) -> int:
    """Return how many figures a number format writes at least: five for `00000`; 0 of others.

    `0#" "##" "##" "##" "##` is how French workbooks write telephones.
    """
    plain = re.sub(r'"[^"]*"|\\.|[ \-]', "", form.split(";")[0])
    return len(plain) if re.fullmatch("0[0#]+", plain) else 0
