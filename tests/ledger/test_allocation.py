"""A payment is never lost, never makes a component negative, and two payments of one day may change places."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from forbear.ledger import COMPONENTS, CONTEXTS, allocate, order_names, payment_order, share_among_debts
from forbear.packs import PolicyLoosensLaw, load_packs
from forbear.packs.files import packs_root

AMOUNT = st.integers(0, 10**9)
OWED = st.lists(AMOUNT, min_size=5, max_size=5)
ORDERS = st.permutations(range(5))
ON = date(2026, 7, 22)


@pytest.fixture(scope="module")
def packs():
    return load_packs()


@given(st.lists(st.tuples(AMOUNT, OWED, ORDERS), min_size=1, max_size=10))
def test_what_is_applied_and_over_is_the_payment_and_what_is_left_is_the_rest(rows):
    amount, owed, order = (np.array(column) for column in zip(*rows, strict=True))

    paid = allocate(amount, owed, order)

    assert (paid.applied.sum(axis=1) + paid.overpaid == amount).all()
    assert (paid.applied + paid.after == owed).all()
    assert (paid.after >= 0).all()
    assert (paid.applied >= 0).all()
    assert ((paid.overpaid == 0) | (paid.after.sum(axis=1) == 0)).all()  # over only once nothing is owed
    for i, (_, _, one) in enumerate(rows):  # nothing is paid while something before it is still owed
        open_before = np.cumsum(paid.after[i][list(one)]) - paid.after[i][list(one)]
        assert (paid.applied[i][list(one)][open_before > 0] == 0).all()


@given(AMOUNT, AMOUNT, OWED, ORDERS)
def test_two_payments_of_one_day_give_the_same_in_either_order(first, second, owed, order):
    def after(*amounts):
        left, over = np.array([owed]), 0
        for amount in amounts:
            paid = allocate(np.array([amount]), left, np.array([order]))
            left, over = paid.after, over + int(paid.overpaid[0])
        return left.tolist(), over

    assert after(first, second) == after(second, first) == after(first + second)


@given(OWED, st.lists(st.tuples(AMOUNT, ORDERS), max_size=8))
def test_the_balance_is_always_the_sum_of_the_postings(opening, payments):
    postings, left, credit = [np.array(opening)], np.array([opening]), 0
    for amount, order in payments:
        paid = allocate(np.array([amount]), left, np.array([order]))
        postings.append(-paid.applied[0])
        left, credit = paid.after, credit + int(paid.overpaid[0])

    assert (np.sum(postings, axis=0) == left[0]).all()
    assert sum(opening) - sum(amount for amount, _ in payments) == int(left.sum()) - credit


def test_negative_amounts_and_broken_orders_are_refused():
    owed = np.zeros((1, 5), dtype=int)
    with pytest.raises(ValueError, match="never negative"):
        allocate(np.array([-1]), owed, np.arange(5))
    with pytest.raises(ValueError, match="never negative"):
        allocate(np.array([1]), owed - 1, np.arange(5))
    with pytest.raises(ValueError, match="every component once"):
        allocate(np.array([1]), owed, np.array([0, 0, 1, 2, 3]))


def share_slowly(amount, debts):
    """Pay debts (rank, owed) group by group in plain Python; returns amounts in the given order."""
    got, left = [0] * len(debts), amount
    for rank in sorted({rank for rank, _ in debts}):
        members = [i for i, (r, _) in enumerate(debts) if r == rank]
        whole = sum(debts[i][1] for i in members)
        given_now = min(left, whole)
        left -= given_now
        exact = [given_now * debts[i][1] / whole if whole else 0 for i in members]
        for i, share in zip(members, exact, strict=True):
            got[i] = share
    return got, left


DEBT = st.tuples(st.integers(0, 3), st.integers(0, 10**6))


@given(
    st.lists(
        st.tuples(st.integers(0, 3 * 10**6), st.lists(DEBT, min_size=1, max_size=6)), min_size=1, max_size=6
    )
)
def test_debts_are_paid_by_rank_and_equal_ranks_in_proportion_to_the_fen(rows):
    payment = np.array([i for i, (_, debts) in enumerate(rows) for _ in debts])
    rank = np.array([r for _, debts in rows for r, _ in debts])
    owed = np.array([o for _, debts in rows for _, o in debts])
    amount = np.array([a for a, _ in rows])

    got, over = share_among_debts(amount, payment, owed, (rank,))

    assert (got <= owed).all()
    assert (got >= 0).all()
    at = 0
    for i, (a, debts) in enumerate(rows):
        mine = got[at : at + len(debts)].tolist()
        want, left = share_slowly(a, debts)
        assert sum(mine) + over[i] == a
        assert over[i] == left
        assert all(abs(m - w) < 1 for m, w in zip(mine, want, strict=True))
        at += len(debts)


def test_the_order_in_which_debts_are_listed_does_not_change_what_different_ranks_get():
    owed, ranks = [700, 500, 300], [2, 0, 1]
    for order in permutations(range(3)):
        got, _ = share_among_debts(
            np.array([900]),
            np.zeros(3, int),
            np.array([owed[i] for i in order]),
            (np.array([ranks[i] for i in order]),),
        )
        assert dict(zip(order, got.tolist(), strict=True)) == {0: 100, 1: 500, 2: 300}


def test_only_card_debt_asks_how_late_it_is(packs):
    dpd = np.array([0, 1, 90, 91, 400])

    assert order_names("card", dpd, on=ON, packs=packs).tolist() == [
        "card_interest_first", "card_interest_first", "card_interest_first",
        "card_principal_first", "card_principal_first",
    ]  # fmt: skip
    for context in CONTEXTS[1:]:
        assert set(order_names(context, dpd, on=ON, packs=packs)) == {context}


def test_every_order_names_every_component_once(packs):
    for name in ("card_interest_first", "card_principal_first", *CONTEXTS[1:]):
        order = payment_order(name, on=ON, packs=packs)
        assert sorted(order.components) == sorted(COMPONENTS)
        assert order.columns.tolist() == [COMPONENTS.index(c) for c in order.components]


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (["principal", "fees", "interest", "costs", "doubled_interest"], "contradicts"),
        (["costs", "fees", "interest", "principal"], "name each"),
    ],
)
def test_a_house_order_that_contradicts_the_law_is_refused(tmp_path, order, why):
    # before day 91 the law puts interest or fees before principal
    for folder in ("law", "policy"):
        for path in (packs_root() / folder).rglob("*.yaml"):
            target = tmp_path / path.relative_to(packs_root())
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    file = tmp_path / "policy/house/allocation.yaml"
    content = yaml.safe_load(file.read_text())
    content["parameters"]["card_interest_first"]["values"] = {date(2000, 1, 1): order}
    file.write_text(yaml.safe_dump(content))

    with pytest.raises(PolicyLoosensLaw, match=why):
        payment_order("card_interest_first", on=ON, packs=load_packs(tmp_path))
