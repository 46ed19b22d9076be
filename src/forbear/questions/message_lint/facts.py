"""The facts of message_lint: a text, its kind, and what is known about the moment and the account."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta

from forbear.questions.facts import Amount, BadFact, Facts, Moment

Kind = Literal["sms", "email", "letter", "call", "note", "visit", "push", "wecom"]
Party = Literal[
    "debtor", "guarantor", "joint_debtor", "related_third_party", "unrelated_third_party", "representative", "heir"
]  # fmt: skip
Stage = Literal["reminder", "notice", "negotiation", "legal"]
Short = Annotated[str, Meta(max_length=64)]
LONGEST = 20_000  # characters; a letter has about two thousand


class LintContext(Facts, frozen=True):
    """What the text is checked against; all of it optional."""

    party: Annotated[Party | None, Meta(description="To whom. Default not known.")] = None
    identity_confirmed: Annotated[
        bool | None, Meta(description="Has the person proved to be the debtor? Default not known.")
    ] = None
    at: Annotated[Moment | None, Meta(description="When it is said or sent. Default not known.")] = None
    consented: Annotated[
        bool, Meta(description="Did the person agree to this hour or this disclosure? Default no.")
    ] = False
    refused: Annotated[bool, Meta(description="Has the person refused further contact? Default no.")] = False
    licensed_lawyer: Annotated[bool, Meta(description="Is the author a licensed lawyer? Default no.")] = False
    stage: Annotated[Stage | None, Meta(description="The stage of the account. Default not known.")] = None
    case_number: Annotated[
        Short | None,
        Meta(
            description="The court's number of the case; an empty text says that there is none. Default not known."
        ),
    ] = None
    name: Annotated[Short | None, Meta(description="The name of the person addressed.")] = None
    amounts: Annotated[
        list[Amount], Meta(max_length=64, description="The sums that the text may state. Default any.")
    ] = []
    on: Annotated[date | None, Meta(description="The day the text speaks of. Default that of `at`.")] = None


class MessageLintFacts(Facts, frozen=True):
    """May this be said or sent?"""

    text: Annotated[str, Meta(max_length=LONGEST, description="The text, in Chinese or English.")]
    kind: Annotated[Kind, Meta(description="What kind of text. Default a text message.")] = "sms"
    context: Annotated[LintContext, Meta(description="What is known beside the text.")] = LintContext()


def check(facts: MessageLintFacts) -> None:
    """Raise BadFact for a text that says nothing."""
    if not facts.text.strip():
        raise BadFact("text", facts.text, "a text that says something")
