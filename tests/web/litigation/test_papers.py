"""Papers for court: whole or not at all, to the cent, and never older than the last payment. Scenario S9."""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from datetime import timedelta

import docx
import pytest
from django.utils import translation
from pypdf import PdfReader
from tests.web.cases.bank import Bank, day, moment
from tests.web.litigation import claims

from forbear.documents import template
from forbear.web.law.current import packs_at
from forbear.web.ledger.models import Difference
from forbear.web.litigation import batch, paper_kinds, papers, services, steps
from forbear.web.litigation.dossier import CannotDraft, gather
from forbear.web.litigation.figures import excess, paid_since, stale_papers
from forbear.web.litigation.limitation import limits
from forbear.web.litigation.models import CourtEvidence, LegalMatter, MatterPaper
from forbear.web.litigation.selectors import recovered
from forbear.web.litigation.services import MatterRefused
from forbear.web.people.models import User
from forbear.web.portfolio.models import LedgerEntry, Position

pytestmark = pytest.mark.django_db
ALL = ["complaint", "calculation_annex", "evidence_list", "power_of_attorney"]
NUMBER = "(2026)沪0115民初1234号"
PARTS = ("principal_minor", "interest_minor", "compound_minor", "late_fee_minor", "fee_minor", "other_minor")


@pytest.fixture(autouse=True)
def chinese():
    with translation.override("zh-hans"):
        yield


def text(paper: MatterPaper) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(papers.opened(paper, "pdf"))).pages)


def bare(said: str) -> str:
    """Return a text without the gaps that setting it put in."""
    return re.sub(r"\s", "", said)


def words(paper: MatterPaper) -> str:
    made = docx.Document(io.BytesIO(papers.opened(paper, "docx")))
    return "\n".join(
        [p.text for p in made.paragraphs] + [c.text for t in made.tables for r in t.rows for c in r.cells]
    )


def by_hand(matter: LegalMatter, on: str) -> int:
    """Reckon a claim from the raw rows alone: the newest position, less what was booked after it."""
    total = 0
    for position in Position.objects.filter(account__customer_id=matter.case.customer_id):
        total += sum(getattr(position, part) for part in PARTS)
    for entry in LedgerEntry.objects.filter(account__customer_id=matter.case.customer_id):
        if day(claims.POSITION_ON) < entry.booked_on <= day(on):
            total -= entry.amount_minor
    return total


@pytest.fixture
def ready(bank: Bank, lawyer: User) -> LegalMatter:
    (case,) = claims.cases(bank, 1)
    claims.contracts([case], lawyer)
    return claims.matters([case], lawyer, claims.agent(lawyer))[0]


def test_the_annex_equals_the_claim_and_the_ledger_to_the_cent(bank, lawyer):
    held = claims.cases(bank, 12)
    claims.contracts(held, lawyer)
    for matter in claims.matters(held, lawyer, claims.agent(lawyer)):
        complaint, annex = papers.make_papers(
            matter,
            ["complaint", "calculation_annex"],
            on=day("2026-06-02"),
            at=moment("2026-06-02"),
            by=lawyer,
        )
        due = by_hand(matter, "2026-06-02")
        shown = f"{due // 100:,}.{due % 100:02d}元"
        assert matter.claim_minor == complaint.claim_minor == due
        assert all(shown in bare(text(paper)) for paper in (complaint, annex)), shown
        rows = docx.Document(io.BytesIO(papers.opened(annex, "docx"))).tables[0].rows[1:]
        cells = [re.sub("[,−-]", "", c.text) for row in rows for c in row.cells[2:7]]
        assert sum(int(cell.replace(".", "")) for cell in cells) == sum(
            getattr(p, part)
            for p in Position.objects.filter(account__customer_id=matter.case.customer_id)
            for part in PARTS
        )


def test_the_word_file_says_what_the_pdf_says(ready, lawyer):
    for paper in papers.make_papers(ready, ALL, on=day("2026-06-02"), at=moment("2026-06-02"), by=lawyer):
        in_word = words(paper)
        for line in ("上海市浦东新区人民法院", "示例银行股份有限公司信用卡中心"):
            assert (line in in_word) == (line in text(paper).replace("\n", ""))


