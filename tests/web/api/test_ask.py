"""The API answers as the command line does, and refuses as clearly."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from forbear.web.config.wsgi import application

pytestmark = pytest.mark.django_db

FACTS = {"at": "2026-11-24T22:00:00+08:00", "channel": "voice", "purpose": "collect", "party": "debtor"}


def post(client, question, body):
    return client.post(f"/api/ask/{question}", data=body, content_type="application/json")


def test_a_call_at_ten_in_the_evening_is_refused_with_its_reasons(client):
    answer = post(client, "may_contact", json.dumps(FACTS)).json()

    assert answer["answer"] == "refused"
    assert "CBA26-HOURS" in {reason["rule"] for reason in answer["reasons"] if reason["effect"] != "permit"}
    assert answer["earliest_at"].startswith("2026-11-25T08:00:00")


def test_the_api_and_the_command_line_give_the_same_answer(client):
    by_command = subprocess.run(
        [sys.executable, "-m", "forbear", "ask", "may_contact"], input=json.dumps(FACTS), capture_output=True, text=True, check=True
    )  # fmt: skip

    assert post(client, "may_contact", json.dumps(FACTS)).json() == json.loads(by_command.stdout)


def test_a_bad_fact_is_named_with_its_value_and_what_was_expected(client):
    response = post(client, "may_contact", json.dumps({**FACTS, "channel": "pigeon"}))

    assert response.status_code == 422
    assert response.json()["field"] == "channel"
    assert response.json()["value"] == "pigeon"
    assert response.json()["expected"]


def test_an_absent_law_is_an_error_never_a_default(client):
    response = post(client, "may_contact", json.dumps({**FACTS, "at": "2005-10-01T10:00:00+08:00"}))

    assert response.status_code == 422
    assert response.json()["error"] == "NoLawInForce"


@pytest.mark.parametrize(("query", "first"), [("", "zh"), ("?lang=zh", "zh"), ("?lang=en", "en")])
def test_a_date_without_law_is_told_in_both_languages(client, query, first):
    body = json.dumps({**FACTS, "at": "2005-10-01T10:00:00+08:00"})
    said = client.post(f"/api/ask/may_contact{query}", body, content_type="application/json").json()

    assert "没有有效的 cn 法律" in said["messages"]["zh"]
    assert "no law of cn in force" in said["messages"]["en"]
    assert said["message"] == said["messages"][first]


def test_an_unknown_question_lists_those_there_are(client):
    response = post(client, "may_bribe", "{}")

    assert response.status_code == 404
    assert "may_contact" in response.json()["message"]


@pytest.mark.parametrize("body", ["", "[]", "null", "{", '{"at": NaN}', "\x00", '"' + "x" * 1000 + '"'])
def test_what_is_no_object_of_facts_is_refused(client, body):
    assert post(client, "may_contact", body).status_code == 422


def test_a_huge_body_is_refused_before_it_is_read(client):
    assert post(client, "may_contact", " " * 300_000).status_code == 413


def test_the_list_has_a_schema_for_every_question(client):
    listed = {row["question"]: row["facts"] for row in client.get("/api/ask").json()}

    assert {"may_contact", "days_past_due", "risk_class", "allocate_payment"} <= set(listed)
    assert all("$ref" in schema or "properties" in schema for schema in listed.values())


schema = schemathesis.openapi.from_wsgi("/api/openapi.json", application)


@schema.include(path_regex="^/api/ask").parametrize()
@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
def test_the_api_keeps_its_own_schema(case, db):
    case.call_and_validate()
