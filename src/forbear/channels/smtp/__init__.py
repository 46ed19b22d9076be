"""E-mail by SMTP, plain and HTML, signed by DKIM; bounces and delivery notices are read."""

from forbear.channels.smtp.bounces import read_mail
from forbear.channels.smtp.client import Smtp, SmtpSettings

__all__ = ["Smtp", "SmtpSettings", "read_mail"]
