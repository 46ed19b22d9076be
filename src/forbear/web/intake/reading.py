"""Read received bytes through the channels, with this bank's mapping and keys."""

from __future__ import annotations

from django.conf import settings

from forbear.channels import LAYOUTS, Mapping, Options, ParsedFile, detect_layout, load_mapping, parse_file
from forbear.web.portfolio.vault import vault

MAPPING_FILE = "mapping.yaml"  # the bank's own headings and codes, in the data folder


def read_file(
    name: str, raw: bytes, *, layout: str | None = None, options: Options | None = None
) -> ParsedFile | None:
    """Parse a file, finding its layout when none is named; None when it looks like nothing we know.

    Raises KeyError for a layout that does not exist, BadMapping when the bank's mapping file cannot be used.
    """
    options, mapping = options or standard_options(), bank_mapping()
    chosen = layout or detect_layout(raw, name, mapping=mapping, options=options)
    if chosen is None:
        return None
    if chosen not in LAYOUTS:
        raise KeyError(f"no layout {chosen!r}; layouts are {', '.join(LAYOUTS)}")
    return parse_file(raw, layout=chosen, vault=vault(), received_name=name, mapping=mapping, options=options)


def standard_options() -> Options:
    """Return the options of this installation; FORBEAR_ALLOW_TEST_IDS lets invented people in (demo, tests)."""
    return Options(allow_test_ids=getattr(settings, "FORBEAR_ALLOW_TEST_IDS", False))


def bank_mapping() -> Mapping | None:
    """Return the bank's own mapping, if it left one in the data folder."""
    path = settings.HOME / MAPPING_FILE
    return load_mapping(path) if path.exists() else None
