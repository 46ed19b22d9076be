"""From the first word of a draft to its publication, on the screens."""

from __future__ import annotations

import pytest
from tests.web.law.conftest import CONTACT, NOON

from forbear.web.law import overlay
from forbear.web.law.models import Draft, Publication

pytestmark = pytest.mark.django_db
NEW = f"/law/drafts/new/?file={CONTACT}"


def form(text, **changed):
    return {"text": text, "effective_at": "2026-11-25T00:00:00", "note": "Evenings.", **changed}


def test_the_whole_way_of_a_draft(signed_in, author, second, evenings):
    first, other = signed_in(author), signed_in(second)

    first.post(NEW, form(evenings))
    draft = Draft.objects.get()
    page = first.get(f"/law/drafts/{draft.pk}/")
    assert "HOUSE-EVENINGS" in page.text
    first.post(f"/law/drafts/{draft.pk}/submit/")
    assert first.post(f"/law/drafts/{draft.pk}/publish/").status_code == 422
    other.post(f"/law/drafts/{draft.pk}/publish/")

    done = Publication.objects.get()
    assert (done.author, done.approved_by, done.must_acknowledge) == (author, second, True)
    assert [each["id"] for each in done.changes] == ["HOUSE-EVENINGS", "house/contact/evening_from"]


def test_what_stands_against_a_draft_is_shown_before_it_is_submitted(signed_in, author):
    loose = overlay.shipped_text("policy/house/day.yaml").replace('"09:00:00"', '"07:00:00"')
    client = signed_in(author)
    client.post("/law/drafts/new/?file=policy/house/day.yaml", form(loose))

    page = client.get(f"/law/drafts/{Draft.objects.get().pk}/")

    assert "policy loosens law" in page.text
    assert "cn/cba-2026-guide/quiet_to" in page.text
    assert "Submit to a second person" not in page.text


def test_hostile_notes_and_texts_are_escaped(signed_in, author, evenings):
    client = signed_in(author)
    hostile = evenings.replace("no collection calls from", "<script>alert(1)</script>")
    client.post(NEW, form(hostile, note="<img src=x onerror=alert(1)>"))

    for page in (client.get(f"/law/drafts/{Draft.objects.get().pk}/"), client.get("/law/drafts/")):
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text


def test_a_bad_form_is_shown_again_and_writes_nothing(signed_in, author):
    answer = signed_in(author).post(NEW, form("", effective_at="soon"))

    assert answer.status_code == 200
    assert not Draft.objects.exists()


def test_nobody_changes_a_colleagues_draft(signed_in, author, second, write):
    draft = write()

    assert signed_in(second).get(f"/law/drafts/{draft.pk}/edit/").status_code == 404
    assert signed_in(second).post(f"/law/drafts/{draft.pk}/withdraw/").status_code == 422


def test_judging_again_says_that_everything_holds(signed_in, author, case):
    from tests.web.law.test_publishing import ask

    ask(case, NOON)

    page = signed_in(author).get("/law/replay/", {"first": "2026-11-24", "last": "2026-11-24"})

    assert "Every decision is what the law of its date says." in page.text


def test_the_lists_take_the_same_queries_for_one_draft_and_for_many(
    signed_in, author, publish, django_assert_max_num_queries, evenings
):
    client = signed_in(author)
    publish()
    client.get("/law/drafts/")
    for path in ("/law/drafts/", "/law/notices/"):
        with django_assert_max_num_queries(5):
            assert client.get(path).status_code == 200
