"""Every word the phone page says by itself, in the reader's language; what policy says comes with the day."""

from __future__ import annotations

from django.utils.translation import gettext as _


def phone_words() -> dict[str, str]:
    """Return words by the name the script knows them by."""
    return words_of_day() | words_at_door() | words_of_help()


def words_of_day() -> dict[str, str]:
    """Return the words of the day and its list."""
    return {
        "title": _("My visits"), "begin": _("Begin the day"), "no_day": _("You go nowhere today. A manager puts you on a team."),
        "loading": _("Fetching the route…"), "offline": _("No network. Everything is kept here and sent later."),
        "online": _("With a network"), "unsent": _("To be sent"), "signed_out": _("Your sign-in has ended; what you recorded is safe here."),
        "sign_in": _("Sign in again"), "route": _("Today's route"), "no_stops": _("No visit is on your route."),
        "mate_page": _("Your mate carries the route. This is your badge and your word."), "badge": _("My badge"),
        "badge_hint": _("Hold it out: the other side scans it and sees on the bank's page that you are ours."),
        "word": _("My word for check-in"), "word_hint": _("Say it only to the mate who stands beside you."),
        "refresh": _("Fetch the route again"), "end_day": _("End the day and wipe this phone"), "ended": _("The day has ended; nothing is left on this phone."),
        "not_sent_yet": _("Not everything has been sent; stay connected until this is empty."), "back": _("Back to the route"),
        "done": _("Done"), "gone": _("Taken off the route"), "at_door": _("At the door"), "next": _("To come"), "refused_records": _("Not taken by the server"),
        "between": _("between"), "ask_for": _("Ask for"), "known": _("Address on file since"), "purpose": _("What for"),
        "failed": _("That did not work; nothing was lost. Try again."),
    }  # fmt: skip


def words_at_door() -> dict[str, str]:
    """Return the words of one visit."""
    return {
        "permit": _("Get the permit"), "permit_hint": _("Needed before you knock; ask for it on the way, while there is a network."),
        "permit_until": _("Permit holds until"), "permit_over": _("The permit has run out. Get a new one before you knock."),
        "permit_refused": _("Not allowed now"), "forbidden": _("Nobody does any of this"), "forbidden_read": _("We have both read it"),
        "check_in": _("Check in"), "mate_word": _("The word of"), "word_wrong": _("This is not today's word of"),
        "too_few": _("Nobody goes alone: at least two people check in."), "place_none": _("No place was found; the visit will be looked at."),
        "badges": _("We have shown our badges"), "record": _("Announce and start recording"), "record_say": _("“We record sound and picture of this visit. Is that all right?”"),
        "record_yes": _("Announced; they agree"), "record_no": _("They refuse the recording"), "recording": _("Sound and picture"), "record_stop": _("Stop recording"),
        "record_attach": _("Attach the recording of another device"), "no_camera": _("This phone cannot record here; attach the recording of another device."),
        "who": _("Who opens?"), "who_else": _("Somebody else came to the door"), "identity": _("Identity before anything else"), "digits": _("Last six characters of the identity number"),
        "digits_hint": _("As the person says them or shows them. You do not know them; the figures open with nothing else."),
        "check": _("Check it"), "wrong_digits": _("These do not match. Tries left:"), "sealed_gone": _("The figures were deleted from this phone. Leave the sealed letter; speak of no amount."),
        "no_packet": _("No figures can be opened here: no identity number is on file. Speak of no amount; leave the sealed letter."),
        "passed": _("Identity confirmed"), "show": _("Show the figures"), "hide": _("Hide the figures"), "past_due": _("Past due"), "total": _("Owed in all"), "as_of": _("as of"),
        "enter": _("May we come in?"), "enter_yes": _("They agree, we go in"), "enter_no": _("We stay outside"), "cash": _("They offer cash"),
        "cash_say": _("“Thank you, but we take no money, ever. You pay to your own card; this page shows how.”"), "cash_done": _("Refused; a link is sent to their own number as soon as there is a network."),
        "other_asks": _("Somebody else asks what it is about"), "other_say": _("“We only have a letter for them.” Nothing else, not to family, neighbours or the caretaker."),
        "told_no": _("Nothing was said"), "told_yes": _("Something was said"), "letter": _("Sealed letter left"), "photo": _("Photo of it"), "photo_site": _("Photo of the door number"),
        "result": _("What did it come to?"), "talk": _("What did they say?"), "talk_none": _("Nothing of this"), "note": _("Note"), "save": _("Save"),
        "check_out": _("Check out"), "leave_now": _("Leave now"), "leave_minor": _("Leave at once."), "stopped": _("The gate says no since. Say goodbye and leave."),
        "saved": _("Saved on this phone"), "files": _("Photos and recordings"),
    }  # fmt: skip


def words_of_help() -> dict[str, str]:
    """Return the words of the call for help."""
    return {
        "sos": _("SOS"), "sos_sent": _("Your lead has been called."), "sos_waiting": _("No network: the call is kept and sent first. Telephone now:"),
        "sos_call": _("Call the control room"), "sos_sms": _("Send it as a text message"), "sos_police": _("Emergency number"), "close": _("Close"),
        "sos_leave": _("Go to a safe place first."),
    }  # fmt: skip
