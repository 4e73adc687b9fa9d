"""The values of an XLSX sheet's cells as text, by their type and number format (ECMA-376, part 1, §18.3, §18.8)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from base.files.cell_text import UNCALCULATED

#: Day zero of Excel's dates (which count a 29 February 1900 that never was), and of old Macs.
DAY_ZERO, DAY_ZERO_OF_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 - a workbook has no zones
BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
#: Colours, conditions, languages, and literal texts of a number format say nothing of dates.
_NOT_A_FORMAT = re.compile(r'\[(?![hms]+\])[^\]]*\]|"[^"]*"|\\.|_.|General', re.IGNORECASE)
_DATE_LETTERS = re.compile(r"[ymdhs]", re.IGNORECASE)
_ZEROS = re.compile(r"0{2,20}")


@dataclass(frozen=True)
class Formats:
    """Which styles of a workbook make a date of a number, and which fill it with zeros to a width."""

    dates: frozenset[int] = frozenset()
    zeros: Mapping[int, int] = field(default_factory=dict)
    day_zero: datetime = DAY_ZERO


def formats(style_formats: Sequence[int], codes: Mapping[int, str], *, since_1904: bool) -> Formats:
    """`style_formats` is the number format of each cell style; `codes` are the workbook's own formats."""
    dates, zeros = set(), {}
    for style, number in enumerate(style_formats):
        code = codes.get(number, "")
        if number in BUILT_IN_DATES or (code and _DATE_LETTERS.search(_NOT_A_FORMAT.sub("", code))):
            dates.add(style)
        elif _ZEROS.fullmatch(code):
            zeros[style] = len(code)
    return Formats(frozenset(dates), zeros, DAY_ZERO_OF_1904 if since_1904 else DAY_ZERO)


def text_of(kind: str, style: int, value: str, *, has_formula: bool, strings: Sequence[str], known: Formats) -> str:
    """What a person would have typed. Raises ValueError or IndexError for a value that its type does not allow."""
    if not value:
        return UNCALCULATED if has_formula and kind != "str" else ""
    if kind == "s":
        return strings[int(value)]
    if kind == "b":
        return "VERDADERO" if value == "1" else "FALSO"
    if kind in ("inlineStr", "str", "e"):
        return value
    if kind == "d":
        return _moment(datetime.fromisoformat(value.replace("Z", "")))
    return _number(value, style, known)


def _number(value: str, style: int, known: Formats) -> str:
    if style in known.dates:
        return _date(float(value), known.day_zero)
    plain = value if value.isdigit() and len(value) <= 15 else f"{float(value):.15g}"
    return plain.zfill(known.zeros[style]) if style in known.zeros and plain.isdigit() else plain


def _date(days: float, day_zero: datetime) -> str:
    """`25/07/2020`, `25/07/2020 22:07:13`, or `22:07:13` for a time alone; a number beyond the calendar as it is."""
    try:
        moment = day_zero + timedelta(days=days)
    except OverflowError:
        return f"{days:.15g}"
    return _rounded(moment).strftime("%H:%M:%S") if 0 <= days < 1 else _moment(moment)


def _rounded(moment: datetime) -> datetime:
    """Excel counts days with a fraction, so that a second may come out a little short."""
    return (moment + timedelta(milliseconds=500)).replace(microsecond=0)


def _moment(moment: datetime) -> str:
    moment = _rounded(moment)
    midnight = (moment.hour, moment.minute, moment.second) == (0, 0, 0)
    return moment.strftime("%d/%m/%Y" if midnight else "%d/%m/%Y %H:%M:%S")
