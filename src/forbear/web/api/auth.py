"""Who is calling: a token in the Authorization header, or a signed-in browser."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import HttpBearer, SessionAuth

from forbear.web.api.models import ApiToken, digest
from forbear.web.people.models import User


class TokenAuth(HttpBearer):
    """Accept `Authorization: Bearer SECRET` of a token that was not revoked."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        """Return the token's user, none if it is not a living token of an active person."""
        known = ApiToken.objects.select_related("user").filter(digest=digest(token), revoked_at=None).first()
        if known is None or not known.user.is_active:
            return None
        return known.user


class BrowserAuth(SessionAuth):
    """Accept a signed-in browser; CSRF is checked."""

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:
        """Return the signed-in user."""
        return request.user if isinstance(request.user, User) else None


CALLERS = [TokenAuth(), BrowserAuth()]
