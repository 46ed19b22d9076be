"""Letters: what a print job must hold, and what the post may tell."""

from __future__ import annotations

import asyncio
import json

import pytest
from tests.channels.messages.peers import POSTED, letter_box
from tests.channels.samples import one_page

from forbear.channels.contract import Outcome, Outgoing, Status
from forbear.channels.letter import BadJob, BadResults, read_job, read_results
from forbear.channels.letter.jobs import write_job


def letters(count: int = 3) -> list[Outgoing]:
    return [
        Outgoing(key=f"k{n}", reference=n, address=f"示例路{n}号", text="您好", document=one_page(n, n))
        for n in range(1, count + 1)
    ]


def always(_: Outgoing) -> bool:
    return True


def sent(box, batch):
    async def run():
        await box.connect()
        results = await box.send(batch, may_start=always)
        await box.close()
        return results

    return asyncio.run(run())


def test_a_manifest_counts_letters_and_pages_and_names_each_address(tmp_path):
    results = sent(letter_box(tmp_path), letters())

    (job,) = (tmp_path / "out").iterdir()
    lines = read_job(job)
    totals = json.loads((job / "job.json").read_text())
    assert [(line.letter, line.pages, line.address) for line in lines] == [
        ("k1", 1, "示例路1号"), ("k2", 2, "示例路2号"), ("k3", 3, "示例路3号"),
    ]  # fmt: skip
    assert (totals["letters"], totals["pages"], totals["sender"]) == (3, 6, "the bank")
    assert [result.provider_ids for result in results] == [(f"{job.name}/{line.file}",) for line in lines]
    assert job.stat().st_mode & 0o077 == 0  # names, debts and addresses: for their owner alone


@pytest.mark.parametrize("what", ["page", "manifest", "count"])
def test_a_printer_notices_a_job_that_was_touched(tmp_path, what):
    sent(letter_box(tmp_path), letters())
    (job,) = (tmp_path / "out").iterdir()
    if what == "page":
        (job / "00002.pdf").write_bytes(one_page(9))
    elif what == "manifest":
        (job / "manifest.csv").write_text((job / "manifest.csv").read_text().replace("示例路2号", "别处"))
    else:
        said = json.loads((job / "job.json").read_text()) | {"letters": 4}
        (job / "job.json").write_text(json.dumps(said))

    with pytest.raises(BadJob, match="00002.pdf" if what == "page" else what.replace("count", "letters")):
        read_job(job)


def test_a_job_that_cannot_be_written_leaves_nothing_and_is_not_taken(tmp_path):
    async def run():
        box = letter_box(tmp_path)
        await box.connect()
        (tmp_path / "out").rmdir()  # the shared disk goes away
        results = await box.send(letters(), may_start=always)
        await box.close()
        return results

    assert {result.outcome for result in asyncio.run(run())} == {Outcome.NOT_TAKEN}
    assert not (tmp_path / "out").exists()


def test_half_a_job_is_never_seen(tmp_path, monkeypatch):
    (tmp_path / "out").mkdir()
    batch = letters()
    real = type(tmp_path).rename

    def crash(*_):
        raise OSError("no space left")

    monkeypatch.setattr(type(tmp_path), "rename", crash)
    with pytest.raises(OSError, match="no space"):
        write_job(tmp_path, batch, name="j1", sender="the bank")
    monkeypatch.setattr(type(tmp_path), "rename", real)

    assert list((tmp_path / "out").iterdir()) == []


def test_what_is_no_letter_is_refused_for_good(tmp_path):
    blank = Outgoing(key="k1", reference=1, address="示例路1号", text="您好")
    nowhere = Outgoing(key="k2", reference=2, address=" ", text="您好", document=one_page())

    results = sent(letter_box(tmp_path), [blank, nowhere])

    assert [(r.outcome, r.code) for r in results] == [
        (Outcome.REJECTED, "no_document"), (Outcome.REJECTED, "no_address"),
    ]  # fmt: skip
    assert not list((tmp_path / "out").iterdir())


def test_an_address_is_no_formula(tmp_path):
    sent(
        letter_box(tmp_path), [Outgoing(key="k1", reference=1, address="=1+1", text="", document=one_page())]
    )

    (job,) = (tmp_path / "out").iterdir()
    assert "'=1+1" in (job / "manifest.csv").read_text()


RESULTS = "letter,result,on\nk1,delivered,2026-11-24\nk2,unknown_address,2026-11-25\nk3,refused,2026-11-25\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_results_become_receipts(encoding):
    told = read_results((RESULTS + "".join([])).encode(encoding), POSTED)

    assert [(each.message_key, each.status, each.dead) for each in told] == [
        ("k1", Status.DELIVERED, False), ("k2", Status.FAILED, True), ("k3", Status.FAILED, False),
    ]  # fmt: skip
    assert told == read_results(RESULTS.encode(), POSTED)  # told again, known by the same keys


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "column 'letter' is missing"),
        (b"letter,result\nk1,delivered\n", "column 'on' is missing"),
        (b"letter,result,on\nk1,eaten_by_a_dog,2026-11-24\n", "line 2: unknown result 'eaten_by_a_dog'"),
        (b"letter,result,on\nk1,delivered,2026-02-30\n", "line 2: '2026-02-30' is no day"),
        (b"letter,result,on\n../../etc,delivered,2026-11-24\n", "line 2: .* is no letter of ours"),
        (b"letter,result,on\nk1\n", "line 2: unknown result ''"),
        (b"letter,result,on\nk1,\xff\xfe,2026-11-24\n", "line 2: "),
        (b"\x00" * 10, "column 'letter' is missing"),
    ],
)
def test_a_file_of_results_is_taken_whole_or_refused_with_its_line(content, said):
    with pytest.raises(BadResults, match=said):
        read_results(content, POSTED)


def test_a_bad_file_is_set_aside_with_its_reason_and_a_good_one_is_done_once_it_is_stored(tmp_path):
    async def run():
        box = letter_box(tmp_path)
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "a.csv").write_text("letter,result,on\nk1,eaten,2026-11-24\n")
        (tmp_path / "in" / "b.csv").write_text(RESULTS)
        await box.connect()
        arrived = [await box.incoming.get() for _ in range(3)]
        await asyncio.sleep(0.1)
        assert box.incoming.empty()  # looked at again, and not told again
        assert (tmp_path / "in" / "b.csv").exists()
        for each in arrived:
            await each.acknowledge()
        await box.close()
        return box.health().trouble

    trouble = asyncio.run(run())

    names = sorted(path.name for path in (tmp_path / "in").iterdir())
    assert names == ["a.refused", "a.txt", "b.done"]
    assert "unknown result 'eaten'" in trouble
    assert "unknown result 'eaten'" in (tmp_path / "in" / "a.txt").read_text()
