"""A bank with one case late enough for write-off and bad enough to be sold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.utils import translation
from tests.web.cases.bank import Bank, day
from tests.web.disposal.book import ON

from forbear.web.cases.models import Case
from forbear.web.people.models import Role, User
from forbear.web.portfolio.models import Account


@pytest.fixture(autouse=True)
def chinese():
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def bank(db: None) -> Bank:
    return Bank()


@pytest.fixture
def lawyer(bank: Bank) -> User:
    return bank.person("qian", Role.LEGAL)


@pytest.fixture
def keeper(bank: Bank) -> User:
    return bank.person("lin", Role.COMPLIANCE)


@pytest.fixture
def late(bank: Bank) -> tuple[Case, Account]:
    """A debtor 400 days past due who owes 20,000.00 by the bank's own figures."""
    case, account = bank.late_case()
    bank.number(account.customer)
    Case.objects.filter(pk=case.pk).update(dpd=400, risk_class="loss", total_minor=2_000_000, aged_on=day(ON))
    case.refresh_from_db()
    return case, account


@pytest.fixture(scope="session")
def buyers_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def buyers_certificate(buyers_key: rsa.RSAPrivateKey) -> str:
    return pem_of(buyers_key, datetime(2025, 1, 1, tzinfo=UTC))


def pem_of(key: rsa.RSAPrivateKey, begins: datetime) -> str:
    """Return a certificate that holds from a moment for two years."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "示例资产管理")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(begins).not_valid_after(begins + timedelta(days=730)).sign(key, hashes.SHA256())
    )  # fmt: skip
    return made.public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture
def buyer(buyers_certificate: str) -> dict[str, str]:
    return {
        "buyer": "示例资产管理有限公司", "buyer_code": "91310000EXAMPLE999", "buyer_phone": "021-00000009",
        "buyer_address": "上海市示例路9号", "certificate": buyers_certificate,
    }  # fmt: skip