@pytest.mark.parametrize(
    ("lose", "missing"),
    [
        ("contract", ["contract", "evidence", "rows"]), ("court", ["court"]), ("agent", ["agent", "agent_firm", "licence_no"]),
        ("identity", ["debtor_identity"]), ("breakdown", ["principal", "interest", "accounts"]),
    ],
)  # fmt: skip
def test_what_is_missing_is_named_and_nothing_is_drafted(bank, lawyer, lose, missing):
    (case,) = claims.cases(bank, 1)
    if lose == "identity":
        case.customer.id_no_cipher = None
        case.customer.save()
    if lose == "breakdown":
        Position.objects.all().delete()
    if lose != "contract":
        claims.contracts([case], lawyer)
    acting = claims.agent(lawyer, valid_until=day("2026-06-01") if lose == "agent" else day("2026-12-31"))
    (matter,) = claims.matters([case], lawyer, acting)
    if lose == "court":
        matter.court = ""
    with pytest.raises(papers.PaperIncomplete) as refused:
        papers.make_papers(matter, ALL, on=day("2026-06-02"), at=moment("2026-06-02"), by=lawyer)
    assert set(refused.value.missing) == set(missing)
    assert not MatterPaper.objects.exists()


def test_a_letter_bears_a_lawyers_name_only_while_the_licence_holds(ready, lawyer):
    ready.agent.valid_until = day("2026-06-02")
    with pytest.raises(CannotDraft):
        papers.make_papers(ready, ["lawyer_letter"], on=day("2026-06-03"), at=moment("2026-06-03"), by=lawyer, extra={"mandate": "委托书2026-1"})  # fmt: skip
    ready.agent.is_lawyer, ready.agent.valid_until = False, day("2026-12-31")
    with pytest.raises(CannotDraft):
        papers.make_papers(ready, ["lawyer_letter"], on=day("2026-06-03"), at=moment("2026-06-03"), by=lawyer, extra={"mandate": "委托书2026-1"})  # fmt: skip
    ready.agent.is_lawyer, proof = True, ready.agent.evidence_sha256
    ready.agent.evidence_sha256 = ""  # nothing on file shows the licence
    with pytest.raises(CannotDraft):
        papers.make_papers(ready, ["lawyer_letter"], on=day("2026-06-03"), at=moment("2026-06-03"), by=lawyer, extra={"mandate": "委托书2026-1"})  # fmt: skip
    ready.agent.evidence_sha256 = proof
    (letter,) = papers.make_papers(ready, ["lawyer_letter"], on=day("2026-06-03"), at=moment("2026-06-03"), by=lawyer, extra={"mandate": "委托书2026-1"})  # fmt: skip
    assert "沈律师" in text(letter)


@pytest.mark.parametrize(
    ("many", "no_contract", "no_figures", "paid"),
    [(24, 3, 2, 2), pytest.param(500, 20, 17, 12, marks=pytest.mark.stress)],
)
def test_scenario_s9_the_incomplete_left_out_the_paid_invalid_the_barred_flagged(
    bank, lawyer, many, no_contract, no_figures, paid
):
    old = claims.cases(bank, 2, seed=8, due="2023-02-01", paid=False)  # 5) nothing paid or demanded since
    held = [*claims.cases(bank, many - 2), *old]
    lacking = no_contract + no_figures
    claims.contracts(held[no_contract:], lawyer)
    Position.objects.filter(
        account__customer_id__in=[c.customer_id for c in held[no_contract:lacking]]
    ).delete()
    matters = claims.matters(held, lawyer, claims.agent(lawyer))

    asked = batch.ask_papers(
        [m.pk for m in matters], ALL[:2], on=day("2026-06-02"), at=moment("2026-06-02"), by=lawyer
    )
    made = batch.draft_all(asked, moment("2026-06-02"))
    assert (made.done, len(made.left_out), made.papers.count()) == (
        many,
        lacking,
        (many - lacking) * 2,
    )
    why = defaultdict(set)
    for row in made.left_out:
        why[tuple(row["missing"])].add(row["number"])
    assert why[("contract", "evidence")] == {m.number for m in matters[:no_contract]}
    assert why[("principal", "interest", "accounts")] == {m.number for m in matters[no_contract:lacking]}

    payers = matters[lacking : lacking + paid]
    for matter in payers:
        account = Position.objects.get(account__customer_id=matter.case.customer_id).account
        bank.pays(account, 10_000, value="2026-06-03")
    stale = stale_papers(made.papers.values_list("pk", flat=True))
    assert {p.matter_id for p in MatterPaper.objects.filter(pk__in=stale)} == {m.pk for m in payers}
    archive = zipfile.ZipFile(io.BytesIO(batch.packed(made, "pdf")))
    folders = {name.split("/")[0] for name in archive.namelist() if "/" in name}
    assert len(folders) == many - lacking - paid
    assert folders.isdisjoint({m.number for m in payers})
    told = archive.read("left_out.csv").decode("utf-8-sig")
    assert all(m.number in told for m in matters[:lacking] + payers)

    ends = limits([m.case_id for m in matters], day("2026-06-02"), packs_at(moment("2026-06-02")))
    assert {pk for pk, each in ends.items() if each.barred} == {case.pk for case in old}


