"""Learning: what an account is likely to do, explained, and what an action is expected to add."""

from .features import FEATURES, History, history_features, uci_features
from .guard import ForbiddenFeature, refuse_forbidden
from .history import history_from_tables
from .measure import Measured, Tenth, measure
from .propensity import Propensity, Reason, explain_scores, load_model, predict, save_model
from .uplift import UpliftPolicy, expected_value, uplift, uplift_policy

__all__ = [
    "FEATURES", "ForbiddenFeature", "History", "Measured", "Propensity", "Reason", "Tenth", "UpliftPolicy",
    "expected_value", "explain_scores", "history_features", "history_from_tables", "load_model", "measure",
    "predict", "refuse_forbidden", "save_model", "uci_features", "uplift", "uplift_policy",
]  # fmt: skip
