"""A demo bank: a portfolio of people who do not exist, written as the files a bank would deliver.

Same seed and date, same files. Limits and utilisation follow the quantiles measured on the real UCI portfolio
(`calibration.yaml`, made by `python -m forbear.demo.calibrate`); identity numbers, phones and cards use ranges
that no person can own.
"""

from forbear.demo.book import Book, make_book
from forbear.demo.files import write_files

__all__ = ["Book", "make_book", "write_files"]