def papers_of(matter, kinds, on, lawyer, **extra):
    return papers.make_papers(matter, kinds, on=day(on), at=moment(on, "09:00:00"), by=lawyer, extra=extra)


def go(matter, lawyer, *lines):
    for on, code, *facts in lines:
        matter = steps.step(
            matter, code, on=day(on), facts=facts[0] if facts else {}, at=moment(on), by=lawyer
        )
    return LegalMatter.objects.select_related("case__customer", "agent").get(pk=matter.pk)


def test_scenario_s9_one_matter_from_payment_order_to_an_asset_years_later(bank, lawyer, ready):
    matter = go(ready, lawyer, ("2026-06-01", "gather", {"route": "payment_order"}))
    question = steps.step(matter, "approve", on=day("2026-06-02"), facts={"balance_on": day("2026-06-02")}, at=moment("2026-06-02"), by=lawyer)  # fmt: skip
    with pytest.raises(MatterRefused):
        steps.answer(question, yes=True, at=moment("2026-06-02"), by=lawyer)
    steps.answer(question, yes=True, at=moment("2026-06-02", "11:00:00"), by=bank.lead)
    matter.refresh_from_db()
    assert matter.state == "approved"

    with pytest.raises(MatterRefused, match="支付令申请书"):
        go(matter, lawyer, ("2026-06-03", "apply_payment_order", {"payment_order_open": True}))
    wanted = steps.wanted_papers("apply_payment_order", day("2026-06-03"), moment("2026-06-03"))
    papers_of(matter, wanted, "2026-06-03", lawyer)
    account = Position.objects.get(account__customer_id=matter.case.customer_id).account
    bank.pays(account, 500, value="2026-06-04")
    with pytest.raises(MatterRefused, match="还款"):
        go(matter, lawyer, ("2026-06-05", "apply_payment_order", {"payment_order_open": True}))
    papers_of(matter, wanted, "2026-06-05", lawyer)
    matter = go(
        matter, lawyer, ("2026-06-05", "apply_payment_order", {"payment_order_open": True}),
        ("2026-06-09", "po_accept", {"court_case_no": "(2026)沪0115民督9号"}), ("2026-06-15", "po_issue"), ("2026-07-01", "po_serve"),
    )  # fmt: skip
    with pytest.raises(MatterRefused):  # day 16 is too late
        go(matter, lawyer, ("2026-07-17", "object", {"objection_valid": True}))
    matter = go(matter, lawyer, ("2026-07-16", "object", {"objection_valid": True}))
    with pytest.raises(MatterRefused):  # nobody says filed without the court's number
        go(matter, lawyer, ("2026-07-20", "to_suit"))
    matter = go(matter, lawyer, ("2026-07-20", "to_suit", {"court_case_no": NUMBER}))
    assert (matter.next_term, matter.next_last_day) == ("court_fee_prepay", day("2026-07-27"))

    due = steps.fee_due(matter, on=day("2026-07-21"), at=moment("2026-07-21"))
    with pytest.raises(MatterRefused, match=due):
        go(matter, lawyer, ("2026-07-21", "pay_fee", {"fee": "1.00"}))
    matter = go(
        matter, lawyer, ("2026-07-21", "pay_fee", {"fee": due}), ("2026-08-03", "serve"),
        ("2026-08-05", "set_hearing", {"hearing_on": day("2026-09-07")}), ("2026-09-07", "decide", {"amount_awarded": "20000.00"}),
        ("2026-09-23", "stands"), ("2026-09-23", "set_performance", {"perform_by": day("2026-10-08")}),
    )  # fmt: skip
    assert (matter.next_term, matter.next_last_day) == (
        "enforcement_application",
        day("2028-10-09"),
    )  # the 8th is a Sunday
    assert [f"{c.amount_minor // 100}.{c.amount_minor % 100:02d}" for c in matter.costs.all()] == [due]

    wanted = steps.wanted_papers("apply_enforcement", day("2026-11-09"), moment("2026-11-09"))
    applied = papers_of(matter, wanted, "2026-11-09", lawyer, assets="银行存款，账户见附件")
    # 32 days of doubled interest on 20,000.00 at 0.0175 per cent a day
    assert "人民币112.00元" in bare(text(applied[0]))
    assert "人民币20,112.00元" in bare(text(applied[0]))
    matter = go(
        matter, lawyer, ("2026-11-09", "apply_enforcement"), ("2026-11-16", "begin_enforcement", {"court_case_no": "(2026)沪0115执7号"}),
        ("2027-03-01", "suspend", {"search_exhausted": True, "consumption_limited": True}),
    )  # fmt: skip
    assert (matter.ended, matter.case.state) == (False, "legal_dormant")
    awake = go(matter, lawyer, ("2031-05-06", "revive", {"asset_lead": "车辆"}))
    assert awake.state == "enforcing"
    assert services.broken_moves(awake) == []
    assert services.as_matter(awake) == services.replayed(awake, moment("2031-05-06"))


