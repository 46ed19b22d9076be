"""What can be agreed with this debtor? One solver for desk and debtor's page; schema in `facts`, answer in `answer`.

`policy` reads law and house, `case` the facts; `promises`, `instalments` and `settlement` search one kind each as
`draft`s, `solve` bars, levels and ranks them, `rows` writes the schedules.
"""

from __future__ import annotations

import numpy as np

from forbear.packs import NoLawInForce, Packs
from forbear.questions.columns import Columns
from forbear.questions.plan_options.answer import PlanOptionsAnswer
from forbear.questions.plan_options.case import case_of
from forbear.questions.plan_options.facts import PlanOptionsFacts, check
from forbear.questions.plan_options.policy import policy_of
from forbear.questions.plan_options.solve import solve
from forbear.questions.registry import Question

JURISDICTIONS = ("cn", "uk", "us")  # in the order of the fact's choices


def answer(columns: Columns, *, packs: Packs, n: int) -> PlanOptionsAnswer:
    """Solve n cases; raises NoLawInForce with the rows whose day or country has no law of plans."""
    cases, policies = [], []
    missing: dict[int, NoLawInForce] = {}
    for i in range(n):
        try:
            on = columns["as_of"][i].astype(object)
            policy = policy_of(packs, on, JURISDICTIONS[columns["jurisdiction"][i]])
            cases.append(case_of(columns, i, policy))
            policies.append(policy)
        except NoLawInForce as error:
            missing[i] = error
    if missing:
        rows = np.isin(np.arange(n), list(missing))
        raise NoLawInForce.of_rows(missing.__getitem__, rows)
    options = [solve(case, policy) for case, policy in zip(cases, policies, strict=True)]
    return PlanOptionsAnswer(n, cases, policies, options, packs)


QUESTION: Question = Question(
    "plan_options", "What can be agreed with this debtor?", PlanOptionsFacts, answer, check=check
)
