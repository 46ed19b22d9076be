"""Files for the credit register: a month, and corrections between months."""

from forbear.channels.credit_bureau.records import (
    CORRECTION_FIELDS,
    MONTH_FIELDS,
    Layout,
    correction_file,
    month_file,
    read_records,
)

__all__ = ["CORRECTION_FIELDS", "MONTH_FIELDS", "Layout", "correction_file", "month_file", "read_records"]