def test_a_batch_that_was_killed_goes_on_where_it_stopped(bank, lawyer):
    held = claims.cases(bank, 5)
    claims.contracts(held, lawyer)
    matters = claims.matters(held, lawyer, claims.agent(lawyer))
    asked = batch.ask_papers(
        [m.pk for m in matters], ALL[:1], on=day("2026-06-02"), at=moment("2026-06-02"), by=lawyer
    )
    papers.make_papers(
        matters[0], ALL[:1], on=day("2026-06-02"), at=moment("2026-06-02"), by=lawyer, batch=asked
    )
    made = batch.draft_all(asked, moment("2026-06-02"))
    assert (made.done, made.papers.count()) == (5, 5)


def test_evidence_and_papers_are_never_changed(ready, lawyer):
    from django.db import DatabaseError, transaction

    papers.make_papers(ready, ["complaint"], on=day("2026-06-02"), at=moment("2026-06-02"), by=lawyer)
    for model in (MatterPaper, CourtEvidence):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            model.objects.all().delete()


def test_interruptions_move_the_end_of_limitation(bank, lawyer):
    (case,) = claims.cases(bank, 1, due="2023-06-23", paid=False)
    at = packs_at(moment("2026-06-02"))
    near = limits([case.pk], day("2026-06-02"), at)[case.pk]
    assert (near.barred, near.level, near.last_day - near.starts_on > timedelta(days=1090)) == (
        False,
        2,
        True,
    )
    account = Position.objects.get(account__customer_id=case.customer_id).account
    entry = bank.pays(account, 100, value="2026-06-01")
    paid = limits([case.pk], day("2026-06-02"), at)[case.pk]
    assert paid.last_day > near.last_day + timedelta(days=1000)
    bank.takes_back(entry, on="2026-06-02")
    assert limits([case.pk], day("2026-06-02"), at)[case.pk].last_day == near.last_day


def test_an_annex_that_does_not_tie_to_the_ledger_is_not_drafted(ready, lawyer):
    position = Position.objects.get(account__customer_id=ready.case.customer_id)
    found = Difference.objects.create(
        account_id=position.account_id,
        data_on=position.data_on,
        bank_minor=[2],
        ours_minor=[1],
        absolute_minor=1,
        found_at=moment("2026-06-01"),
    )
    with pytest.raises(papers.PaperIncomplete) as refused:
        papers.make_papers(ready, ALL, on=day("2026-06-02"), at=moment("2026-06-02"), by=lawyer)
    assert refused.value.missing == ["ledger_digest"]
    found.closed_at = moment("2026-06-02")
    found.save()
    assert papers.make_papers(ready, ALL, on=day("2026-06-02"), at=moment("2026-06-02"), by=lawyer)


@pytest.mark.parametrize(("late_fee", "over"), [(90_000, ("2630.14", "269.86")), (63_014, None)])
def test_w13_what_is_above_the_courts_line_is_flagged_for_legal_review(ready, late_fee, over):
    Position.objects.filter(account__customer_id=ready.case.customer_id).update(
        principal_minor=2_000_000,
        interest_minor=200_000,
        compound_minor=0,
        late_fee_minor=late_fee,
        fee_minor=0,
        other_minor=0,
    )
    ready.case.dpd = 200
    found = excess(ready, day("2026-06-02"), packs_at(moment("2026-06-02")))
    assert (found and (found["line"], found["excess"])) == over


