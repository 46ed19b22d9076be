"""Recordings: taken once, sealed, tied to the attempt, heard by few, kept as long as the question says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.test import Client
from tests.web.cases.bank import moment
from tests.web.recordings.conftest import AUDIO, NOON

from forbear.web.cases.models import Case, CaseEvent
from forbear.web.people.models import AccessLog
from forbear.web.recordings import selectors, services
from forbear.web.recordings.commands import take
from forbear.web.recordings.models import Recording, VendorEvent

pytestmark = pytest.mark.django_db


def kept(centre, attempt, **changed) -> Recording:
    assert centre.tell(centre.ready(attempt, **changed)).status_code == 200
    assert centre.send(AUDIO).json() == {"kept": True}
    return Recording.objects.get()


def test_a_recording_is_announced_uploaded_sealed_and_tied_to_its_attempt(centre, attempt, tmp_path):
    row = kept(centre, attempt)

    assert (row.state, row.attempt) == ("kept", attempt)
    sealed = (tmp_path / "recordings" / row.path).read_bytes()
    assert AUDIO[:64] not in sealed
    assert CaseEvent.objects.get(kind="recording").payload["sha256"] == row.sha256
    assert selectors.missing(NOON) == []


def test_what_is_told_twice_is_taken_once(centre, attempt):
    kept(centre, attempt)

    assert centre.tell(centre.ready(attempt)).json() == {"new": 0}
    assert centre.send(AUDIO).status_code == 200
    assert (Recording.objects.count(), VendorEvent.objects.count()) == (1, 1)
    assert CaseEvent.objects.filter(kind="recording").count() == 1


@pytest.mark.parametrize("data", [AUDIO[:-1], AUDIO + b"x", AUDIO[:-1] + b"\x00", b""])
def test_other_bytes_than_those_announced_are_refused_and_leave_nothing(centre, attempt, tmp_path, data):
    centre.tell(centre.ready(attempt))

    assert centre.send(data).status_code == 422
    assert Recording.objects.get().state == "expected"
    assert list((tmp_path / "recordings").iterdir()) == []


def test_nobody_without_the_signature_tells_or_sends_anything(centre, attempt):
    body = json.dumps([centre.ready(attempt)]).encode()
    forged = {"X-Forbear-Signature": "t=1,v1=" + "0" * 64}

    assert (
        Client().post("/recordings/hooks/centre/", body, content_type="application/json").status_code == 403
    )
    assert (
        Client()
        .post("/recordings/hooks/centre/", body, content_type="application/json", headers=forged)
        .status_code
        == 403
    )
    assert (
        Client().post("/recordings/hooks/nobody/", body, content_type="application/json").status_code == 404
    )
    centre.tell(centre.ready(attempt))
    assert centre.send(AUDIO, said=b"other").status_code == 403
    assert Recording.objects.get().state == "expected"


def test_those_allowed_hear_it_whole_or_in_parts_and_it_is_logged(centre, attempt, auditor):
    row = kept(centre, attempt)
    ears = Client()
    ears.force_login(auditor)
    url = f"/recordings/{row.pk}/audio"

    assert b"".join(ears.get(url).streaming_content) == AUDIO
    part = ears.get(url, headers={"Range": "bytes=65530-65550"})
    assert (part.status_code, part["Content-Range"]) == (206, f"bytes 65530-65550/{len(AUDIO)}")
    assert b"".join(part.streaming_content) == AUDIO[65530:65551]
    tail = ears.get(url, headers={"Range": "bytes=-10"})
    assert b"".join(tail.streaming_content) == AUDIO[-10:]
    assert ears.get(url, headers={"Range": f"bytes={len(AUDIO)}-"}).status_code == 416
    assert AccessLog.objects.filter(what="recording", customer=attempt.customer).count() == 1


def test_a_collector_does_not_listen(centre, attempt, bank):
    row = kept(centre, attempt)
    ears = Client()
    ears.force_login(bank.collector)

    assert ears.get(f"/recordings/{row.pk}/audio").status_code == 403
    assert ears.get("/recordings/").status_code == 403


def test_what_is_missing_and_what_is_late_is_listed(centre, attempt, auditor):
    assert selectors.missing(NOON) == [attempt]
    centre.tell(centre.ready(attempt))
    assert selectors.late(NOON) == []
    assert [row.external_id for row in selectors.late(moment("2026-05-12", "16:00:01"))] == ["r1"]
    ears = Client()
    ears.force_login(auditor)
    assert ears.get("/recordings/").status_code == 200


def test_a_folder_is_taken_as_well(centre, attempt, tmp_path):
    from click.testing import CliRunner

    folder = Path(tmp_path / "drop")
    folder.mkdir()
    (folder / "manifest.jsonl").write_text(json.dumps(centre.ready(attempt)))
    (folder / "r1").write_bytes(AUDIO)

    assert CliRunner().invoke(take, [str(folder)]).exit_code == 0
    assert Recording.objects.get().state == "kept"


def end_case(bank, attempt) -> None:
    Case.objects.filter(pk=attempt.case_id).update(state="settled", closed_on=NOON.date())


@pytest.mark.parametrize(
    ("on", "deleted"), [("2026-05-13", 0), ("2031-05-12", 0), ("2031-05-13", 1)]
)  # five years, house/retention
def test_the_night_deletes_what_no_rule_asks_for_and_says_why_it_keeps_the_rest(
    centre, attempt, bank, tmp_path, on, deleted
):
    row = kept(centre, attempt)
    assert services.purge(moment(on)).report["kept"] == {"case open": 1}
    end_case(bank, attempt)

    report = services.purge(moment(on))

    row.refresh_from_db()
    assert report.deleted == deleted
    assert (row.state == "purged") is bool(deleted)
    assert len(list((tmp_path / "recordings").iterdir())) == 1 - deleted
    assert len(row.sha256) == 64
    if not deleted:
        assert sum(report.report["kept"].values()) == 1


def test_a_legal_hold_keeps_what_the_years_would_let_go(centre, attempt, bank):
    kept(centre, attempt)
    end_case(bank, attempt)
    held = services.hold(attempt.customer, reason="suit", at=NOON, by=bank.lead)

    assert services.purge(moment("2040-01-01")).deleted == 0
    services.lift(held, at=NOON, by=bank.lead)
    assert services.purge(moment("2040-01-02")).deleted == 1


def test_an_oral_plan_is_kept_as_its_own_kind(centre, attempt):
    assert kept(centre, attempt, oral_plan=True).record == "oral_plan_recording"
