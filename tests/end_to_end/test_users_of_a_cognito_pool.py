"""People whom a Cognito user pool signs in use the service, started as a program.

The pool names AWS as the issuer of its tokens, wherever it runs; its keys are told here.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import pytest

from tests.support.patience import PATIENCE
from tests.support.program import Program
from tests.support.serving_process import Served, served, within

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

REGION = "eu-west-1"


@dataclass
class Pool:
    """A user pool with the groups of the service and one client."""

    cognito: CognitoIdentityProviderClient
    endpoint: str
    id: str
    client_id: str

    @property
    def issuer(self) -> str:
        return f"https://cognito-idp.{REGION}.amazonaws.com/{self.id}"

    @property
    def keys_url(self) -> str:
        return f"{self.endpoint}/{self.id}/.well-known/jwks.json"

    def signs_up(self, username: str, **attributes: str) -> None:
        told = [{"Name": name, "Value": value} for name, value in attributes.items()]
        self.cognito.admin_create_user(
            UserPoolId=self.id, Username=username, UserAttributes=told, MessageAction="SUPPRESS"
        )
        self.cognito.admin_set_user_password(
            UserPoolId=self.id, Username=username, Password=f"{username}-Secret-1", Permanent=True
        )

    def joins(self, username: str, group: str) -> None:
        self.cognito.admin_add_user_to_group(UserPoolId=self.id, Username=username, GroupName=group)

    def leaves(self, username: str, group: str) -> None:
        self.cognito.admin_remove_user_from_group(
            UserPoolId=self.id, Username=username, GroupName=group
        )

    def signs_in(self, username: str, client_id: str | None = None) -> Any:
        """Return the tokens that the pool issues for a password."""
        return self.cognito.initiate_auth(
            ClientId=client_id or self.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": f"{username}-Secret-1"},
        )["AuthenticationResult"]


def new_client(cognito: CognitoIdentityProviderClient, pool_id: str) -> str:
    made = cognito.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName=secrets.token_hex(4),
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
    )
    return made["UserPoolClient"]["ClientId"]


@pytest.fixture
def pool(moto_endpoint: str) -> Iterator[Pool]:
    cognito = boto3.client("cognito-idp", region_name=REGION, endpoint_url=moto_endpoint)
    pool_id = cognito.create_user_pool(PoolName=secrets.token_hex(4))["UserPool"]["Id"]
    for group in ("admin", "mentor", "operator"):
        cognito.create_group(UserPoolId=pool_id, GroupName=group)
    yield Pool(cognito, moto_endpoint, pool_id, new_client(cognito, pool_id))
    cognito.close()


@pytest.fixture
def service(program: Program, pool: Pool) -> Iterator[Served]:
    with served(
        program.folder,
        MENTORBOOKING_COGNITO_ISSUER=pool.issuer,
        MENTORBOOKING_COGNITO_JWKS_URL=pool.keys_url,
        MENTORBOOKING_COGNITO_CLIENT_IDS=pool.client_id,
    ) as running:
        yield running


def call(service: Served, token: str, path: str = "/me") -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}

    def answered() -> httpx.Response | None:
        """Return the answer, once the pool was asked in time: on a busy machine it may be late."""
        answer = httpx.get(f"{service.url}{path}", headers=headers, timeout=PATIENCE)
        return None if answer.status_code == 503 else answer

    return within(PATIENCE, answered)


def test_whoever_the_pool_signs_in_has_an_account_and_the_rights_of_their_group(
    pool: Pool, service: Served
) -> None:
    pool.signs_up("ada", name="Ada", email="ada@example.org", email_verified="true")
    first = pool.signs_in("ada")["AccessToken"]
    student = call(service, first).json()
    assert (student["role"], student["name"], student["email"]) == (
        "student",
        "Ada",
        "ada@example.org",
    )
    assert call(service, first, "/bookings").json()["data"] == []

    pool.joins("ada", "mentor")
    mentor = call(service, pool.signs_in("ada")["AccessToken"]).json()
    assert (mentor["id"], mentor["role"]) == (student["id"], "mentor")
    listed = httpx.get(f"{service.url}/mentors", timeout=PATIENCE).json()["data"]
    assert [each["id"] for each in listed] == [mentor["mentor_id"]]

    pool.leaves("ada", "mentor")
    again = call(service, pool.signs_in("ada")["AccessToken"]).json()
    assert (again["role"], again["student_id"]) == ("student", student["student_id"])


def test_an_address_that_the_pool_has_not_verified_is_not_taken(
    pool: Pool, service: Served
) -> None:
    pool.signs_up("eve", email="ada@example.org", email_verified="false")
    account = call(service, pool.signs_in("eve")["AccessToken"]).json()
    assert (account["name"], account["email"]) == ("New student", None)


def test_other_tokens_of_the_pool_are_refused(pool: Pool, service: Served) -> None:
    pool.signs_up("ada")
    tokens = pool.signs_in("ada")
    foreign = pool.signs_in("ada", new_client(pool.cognito, pool.id))
    for wrong in (tokens["IdToken"], foreign["AccessToken"], tokens["AccessToken"][:-4]):
        answer = call(service, wrong)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid-token")
    assert call(service, tokens["AccessToken"]).status_code == 200
