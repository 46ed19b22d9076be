"""The files screens: who sees and does what, and nothing in a file becomes code on a page or in a spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook
from tests.web.intake.files import overdue, overdue_row, payment_row, payments

from forbear.web.intake.models import Alert, ImportBatch, RowIssue, Upload
from forbear.web.intake.tasks import apply_upload
from forbear.web.people.models import AccessLog
from forbear.web.portfolio.models import StandingPosition

pytestmark = pytest.mark.django_db
LIST = "CC_OVD_20261124_001.csv"
EVIL = '=HYPERLINK("http://x","y")<script>alert(1)</script>'


@pytest.fixture
def administrator(client, person):
    client.force_login(person("administrator"))
    return client


def upload(client, data: bytes, name: str = LIST, **fields):
    return client.post("/files/upload/", {"files": SimpleUploadedFile(name, data), **fields}, follow=True)


def test_an_administrator_hands_in_a_file_and_sees_what_became_of_it(administrator) -> None:
    page = upload(administrator, overdue([overdue_row(1), overdue_row(2, 欠款总额="3.00")]))
    batch = ImportBatch.objects.get()
    assert (batch.rows_applied, batch.rows_quarantined) == (1, 1)
    assert page.status_code == 200
    assert f"/files/{batch.pk}/" in page.content.decode()
    assert LIST in administrator.get(f"/files/{batch.pk}/").content.decode()


def test_several_files_at_once_in_any_order(administrator) -> None:
    files = [
        SimpleUploadedFile("CC_PAY_20261124_001.csv", payments([payment_row("T1", 1, "1.00")])),
        SimpleUploadedFile(LIST, overdue([overdue_row(1)])),
    ]
    administrator.post("/files/upload/", {"files": files})
    assert ImportBatch.objects.filter(replay_of=None, state="applied").count() == 2
    assert RowIssue.objects.filter(resolution="replayed").count() == 1


@pytest.mark.parametrize(
    ("role", "sees"), [("manager", 200), ("compliance", 200), ("collector", 403), ("field", 403)]
)
def test_who_may_see_files(client, person, receive, role, sees) -> None:
    batch = receive(LIST, overdue([overdue_row(1, 欠款总额="3.00")]))
    client.force_login(person(role))
    for page in ("/files/", f"/files/{batch.pk}/", "/files/alerts/"):
        assert client.get(page).status_code == sees, page


@pytest.mark.parametrize("role", ["manager", "compliance", "collector"])
def test_only_an_administrator_imports_corrects_exports_and_reverses(client, person, receive, role) -> None:
    batch = receive(LIST, overdue([overdue_row(1), overdue_row(2, 欠款总额="3.00")]))
    issue = batch.issues.get(severity="error")
    client.force_login(person(role))
    assert upload(client, overdue([overdue_row(3)]), "CC_OVD_20261125_001.csv").status_code == 403
    assert client.post(f"/files/{batch.pk}/reverse/", {"sure": "yes"}).status_code == 403
    assert client.get(f"/files/rows/{issue.pk}/").status_code == 403
    assert client.post(f"/files/rows/{issue.pk}/drop/", {"reason": "x"}).status_code == 403
    assert client.get(f"/files/{batch.pk}/set-aside.csv").status_code == 403
    assert ImportBatch.objects.get().state == "applied"


def test_a_stranger_is_sent_to_sign_in(client) -> None:
    assert client.get("/files/").status_code == 302


def test_a_hostile_name_and_cell_are_shown_as_text(administrator) -> None:
    row = overdue_row(1, 欠款总额=EVIL)
    upload(administrator, overdue([row]), "<img src=x onerror=alert(1)>.csv", layout="overdue_list")
    batch = ImportBatch.objects.get()
    for page in (
        "/files/",
        f"/files/{batch.pk}/",
        f"/files/rows/{batch.issues.filter(severity='error')[0].pk}/",
    ):
        text = administrator.get(page).content.decode()
        assert "<script>alert" not in text, page
        assert "<img src=x" not in text, page


def test_a_path_in_a_name_is_only_a_name(administrator, settings) -> None:
    upload(administrator, overdue([overdue_row(1)]), "../../etc/CC_OVD_20261124_001.csv")
    assert ImportBatch.objects.get().received_name == LIST


def test_a_download_of_rows_set_aside_runs_nothing_in_a_spreadsheet(administrator, receive) -> None:
    rows = [overdue_row(1), overdue_row(2, 欠款总额="=1+1", 客户姓名="@SUM(A1)")]
    batch = receive(LIST, overdue(rows))
    text = administrator.get(f"/files/{batch.pk}/set-aside.csv").content.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    assert len(lines) >= 2
    assert all(cell[:1] not in "=+-@\t\r" for line in lines for cell in line if cell)
    assert any("A000002" in cell for cell in lines[1])  # the row as it came
    book = load_workbook(io.BytesIO(administrator.get(f"/files/{batch.pk}/set-aside.xlsx").content))
    cells = [cell for line in book.active.iter_rows() for cell in line]
    assert all(cell.data_type != "f" for cell in cells)


def test_a_file_too_large_is_refused_before_it_is_read(administrator, settings) -> None:
    settings.FORBEAR_UPLOAD_BYTES_MAX = 1000
    page = upload(administrator, b"x" * 1001)
    assert page.status_code == 422
    assert (ImportBatch.objects.count(), Upload.objects.count()) == (0, 0)


def test_a_program_is_not_a_file_of_the_bank(administrator) -> None:
    assert upload(administrator, b"MZ", "bank.exe").status_code == 422


def test_where_is_row_answers_for_every_row(administrator, receive) -> None:
    batch = receive(LIST, overdue([overdue_row(1), overdue_row(2, 欠款总额="3.00")]))
    applied = administrator.get(f"/files/{batch.pk}/?row=2").content.decode()
    assert "A000001" in applied
    aside = administrator.get(f"/files/{batch.pk}/?row=3").content.decode()
    assert batch.issues.filter(severity="error")[0].message["zh"] in aside
    assert administrator.get(f"/files/{batch.pk}/?row=99999").context["answer"].where == "not_in_file"
    assert administrator.get(f"/files/{batch.pk}/?row=-1").status_code == 200


def test_a_row_is_corrected_on_screen_and_the_read_is_logged(administrator, receive) -> None:
    batch = receive(LIST, overdue([overdue_row(1), overdue_row(1, 账户号="A000900", 欠款总额="3.00")]))
    issue = batch.issues.get(severity="error")
    form = administrator.get(f"/files/rows/{issue.pk}/")
    assert AccessLog.objects.get().customer.customer_no == "C000001"
    marked = [cell.heading for cell in form.context["cells"] if cell.wrong]
    assert marked == ["欠款总额"]
    cells = {f"cell-{at}": cell.value for at, cell in enumerate(form.context["cells"])}
    at = next(f"cell-{at}" for at, cell in enumerate(form.context["cells"]) if cell.wrong)
    wrong = administrator.post(f"/files/rows/{issue.pk}/", cells | {at: "4.00"})
    assert wrong.status_code == 422
    right = administrator.post(f"/files/rows/{issue.pk}/", cells | {at: "1015.00"})
    assert right.status_code == 302
    assert StandingPosition.objects.count() == 2


def test_reversing_asks_for_a_tick(administrator, receive) -> None:
    batch = receive(LIST, overdue([overdue_row(1)]))
    administrator.post(f"/files/{batch.pk}/reverse/")
    assert ImportBatch.objects.get().state == "applied"
    administrator.post(f"/files/{batch.pk}/reverse/", {"sure": "yes"})
    assert ImportBatch.objects.get().state == "reversed"
    assert ImportBatch.objects.get().reversed_by.username == "administrator"


def test_reversing_from_under_a_later_file_says_which(administrator, receive) -> None:
    first = receive(LIST, overdue([overdue_row(1)]))
    receive("CC_PAY_20261124_001.csv", payments([payment_row("T1", 1, "1.00")]))
    page = administrator.post(f"/files/{first.pk}/reverse/", {"sure": "yes"}, follow=True)
    assert "CC_PAY_20261124_001.csv" in page.content.decode()
    assert ImportBatch.objects.get(pk=first.pk).state == "applied"


def test_an_alert_is_settled_with_what_was_found(administrator, receive) -> None:
    receive("CC_OVD_20261123_001.csv", overdue([overdue_row(n, on="20261123") for n in (1, 2)]))
    receive(LIST, overdue([overdue_row(1)]))
    alert = Alert.objects.get()
    assert "A000002" in administrator.get("/files/alerts/").content.decode()
    administrator.post(f"/files/alerts/{alert.pk}/settle/", {"finding": " "})
    assert Alert.objects.get().settled_at is None
    administrator.post(f"/files/alerts/{alert.pk}/settle/", {"finding": "branch 3301 was missing"})
    assert Alert.objects.get().settlement == "branch 3301 was missing"
    assert administrator.get("/files/alerts/").context["page"].paginator.count == 0


def test_what_is_expected_is_what_came_on_the_days_before(administrator, receive, settings) -> None:
    from tests.web.intake.files import at

    settings.FORBEAR_CLOCK_AT = at("2026-11-24", "09:00")
    receive(
        "CC_OVD_20261123_001.csv", overdue([overdue_row(1, on="20261123")]), moment=at("2026-11-23", "05:40")
    )
    expected = administrator.get("/files/").context["expected"]
    assert [(each.layout, each.usually_by, each.late) for each in expected] == [
        ("overdue_list", "05:40", True)
    ]
    receive(LIST, overdue([overdue_row(1)]), moment=at("2026-11-24", "06:00"))
    assert administrator.get("/files/").context["expected"][0].arrived.received_name == LIST


@pytest.mark.django_db(transaction=True)
def test_a_large_file_is_applied_by_a_worker_with_progress_seen_from_outside(
    administrator, monkeypatch
) -> None:
    monkeypatch.setattr("forbear.web.intake.uploads.AT_ONCE_BYTES", 100)
    upload(administrator, overdue([overdue_row(n) for n in range(1, 50)]))
    waiting = Upload.objects.get()
    assert (waiting.state, ImportBatch.objects.count()) == ("queued", 0)
    assert LIST in administrator.get("/files/under-way/").content.decode()
    apply_upload(upload_id=waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.batch.rows_applied, waiting.stored_as) == ("done", 49, "")
    assert StandingPosition.objects.count() == 49
