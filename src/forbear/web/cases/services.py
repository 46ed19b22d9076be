"""Writes on cases, by the names other rooms of the web use."""

from forbear.web.cases.changes import Changed, after_batch, after_facts_changed
from forbear.web.cases.codes import CodeRefused
from forbear.web.cases.holds import HoldRefused, place_hold, release_hold
from forbear.web.cases.opening import (
    CaseRefused,
    add_note,
    add_task,
    assign,
    assign_cases,
    close_case,
    finish_task,
    open_case,
    open_cases,
)
from forbear.web.cases.promises.evaluation import evaluate_promises
from forbear.web.cases.promises.judging import Judged, KeptRate, judge_promises, kept_rate
from forbear.web.cases.promises.making import make_promise
from forbear.web.cases.promises.record import PromiseRecord, promise_record
from forbear.web.cases.promises.terms import PromiseRefused
from forbear.web.cases.states import IllegalMove
from forbear.web.cases.timeline import ChainBreak, NewEvent, append_event, append_events, verify_chain
from forbear.web.cases.wrap_up import Call, PromiseTerms, Result, WrapUpRefused, wrap_up

__all__ = [
    "Call", "CaseRefused", "ChainBreak", "Changed", "CodeRefused", "HoldRefused", "IllegalMove", "Judged",
    "KeptRate", "NewEvent", "PromiseRecord", "PromiseRefused", "PromiseTerms", "Result", "WrapUpRefused",
    "add_note", "add_task", "after_batch", "after_facts_changed", "append_event", "append_events", "assign", "assign_cases",
    "close_case", "evaluate_promises", "finish_task", "judge_promises", "kept_rate", "make_promise", "open_case",
    "open_cases", "place_hold", "promise_record", "release_hold", "verify_chain", "wrap_up",
]  # fmt: skip
