"""Two people publish; policy never loosens law; the gate changes over on the second, without a restart."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from tests.web.law.conftest import CONTACT, EVENING_FROM, NOON

from forbear.packs import shared_packs
from forbear.web.contact import gate
from forbear.web.law import current, overlay, services
from forbear.web.law.checks import check_draft
from forbear.web.law.models import Draft, DraftState, Publication
from forbear.web.law.services import LawRefused

pytestmark = pytest.mark.django_db
AT = NOON + timedelta(hours=1)
DAY = "policy/house/day.yaml"


def ask(case, at, user=None):
    held, point = case
    return gate.request_permit(
        case=held, contact_point=point, channel="voice", purpose="collect", party="debtor", user=user, at=at
    )


def test_with_nothing_published_the_packs_are_those_shipped():
    assert current.packs_at(NOON) is shared_packs()


def test_one_second_before_its_moment_the_old_packs_hold_and_at_it_the_new(publish):
    publish(effective_at=AT)

    assert "HOUSE-EVENINGS" not in current.packs_at(AT - timedelta(seconds=1)).rules
    assert "HOUSE-EVENINGS" in current.packs_at(AT).rules


def test_the_gate_of_a_running_process_takes_up_what_was_published(publish, case):
    evening = NOON.replace(hour=21)
    assert ask(case, evening - timedelta(days=1)).allowed

    publish(effective_at=evening)

    assert ask(case, evening - timedelta(seconds=1)).allowed
    refused = ask(case, evening)
    assert refused.answer == "refused"
    assert refused.reply["reasons"][0]["rule"] == "HOUSE-EVENINGS"
    assert refused.reply["reasons"][0]["text"] == "本行政策：20:00以后不拨打催收电话。"


def test_another_process_learns_of_it_before_its_moment():
    assert current.LEAD.total_seconds() > 10 * current.FRESH_SECONDS


def test_a_process_that_looked_already_reads_the_publications_once(
    publish, django_assert_num_queries, monkeypatch
):
    publish(effective_at=AT)
    current.packs_at(AT)
    monkeypatch.setattr(current, "raw_connection", lambda: pytest.fail("looked again within a second"))

    assert "HOUSE-EVENINGS" in current.packs_at(AT).rules


def test_the_author_never_publishes_the_own_draft(write, author):
    draft = services.submit(write(), by=author, at=NOON)

    with pytest.raises(LawRefused, match=r"Four eyes|双人"):
        services.publish(draft, by=author, at=NOON)
    assert not Publication.objects.exists()


def test_the_database_itself_holds_four_eyes(publish):
    done = publish()

    with pytest.raises(IntegrityError), transaction.atomic():
        Publication.objects.create(
            draft=Draft.objects.create(
                file=CONTACT, text="x", author=done.author, created_at=NOON, effective_at=AT, note="x"
            ),
            file=CONTACT, text="x", note="x", author=done.author, approved_by=done.author, approved_at=NOON, effective_at=AT,
            must_acknowledge=False, changes=[],
        )  # fmt: skip


def test_a_collector_drafts_and_publishes_nothing(write, author, collector):
    draft = services.submit(write(), by=author, at=NOON)

    with pytest.raises(LawRefused):
        services.publish(draft, by=collector, at=NOON)
    with pytest.raises(LawRefused):
        services.write_draft(by=collector, at=NOON, file=CONTACT, text="x", effective_at=AT, note="x")


def test_a_draft_is_published_once(publish, second):
    done = publish()

    with pytest.raises(LawRefused):
        services.publish(done.draft, by=second, at=NOON)


def test_a_publication_is_never_changed_or_deleted(publish):
    done = publish()

    for act in (lambda: Publication.objects.update(text=""), done.delete):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act()


def test_policy_that_loosens_law_is_refused_with_both_shown(write, author):
    # The guide ends the night at 08:00; the house may begin later, never earlier.
    shipped = overlay.shipped_text(DAY)
    assert "tightens: cn/cba-2026-guide/quiet_to" in shipped
    loose = shipped.replace('"09:00:00"', '"07:00:00"')
    draft = write(loose, file=DAY)

    with pytest.raises(LawRefused) as refused:
        services.submit(draft, by=author, at=NOON)

    checked = refused.value.checked
    assert "放宽了法律" in checked.problem
    assert checked.law.name == "cn/cba-2026-guide/quiet_to"
    assert checked.law.fields["from 2026-01-30"] == "08:00:00"
    assert "07:00:00" in checked.policy.fields["values"]
    assert "/packs/" not in checked.problem


def test_a_policy_cannot_shake_off_the_law_it_tightens(write, author):
    text = overlay.shipped_text(DAY).replace("    tightens: cn/cba-2026-guide/quiet_to\n", "")

    with pytest.raises(LawRefused, match=r"keep `tightens|保留 `tightens"):
        services.submit(write(text, file=DAY), by=author, at=NOON)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("rules: [", "YAML"),
        ("parameters: {}\n", "house/contact/effective_call_seconds_min"),
        ("surprise: {}\n", "没有 'surprise' 这个键"),
        ("just words", "条目"),
    ],
)
def test_a_file_the_packs_would_not_load_is_refused_saying_why(write, author, broken, words):
    with pytest.raises(LawRefused) as refused:
        services.submit(write(broken), by=author, at=NOON)

    assert words in str(refused.value) or words in refused.value.checked.problem


def test_a_refused_draft_leaves_no_folder_behind(write, settings):
    folder = settings.HOME / "packs"
    before = set(folder.glob("*"))

    assert check_draft(CONTACT, "surprise: {}\n", AT).packs is None
    assert set(folder.glob("*")) == before


@pytest.mark.parametrize(
    "file",
    ["policy/../../etc/passwd", "/etc/passwd", "policy/house/instrument.yaml", "law/cn/jurisdiction.yaml"],
)
def test_a_draft_reaches_no_other_file(file):
    checked = check_draft(file, "parameters: {}", AT)

    assert checked.packs is None


def test_law_as_shipped_stays_as_it_is():
    file = "law/cn/cba-2026-guide/parameters.yaml"

    assert check_draft(file, overlay.shipped_text(file).replace("6}", "9}"), AT).packs is None


def test_a_parameter_may_be_added_to_law_with_its_source_and_not_without():
    entry = EVENING_FROM.replace("    source", "    article: 第一条\n    grade: U\n    source")
    file = "law/cn/cba-2026-guide/added.yaml"

    good = check_draft(file, "parameters:" + entry, AT)

    assert good.packs.parameters["cn/cba-2026-guide/added/evening_from"].grade == "U"
    without = check_draft(
        file,
        "parameters:" + entry.replace("    source: {en: the house's own choice, zh: 本行自定}\n", ""),
        AT,
    )
    assert "缺少 `source`" in without.problem


def test_a_change_takes_effect_in_a_minute_at_the_earliest(write, author):
    with pytest.raises(LawRefused, match=r"one minute|一分钟"):
        services.submit(write(effective_at=NOON + timedelta(seconds=59)), by=author, at=NOON)
    assert (
        services.submit(write(effective_at=NOON + timedelta(seconds=60)), by=author, at=NOON).state
        == DraftState.SUBMITTED
    )


def test_a_draft_written_over_an_older_text_is_refused(write, author, second, evenings):
    first, other = (
        write(),
        write(evenings.replace("20:00:00", "19:00:00"), effective_at=AT + timedelta(hours=1)),
    )
    services.publish(services.submit(first, by=author, at=NOON), by=second, at=NOON)

    with pytest.raises(LawRefused, match=r"has changed since|已变"):
        services.submit(other, by=author, at=NOON)


def test_a_change_before_a_later_one_of_the_same_file_is_refused(publish, write, author):
    publish(effective_at=AT + timedelta(days=1))

    with pytest.raises(LawRefused, match=r"later change|更晚"):
        services.submit(write(overlay.shipped_text(CONTACT) + "\n# a word\n"), by=author, at=NOON)


def test_sending_back_needs_a_reason_and_returns_the_draft_to_its_author(write, author, second):
    draft = services.submit(write(), by=author, at=NOON)

    with pytest.raises(LawRefused):
        services.send_back(draft, by=second, reason="  ")
    assert services.send_back(draft, by=second, reason="Say why.").state == DraftState.DRAFT
