"""Signing in with an account elsewhere, against a real provider on loopback: who gets in, and a table of attacks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import NOW
from joserfc.jwk import RSAKey
from openid_provider import (
    CLIENT,
    SECRET,
    TENANT,
    OpenIdProvider,
    signed_with_another_key,
    signed_with_what_all_know,
    unsigned,
)
from review_page import BASE, PASSWORD, Page, review_page, send
from starlette.testclient import TestClient
from structlog.testing import capture_logs
from typer.testing import CliRunner
from watched_school import write_config
from web_server import Answer, WebServer

from watcher.commands.main import app
from watcher.config import ConfigError, load
from watcher.provider import Provider
from watcher.review.accounts import NotSignedIn
from watcher.review.doors import open_accounts, open_openid
from watcher.review.openid import identity_of
from watcher.store.records import Identity

HEAD = "head@school.example"
KNOWN = {"sub": "subject-1", "email": HEAD, "email_verified": True}
OTHER = """
[review.openid]
provider = "other"
issuer = "{issuer}"
name = "Council"
client_id = "watcher-at-school"
client_secret = "${{OPENID_SECRET}}"
"""
ENTRA = OTHER.replace('"other"', f'"entra"\ntenant = "{TENANT}"').replace('name = "Council"\n', "")


@contextmanager
def school(folder: Path, now: datetime, table: str = OTHER) -> Iterator[tuple[Page, OpenIdProvider]]:
    with WebServer() as web:
        more = table.format(issuer=web.url(f"/{TENANT}/v2.0"))
        with review_page(folder, now, more, {"OPENID_SECRET": SECRET}) as page:
            provider = OpenIdProvider(web, f"{BASE}/sign-in/return", page.clock, person=dict(KNOWN))
            open_accounts(page.parts).invite("Head", HEAD, "head", "test")
            yield page, provider


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Page, OpenIdProvider]]:
    with school(tmp_path_factory.mktemp("school"), NOW) as both:
        yield both


@pytest.fixture
def both(opened: tuple[Page, OpenIdProvider]) -> tuple[Page, OpenIdProvider]:
    """Return a school whose head has been invited and has not come yet, and a provider that tells the truth."""
    page, provider = opened
    page.clock.now += timedelta(hours=2)  # what the service knows of the provider is too old by then
    provider.person, provider.claims, provider.described, provider.forge = dict(KNOWN), {}, {}, None
    provider.web.routes.clear()
    provider.web.asked.clear()
    open_accounts(page.parts).invite("Head", HEAD, "head", "test")
    return opened


def leave(browser: TestClient, wanted: str = "") -> str:
    """Press the button; return where the browser is sent."""
    answer = browser.get(f"/sign-in/elsewhere?next={wanted}")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def come_back(browser: TestClient, back: str) -> Any:
    assert back.startswith(f"{BASE}/sign-in/return?"), back
    return browser.get(back.removeprefix(BASE))


def sign_in(page: Page, provider: OpenIdProvider, wanted: str = "") -> tuple[TestClient, Any]:
    browser = page.browser()
    return browser, come_back(browser, provider.signs_in(leave(browser, wanted)))


def audit(page: Page) -> list[tuple[str, str, str]]:
    """Return who did what since the head was invited, oldest first."""
    said = []
    for row in page.parts.store.audit_page(page.parts.federation_id, 50):
        if row.action == "invite":
            break
        said.append((row.who, row.action, " ".join(map(str, row.detail.values()))))
    return said[::-1]


def test_somebody_who_was_added_must_get_in_and_be_known_again_by_the_account_alone(
    both: tuple[Page, OpenIdProvider],
) -> None:
    page, provider = both
    browser, answer = sign_in(page, provider, "/digests")
    assert answer.headers["location"] == "/digests"
    assert browser.get("/cases").status_code == 200
    provider.person = {"sub": "subject-1", "email": "new-name@school.example", "email_verified": False}
    again, answer = sign_in(page, provider)
    assert answer.headers["location"] == "/cases"
    assert HEAD not in again.get("/cases").text
    assert "Head, headteacher" in again.get("/cases").text
    assert audit(page) == [
        (HEAD, "bind", ""),
        (HEAD, "sign-in", "Council"),
        (HEAD, "sign-in", "Council"),
    ]


def test_the_invitation_must_end_with_the_first_visit(both: tuple[Page, OpenIdProvider]) -> None:
    page, provider = both
    invitation = open_accounts(page.parts).invite("Head", HEAD, "head", "test")
    sign_in(page, provider)
    assert page.browser().get(f"/join/{invitation}").status_code == 404


def test_a_session_must_end_here_and_the_way_out_there_be_shown(both: tuple[Page, OpenIdProvider]) -> None:
    page, provider = both
    browser, _ = sign_in(page, provider)
    assert send(browser, "/cases", "/sign-out").headers["location"] == "/sign-in?out=1"
    assert browser.get("/cases").status_code == 303
    assert f'<a href="{provider.web.url("/out")}">sign out of Council too' in browser.get("/sign-in?out=1").text


def test_somebody_removed_must_not_get_in_again(both: tuple[Page, OpenIdProvider]) -> None:
    page, provider = both
    browser, _ = sign_in(page, provider)
    page.parts.store.remove_person(page.parts.federation_id, HEAD, page.clock.now, "test")
    assert browser.get("/cases").status_code == 303
    assert "Nobody has been added here" in sign_in(page, provider)[1].text


def test_the_service_must_send_what_binds_a_trip_and_never_its_secret(both: tuple[Page, OpenIdProvider]) -> None:
    page, _ = both
    first, second = leave(page.browser()), leave(page.browser())
    for part in (
        "scope=openid+email&",
        "response_type=code",
        "code_challenge_method=S256",
        "code_challenge=",
        "nonce=",
        "state=",
    ):
        assert part in first
    assert "secret" not in first
    assert not {one for one in first.split("&") if one.startswith(("state", "nonce", "code_challenge="))} & set(
        second.split("&")
    )


Lie = Callable[[OpenIdProvider], object]
FORGED, UNKNOWN = "could not be proved to be genuine", "Nobody has been added here"
LIES: list[Any] = [
    pytest.param(lambda p: p.claims.update(nonce="another"), FORGED, id="wrong nonce"),
    pytest.param(lambda p: p.claims.update(nonce=None), FORGED, id="no nonce"),
    pytest.param(lambda p: setattr(p, "forge", unsigned), FORGED, id="no signature"),
    pytest.param(
        lambda p: setattr(p, "forge", signed_with_what_all_know(p.key)), FORGED, id="public key as secret"
    ),
    pytest.param(lambda p: setattr(p, "forge", signed_with_another_key("first")), FORGED, id="another key"),
    pytest.param(lambda p: setattr(p, "forge", signed_with_another_key("new")), FORGED, id="a key nobody knows"),
    pytest.param(lambda p: setattr(p, "forge", lambda _: "not.a.token"), FORGED, id="no token"),
    pytest.param(lambda p: setattr(p, "forge", lambda _: "x" * 200_000), FORGED, id="a huge token"),
    pytest.param(lambda p: p.claims.update(iss="https://evil.example"), FORGED, id="wrong issuer"),
    pytest.param(lambda p: p.claims.update(iss=None), FORGED, id="no issuer"),
    pytest.param(lambda p: p.claims.update(aud="another"), FORGED, id="wrong audience"),
    pytest.param(lambda p: p.claims.update(aud=[CLIENT, "another"]), FORGED, id="several audiences"),
    pytest.param(lambda p: p.claims.update(azp="another"), FORGED, id="made for another"),
    pytest.param(lambda p: p.claims.update(exp=1), FORGED, id="expired"),
    pytest.param(lambda p: p.claims.update(exp=None), FORGED, id="without an end"),
    pytest.param(lambda p: p.claims.update(iat=4_000_000_000), FORGED, id="of tomorrow"),
    pytest.param(lambda p: p.claims.update(sub=None), FORGED, id="about nobody"),
    pytest.param(lambda p: p.claims.update(sub=""), FORGED, id="about an empty name"),
    pytest.param(lambda p: p.claims.update(email_verified=False), "does not prove", id="unverified e-mail"),
    pytest.param(lambda p: p.claims.update(email_verified="true"), "does not prove", id="verified in words only"),
    pytest.param(
        lambda p: p.claims.update(email_verified=None), "does not prove", id="e-mail without a word on it"
    ),
    pytest.param(lambda p: p.claims.update(email="eve@school.example"), UNKNOWN, id="unknown person"),
]


@pytest.mark.parametrize(("lie", "told"), LIES)
def test_what_is_not_proved_must_let_nobody_in_and_be_noted(
    both: tuple[Page, OpenIdProvider], lie: Lie, told: str
) -> None:
    page, provider = both
    lie(provider)
    browser, answer = sign_in(page, provider)
    assert answer.status_code == 401
    assert told in answer.text
    assert browser.get("/cases").status_code == 303
    assert [(who, did) for who, did, _ in audit(page)] == [("Council", "refuse")]
    provider.claims, provider.forge = {}, None
    assert sign_in(page, provider)[1].headers["location"] == "/cases", "the next one must not suffer from it"


def test_a_refusal_must_be_told_to_the_data_protection_officer_in_words(both: tuple[Page, OpenIdProvider]) -> None:
    page, provider = both
    provider.person["email"] = "eve@school.example"
    sign_in(page, provider)
    shown = page.signed_in("dpo").get("/audit").text
    assert "sent somebody who was refused" in shown
    assert "(nobody was added with that address)" in shown
    assert "eve@school.example" not in shown


def test_the_state_of_another_browser_must_not_be_taken(both: tuple[Page, OpenIdProvider]) -> None:
    """Somebody who sends a link with his own answer must not sign others in as himself."""
    page, provider = both
    his, hers = page.browser(), page.browser()
    back = provider.signs_in(leave(his))
    assert "began in another browser" in come_back(hers, back).text, "a browser that never left"
    leave(hers)
    assert "began in another browser" in come_back(hers, back).text, "a browser that left for itself"
    assert hers.get("/cases").status_code == 303


def test_a_code_must_work_once(both: tuple[Page, OpenIdProvider]) -> None:
    page, provider = both
    browser = page.browser()
    back = provider.signs_in(leave(browser))
    trip = browser.cookies["__Host-trip"]
    assert come_back(browser, back).status_code == 303
    assert "__Host-trip" not in browser.cookies
    thief = page.browser()
    thief.cookies.set("__Host-trip", trip, domain="watcher.school.example")
    assert "start again here" in come_back(thief, back).text


def test_a_code_of_another_trip_must_not_be_taken(both: tuple[Page, OpenIdProvider]) -> None:
    page, provider = both
    his, hers = page.browser(), page.browser()
    stolen = provider.signs_in(leave(his)).partition("code=")[2].partition("&")[0]
    own = provider.signs_in(leave(hers))
    injected = own.replace(own.partition("code=")[2].partition("&")[0], stolen)
    assert come_back(hers, injected).status_code == 401
    assert hers.get("/cases").status_code == 303


def test_a_trip_must_not_last_for_ever_nor_be_made_up(both: tuple[Page, OpenIdProvider]) -> None:
    page, provider = both
    browser = page.browser()
    back = provider.signs_in(leave(browser))
    page.clock.now += timedelta(minutes=11)
    assert "took too long" in come_back(browser, back).text
    for cookie in ("", "x", "9" * 40, "1.2.3", f"{int(page.clock.now.timestamp())}.x.%2Fcases"):
        browser.cookies.set("__Host-trip", cookie, domain="watcher.school.example")
        assert come_back(browser, back).status_code == 401


@pytest.mark.parametrize("named", ["https://evil.example", ""])
def test_an_answer_of_another_provider_must_not_be_taken(both: tuple[Page, OpenIdProvider], named: str) -> None:
    """The mix-up attack: a code of one provider brought back in the name of another."""
    page, provider = both
    browser = page.browser()
    back = provider.signs_in(leave(browser)).partition("&iss=")[0] + (f"&iss={named}" if named else "")
    assert FORGED in come_back(browser, back).text
    assert "/token" not in provider.web.paths(), "the code must not be shown to anybody"


def test_another_return_address_must_not_be_taken_by_the_provider(both: tuple[Page, OpenIdProvider]) -> None:
    page, provider = both
    elsewhere = leave(page.browser()).replace("watcher.school.example", "evil.example")
    assert "redirect_uri" in provider.signs_in(elsewhere)


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/", "/\\evil.example", "evil"])
def test_nobody_must_be_led_elsewhere_afterwards(both: tuple[Page, OpenIdProvider], wanted: str) -> None:
    page, provider = both
    assert sign_in(page, provider, wanted)[1].headers["location"] == "/cases"


def test_somebody_must_not_come_with_a_second_account(both: tuple[Page, OpenIdProvider]) -> None:
    page, provider = both
    sign_in(page, provider)
    provider.person["sub"] = "subject-2"
    answer = sign_in(page, provider)[1]
    assert "with a different account" in answer.text
    open_accounts(page.parts).invite("Head", HEAD, "head", "test")
    assert sign_in(page, provider)[1].status_code == 303, "a new invitation takes the new account"


def test_coming_back_without_an_account_must_be_told_calmly(both: tuple[Page, OpenIdProvider]) -> None:
    page, provider = both
    browser = page.browser()
    state = leave(browser).partition("state=")[2].partition("&")[0]
    back = f"{BASE}/sign-in/return?error=access_denied&state={state}&iss={provider.issuer}"
    assert "without signing in" in come_back(browser, back).text


@pytest.mark.parametrize(
    "described",
    [
        pytest.param({"issuer": "https://evil.example"}, id="of another issuer"),
        pytest.param({"token_endpoint": "http://evil.example/token"}, id="tokens without encryption"),
        pytest.param({"jwks_uri": "file:///etc/passwd"}, id="keys from a file"),
        pytest.param({"authorization_endpoint": "javascript:alert(1)"}, id="a script for an address"),
    ],
)
def test_a_wrong_description_must_not_be_believed(
    both: tuple[Page, OpenIdProvider], described: dict[str, str]
) -> None:
    page, provider = both
    provider.described = described
    answer = page.browser().get("/sign-in/elsewhere")
    assert answer.status_code == 503
    assert "does not answer us" in answer.text


@pytest.mark.parametrize(
    "gone",
    [Answer(status=500), Answer(b"<html>"), Answer(b"[]"), Answer(drop=True), Answer(status=302, headers={"Location": "/keys"})],
    ids=["in trouble", "a page", "a list", "no answer", "elsewhere"],
)  # fmt: skip
@pytest.mark.parametrize("place", [f"/{TENANT}/v2.0/.well-known/openid-configuration", "/token", "/keys"])
def test_a_provider_in_trouble_must_be_told_as_such(
    both: tuple[Page, OpenIdProvider], place: str, gone: Answer
) -> None:
    page, provider = both
    provider.web.routes[place] = gone
    browser = page.browser()
    answer = browser.get("/sign-in/elsewhere")
    if place in ("/token", "/keys"):
        answer = come_back(browser, provider.signs_in(answer.headers["location"]))
    assert answer.status_code == 503
    assert "does not answer us" in answer.text
    del provider.web.routes[place]
    assert sign_in(page, provider)[1].status_code == 303


def test_a_new_key_of_the_provider_must_be_fetched(both: tuple[Page, OpenIdProvider]) -> None:
    page, provider = both
    sign_in(page, provider)
    provider.key = RSAKey.generate_key(2048, parameters={"use": "sig", "kid": "second"})
    assert sign_in(page, provider)[1].status_code == 303
    asked = provider.web.paths()
    assert asked.count("/keys") == 2
    assert sum(path.endswith("openid-configuration") for path in asked) == 1


def provider(kind: str) -> Provider:
    own = {"entra": (TENANT, ""), "google": ("", "school.example"), "other": ("", "")}[kind]
    return Provider(kind, "https://id.example", *own, "Name", "client", "secret")


@pytest.mark.parametrize(
    ("kind", "claims", "email"),
    [
        pytest.param("entra", {"xms_edov": True, "tid": TENANT}, HEAD, id="Entra"),
        pytest.param("entra", {"xms_edov": "1", "tid": TENANT.upper()}, HEAD, id="Entra, as it writes at times"),
        pytest.param("entra", {"email_verified": True, "tid": TENANT}, "", id="Entra, written by an administrator"),
        pytest.param("entra", {"xms_edov": False, "tid": TENANT}, "", id="Entra, not proved"),
        pytest.param("google", {"email_verified": True, "hd": "School.example"}, HEAD, id="Google"),
        pytest.param("google", {"email_verified": False, "hd": "school.example"}, "", id="Google, not proved"),
        pytest.param("other", {"email_verified": True}, HEAD, id="another"),
        pytest.param("other", {"xms_edov": True}, "", id="another, not proved"),
    ],
)
def test_an_address_must_count_only_where_it_was_proved(kind: str, claims: dict[str, Any], email: str) -> None:
    said = {"sub": "1", "email": HEAD.title()} | claims
    assert identity_of(said, provider(kind)) == Identity("https://id.example", "1", email)


@pytest.mark.parametrize(
    ("kind", "claims"),
    [
        pytest.param("entra", {"tid": "9188040d-6c67-4c5b-b112-36a304b66dad"}, id="Entra, private accounts"),
        pytest.param("entra", {}, id="Entra, no tenant"),
        pytest.param("google", {"hd": "other.example"}, id="Google, another domain"),
        pytest.param("google", {}, id="Google, a private account"),
    ],
)
def test_an_account_of_another_school_must_not_do(kind: str, claims: dict[str, Any]) -> None:
    proved = {"sub": "1", "email": HEAD, "email_verified": True, "xms_edov": True}
    with pytest.raises(NotSignedIn) as refused:
        identity_of(proved | claims, provider(kind))
    assert refused.value.words == "openid-elsewhere"


def test_another_tenant_must_be_told_so(tmp_path: Path, now: datetime) -> None:
    with school(tmp_path, now, ENTRA) as (page, entra):
        entra.claims = {"xms_edov": True, "tid": "9188040d-6c67-4c5b-b112-36a304b66dad"}
        assert "belongs to another school" in sign_in(page, entra)[1].text
        entra.claims = {"xms_edov": True}
        assert sign_in(page, entra)[1].status_code == 303


def test_google_may_leave_the_scheme_out() -> None:
    google = Provider("google", "https://accounts.google.com", "", "school.example", "Google", "c", "s")
    assert google.issuers == ("https://accounts.google.com", "accounts.google.com")


def test_without_a_provider_there_must_be_no_such_way(tmp_path: Path, now: datetime) -> None:
    with review_page(tmp_path, now) as page:
        assert page.browser().get("/sign-in/elsewhere").status_code == 404
        assert page.browser().get("/sign-in/return?code=1&state=1").status_code == 404
        assert "Sign in with" not in page.browser().get("/sign-in").text


def test_a_password_must_still_do_beside_it(both: tuple[Page, OpenIdProvider]) -> None:
    page, _ = both
    email = page.add("dsl")
    assert page.sign_in(page.browser(), email, PASSWORD, page.code(email)).status_code == 303


def test_passwords_must_be_worth_nothing_where_they_are_switched_off(tmp_path: Path, now: datetime) -> None:
    """Whoever has left the school loses the account there, and must not keep a password here."""
    with school(tmp_path, now, OTHER + "passwords = false\n") as (page, provider):
        email = page.add("dsl")
        browser = page.browser()
        shown = browser.get("/sign-in").text
        assert 'name="password"' not in shown
        token = open_accounts(page.parts).form_token(browser.cookies["__Host-visit"])
        fields = {"token": token, "email": email, "password": PASSWORD, "code": page.code(email)}
        assert browser.post("/sign-in", data=fields, headers={"Origin": BASE}).status_code == 404
        invitation = open_accounts(page.parts).invite("Late", "late@school.example", "head", "test")
        assert browser.get(f"/join/{invitation}").status_code == 404
        assert sign_in(page, provider)[1].status_code == 303


def test_whoever_never_chose_a_password_must_not_get_in_with_one(both: tuple[Page, OpenIdProvider]) -> None:
    page, provider = both
    sign_in(page, provider)
    for password in ("", "None"):
        assert page.sign_in(page.browser(), HEAD, password, "000000").status_code == 401


def test_the_provider_must_be_checked_before_anybody_needs_it(both: tuple[Page, OpenIdProvider]) -> None:
    page, provider = both
    config = page.parts.config
    assert config.review.openid is not None
    openid = open_openid(config, config.review.openid, page.clock)
    assert openid.check() == f"{provider.issuer} answers, 1 keys; it must know {BASE}/sign-in/return"
    provider.web.routes["/keys"] = Answer(status=500)
    with pytest.raises(NotSignedIn) as refusal:
        openid.check()
    assert "/keys answered 500" in refusal.value.__notes__[0]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('provider = "entra"', "tenant: expected a value"),
        ('provider = "entra"\ntenant = "common"', "your own school"),
        ('provider = "entra"\ntenant = "organizations"', "your own school"),
        (f'provider = "entra"\ntenant = "{TENANT}"\nissuer = "https://x.example/common/v2.0"', "the tenant in it"),
        ('provider = "google"', "domain: expected a value"),
        ('provider = "other"', "issuer: expected a value"),
        ('provider = "other"\nissuer = "http://id.example"', "begins with https://"),
        ('provider = "facebook"', '"entra"'),
    ],
)
def test_a_provider_that_would_let_others_in_must_not_be_configured(tmp_path: Path, table: str, said: str) -> None:
    more = f'\n[review.openid]\n{table}\nclient_id = "c"\nclient_secret = "${{OPENID_SECRET}}"\n'
    with pytest.raises(ConfigError) as refused:
        load(write_config(tmp_path, smtp_ports=(9,), more=more), {"OPENID_SECRET": "hidden"})
    assert said in str(refused.value)
    assert "hidden" not in str(refused.value)


def test_no_secret_must_show_in_the_log_or_the_database(both: tuple[Page, OpenIdProvider]) -> None:
    page, provider = both
    with capture_logs() as logged:
        browser, _ = sign_in(page, provider)
        back = provider.signs_in(leave(page.browser()))
        provider.forge = unsigned
        sign_in(page, provider)
        provider.web.routes["/token"] = Answer(status=500)
        sign_in(page, provider)
    assert {line["event"] for line in logged} == {
        "the provider's token was refused",
        "the provider cannot be asked",
    }
    code = back.partition("code=")[2].partition("&")[0]
    said = repr(logged) + repr(page.parts.config)
    said += b"".join(path.read_bytes() for path in page.parts.config.path.parent.glob("w.db*")).decode("latin-1")
    for secret in (SECRET, code, browser.cookies["__Host-session"]):
        assert secret not in said


def test_the_check_must_say_how_people_sign_in(both: tuple[Page, OpenIdProvider]) -> None:
    page, provider = both
    config = ["--config", str(page.parts.config.path)]
    asked = CliRunner().invoke(app, ["check", *config], env={"OPENID_SECRET": SECRET, "COLUMNS": "200"})
    assert f"{provider.issuer} answers, 1 keys; it must know {BASE}/sign-in/return" in asked.output
    sign_in(page, provider)
    listed = CliRunner().invoke(app, ["users", "list", *config], env={"OPENID_SECRET": SECRET, "COLUMNS": "200"})
    assert "joined with an account elsewhere" in listed.output
