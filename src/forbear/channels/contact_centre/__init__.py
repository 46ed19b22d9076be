"""Contact centres of others: what their systems tell us of calls, recordings and agents, in one form."""

from forbear.channels.contact_centre.contract import AgentSeen, CallSeen, RecordingReady, Seen, Vendor
from forbear.channels.contact_centre.signed_json import SignedJson

__all__ = ["AgentSeen", "CallSeen", "RecordingReady", "Seen", "SignedJson", "Vendor"]
