"""A key that checks its owner opens an account without the password; one that only wants a touch does not."""

import json
from hashlib import sha256
from typing import Any

import pytest
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import STATE_SESSION_KEY
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from members.forms import UNKNOWN_KEY
from members.models import User
from tests.builders import PASSWORD, a_second_factor, a_user

pytestmark = pytest.mark.django_db

HOST = "testserver"
FLAG = AuthenticatorData.FLAG


class Key:
    """A security key of this account, with its own private key."""

    def __init__(self, owner: User) -> None:
        self.owner = owner
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.id = b"key of " + owner.email.encode()
        public = ES256.from_cryptography_key(self.private.public_key())
        known = AttestedCredentialData.create(b"\0" * 16, self.id, public)
        made = AttestationObject.create("none", self._data(FLAG.UP | FLAG.AT, known), {})
        client = CollectedClientData.create("webauthn.create", b"once", f"https://{HOST}")
        response = {"clientDataJSON": client.b64, "attestationObject": websafe_encode(made)}
        credential = self._answer(response) | {"clientExtensionResults": {"credProps": {"rk": True}}}
        data = {"name": "Llave", "credential": credential}
        Authenticator.objects.create(user=owner, type=Authenticator.Type.WEBAUTHN, data=data)

    def sign(self, challenge: bytes, *, owner_checked: bool) -> dict[str, Any]:
        """What the key answers after a touch, and after a look at its owner if it takes one."""
        seen = self._data(FLAG.UP | FLAG.UV if owner_checked else FLAG.UP)
        client = CollectedClientData.create("webauthn.get", challenge, f"https://{HOST}")
        signature = self.private.sign(seen + client.hash, ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": client.b64,
            "authenticatorData": websafe_encode(seen),
            "signature": websafe_encode(signature),
            "userHandle": websafe_encode(user_pk_to_url_str(self.owner).encode()),
        }
        return self._answer(response)

    def _data(self, flags: int, known: bytes = b"") -> AuthenticatorData:
        return AuthenticatorData.create(sha256(HOST.encode()).digest(), flags, 0, known)

    def _answer(self, response: dict[str, str]) -> dict[str, Any]:
        return {"id": websafe_encode(self.id), "rawId": websafe_encode(self.id), "type": "public-key"} | {
            "response": response
        }


@pytest.fixture(autouse=True)
def fresh_counters(db: None) -> None:
    cache.clear()


def asked(client: Client) -> bytes:
    """What the login page asks a key to sign."""
    answer = client.get(reverse("mfa_login_webauthn"), headers={"accept": "application/json"})
    assert answer.json()["request_options"]["publicKey"]["userVerification"] == "required"
    return challenge_of(client)


def challenge_of(client: Client) -> bytes:
    return websafe_decode(client.session[STATE_SESSION_KEY]["challenge"])


def hand_in(client: Client, answer: dict[str, Any]) -> str:
    page = client.post(reverse("mfa_login_webauthn"), {"credential": json.dumps(answer)}, secure=True, follow=True)
    return page.content.decode()


def test_ana_comes_in_with_her_finger(ana: User) -> None:
    key, client = Key(ana), Client()
    hand_in(client, key.sign(asked(client), owner_checked=True))
    assert client.session["_auth_user_id"] == str(ana.pk)


def test_walters_key_is_his_two_factors(walter: User) -> None:
    key, client = Key(walter), Client()
    hand_in(client, key.sign(asked(client), owner_checked=True))
    assert client.get("/admin/").status_code == 200


def test_a_stolen_key_that_was_only_touched_opens_nothing(ana: User) -> None:
    key, client = Key(ana), Client()
    assert UNKNOWN_KEY in hand_in(client, key.sign(asked(client), owner_checked=False))
    assert "_auth_user_id" not in client.session


def test_nor_does_it_with_a_challenge_of_the_thiefs_own_second_step(ana: User) -> None:
    thief, client = a_user(), Client()
    a_second_factor(thief)
    client.post(reverse("account_login"), {"login": thief.email, "password": PASSWORD}, secure=True)
    client.get(reverse("mfa_authenticate"), secure=True)
    client.post(reverse("account_logout"), secure=True)  # leaves the challenge in the session
    key = Key(ana)

    assert UNKNOWN_KEY in hand_in(client, key.sign(challenge_of(client), owner_checked=False))
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("answer", ["", "{}", "[]", '{"response": {"userHandle": "eA"}}', "null"])
def test_nonsense_is_answered_with_the_login_page(ana: User, answer: str) -> None:
    client = Client()
    asked(client)
    page = client.post(reverse("mfa_login_webauthn"), {"credential": answer}, secure=True, follow=True)
    assert page.status_code == 200
    assert "Ingrese a CMP Digital" in page.content.decode()
