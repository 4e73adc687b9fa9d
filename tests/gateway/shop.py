"""A merchant's page that loads the gateway's script, under the strictest policy the portal might use."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

SETTINGS = {
    "channel": "web",
    "merchantid": "100000001",
    "purchasenumber": "123",
    "amount": "120.50",
    "expirationminutes": "15",
    "timeouturl": "/timeout",
    "merchantname": "Colegio Médico del Perú",
}


class Shop:
    """`page(...)` is the address of a page with the form variant; what the script posts back is in `posted`."""

    def __init__(self, simulator_url: str) -> None:
        self.simulator_url = simulator_url
        self.posted: list[dict[str, str]] = []
        self.html = ""
        self.script = ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def checkout_js(self) -> str:
        return f"{self.simulator_url}/env/simulator/js/checkout.js"

    def form_variant(self, session_key: str, **changes: str) -> str:
        given = {**SETTINGS, "sessiontoken": session_key, **changes}
        data = " ".join(f'data-{name}="{value}"' for name, value in given.items())
        self.html = f'<form action="/retorno" method="post"><script src="{self.checkout_js}" {data}></script></form>'
        return self.url

    def script_variant(self, javascript: str) -> str:
        self.script = javascript
        self.html = (
            f'<button id="b">PAGA AQUÍ</button><script src="{self.checkout_js}"></script><script src="/my.js"></script>'
        )
        return self.url

    @property
    def policy(self) -> str:
        gateway = self.simulator_url
        sources = {"script-src": f"'self' {gateway}", "form-action": "'self'"}
        sources |= dict.fromkeys(("style-src", "frame-src", "img-src"), gateway)
        return "; ".join(["default-src 'none'", *(f"{kind} {allowed}" for kind, allowed in sources.items())])


def _handler(shop: Shop) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/my.js":
                self._say(shop.script, "text/javascript")
            else:
                self._say(f'<!doctype html><html lang="es"><title>Comercio</title>{shop.html}', "text/html")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            shop.posted.append({name: values[0] for name, values in parse_qs(body).items()})
            self._say("<title>Gracias</title>", "text/html")

        def _say(self, text: str, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Security-Policy", shop.policy)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    return Handler
