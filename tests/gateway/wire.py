"""A server that answers with exact bytes, for answers no simulator would ever give."""

import socket
import threading
import time
from types import TracebackType

from payments.gateway import Credentials, Environment, Niubiz, Timeouts

ACCESS = b"HTTP/1.1 201 Created\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\na.b.c"


class Wire:
    """Keeps the requests it gets. `say` is the raw answer to all but the security call, sent piece by piece."""

    def __init__(self) -> None:
        self.say: list[bytes] = []
        self.pause = 0.0
        self.heard: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._listener.close()

    def gateway(self) -> Niubiz:
        place = Environment("simulator", self.url, "", self.url)
        timeouts = Timeouts(authorise=(1, 0.3), other=(1, 0.3))
        credentials = Credentials(user="comercio", password="clave-secreta", merchant_id="100000001")
        return Niubiz(environment=place, credentials=credentials, timeouts=timeouts)

    def answers(self, body: bytes, *, status: int = 200, headers: str = "") -> None:
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{headers}\r\n"
        self.say = [head.encode() + body]

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection:
            while request := self._hear(connection):
                if b"/api.security/" in request:
                    connection.sendall(ACCESS)
                    continue
                self.heard.append(request)
                self._answer(connection)
                return

    def _answer(self, connection: socket.socket) -> None:
        try:
            for piece in self.say:
                connection.sendall(piece)
                time.sleep(self.pause)
        except OSError:
            return

    def _hear(self, connection: socket.socket) -> bytes:
        request = b""
        while b"\r\n\r\n" not in request:
            piece = connection.recv(65536)
            if not piece:
                return b""
            request += piece
        head, _, body = request.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        while len(body) < length:
            body += connection.recv(65536)
        return head + b"\r\n\r\n" + body
