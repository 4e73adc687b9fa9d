"""Addresses shown in part: enough to recognise one's own, too little to write to another's."""


def email(address: str) -> str:
    """`juana@gmail.com` as `j***a@g***.com`."""
    name, _, domain = address.rpartition("@")
    host, _, ending = domain.rpartition(".")
    last = name[-1] if len(name) > 2 else ""
    return f"{name[:1]}***{last}@{host[:1]}***.{ending}"


def mobile(number: str) -> str:
    """`987654321` as `*** *** *21`."""
    return f"*** *** *{number[-2:]}"
