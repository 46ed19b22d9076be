"""The command `forbear`. Each group imports what it needs when it runs, so that `forbear ask` starts fast."""

from __future__ import annotations

import gc
import gettext
import importlib
import sys
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import click
import msgspec

from forbear.packs import NoLawInForce, PackError, shared_packs
from forbear.questions import BadFact, UnknownQuestion, all_questions, ask_lines, question

CHUNK_ROWS = 20_000  # rows answered at a time: large enough for columns, small enough to stream
BAD_FACT = 2


# Commands that need Django, loaded when named so that `ask` starts without it.
LATER = {
    "day": "forbear.web.runs.commands:day",
    "credit": "forbear.web.credit.commands:credit",
    "demo": "forbear.web.commands:demo",
    "disposal": "forbear.web.disposal.commands:disposal",
    "files": "forbear.web.intake.commands:files",
    "line": "forbear.web.telephony.commands:line",
    "manage": "forbear.web.commands:manage",
    "outbox": "forbear.web.outbox.commands:outbox",
    "payment-sandbox": "forbear.web.payments.commands:payment_sandbox",
    "reach": "forbear.web.reach.commands:reach",
    "recordings": "forbear.web.recordings.commands:recordings",
    "serve": "forbear.web.commands:serve",
    "token": "forbear.web.commands:token",
}


class Commands(click.Group):
    """A group that imports a command's module when the command is used or described."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Name every command in alphabetical order."""
        return sorted({*super().list_commands(context), *LATER})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Return a command, with Django started where it needs it."""
        if name not in LATER:
            return super().get_command(context, name)
        importlib.import_module("forbear.web.start").start()
        module, attribute = LATER[name].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@click.group(cls=Commands)
@click.version_option(package_name="forbear")
def main() -> None:
    """Forbear (善催): lawful, fair and effective collection of overdue credit-card debt."""


@main.command()
@click.argument("name", metavar="QUESTION", required=False)
@click.option("--batch", is_flag=True, help="Read one JSON object a line, answer one a line, in order.")
@click.option(
    "--list", "listing", is_flag=True, help="Print every question with the JSON Schema of its facts."
)
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Language of reasons."
)
def ask(name: str | None, batch: bool, listing: bool, lang: str) -> None:
    """Answer QUESTION from the facts on standard input, as JSON.

    Exit status 2 if a fact is bad or no law was in force; with --batch such a line is answered by an error object.
    """
    out = sys.stdout.buffer
    if listing:
        out.write(msgspec.json.format(msgspec.json.encode(_listing()), indent=2) + b"\n")
        return
    if name is None:
        raise click.UsageError("name a QUESTION, or use --list to see them")
    try:
        question(name)
        packs = shared_packs()
    except (UnknownQuestion, PackError) as error:
        raise click.UsageError(str(error)) from error
    source = sys.stdin.buffer
    answered = (
        _answer_batch(name, source, out, lang, packs)
        if batch
        else _answer_one(name, source, out, lang, packs)
    )
    out.flush()
    sys.exit(0 if answered else BAD_FACT)


def _listing() -> list[dict[str, Any]]:
    return [{"question": q.name, "summary": q.summary, "facts": q.json_schema()} for q in all_questions()]


def _answer_one(name: str, source: BinaryIO, out: BinaryIO, lang: str, packs: Any) -> bool:
    (answer,) = ask_lines(name, [source.read()], packs=packs, lang=lang)
    if isinstance(answer, Exception):
        sys.stderr.buffer.write(error_line(answer, lang) + b"\n")
        return False
    out.write(msgspec.json.format(answer, indent=2) + b"\n")
    return True


def _answer_batch(name: str, source: BinaryIO, out: BinaryIO, lang: str, packs: Any) -> bool:
    """Answer line by line in chunks; says whether every line had an answer."""
    complete = True
    gc.disable()  # facts and answers hold no cycles; looking for them would cost a fifth of the time
    for chunk in _chunks(source):
        answers = ask_lines(name, chunk, packs=packs, lang=lang)
        lines = [a if isinstance(a, bytes) else error_line(a, lang) for a in answers]
        if any(isinstance(a, Exception) for a in answers):
            complete = False
            answers.clear()
            gc.collect()  # an error and the frame it came from do hold each other
        out.write(b"\n".join(lines) + b"\n")
        out.flush()
    return complete


def _chunks(source: BinaryIO) -> Iterator[list[bytes]]:
    """Yield lists of lines; an empty line is a line too, so that answers stay beside their facts."""
    while chunk := list(islice(source, CHUNK_ROWS)):
        yield chunk


def error_line(error: Exception, lang: str) -> bytes:
    """Render a refusal to answer as the error object of the public contract; what is missing is told in `lang`."""
    if isinstance(error, BadFact):
        return msgspec.json.encode(error.as_json())
    if isinstance(error, NoLawInForce):
        return msgspec.json.encode({"error": "NoLawInForce", "message": error.told(translator(lang), lang)})
    raise error


@cache
def translator(lang: str) -> Callable[[str], str]:
    """Return what puts a template into a language, by the catalogue of the screens; English is in the code itself."""
    if lang == "en":
        return str
    catalogues = Path(__file__).parent / "web" / "locale"
    return gettext.translation("django", catalogues, languages=["zh_Hans"], fallback=True).gettext


@main.group()
def law() -> None:
    """Check the packs of law and policy, and show what their worked cases leave open."""


@main.command()
@click.option(
    "--part", type=click.Choice(["shipped", "unseen", "sealed"]), default="unseen", show_default=True
)
def language(part: str) -> None:
    """Print how well wording and signals are found: recall, precision and false alarms by category on labelled sentences."""
    from forbear.language import shared_reader
    from forbear.language.sentences import measure, pairs

    for speaker in ("collector", "debtor"):
        click.echo(f"{speaker:24}{'sentences':>10}{'recall':>10}{'precision':>10}{'false alarms':>14}")
        for one in measure(shared_reader(speaker), pairs(speaker, part)):
            rates = f"{one.recall:>10.2f}{one.precision:>10.2f}{one.false_alarm_rate:>14.2f}"
            click.echo(f"{one.category:24}{one.positives + one.negatives:>10}{rates}")


@law.command()
def check() -> None:
    """Load the packs, ask every worked case, and list what to do; exit status 1 where something is."""
    from forbear.packs.files import packs_root
    from forbear.questions.lawcheck import check_law

    problems = 0
    for problem in check_law(packs_root()):
        problems += 1
        click.echo(problem)
    click.echo(f"{problems} problems" if problems else "nothing stands against the packs")
    sys.exit(1 if problems else 0)


@law.command()
def coverage() -> None:
    """List every change of a rule or number of law that no worked case would notice."""
    from forbear.packs.files import packs_root
    from forbear.questions.coverage import Coverage
    from forbear.questions.vectors import accepted_gaps, load_vectors

    root, packs = packs_root(), shared_packs()
    vectors, accepted = load_vectors(root), accepted_gaps(root)
    found = list(Coverage(packs, vectors).gaps())
    for gap in found:
        click.echo(f"accepted: {gap}" if gap.name in accepted else str(gap))
    law_rules = sum(rule.instrument.force != "policy" for rule in packs.rules.values())
    numbers = sum(p.instrument.force != "policy" for p in packs.parameters.values())
    left = sum(gap.name not in accepted for gap in found)
    click.echo(
        f"{law_rules} rules, {numbers} parameters of law, {len(vectors)} worked cases; {left} gaps, {len(found) - left} accepted"
    )
    sys.exit(1 if left else 0)
