"""Planner: who gets which next step today, under shared capacity, with a proved bound."""

from .allocation import Settings, allocate
from .explain import Explained, Offer, explain
from .plan import NOTHING, Certificate, Plan
from .problem import BadProblem, Floors, Problem

__all__ = [
    "NOTHING",
    "BadProblem",
    "Certificate",
    "Explained",
    "Floors",
    "Offer",
    "Plan",
    "Problem",
    "Settings",
    "allocate",
    "explain",
]
