"""`forbear disposal`: the register of what is pursued on, a check of what may be sold, the file for a buyer."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from django.core.management import call_command

from forbear.money import format_minor
from forbear.web import clock
from forbear.web.cases.models import Case
from forbear.web.cases.owed import total_owed_minor
from forbear.web.disposal import selectors
from forbear.web.disposal.models import Transfer
from forbear.web.disposal.transfers import eligible

REFUSED = 1


@click.group()
def disposal() -> None:
    """Write-off and transfer."""
    call_command("migrate", verbosity=0)


@disposal.command()
def register() -> None:
    """Print what was written off and is pursued on, with what came in since."""
    rows = selectors.register()
    for row in rows:
        held = row.write_off
        click.echo(
            f"{held.number} {held.posted_on} {format_minor(held.total_minor)} {format_minor(row.recovered_minor)} {format_minor(row.left_minor)}"
        )
    sums = selectors.totals(rows)
    click.echo(
        f"written off {format_minor(sums['written'])}, came in {format_minor(sums['recovered'])}, left {format_minor(sums['left'])}"
    )


@disposal.command()
@click.argument("cases", type=int, nargs=-1, required=True)
def check(cases: tuple[int, ...]) -> None:
    """Say of each case whether it may be sold today, and what keeps it. Exit status 1 if the law lets none be sold."""
    at = clock.now()
    owed = {case.pk: total_owed_minor(case, at.date()) for case in Case.objects.filter(pk__in=cases)}
    for fit in eligible.fits(list(owed), owed, at=at):
        click.echo(f"{fit.case_id} {', '.join(fit.against) or 'may be sold'}")
    said = eligible.law(at, "en")
    if not said["allowed"]:
        click.echo(f"the law of {at.date()} lets none of it be sold: {said['why']}", err=True)
        sys.exit(REFUSED)


@disposal.command("file")
@click.argument("number")
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the enciphered file goes.",
)
def write_file(number: str, out: Path) -> None:
    """Write the data file of a transfer, enciphered for its buyer."""
    found = Transfer.objects.filter(number=number).first()
    if found is None or found.file_cipher is None:
        click.echo(f"there is no data file of {number}; it is made when a transfer is carried out", err=True)
        sys.exit(REFUSED)
    out.write_bytes(bytes(found.file_cipher))
    click.echo(
        f"{out} sha256 {found.file_sha256}; the buyer opens it with: openssl cms -decrypt -inform DER -inkey KEY -in FILE"
    )
