"""The four places a payment can go to. One name decides API host and script together, so they cannot be mixed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Environment:
    """`checkout_js` is the script of the card form, `token_js` the one that keeps a card on file; `static_host` is what
    the page's CSP has to allow for them."""

    name: str
    api_host: str
    checkout_js: str
    static_host: str
    token_js: str = ""


_QAS = "https://static-content-qas.vnforapps.com"
_LIVE = "https://static-content.vnforapps.com"

_NIUBIZ = {
    place.name: place
    for place in (
        Environment(
            "sandbox",
            "https://apisandbox.vnforappstest.com",
            f"{_QAS}/env/sandbox/js/checkout.js",
            _QAS,
            f"{_QAS}/vTokenSandbox/js/checkout.js",
        ),
        Environment(
            "testing",
            "https://apitestenv.vnforapps.com",
            f"{_QAS}/v2/js/checkout.js?qa=true",
            _QAS,
            f"{_QAS}/vToken/js/checkout.js",
        ),
        Environment(
            "production",
            "https://apiprod.vnforapps.com",
            f"{_LIVE}/v2/js/checkout.js",
            _LIVE,
            f"{_LIVE}/vToken/js/checkout.js",
        ),
    )
}

NAMES = ("simulator", *_NIUBIZ)


def environment(name: str, *, simulator_url: str = "") -> Environment:
    """The environment called `name`. Raises ValueError for another name, or for a simulator without its URL."""
    if name in _NIUBIZ:
        return _NIUBIZ[name]
    if name != "simulator":
        raise ValueError(f"NIUBIZ_ENVIRONMENT is {name!r}; it must be one of {', '.join(NAMES)}.")
    base = simulator_url.rstrip("/")
    if not base.startswith(("http://", "https://")):
        raise ValueError("NIUBIZ_SIMULATOR_URL must be the simulator's http(s) address.")
    scripts = f"{base}/env/simulator"
    return Environment("simulator", base, f"{scripts}/js/checkout.js", base, f"{scripts}/vToken/js/checkout.js")
