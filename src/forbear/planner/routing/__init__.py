"""Routes of visiting teams with time windows: who goes where, in which order, and how far from the best that may be."""

from forbear.planner.routing.bound import travel_bound
from forbear.planner.routing.problem import BadRouting, Routing, straight_line_s
from forbear.planner.routing.solve import Route, Routes, Stop, plan_routes

__all__ = [
    "BadRouting",
    "Route",
    "Routes",
    "Routing",
    "Stop",
    "plan_routes",
    "straight_line_s",
    "travel_bound",
]
