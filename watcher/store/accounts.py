"""People who may sign in, and their sessions. Secrets arrive here hashed or encrypted, never as they are."""

import secrets
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select, update

from watcher.store.database import Database, StoreError
from watcher.store.people import note
from watcher.store.records import Identity, Invitation, Person
from watcher.store.rows import insert, insert_if_new, record_of
from watcher.store.schema import people, sessions, settings

_INVITED_FOR = timedelta(days=3)
_UNBOUND: dict[str, Any] = {"issuer": None, "subject": None, "feed": None}
_SEEN_EVERY = timedelta(minutes=1)  #: a session's last use is noted this often


class Accounts(Database):
    """The part of the store that knows who may sign in."""

    def secret(self, name: str) -> str:
        """Return a random secret of the installation, made at its first use (64 hex digits)."""
        query = select(settings.c.value).where(settings.c.name == name)
        with self.writing() as connection:
            insert_if_new(connection, settings, {"name": name, "value": secrets.token_hex(32)})
            return str(connection.scalar(query))

    def invite(self, federation_id: int, invitation: Invitation, now: datetime, by: str) -> Person:
        """Add somebody, or let them start anew. Ends their sessions."""
        values = (
            asdict(invitation)
            | {
                "totp_step": 0,
                "password": None,
                "invite_until": now + _INVITED_FOR,
                "created_at": now,
                "removed_at": None,
            }
            | _UNBOUND
        )
        which = and_(people.c.federation_id == federation_id, people.c.email == invitation.email)
        with self.writing() as connection:
            known = connection.scalar(select(people.c.id).where(which))
            if known is None:
                known = insert(connection, people, values | {"federation_id": federation_id})
            else:
                connection.execute(update(people).where(people.c.id == known).values(values))
                connection.execute(sessions.delete().where(sessions.c.person_id == known))
            note(connection, federation_id, by, "invite", f"person {known}", {"role": invitation.role}, now)
            return record_of(Person, connection.execute(select(people).where(people.c.id == known)).one())

    def invited(self, federation_id: int, invite: str, now: datetime) -> Person | None:
        """Return who may join with an invitation, while it holds."""
        return self._person(
            people.c.federation_id == federation_id, people.c.invite == invite, people.c.invite_until > now
        )

    def join(self, person: Person, password: str, totp_step: int, now: datetime) -> None:
        """Note that an invited person has chosen a password; the invitation ends."""
        values = {"password": password, "totp_step": totp_step, "invite": None, "invite_until": None}
        with self.writing() as connection:
            found = connection.execute(
                update(people).where(people.c.id == person.id).values(values).returning(people.c.federation_id)
            ).one()
            note(connection, found.federation_id, person.email, "join", f"person {person.id}", {}, now)

    def bind(self, federation_id: int, person: Person, identity: Identity, now: datetime) -> bool:
        """Note with which account elsewhere somebody signs in from now on; an invitation ends.

        False where they already have one.
        """
        values = {"issuer": identity.issuer, "subject": identity.subject, "invite": None, "invite_until": None}
        with self.writing() as connection:
            unbound = update(people).where(people.c.id == person.id, people.c.subject.is_(None))
            if connection.execute(unbound.values(values)).rowcount != 1:
                return False
            note(connection, federation_id, person.email, "bind", f"person {person.id}", {}, now)
            return True

    def people(self, federation_id: int) -> list[Person]:
        """Return everybody who may sign in or has been invited, by e-mail address."""
        query = (
            select(people)
            .where(people.c.federation_id == federation_id, people.c.removed_at.is_(None))
            .order_by(people.c.email)
        )
        with self.reading() as connection:
            return [record_of(Person, row) for row in connection.execute(query)]

    def person_by_email(self, federation_id: int, email: str) -> Person | None:
        """Return somebody who has not been removed."""
        return self._person(people.c.federation_id == federation_id, people.c.email == email)

    def person_by_identity(self, federation_id: int, identity: Identity) -> Person | None:
        """Return who signs in with an account elsewhere."""
        return self._person(
            people.c.federation_id == federation_id,
            people.c.issuer == identity.issuer,
            people.c.subject == identity.subject,
        )

    def set_feed(self, federation_id: int, person: Person, feed: str | None, now: datetime) -> None:
        """Give somebody a feed, by the hash of its secret, in place of any they had; None takes it away."""
        action = "feed" if feed else "feed-end"
        with self.writing() as connection:
            connection.execute(update(people).where(people.c.id == person.id).values(feed=feed))
            note(connection, federation_id, person.email, action, f"person {person.id}", {}, now)

    def person_by_feed(self, federation_id: int, feed: str) -> Person | None:
        """Return whose feed it is, by the hash of its secret."""
        return self._person(people.c.federation_id == federation_id, people.c.feed == feed)

    def remove_person(self, federation_id: int, email: str, now: datetime, by: str) -> None:
        """End somebody's access at once; their name stays in the audit log."""
        person = self.person_by_email(federation_id, email)
        if person is None:
            raise StoreError(f"nobody signs in as {email}")
        gone: dict[str, Any] = {"removed_at": now, "password": None, "totp": None, "invite": None} | _UNBOUND
        with self.writing() as connection:
            connection.execute(update(people).where(people.c.id == person.id).values(gone))
            connection.execute(sessions.delete().where(sessions.c.person_id == person.id))
            note(connection, federation_id, by, "remove", f"person {person.id}", {}, now)

    def use_totp_step(self, person: Person, step: int) -> bool:
        """Claim a step of the second factor; False where it or a later one was used."""
        with self.writing() as connection:
            result = connection.execute(
                update(people).where(people.c.id == person.id, people.c.totp_step < step).values(totp_step=step)
            )
            return result.rowcount == 1

    def open_session(
        self, federation_id: int, person: Person, token: str, now: datetime, detail: dict[str, str]
    ) -> None:
        """Begin a session; `token` is the hash of its cookie, `detail` goes into the audit log."""
        values = {"person_id": person.id, "token": token, "opened_at": now, "seen_at": now}
        with self.writing() as connection:
            insert(connection, sessions, values)
            note(connection, federation_id, person.email, "sign-in", f"person {person.id}", detail, now)

    def session_person(
        self, federation_id: int, token: str, now: datetime, idle: timedelta, longest: timedelta
    ) -> Person | None:
        """Return whose session of a federation it is, while it lasts, and note that it was used."""
        alive = and_(
            sessions.c.token == token, sessions.c.seen_at > now - idle, sessions.c.opened_at > now - longest
        )
        query = (
            select(people, sessions.c.seen_at)
            .join(sessions, sessions.c.person_id == people.c.id)
            .where(people.c.federation_id == federation_id, alive, people.c.removed_at.is_(None))
        )
        with self.reading() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        if now - row.seen_at >= _SEEN_EVERY:
            with self.writing() as connection:
                connection.execute(update(sessions).where(sessions.c.token == token).values(seen_at=now))
        return record_of(Person, row)

    def close_session(self, federation_id: int, token: str, now: datetime) -> None:
        """End one session, where there is such a one."""
        found = (
            select(people.c.id, people.c.email)
            .join(sessions, sessions.c.person_id == people.c.id)
            .where(sessions.c.token == token, people.c.federation_id == federation_id)
        )
        with self.writing() as connection:
            person = connection.execute(found).first()
            if person is not None:
                connection.execute(sessions.delete().where(sessions.c.token == token))
                note(connection, federation_id, person.email, "sign-out", f"person {person.id}", {}, now)

    def close_stale_sessions(self, now: datetime, idle: timedelta, longest: timedelta) -> None:
        """Forget sessions that are over."""
        over = or_(sessions.c.seen_at <= now - idle, sessions.c.opened_at <= now - longest)
        with self.writing() as connection:
            connection.execute(sessions.delete().where(over))

    def _person(self, *which: Any) -> Person | None:
        query = select(people).where(*which, people.c.removed_at.is_(None))
        with self.reading() as connection:
            row = connection.execute(query).first()
        return record_of(Person, row) if row else None
