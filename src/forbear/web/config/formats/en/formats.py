"""Dates as 2026-11-24 in both languages."""

DATE_FORMAT = SHORT_DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "Y-m-d H:i"
TIME_FORMAT = "H:i"
# <input type="date"> knows this form only.
DATE_INPUT_FORMATS = ["%Y-%m-%d"]
