"""The page at /: what the simulator charged, as a merchant sees it in the gateway's back office."""

from collections import Counter
from decimal import Decimal
from html import escape
from importlib.resources import files
from string import Template

from simulators.clock import Clock, shown
from simulators.messages import Request, Response, as_html
from simulators.niubiz.answers import description
from simulators.niubiz.books import Authorisation, Books, Undo

_STATES = {
    "authorised": "Cobrado",
    "denied": "Denegado",
    "voided": "Anulado",
    "partly_refunded": "Devuelto en parte",
    "refunded": "Devuelto",
}
_UNDOS = {"void": "Anulación", "refund": "Devolución"}
_MOST_ROWS = 200
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def page(request: Request, books: Books, clock: Clock) -> Response:
    """Newest first; `q` looks in purchase number, card and e-mail, `estado` keeps one state."""
    words, state = request.query.get("q", "").strip(), request.query.get("estado", "")
    everything = books.authorisations()
    found = [charge for charge in everything if _matches(charge, words, state)]
    template = Template(files("simulators.niubiz").joinpath("static", "back_office.html").read_text())
    text = template.substitute(
        now=shown(clock.seconds()),
        totals=_totals(everything, books),
        words=escape(words, quote=True),
        options=_options(state, everything),
        list=_list(found, books, clock, filtered=bool(words or state)),
    )
    return as_html(200, text, headers={"Content-Security-Policy": _POLICY})


def _matches(charge: Authorisation, words: str, state: str) -> bool:
    haystack = f"{charge.purchase_number} {charge.card} {charge.email}".lower()
    return (not state or charge.state == state) and words.lower() in haystack


def _totals(charges: list[Authorisation], books: Books) -> str:
    charged = [charge for charge in charges if charge.state not in ("denied", "voided")]
    refunded = sum((books.refunded(charge) for charge in charged), Decimal(0))
    gross = sum((charge.amount for charge in charged), Decimal(0))
    figures = [
        ("Cobrado, sin anulados", _money(gross)),
        ("Devuelto", _money(refunded)),
        ("Queda cobrado", _money(gross - refunded)),
        ("Cobros", str(len(charged))),
        ("Denegados", str(sum(charge.state == "denied" for charge in charges))),
        ("Anulados", str(sum(charge.state == "voided" for charge in charges))),
    ]
    return "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in figures)


def _options(chosen: str, charges: list[Authorisation]) -> str:
    counts: Counter[str] = Counter(charge.state for charge in charges)
    rows = [("", f"Todos ({len(charges)})"), *((state, f"{name} ({counts[state]})") for state, name in _STATES.items())]
    return "".join(
        f'<option value="{state}"{" selected" if state == chosen else ""}>{name}</option>' for state, name in rows
    )


def _list(charges: list[Authorisation], books: Books, clock: Clock, *, filtered: bool) -> str:
    if not charges:
        return _nothing(filtered)
    undos: dict[int, list[Undo]] = {}
    for undo in books.undos():
        undos.setdefault(undo.authorisation, []).append(undo)
    rows = "".join(_row(charge, undos.get(charge.id, []), clock) for charge in charges[:_MOST_ROWS])
    more = len(charges) - _MOST_ROWS
    rest = f'<p class="more">Hay {more} operaciones más antiguas: use el buscador.</p>' if more > 0 else ""
    heads = "".join(f"<th scope='col'>{name}</th>" for name in ("Pedido", "Fecha y hora", "Tarjeta", "Estado", "Monto"))
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{rest}"


def _nothing(filtered: bool) -> str:
    if filtered:
        return '<p class="empty">Ninguna operación coincide. <a href="/">Ver todas</a></p>'
    return (
        '<div class="empty"><p><strong>Todavía no hay operaciones.</strong></p>'
        "<p>Aquí aparecerá cada cobro apenas el portal lo pida.</p></div>"
    )


def _row(charge: Authorisation, undos: list[Undo], clock: Clock) -> str:
    notes = [f"{_UNDOS[undo.kind]} de {_money(undo.amount)}, {shown(undo.done_at)}" for undo in undos]
    if charge.decided_at > clock.seconds():
        notes.append("Aparecerá tarde: el comercio aún no puede verlo")
    if charge.state == "denied":
        notes.append(f"{charge.action_code}: {description(charge.action_code)}")
    noted = "".join(f'<span class="note">{escape(note)}</span>' for note in notes)
    return (
        f'<tr><td data-name="Pedido"><strong>{escape(charge.purchase_number)}</strong></td>'
        f'<td data-name="Fecha y hora">{shown(charge.decided_at)}</td>'
        f'<td data-name="Tarjeta">{escape(charge.card)} <span class="note">{escape(charge.brand)}</span></td>'
        f'<td data-name="Estado"><span class="state {charge.state}">{_STATES[charge.state]}</span>{noted}</td>'
        f'<td data-name="Monto" class="money">{_money(charge.amount, charge.currency)}</td></tr>'
    )


def _money(amount: Decimal, currency: str = "PEN") -> str:
    return f"{'US$' if currency == 'USD' else 'S/'}\N{NO-BREAK SPACE}{amount:,.2f}"