def test_a_court_gets_the_form_it_asks_for_and_every_other_the_houses(bank, lawyer, ready):
    (house,) = papers_of(ready, ["complaint"], "2026-06-02", lawyer)
    ready.court = "示例市示例区人民法院"
    own, annex = papers_of(ready, ALL[:2], "2026-06-02", lawyer)
    assert (house.template, own.template, annex.template) == (
        "complaint",
        "complaint_narrative",
        "calculation_annex",
    )
    assert "当事人信息" in text(house)
    assert "当事人信息" not in text(own)
    assert f"{own.claim_minor // 100:,}.{own.claim_minor % 100:02d}元" in bare(text(own))
    assert "民事起诉状" in words(own)


def test_a_form_that_is_not_there_is_named(ready, lawyer, monkeypatch):
    monkeypatch.setattr(papers, "form_of", lambda d, kind: "no_such_form")
    with pytest.raises(CannotDraft, match="no_such_form"):
        papers_of(ready, ["complaint"], "2026-06-02", lawyer)


def test_every_form_of_a_court_takes_no_more_than_its_paper_gives(ready):
    d = gather(ready, day("2026-06-02"), moment("2026-06-02"))
    for row in d.house("court_templates"):
        assert set(template(row["template"]).variables) <= set(paper_kinds.KINDS[row["paper"]](d)), row


def test_papers_that_name_another_court_or_agent_are_not_handed_in(bank, ready, lawyer):
    made = papers_of(ready, ALL, "2026-06-02", lawyer)
    assert papers.papers_not_ready(ready, ALL) == []
    other = claims.agent(lawyer, name="顾律师", licence_no="13101202600000002")
    for court, agent in (("上海市黄浦区人民法院", ready.agent), (ready.court, other)):
        LegalMatter.objects.filter(pk=ready.pk).update(court=court, agent=agent)
        matter = LegalMatter.objects.get(pk=ready.pk)
        assert len(papers.papers_not_ready(matter, ALL)) == len(ALL)
        assert set(papers.invalid(list(matter.papers.all()))) == {p.pk for p in made}


def test_evidence_stands_in_the_order_a_court_reads_it(ready, lawyer):
    for kind, title in (("identity", "身份证"), ("terms_shown", "提示录音")):
        CourtEvidence.objects.create(
            case=ready.case, kind=kind, title=title, pages=1, sha256=title.encode().hex(), content_cipher=b"x",
            at=moment("2026-05-01"), by=lawyer,
        )  # fmt: skip
    complaint, listed = papers_of(ready, ["complaint", "evidence_list"], "2026-06-02", lawyer)
    for paper in (complaint, listed):
        said = text(paper).replace("\n", "")
        assert said.rindex("领用合约") < said.rindex("提示录音") < said.rindex("身份证"), paper.kind


def test_a_complaint_gives_the_debtors_own_telephone_number_and_no_wrong_one(bank, ready, lawyer):
    customer = ready.case.customer
    bank.number(customer, "10013800009", relation="spouse")
    wrong = bank.number(customer, "10013800008")
    wrong.state = "wrong_person"
    wrong.save()
    (without,) = papers_of(ready, ["complaint"], "2026-06-02", lawyer)
    assert "100138" not in text(without)
    bank.number(customer, "10013800007")
    (with_it,) = papers_of(ready, ["complaint"], "2026-06-02", lawyer)
    assert "10013800007" in text(with_it)


def test_taking_back_an_older_payment_lowers_nothing_that_came_since(bank, lawyer):
    (case,) = claims.cases(bank, 1, paid=False)
    (ready,) = claims.matters([case], lawyer, None)
    account = Position.objects.get(account__customer_id=case.customer_id).account
    old = bank.pays(account, 50_000, value="2026-03-01")
    bank.pays(account, 30_000, value="2026-06-10")
    bounced = bank.pays(account, 20_000, value="2026-06-11")
    bank.takes_back(old, on="2026-06-12")
    bank.takes_back(bounced, on="2026-06-12")
    assert paid_since(case, day("2026-06-05"), day("2026-06-30")) == 30_000
    assert recovered([ready]) == {ready.pk: 30_000}  # the claim was counted on 1 June


def test_the_word_file_of_the_annex_lies_on_its_side_and_leaves_figures_whole(ready, lawyer):
    (annex,) = papers_of(ready, ["calculation_annex"], "2026-06-02", lawyer)
    made = docx.Document(io.BytesIO(papers.opened(annex, "docx")))
    assert made.sections[0].page_width > made.sections[0].page_height
    cells = made.tables[0].rows[1].cells
    assert sum(cell.width for cell in cells) <= made.sections[0].page_width
    assert cells[2].paragraphs[0].alignment == 2  # right
