"""The demo: a bank that does not exist goes through the same doors as a real one."""

from forbear.web.showcase.story import NotADemo, show

__all__ = ["NotADemo", "show"]
