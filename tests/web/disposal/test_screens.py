"""The disposal room's pages: who may see what, refusals in words, the way of a write-off and of a transfer through the screens."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.web.disposal.book import AT, PROOF, approved, demanded, written_off

from forbear.web.cases.models import Approval
from forbear.web.disposal.commands import disposal
from forbear.web.disposal.models import Transfer, WriteOff
from forbear.web.disposal.transfers.execution import carry_out
from forbear.web.people.models import AccessLog

pytestmark = pytest.mark.django_db
PAGES = ("disposal", "disposal_write_offs", "disposal_register", "disposal_transfers")


@pytest.fixture(autouse=True)
def still(settings):
    settings.FORBEAR_CLOCK_AT = AT


def at(page: str, *args: object) -> str:
    return reverse(page, args=args)


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_answer_those_who_may_and_nobody_who_collects(client, bank, late, lawyer, keeper, page):
    for person, status in ((lawyer, 200), (bank.lead, 200), (keeper, 200), (bank.collector, 403)):
        client.force_login(person)
        assert client.get(at(page)).status_code == status, person


def test_a_write_off_goes_from_the_list_to_the_register(client, bank, late, lawyer):
    case, _account = late
    demanded(bank, case)
    client.force_login(lawyer)
    assert str(case.pk) in client.get(at("disposal")).content.decode()
    where = client.post(at("disposal_begin"), {"criterion": "pursued", "case": [case.pk]}).url
    held = WriteOff.objects.get()
    shown = client.get(where).content.decode()
    assert "财产查询记录" in shown
    assert "disabled" in shown
    wrong = client.post(at("disposal_step", held.number, "ask"), {"reason": "无法收回"})
    assert (wrong.status_code, "财产查询记录" in wrong.content.decode()) == (422, True)
    file = SimpleUploadedFile("s.pdf", PROOF)
    assert (
        client.post(at("disposal_step", held.number, "proof"), {"proof": "search", "file": file}).status_code
        == 302
    )
    assert client.post(at("disposal_step", held.number, "ask"), {"reason": "无法收回"}).status_code == 302
    client.force_login(bank.lead)
    assert "核销" in client.get(at("approvals")).content.decode()
    assert (
        client.post(at("approvals_answer", Approval.objects.get().pk), {"answer": "yes"}).status_code == 302
    )
    assert held.number in client.get(at("disposal_register")).content.decode()
    assert AccessLog.objects.filter(what="disposal", user=lawyer, customer=case.customer).exists()


def test_what_went_stale_is_told_in_the_inbox_and_not_posted(client, bank, late, lawyer):
    case, account = late
    demanded(bank, case)
    client.force_login(lawyer)
    client.post(at("disposal_begin"), {"criterion": "pursued", "case": [case.pk]})
    held = WriteOff.objects.get()
    client.post(
        at("disposal_step", held.number, "proof"),
        {"proof": "search", "file": SimpleUploadedFile("s.pdf", PROOF)},
    )
    client.post(at("disposal_step", held.number, "ask"), {"reason": "无法收回"})
    bank.pays(account, 100, value="2026-06-02")
    client.force_login(bank.lead)
    answer = client.post(at("approvals_answer", Approval.objects.get().pk), {"answer": "yes"}, follow=True)
    assert "欠款已变化" in answer.content.decode()
    held.refresh_from_db()
    assert held.state == "asked"


def test_a_transfer_is_prepared_approved_and_carried_out_on_screen(client, bank, late, buyer, lawyer):
    case, _account = late
    client.force_login(lawyer)
    wrong = client.post(at("disposal_transfer_begin"), buyer | {"certificate": "x", "case": [case.pk]})
    assert (wrong.status_code, "PEM" in wrong.content.decode()) == (422, True)
    where = client.post(at("disposal_transfer_begin"), buyer | {"case": [case.pk]}).url
    held = Transfer.objects.get()
    assert "可以转让" in client.get(where).content.decode()
    early = client.post(at("disposal_transfer_step", held.number, "do"))
    assert early.status_code == 422
    client.post(at("disposal_transfer_step", held.number, "ask"), {"reason": "批量转让"})
    client.force_login(bank.lead)
    client.post(at("approvals_answer", Approval.objects.get().pk), {"answer": "yes"})
    client.force_login(lawyer)
    assert client.post(at("disposal_transfer_step", held.number, "do")).status_code == 302
    shown = client.get(where).content.decode()
    assert "尚未对债务人发生效力" in shown
    assert "张伟明" not in shown
    assert client.post(at("disposal_file", held.number))["Content-Type"] == "application/pkcs7-mime"
    client.force_login(bank.lead)
    assert client.post(at("disposal_file", held.number)).status_code == 403


def test_taking_back_asks_for_the_consent(client, bank, late, buyer, lawyer):
    case, _account = late
    held = approved(bank, [case], buyer, lawyer)
    carry_out(held, at=AT, by=lawyer)
    item = held.items.get()
    client.force_login(bank.lead)
    where = at("disposal_transfer_step", held.number, "back")
    assert client.post(where, {"item": item.pk, "reason": "误转让"}).status_code == 422
    assert (
        client.post(
            where, {"item": "x", "reason": "误转让", "file": SimpleUploadedFile("c.pdf", PROOF)}
        ).status_code
        == 404
    )
    assert (
        client.post(
            where, {"item": item.pk, "reason": "误转让", "file": SimpleUploadedFile("c.pdf", PROOF)}
        ).status_code
        == 302
    )
    client.force_login(bank.collector)
    assert client.post(where, {"item": item.pk}).status_code == 403


@pytest.mark.parametrize("what", ["burn", "proof"])
def test_an_unknown_step_and_a_missing_file_are_said(client, bank, late, lawyer, what):
    client.force_login(lawyer)
    client.post(at("disposal_begin"), {"criterion": "pursued", "case": [late[0].pk]})
    assert client.post(at("disposal_step", WriteOff.objects.get().number, what)).status_code == 422


def test_the_command_prints_the_register_and_says_what_may_be_sold(bank, late, lawyer, monkeypatch, tmp_path):
    monkeypatch.setattr("forbear.web.disposal.commands.call_command", lambda *_given, **_named: None)
    case, _account = late
    written_off(bank, case, lawyer)
    run = CliRunner()
    assert "left 20000.00" in run.invoke(disposal, ["register"]).output
    assert "may be sold" in run.invoke(disposal, ["check", str(case.pk)]).output
    assert run.invoke(disposal, ["file", "ZR1", "--out", str(tmp_path / "x")]).exit_code == 1


def test_the_law_is_told_in_the_readers_language(client, bank, late, lawyer):
    lawyer.language = "en"
    lawyer.save()
    client.force_login(lawyer)
    client.post(at("disposal_begin"), {"criterion": "pursued", "case": [late[0].pk]})
    shown = client.get(at("disposal_write_off", WriteOff.objects.get().number)).content.decode()
    assert "Card principal, interest and fees may be written off" in shown
    assert "信用卡透支款项" not in shown
