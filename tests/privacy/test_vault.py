"""Sealed means sealed: opened only with the key, equal values meet, nothing shows but the tail."""

from __future__ import annotations

import pytest

from forbear.privacy import SealBroken, Vault, mask_name, mask_number

SECRET = b"a secret of at least thirty-two bytes"


@pytest.fixture
def vault():
    return Vault(SECRET)


def test_what_is_sealed_opens_again(vault):
    sealed = vault.seal("10013800138", "phone")

    assert vault.open(sealed.cipher, "phone") == "10013800138"
    assert sealed.tail == "0138"
    assert b"10013800138" not in sealed.cipher


def test_equal_values_have_equal_indexes_and_different_ciphers(vault):
    one, other = vault.seal("10013800138", "phone"), vault.seal("10013800138", "phone")

    assert one.index == other.index
    assert one.cipher != other.cipher


def test_a_phone_and_a_card_of_the_same_digits_do_not_meet(vault):
    assert vault.index("10013800138", "phone") != vault.index("10013800138", "card")


@pytest.mark.parametrize("place", [0, 12, -1])
def test_an_altered_byte_is_noticed(vault, place):
    cipher = bytearray(vault.seal("10013800138", "phone").cipher)
    cipher[place] ^= 1

    with pytest.raises(SealBroken):
        vault.open(bytes(cipher), "phone")


def test_another_key_or_kind_opens_nothing(vault):
    cipher = vault.seal("10013800138", "phone").cipher

    with pytest.raises(SealBroken):
        vault.open(cipher, "card")
    with pytest.raises(SealBroken):
        Vault(SECRET[::-1]).open(cipher, "phone")


def test_a_short_secret_is_refused():
    with pytest.raises(ValueError, match="32"):
        Vault(b"short")


@pytest.mark.parametrize(
    ("name", "masked"),
    [("张伟明", "张*明"), ("张伟", "张*"), ("伟", "*"), ("", "*"), ("古丽娜尔·吐尔逊", "古******逊")],
)
def test_a_masked_name_keeps_its_ends(name, masked):
    assert mask_name(name) == masked


def test_a_masked_number_keeps_four_digits():
    assert mask_number("138001380138") == "****0138"
