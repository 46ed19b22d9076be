"""What the rest of Forbear may do with files: receive, reverse, replay, drop, settle."""

from forbear.web.intake.alerts import settle_alert
from forbear.web.intake.apply import DoesNotReconcile
from forbear.web.intake.receive import Delivery, receive_file, receive_parsed
from forbear.web.intake.replay import NotOpen, Replayed, drop_issue, replay_issue
from forbear.web.intake.undo import BookedByUs, CannotReverse, NotStanding, reverse_batch

__all__ = [
    "BookedByUs",
    "CannotReverse",
    "Delivery",
    "DoesNotReconcile",
    "NotOpen",
    "NotStanding",
    "Replayed",
    "drop_issue",
    "receive_file",
    "receive_parsed",
    "replay_issue",
    "reverse_batch",
    "settle_alert",
]
