"""Sessions that know their account and the member it pays for: one statement reads all three, where Django asks for the
session and then for its user.

The engine of SESSION_ENGINE, extended as Django's documentation says ("Extending database-backed session engines").
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, cast

from allauth.core import context
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends import base, db
from django.db.models import Exists, F, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, get_random_string

from base.postgres.kept_queries import kept_query, parameter
from members.login import second_factor
from members.models import Session, User
from members.numbers import assignments
from members.numbers.assignments import PaysFor

OPENED = "opened"
Answer = Callable[[HttpRequest], HttpResponse]

#: When the account was opened in this session, and how many seconds without use end it.
BEGAN, IDLE = "began", "idle"
# A session that is used is written again when a tenth of its idle time is gone, and not for every page.
WRITTEN_AGAIN = 10
USER_AGENT_LENGTH = 200


@kept_query
def _accounts() -> "QuerySet[Any]":
    of_living = User.objects.filter(sessions__session_key=parameter("key"), sessions__expire_date__gt=parameter("now"))
    rights = Exists(User.groups.through.objects.filter(user=OuterRef("pk"))) | Exists(
        User.user_permissions.through.objects.filter(user=OuterRef("pk"))
    )
    read = of_living.annotate(
        session_data=F("sessions__session_data"), session_ends=F("sessions__expire_date"), has_rights=rights
    )
    return assignments.with_whom(read)


class SessionStore(db.SessionStore):
    """`account` is whose session it is, once the session was read, and `whom` the member it pays for. Raises nothing
    that Django's does not."""

    account: User | None = None
    whom: PaysFor | None = None
    _is_new = False

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        account = _accounts.first(key=self.session_key, now=timezone.now())
        if account is None:
            return super().load()  # ended, or of somebody who is still logging in
        self.account, self.whom = account, assignments.whom_of(account)
        return self.decode(account.session_data)

    def create(self) -> None:
        """As Django's, but nothing is written before `save`: a login would write its row twice.

        We do not check that the key is free. Two equal 165-bit keys will not occur; if they did, the INSERT would fail.
        """
        self._session_key = get_random_string(32, base.VALID_KEY_CHARS)
        self._is_new = self.modified = True

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            self.create()
        super().save(must_create=must_create or self._is_new)
        self._is_new = False

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        if SESSION_KEY in data:
            data.setdefault(BEGAN, timezone.now().isoformat())
        session = cast(Session, super().create_model_instance(data))
        session.account_id = data.get(SESSION_KEY)
        if session.account_id is not None:
            session.expire_date = _end(data, idle=data.get(IDLE, settings.SESSION_IDLE_SECONDS))
        return session


def idle_seconds(user: User) -> int:
    """After how many seconds without use a session of this account ends: sooner for whoever acts for the college."""
    return int(settings.STAFF_SESSION_IDLE_SECONDS if second_factor.may_act(user) else settings.SESSION_IDLE_SECONDS)


def _end(data: Mapping[str, Any], *, idle: int) -> datetime:
    """When the session ends if it is not used again: no use takes it past SESSION_COOKIE_AGE after its login."""
    now = timezone.now()
    began = datetime.fromisoformat(data[BEGAN]) if BEGAN in data else now
    return min(now + timedelta(seconds=idle), began + timedelta(seconds=settings.SESSION_COOKIE_AGE))


def keep_while_used(get_response: Answer) -> Answer:
    """Middleware: a page that is asked for puts off the end of its session, up to the absolute limit."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        account = getattr(request.session, "account", None)
        if account is not None and request.user.is_authenticated and account.pk == request.user.pk:
            _put_off(request.session, account)
        return response

    return middleware


def _put_off(session: Any, account: User) -> None:
    idle = idle_seconds(account)
    end = _end(session, idle=idle)
    if abs((end - account.session_ends).total_seconds()) > idle / WRITTEN_AGAIN:  # type: ignore[attr-defined]
        # One that was closed meanwhile stays closed.
        living = Session.objects.filter(session_key=session.session_key, expire_date__gt=timezone.now())
        living.update(expire_date=end)


def account_of_request(user_id: object) -> User | None:
    """This account, if the session of the request that is being answered was read with it."""
    session = getattr(context.request, "session", None)
    account: User | None = getattr(session, "account", None)
    return account if account and str(account.pk) == str(user_id) else None


def whom(request: HttpRequest, user: User) -> PaysFor:
    """As `assignment.pays_for`, of the request's own account, read along with its session. What must hold until a
    transaction ends is asked in it."""
    read: PaysFor | None = getattr(request.session, "whom", None)
    return read if read and account_of_request(user.pk) else assignments.pays_for(user)


#: What a browser and a system are known by in a User-Agent, in this order: Edge names Chrome, and Chrome names Safari.
BROWSERS = [
    *(("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox")),
    *(("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari")),
]
SYSTEMS = [
    *(("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows")),
    *(("Mac OS X", "Mac"), ("CrOS", "Chromebook"), ("Linux", "Linux")),
]


@dataclass(frozen=True)
class Opening:
    """When, from where and with what program an account was opened: by that its person knows a session, or does not."""

    key: str
    at: datetime
    address: str
    program: str

    @classmethod
    def of(cls, session: Session) -> "Opening":
        at, address, program = session.get_decoded()[OPENED]
        return cls(session.session_key, datetime.fromisoformat(at), address, program)

    @property
    def device(self) -> str:
        """The program in words a person knows, "Chrome en Android"; as it named itself when it is none of these."""
        browser = next((name for mark, name in BROWSERS if mark in self.program), "")
        system = next((name for mark, name in SYSTEMS if mark in self.program), "")
        return f"{browser} en {system}" if browser and system else self.program


def remember_opening(request: HttpRequest, address: str) -> None:
    program = request.headers.get("User-Agent", "")[:USER_AGENT_LENGTH]
    now = timezone.now().isoformat()
    request.session[OPENED] = now, address, program
    request.session[BEGAN] = now
    # Who acts by rights alone is known when the session is read next (`keep_while_used`), without a question here.
    if request.user.is_staff or request.user.is_superuser:
        request.session[IDLE] = settings.STAFF_SESSION_IDLE_SECONDS


def openings(user: User) -> list[Opening]:
    """Every login of the account that is still on record, oldest first."""
    kept = [session for session in Session.objects.filter(account=user) if OPENED in session.get_decoded()]
    return sorted(map(Opening.of, kept), key=attrgetter("at"))


def open_sessions(user: User) -> list[Opening]:
    """Where the account is open now, oldest first; a session from before a change of password opens nothing."""
    living = Session.objects.filter(account=user, expire_date__gt=timezone.now())
    open_now = {session.session_key for session in living if _opens(session, user)}
    return [opening for opening in openings(user) if opening.key in open_now]


def _opens(session: Session, user: User) -> bool:
    return constant_time_compare(session.get_decoded().get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())


def close_others(user: User, *, current: str) -> None:
    """Close the account everywhere but in the session of this key. That it was opened there stays on record."""
    living = Session.objects.filter(account=user, expire_date__gt=timezone.now())
    living.exclude(session_key=current).update(expire_date=timezone.now())
