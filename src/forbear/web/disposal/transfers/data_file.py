"""What the buyer gets: the fields policy names, as CSV, enciphered for the buyer's certificate (CMS, RFC 5652)."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7EnvelopeBuilder, PKCS7Options
from django.db.models import Max
from django.utils.translation import gettext as _

from forbear.channels import escape_for_export
from forbear.money import format_minor
from forbear.web.cases.models import Case
from forbear.web.cases.owed import AccountOwed, composition
from forbear.web.cases.pursuit import written_off
from forbear.web.disposal import policy
from forbear.web.disposal.machine import DisposalRefused
from forbear.web.law.current import packs_at
from forbear.web.litigation.limitation import Limit, limits
from forbear.web.portfolio.models import Account, ContactPoint, StandingEntry
from forbear.web.portfolio.vault import vault

USABLE = ("valid", "unverified")
RSA_BITS_MIN = 2048


def certificate(text: str, at: datetime) -> x509.Certificate:
    """Return a buyer's certificate; raises DisposalRefused for what is none, has run out, or is too weak."""
    try:
        found = x509.load_pem_x509_certificate(text.strip().encode())
    except ValueError as error:
        raise DisposalRefused(_("This is no certificate in PEM form."), "certificate") from error
    if not found.not_valid_before_utc <= at <= found.not_valid_after_utc:
        raise DisposalRefused(_("The certificate is not valid today."), "certificate")
    key = found.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < RSA_BITS_MIN:
        raise DisposalRefused(_("The certificate needs an RSA key of 2048 bits or more."), "certificate")
    return found


def enciphered(cases: Sequence[Case], pem: str, at: datetime) -> tuple[bytes, str]:
    """Return the data file of some cases, which only the holder of the certificate's key opens, and its digest."""
    content = table(cases, at).encode("utf-8-sig")
    builder = PKCS7EnvelopeBuilder().set_data(content).add_recipient(certificate(pem, at))
    sealed = builder.set_content_encryption_algorithm(algorithms.AES256).encrypt(
        Encoding.DER, [PKCS7Options.Binary]
    )
    return sealed, hashlib.sha256(sealed).hexdigest()


def table(cases: Sequence[Case], at: datetime) -> str:
    """Return the data as CSV, one line an account that owes; formulas are disarmed."""
    on, fields = at.date(), policy.value("transfer_fields", at.date())
    ends = limits([case.pk for case in cases], on, packs_at(at)) if cases else {}
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(fields)
    for case in cases:
        own = own_points(case)
        for row in composition(case, on):
            if row.total_minor > 0:
                held = account_row(case, row, own, ends[case.pk])
                lines.writerow([escape_for_export(str(held[field])) for field in fields])
    return out.getvalue()


def account_row(case: Case, row: AccountOwed, own: dict[str, str], limit: Limit) -> dict[str, Any]:
    """Return one account as the buyer may know it."""
    person = case.customer
    account = Account.objects.get(pk=row.account_id)
    paid = StandingEntry.objects.filter(
        account_id=row.account_id, kind__in=["payment", "recovery"]
    ).aggregate(day=Max("value_on"))
    return {
        "account_no": row.account_no, "name": person.name, "id_type": person.id_type,
        "id_no": vault().open(bytes(person.id_no_cipher), "id") if person.id_no_cipher else "",
        "mobile": own.get("mobile", ""), "address": own.get("address", ""), "currency": row.currency,
        "principal": format_minor(row.principal_minor), "interest": format_minor(row.interest_minor),
        "compound": format_minor(row.compound_minor), "late_fee": format_minor(row.late_fee_minor),
        "fees": format_minor(row.fee_minor + row.other_minor), "total": format_minor(row.total_minor), "days_past_due": case.dpd,
        "last_payment_on": paid["day"] or "", "limitation_last_day": limit.last_day or "", "written_off": row.account_id in written_off([row.account_id]) or account.block_code == "written_off",
    }  # fmt: skip


def own_points(case: Case) -> dict[str, str]:
    """Return the debtor's own number and address; no third person's."""
    found = ContactPoint.objects.filter(
        customer_id=case.customer_id, relation="self", kind__in=["mobile", "address"], state__in=USABLE
    ).order_by("-reserved", "pk")
    seals = {"mobile": "phone", "address": "address"}
    points: dict[str, str] = {}
    for point in found:
        if point.kind not in points:
            points[point.kind] = vault().open(bytes(point.value_cipher), seals[point.kind])
    return points
