"""What a debtor can do, in the order of the page: one line a thing. A page adds itself here."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list: the name of its address, its words, and a half sentence that takes away worry."""

    url_name: str
    label: str | Promise
    hint: str | Promise = ""

    @property
    def path(self) -> str:
        """Return the address."""
        return reverse(self.url_name)


CAN_DO = (
    Entry("my_pay", _("Pay all or part"), _("to your own card account")),
    Entry("my_relative", _("Let somebody pay for me"), _("they see only the amount")),
    Entry("my_afford", _("Find a plan I can carry"), _("some short questions, you can stop at any point")),
    Entry("my_promise", _("Promise a date"), _("until then we do not ask")),
    Entry("my_later", _("Pay later"), _("whether all of it can wait")),
    Entry("my_cannot", _("I can't pay anything now"), _("there are ways")),
    Entry("my_dispute", _("Something is not right"), _("not mine, paid, wrong amount")),
    Entry("my_complain", _("Complain"), _("you get a number and a day")),
    Entry("my_report", _("Report how I was treated"), _("whoever did it loses your case at once")),
    Entry("my_helpers", _("Let somebody help me"), _("you choose what they see")),
    Entry("my_wishes", _("When and how to reach me"), _("holds at once")),
    Entry("my_care", _("It is all too much"), _("stop everything")),
)
# Without any money: always at least three ways, whatever the solver finds.
CANNOT_PAY = (
    Entry("my_hardship", _("Tell us that times are hard"), _("illness, no work, a loss")),
    Entry("my_later", _("Pay later"), _("whether all of it can wait")),
    Entry("my_callback", _("Ask for a call"), _("at an hour that suits you")),
    Entry("my_dispute", _("Something is not right"), _("not mine, paid, wrong amount")),
    Entry("my_help", _("Free help"), _("lawyers, mediators, people who listen")),
    Entry("my_care", _("It is all too much"), _("stop everything")),
)
CAN_SEE = (
    Entry("my_why", _("Why it is this much"), _("line by line")),
    Entry("my_contacts", _("Who contacted me"), _("calls, messages, letters")),
    Entry("my_matters", _("What I told you"), _("where it stands, papers you can send")),
    Entry("my_complaints", _("My complaints"), _("and the answers")),
    Entry("my_plan", _("My plan"), _("read it, sign it, keep it")),
    Entry("my_agreements", _("What I agreed"), _("and the next dates")),
)


def shown(entries: tuple[Entry, ...]) -> list[Entry]:
    """Return the entries whose page exists."""
    found = []
    for entry in entries:
        try:
            reverse(entry.url_name)
        except NoReverseMatch:
            continue
        found.append(entry)
    return found
