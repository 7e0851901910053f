"""One request, as a page sees it, and what a page may answer."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, RedirectResponse, Response

from watcher.assembly import Parts
from watcher.review.accounts import Accounts
from watcher.review.pages import render
from watcher.store.records import Person

if TYPE_CHECKING:
    from watcher.review.openid import OpenId  # needs an extra


class NotFound(Exception):
    """There is nothing here that this person may see."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What every page needs of the service."""

    parts: Parts
    accounts: Accounts
    openid: "OpenId | None" = None  #: where else people may sign in

    @property
    def passwords(self) -> bool:
        """Whether people may sign in with passwords of this page."""
        provider = self.parts.config.review.openid
        return provider is None or provider.passwords

    @property
    def secure(self) -> bool:
        """Whether people come over https, so that cookies may insist on it."""
        return self.parts.config.review.base_url.startswith("https://")

    def cookie_name(self, what: str) -> str:
        """Return the name of a cookie; the prefix makes browsers refuse it from anywhere else."""
        return f"__Host-{what}" if self.secure else what

    def cookie(self, response: Response, what: str, value: str, max_age: int | None = None) -> None:
        """Set a cookie that no script and no other site can use."""
        response.set_cookie(
            self.cookie_name(what), value, max_age=max_age, httponly=True, secure=self.secure, samesite="lax"
        )

    def forget_cookie(self, response: Response, what: str) -> None:
        """Take a cookie back."""
        response.delete_cookie(self.cookie_name(what), secure=self.secure, httponly=True, samesite="lax")


@dataclass(frozen=True, slots=True)
class Visit:
    """One request."""

    desk: Desk
    path: dict[str, str]  #: what the path's {names} stand for
    query: dict[str, str]
    form: dict[str, str] = field(repr=False)
    cookies: dict[str, str] = field(repr=False)
    address: str
    who: Person | None  #: None: not signed in
    token: str = field(repr=False)  #: what this visitor's forms must carry
    now: datetime

    @property
    def parts(self) -> Parts:
        """The service."""
        return self.desk.parts

    @property
    def person(self) -> Person:
        """Who is signed in. Only for pages that ask for a right."""
        if self.who is None:
            raise NotFound
        return self.who

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """Answer with a page."""
        html = render(
            template, visit=self, who=self.who, token=self.token, federation=self.parts.config.federation, **values
        )
        return HTMLResponse(html, status_code=status)

    def go(self, path: str) -> Response:
        """Answer with another page's address, to be asked with GET."""
        return RedirectResponse(path, status_code=303)
