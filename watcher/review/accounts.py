"""Who somebody is: passwords (argon2id), second factors (TOTP), sessions and invitations."""

import base64
import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet, InvalidToken

from watcher.config import Config
from watcher.review.throttle import ADDRESS, KNOWN, PROVED, STRANGER, Throttle
from watcher.store import Store
from watcher.store.records import Identity, Invitation, Person

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
SHORTEST_PASSWORD = 12  #: characters
AT_ONCE = 2  #: passwords checked side by side; each takes 64 MiB, and strangers decide how many come
_STEP = 30  #: seconds a code of the second factor is shown


def sealing_key(config: Config, store: Store) -> str:
    """Return the key of the accounts: from the configuration, else one the store made for itself."""
    given = config.review.key
    return hashlib.sha256(given.encode()).hexdigest() if given else store.secret("accounts_key")


class NotSignedIn(Exception):
    """The sign-in was not accepted. `words` names the sentence that people are shown."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody typed to sign in, and from where."""

    email: str
    password: str = field(repr=False)
    code: str = field(repr=False)
    address: str  #: network address
    device: str = field(repr=False)  #: the cookie that a browser keeps after signing in; "" for a new browser


class Accounts:
    """Everything that knows secrets. `key` encrypts second factors and signs; 64 hex digits."""

    def __init__(
        self,
        store: Store,
        federation_id: int,
        key: str,
        now: Callable[[], datetime],
        hasher: PasswordHasher | None = None,
    ) -> None:
        self._store = store
        self._federation_id = federation_id
        self._key = bytes.fromhex(key)
        self._fernet = Fernet(_fernet_key(self._key))
        self._now = now
        self._hasher = hasher or PasswordHasher()
        self._checking = threading.BoundedSemaphore(AT_ONCE)
        self._nobody = self._made_up()  # checked where there is no such person, so that the answer takes as long
        self.throttle = Throttle()

    def sign_in(self, attempt: Attempt) -> tuple[Person, str]:
        """Return who it is and the cookie of a new session. Raises NotSignedIn."""
        email = attempt.email.strip().lower()
        found = self._store.person_by_email(self._federation_id, email)
        person = found if found and found.password else self._nobody
        step = self._shown_step(person, attempt.code)
        bucket, refusal = self._admit(email, attempt, proved=step is not None)
        if not self._matches(person.password or "", attempt.password) or person is self._nobody:
            raise NotSignedIn(refusal)
        if step is None:
            self.factor(person)  # a changed key is told only to somebody who knows the password
        if step is None or not self._store.use_totp_step(person, step):
            raise NotSignedIn(refusal)
        self.throttle.give_back(bucket)
        return person, self.open_session(person)

    def enter(self, identity: Identity, by: str) -> tuple[Person, str]:
        """Let in whom a provider (by name) has vouched for; the rest as sign_in. Raises NotSignedIn.

        Somebody is known by the checked e-mail address the first time, from then on by the account itself.
        """
        person = self._store.person_by_identity(self._federation_id, identity) or self._bound(identity)
        return person, self.open_session(person, by)

    def derived(self, what: str, bearer: str) -> str:
        """Return what only we can tell of a cookie (64 hex digits), another value for every use."""
        return hmac.new(self._key, f"{what}:{bearer}".encode(), hashlib.sha256).hexdigest()

    def open_session(self, person: Person, by: str = "") -> str:
        """Begin a session and return its cookie; never one that a browser brought along."""
        token = secrets.token_urlsafe(32)
        now = self._now()
        self._store.close_stale_sessions(now, IDLE, LONGEST)
        detail = {"by": by} if by else {}
        self._store.open_session(self._federation_id, person, _hashed(token), now, detail)
        return token

    def who(self, token: str) -> Person | None:
        """Return whose session a cookie belongs to."""
        if not token:
            return None
        return self._store.session_person(self._federation_id, _hashed(token), self._now(), IDLE, LONGEST)

    def sign_out(self, token: str) -> None:
        """End a session."""
        self._store.close_session(self._federation_id, _hashed(token), self._now())

    def form_token(self, cookie: str) -> str:
        """Return what every form of a session must carry."""
        return self.derived("form", cookie)

    def device(self, person: Person) -> str:
        """Return the cookie by which a browser is known again at the next sign-in."""
        nonce = secrets.token_hex(8)
        return f"{nonce}.{self._device_mark(person.email, nonce)}"

    def invite(self, name: str, email: str, role: str, by: str) -> str:
        """Add somebody; return what they join with, good for three days."""
        token = secrets.token_urlsafe(24)
        invitation = Invitation(name.strip(), email.strip().lower(), role, self._sealed_factor(), _hashed(token))
        self._store.invite(self._federation_id, invitation, self._now(), by)
        return token

    def invited(self, token: str) -> Person | None:
        """Return who an invitation is for, while it holds."""
        return self._store.invited(self._federation_id, _hashed(token), self._now())

    def give_feed(self, person: Person) -> str:
        """Return the secret of a new feed, told this once; one that somebody had before ends."""
        token = secrets.token_urlsafe(32)
        self._store.set_feed(self._federation_id, person, _hashed(token), self._now())
        return token

    def whose_feed(self, token: str) -> Person | None:
        """Return for whom a feed is, by its secret."""
        return self._store.person_by_feed(self._federation_id, _hashed(token))

    def factor(self, person: Person) -> str:
        """Return the secret of somebody's second factor, to be shown to them once. Raises NotSignedIn."""
        try:
            return self._fernet.decrypt((person.totp or "").encode()).decode()
        except InvalidToken as error:
            raise NotSignedIn("key-changed") from error

    def factor_address(self, person: Person, issuer: str) -> str:
        """Return the otpauth address of a second factor, which an authenticator app reads as a QR code."""
        return pyotp.TOTP(self.factor(person)).provisioning_uri(name=person.email, issuer_name=issuer)

    def join(self, person: Person, password: str, code: str) -> None:
        """Take an invited person in. Raises NotSignedIn."""
        if len(password) < SHORTEST_PASSWORD:
            raise NotSignedIn("short")
        step = self._step_of(person, code)
        if step is None:
            raise NotSignedIn("code")
        self._store.join(person, self._hasher.hash(password), step, self._now())

    def _bound(self, identity: Identity) -> Person:
        if not identity.email:
            raise NotSignedIn("openid-unverified")
        person = self._store.person_by_email(self._federation_id, identity.email)
        if person is None:
            raise NotSignedIn("openid-unknown")
        if not self._store.bind(self._federation_id, person, identity, self._now()):
            raise NotSignedIn("openid-taken")
        return person

    def _admit(self, email: str, attempt: Attempt, *, proved: bool) -> tuple[str, str]:
        """Take a try from the right bucket; return its name and what a wrong try is told. Raises NotSignedIn.

        Whoever is over the limit hears "wait" whatever was wrong, so that nobody learns whether a code was right.
        """
        now = self._now()
        nonce, _, mark = attempt.device.partition(".")
        if mark and hmac.compare_digest(mark, self._device_mark(email, nonce)):
            tries = [(f"device:{nonce}", KNOWN)]
        else:
            tries = [(f"address:{attempt.address}", ADDRESS), (f"account:{email}", STRANGER)]
        if all(self.throttle.allows(name, allowance, now) for name, allowance in tries):
            return tries[-1][0], "wrong"
        if proved and self.throttle.allows(f"proved:{email}", PROVED, now):
            return f"proved:{email}", "wait"
        raise NotSignedIn("wait")

    def _made_up(self) -> Person:
        """Return somebody who can never sign in."""
        password, factor = self._hasher.hash(secrets.token_hex(16)), self._sealed_factor()
        return Person(0, "", "", "", password, factor, totp_step=0, removed_at=None)

    def _sealed_factor(self) -> str:
        return self._fernet.encrypt(pyotp.random_base32().encode()).decode()

    def _matches(self, known: str, password: str) -> bool:
        try:
            with self._checking:
                return self._hasher.verify(known, password[:1000])
        except (VerificationError, InvalidHashError):
            return False

    def _shown_step(self, person: Person, code: str) -> int | None:
        """Return the step a code belongs to; None also where the second factor cannot be opened."""
        try:
            return self._step_of(person, code)
        except NotSignedIn:
            return None

    def _step_of(self, person: Person, code: str) -> int | None:
        """Return the step a code belongs to: this one, or the one before or after for clocks that differ."""
        digits = "".join(code.split())
        current = int(self._now().timestamp()) // _STEP
        totp = pyotp.TOTP(self.factor(person))
        for step in (current, current - 1, current + 1):
            if hmac.compare_digest(totp.generate_otp(step), digits):
                return step
        return None

    def _device_mark(self, email: str, nonce: str) -> str:
        return self.derived("device", f"{email}:{nonce}")


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _fernet_key(key: bytes) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"second factors:" + key).digest())
