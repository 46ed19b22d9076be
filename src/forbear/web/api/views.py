"""The routes. `ask` computes from the facts it is given and reads nobody's data, so it needs no sign-in."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError

from forbear import questions
from forbear.packs import DEFAULT_LANG, LANGS, NoLawInForce
from forbear.web import clock
from forbear.web.api.auth import CALLERS
from forbear.web.cases.models import Case
from forbear.web.complaints.bars import is_barred
from forbear.web.contact import gate
from forbear.web.law.current import packs_now
from forbear.web.people.models import User
from forbear.web.people.permissions import may
from forbear.web.portfolio.models import ContactPoint

BODY_BYTES_MAX = 256 * 1024

api = NinjaAPI(
    title="Forbear",
    version="1",
    description="Questions with reasons and sources; permits to contact. See docs/api.md.",
    docs_url=None,  # the interactive page would load files from elsewhere; the schema is at openapi.json
    urls_namespace="api",
)


class Fault(Schema):
    """What is wrong with a request: the fact, its value, and what was expected."""

    error: str
    message: str
    field: str | None = None
    value: Any = None
    expected: str | None = None
    messages: dict[str, str] | None = None  # the same by language, of an absent law


@api.exception_handler(questions.BadFact)
def bad_fact(request: HttpRequest, error: questions.BadFact) -> HttpResponse:
    """Answer 422 naming the field, the value and what was expected."""
    return api.create_response(
        request, {**error.as_json(), "message": str(error)}, status=HTTPStatus.UNPROCESSABLE_ENTITY
    )


@api.exception_handler(NoLawInForce)
def no_law(request: HttpRequest, error: NoLawInForce) -> HttpResponse:
    """Answer 422: an absent law is an error, never a default; told in the language asked for, and in each there is."""
    said = {lang: in_language(error, lang) for lang in LANGS}
    asked = request.GET.get("lang", DEFAULT_LANG)
    return api.create_response(
        request,
        {"error": "NoLawInForce", "message": said.get(asked, said[DEFAULT_LANG]), "messages": said},
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
    )


def in_language(error: NoLawInForce, lang: str) -> str:
    """Return what is missing in a language of the packs."""
    with translation.override("zh-hans" if lang == "zh" else lang):
        return error.told(translation.gettext, lang)


@api.exception_handler(gate.NoticesUnread)
def notices_unread(request: HttpRequest, error: gate.NoticesUnread) -> HttpResponse:
    """Answer 403: whoever contacts has first to acknowledge a changed rule, on the page of changed rules."""
    return api.create_response(
        request, {"error": "NoticesUnread", "message": str(error)}, status=HTTPStatus.FORBIDDEN
    )


@api.exception_handler(questions.UnknownQuestion)
def unknown_question(request: HttpRequest, error: questions.UnknownQuestion) -> HttpResponse:
    """Answer 404 with the questions there are."""
    return api.create_response(
        request, {"error": "UnknownQuestion", "message": str(error)}, status=HTTPStatus.NOT_FOUND
    )


@api.get("/ask", auth=None, response=list[dict[str, Any]], operation_id="list_questions")
def list_questions(request: HttpRequest) -> list[dict[str, Any]]:
    """List every question with the JSON Schema of its facts."""
    return [
        {"question": known.name, "summary": known.summary, "facts": known.json_schema()}
        for known in questions.all_questions()
    ]


@api.post(
    "/ask/{question}",
    auth=None,
    response={200: dict[str, Any], 404: Fault, 413: Fault, 422: Fault},
    operation_id="ask",
    openapi_extra={
        "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}, "required": True}
    },
)
def ask(request: HttpRequest, question: str, lang: str = DEFAULT_LANG) -> HttpResponse:
    """Answer one question about the facts in the body."""
    if int(request.headers.get("Content-Length") or 0) > BODY_BYTES_MAX:
        fault = {"error": "TooLarge", "message": f"facts of one case fit in {BODY_BYTES_MAX} bytes"}
        return api.create_response(request, fault, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    questions.question(question)
    answer = questions.ask_lines(question, [request.body], packs=packs_now(), lang=lang)[0]
    if isinstance(answer, Exception):
        raise answer
    return HttpResponse(answer, content_type="application/json")


class PermitRequest(Schema):
    """Who wants to contact whom, on which of their contact points, how and why."""

    case: int
    contact_point: int
    channel: str
    purpose: str = "collect"
    party: str = "debtor"
    facts: dict[str, Any] = {}


class PermitReply(Schema):
    """The gate's answer; `permit` is null when it refused."""

    decision: int
    permit: int | None
    expires_at: str | None
    answer: dict[str, Any]


@api.post(
    "/permits",
    auth=CALLERS,
    response={200: PermitReply, 403: Fault, 404: Fault, 409: PermitReply, 422: Fault},
    operation_id="request_permit",
)
def request_permit(request: HttpRequest, asked: PermitRequest) -> HttpResponse:
    """Ask to make one contact now; 409 with the reasons when the law or the house refuses it."""
    user: User = request.auth  # type: ignore[attr-defined]
    if not may(user, "contact"):
        raise HttpError(HTTPStatus.FORBIDDEN, "this role may not contact anyone")
    case = Case.objects.select_related("customer").filter(pk=asked.case, closed_on=None).first()
    point = ContactPoint.objects.filter(
        pk=asked.contact_point, customer=case.customer if case else None
    ).first()
    if case is None or point is None or is_barred(user, case.customer_id):
        fault = {"error": "NotFound", "message": "no open case, or no such contact point on it"}
        return api.create_response(request, fault, status=HTTPStatus.NOT_FOUND)
    reply = gate.request_permit(
        case=case,
        contact_point=point,
        channel=asked.channel,
        purpose=asked.purpose,
        party=asked.party,
        user=user,
        agency=user.agency,
        at=clock.now(),
        extra_facts=asked.facts,
    )
    body = {
        "decision": reply.decision_id,
        "permit": reply.permit.pk if reply.permit else None,
        "expires_at": reply.permit.expires_at.isoformat() if reply.permit else None,
        "answer": json.loads(json.dumps(reply.reply)),
    }
    return api.create_response(request, body, status=HTTPStatus.OK if reply.allowed else HTTPStatus.CONFLICT)
