"""The vault: sealed text tells nothing, needs its key, and never costs more than a sentence."""

import stat

import pytest
from cryptography.fernet import Fernet

from heldout_server.webhooks.vault import Unreadable, Vault, is_sealed

ADDRESS = "https://hooks.example.org/T0PSECRET"
ANOTHER = "A" * 43 + "="


@pytest.fixture
def vault(tmp_path):
    return Vault(tmp_path / "keys" / "secret.key")


def test_opens_what_it_sealed_and_tells_nothing(vault):
    sealed = vault.seal(ADDRESS)
    assert is_sealed(sealed)
    assert "T0P" not in sealed
    assert vault.seal(ADDRESS) != sealed
    assert vault.open(sealed) == ADDRESS


def test_makes_one_key_for_its_owner_alone(vault):
    sealed = vault.seal(ADDRESS)
    assert stat.S_IMODE(vault.path.stat().st_mode) == 0o600
    assert [path.name for path in vault.path.parent.iterdir()] == ["secret.key"]
    assert Vault(vault.path).open(sealed) == ADDRESS


def test_a_first_line_seals_and_every_line_opens(vault):
    before = vault.seal(ADDRESS)
    vault.path.write_text(f"{Fernet.generate_key().decode()}\n{vault.path.read_text()}")
    after = vault.seal(ADDRESS)
    assert (vault.open(before), vault.open(after)) == (ADDRESS, ADDRESS)
    vault.path.write_text(vault.path.read_text().split()[0])
    assert (vault.opens(before), vault.opens(after)) == (False, True)


@pytest.mark.parametrize("content", [None, "", "no key", ANOTHER])
def test_another_key_or_none_is_said(vault, content):
    sealed = vault.seal(ADDRESS)
    vault.path.unlink()
    if content is not None:
        vault.path.write_text(content)
    with pytest.raises(Unreadable, match="add it again"):
        vault.open(sealed)
    assert vault.path.exists() == (content is not None)  # looking makes no key


def test_plain_text_of_an_earlier_version_is_read(vault):
    assert vault.open(ADDRESS) == ADDRESS
    assert not vault.path.exists()
