"""How long 500 statements of claim with their calculation annex take: figures from PostgreSQL, two PDFs a matter, sealed.

Run: python -m bench.claims [MATTERS]. Beside it in the same process: Typst alone on the same data, nothing looked up.
"""

from __future__ import annotations

import sys
import time

from bench.machine import describe, in_own_database

from forbear.web.start import start

MANY = 500
KINDS = ["complaint", "calculation_annex"]


def measure(many: int) -> None:
    """Draft and print seconds, milliseconds a matter and the share of Typst."""
    from tests.web.cases.bank import Bank, day, moment
    from tests.web.litigation import claims

    from forbear.documents import render
    from forbear.web.litigation import batch, papers
    from forbear.web.litigation.dossier import gather
    from forbear.web.people.models import Role

    bank = Bank()
    lawyer = bank.person("lawyer", Role.LEGAL)
    held = claims.cases(bank, many)
    claims.contracts(held, lawyer)
    matters = claims.matters(held, lawyer, claims.agent(lawyer))
    papers.draft(
        gather(matters[0], day("2026-06-02"), moment("2026-06-02")), "complaint"
    )  # templates are linted once
    asked = batch.ask_papers(
        [m.pk for m in matters], KINDS, on=day("2026-06-02"), at=moment("2026-06-02"), by=lawyer
    )
    began = time.perf_counter()
    made = batch.draft_all(asked, moment("2026-06-02"))
    whole = time.perf_counter() - began
    began = time.perf_counter()
    packed = batch.packed(made, "pdf")
    zipped = time.perf_counter() - began
    d = gather(matters[0], day("2026-06-02"), moment("2026-06-02"))
    drafts = [papers.draft(d, kind) for kind in KINDS]
    began = time.perf_counter()
    for _again in range(20):
        for each in drafts:
            render(each.template, each.data, lang="zh")
    alone = (time.perf_counter() - began) / 20
    print(describe("", "typst"))
    print(f"{many} matters, {made.papers.count()} papers, {len(made.left_out)} left out")
    print(
        f"drafted in {whole:.1f} s, {whole / many * 1000:.0f} ms a matter; of it Typst's two PDFs {alone * 1000:.0f} ms"
    )
    print(f"packed in {zipped:.1f} s, {len(packed) / 1e6:.1f} MB")


if __name__ == "__main__":
    start()
    in_own_database(measure, int(sys.argv[1]) if len(sys.argv) > 1 else MANY)
