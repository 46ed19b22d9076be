"""The pages of letters: asking, progress, signing, releasing, results; refusals as much as successes."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.web.letters.conftest import AT
from tests.web.letters.test_letters import drafted, lawyers, printed, results

from forbear.web.letters.drafting import draft_all
from forbear.web.letters.models import LetterBatch, ResultsFile
from forbear.web.outbox.models import OutboxMessage
from forbear.web.people.models import AccessLog, User

pytestmark = pytest.mark.django_db(transaction=True)
ASK = {"kind": "letter_notice", "dpd_from": "1", "dpd_to": "10000", "most": "10", "agent": "", "mandate": ""}


@pytest.fixture(autouse=True)
def at(settings) -> None:
    settings.FORBEAR_CLOCK_AT = AT


def as_(client, user: User):
    user.language = "en"
    user.save()
    client.force_login(user)
    return client


def late(case, dpd=60):
    case.dpd = dpd
    case.save()
    return case


def test_a_batch_is_asked_for_followed_and_released(client, debtor, clerk, bank) -> None:
    first, second = late(debtor("示例路1号")), late(debtor(""))
    asked = as_(client, clerk).post("/letters/ask/", ASK)
    batch = LetterBatch.objects.get()
    assert asked.url == f"/letters/{batch.pk}/"
    assert 'hx-trigger="every 2s"' in client.get(asked.url).content.decode()  # it is still being drafted
    draft_all(batch, AT)

    page = client.get(asked.url).content.decode()
    assert "There is no usable address" in page
    assert "Release to the printer" not in page  # she asked for it herself
    client.post(f"/letters/{batch.pk}/release/")
    assert not OutboxMessage.objects.exists()
    assert "Release to the printer" in as_(client, bank.lead).get(asked.url).content.decode()
    client.post(f"/letters/{batch.pk}/release/")

    assert [row.case_id for row in OutboxMessage.objects.all()] == [first.pk]
    assert second.pk not in OutboxMessage.objects.values_list("case_id", flat=True)
    assert "Released for print" in client.get("/letters/").content.decode()


def test_nobody_gets_the_same_letter_twice_in_its_time(client, debtor, clerk) -> None:
    late(debtor())
    as_(client, clerk).post("/letters/ask/", ASK)
    draft_all(LetterBatch.objects.get(), AT)

    again = client.post("/letters/ask/", ASK)

    assert again.status_code == 422
    assert "No case was chosen" in again.content.decode()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"dpd_from": "90", "dpd_to": "30"}, "less than the least"),
        ({"most": "1000000"}, "less than or equal"),
        ({"kind": "postcard"}, "postcard"),
        ({"kind": "lawyer_letter"}, "a lawyer of the register"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(client, debtor, clerk, change, said) -> None:
    late(debtor())

    answer = as_(client, clerk).post("/letters/ask/", ASK | change)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not LetterBatch.objects.exists()


def test_a_lawyer_outside_sees_and_signs_only_what_bears_his_name(
    client, debtor, clerk, bank, lawyer, counsel
) -> None:
    others = drafted(clerk, debtor("示例路1号"))
    mine = lawyers(clerk, lawyer, debtor("示例路2号"))

    page = as_(client, counsel).get("/letters/").content.decode()
    assert f"/letters/{mine.pk}/" in page
    assert f"/letters/{others.pk}/" not in page
    assert client.get(f"/letters/{others.pk}/").status_code == 404
    assert client.post(f"/letters/{others.pk}/sign/").status_code == 404
    assert client.get(f"/letters/letter/{others.letters.get().pk}.pdf").status_code == 404
    assert client.post(f"/letters/{mine.pk}/release/").status_code == 403
    client.post(f"/letters/{mine.pk}/sign/")
    assert mine.letters.get().signature.by == counsel
    assert "signed" in as_(client, bank.lead).get(f"/letters/{mine.pk}/").content.decode().lower()


def test_whoever_opens_a_letter_is_written_down(client, debtor, clerk, bank) -> None:
    letter = drafted(clerk, debtor()).letters.get()

    answer = as_(client, clerk).get(f"/letters/letter/{letter.pk}.pdf")

    assert answer.content.startswith(b"%PDF-")
    assert AccessLog.objects.filter(user=clerk, customer=letter.case.customer, what="letter").exists()
    assert as_(client, bank.collector).get(f"/letters/letter/{letter.pk}.pdf").status_code == 403


def test_results_are_handed_in_as_a_file(client, debtor, clerk, bank, tmp_path) -> None:
    from forbear.web.letters.services import release

    batch = drafted(clerk, debtor())
    release(batch, at=AT, by=bank.lead)
    (line,) = printed(tmp_path)
    as_(client, clerk)

    def hand_in(content: bytes) -> str:
        file = SimpleUploadedFile("post.csv", content)
        return client.post("/letters/results/", {"file": file}, follow=True).content.decode()

    assert "line 2: unknown result" in hand_in(results((line.letter, "eaten", "2026-11-27")))
    assert not ResultsFile.objects.exists()
    assert "1 answer of the post taken" in hand_in(results((line.letter, "delivered", "2026-11-27")))
    page = client.get(f"/letters/{batch.pk}/").content.decode()
    assert "2026-11-27" in page
    assert "interrupts limitation" in page
    assert "Choose a file" in client.post("/letters/results/", {}, follow=True).content.decode()


def test_collectors_see_no_letters(client, bank) -> None:
    assert as_(client, bank.collector).get("/letters/").status_code == 403
    assert client.post("/letters/ask/", ASK).status_code == 403
    assert client.post("/letters/results/", {}).status_code == 403
