"""Telephone: a SIP user agent of our own that places a collector's calls. It knows neither database nor law."""

from forbear.channels.sip.agent import Agent, Line
from forbear.channels.sip.bridge import ClickToDial, Event, Told
from forbear.channels.sip.causes import Cause, line_of
from forbear.channels.sip.digest import Login
from forbear.channels.sip.transport import Tcp, Udp

__all__ = ["Agent", "Cause", "ClickToDial", "Event", "Line", "Login", "Tcp", "Told", "Udp", "line_of"]
