"""Tokens with which agencies' and robots' systems ask for permits."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from forbear.web.people.models import User


class ApiToken(models.Model):
    """A token of one member of staff or one agency's system; only its digest is kept."""

    user = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.user.staff_no})"


def digest(secret: str) -> str:
    """Return the form in which a token is kept; the secret has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def make_token(*, user: User, name: str, at: datetime) -> str:
    """Make a token and return its secret, which is shown this once and never again."""
    secret = secrets.token_urlsafe(32)
    ApiToken.objects.create(user=user, name=name, digest=digest(secret), made_at=at)
    return secret
