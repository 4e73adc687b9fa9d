"""The places where documents can be filed. One name decides every address, so trial and real filing cannot be mixed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Environment:
    """`bills` takes documents and summaries; `constancies` is asked for the CDR of what was filed before.

    `register` and `tokens` are SUNAT's integrated consultation and the service that gives access to it; "" for none.
    """

    name: str
    bills: str
    constancies: str
    register: str = ""
    tokens: str = ""

    @property
    def counts(self) -> bool:
        """Whether a document filed there has value before the law."""
        return self.name in COUNTING


COUNTING = ("production", "ose")
_REGISTER = "https://api.sunat.gob.pe"
_TOKENS = "https://api-seguridad.sunat.gob.pe"
_BETA = "https://e-beta.sunat.gob.pe/ol-ti-itcpfegem-beta/billService"
_SUNAT = {
    # The beta has no service of its own for constancies; asking it is refused, and said so.
    "beta": Environment("beta", _BETA, _BETA),
    "production": Environment(
        "production",
        "https://e-factura.sunat.gob.pe/ol-ti-itcpfegem/billService",
        "https://e-factura.sunat.gob.pe/ol-it-wsconscpegem/billConsultService",
        _REGISTER,
        _TOKENS,
    ),
}
OFF = "off"
NAMES = (OFF, "simulator", *_SUNAT, "ose")


def environment(name: str, *, simulator_url: str = "", ose_url: str = "") -> Environment:
    """The environment called `name`, never "off". Raises ValueError for another name or an address that is missing."""
    if name in _SUNAT:
        return _SUNAT[name]
    if name == "simulator":
        base = _address(simulator_url, "SUNAT_SIMULATOR_URL")
        return Environment(name, f"{base}/billService", f"{base}/billConsultService", base, base)
    if name == "ose":
        url = _address(ose_url, "SUNAT_OSE_URL")
        return Environment(name, url, url, _REGISTER, _TOKENS)
    raise ValueError(f"SUNAT_ENVIRONMENT is {name!r}; it must be one of {', '.join(NAMES)}.")


def _address(url: str, setting: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"{setting} must be an http(s) address.")
    return url.rstrip("/")
