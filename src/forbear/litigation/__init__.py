"""Litigation: the way of a matter through court as data, with each term counted by the question `deadline`."""

from forbear.litigation.machine import Machine, Matter, Move, Refusal, State, Term, machine
from forbear.litigation.watch import due_terms, limitation_level

__all__ = [
    "Machine", "Matter", "Move", "Refusal", "State", "Term", "due_terms", "limitation_level", "machine",
]  # fmt: skip
