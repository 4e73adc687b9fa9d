"""What keeps this process from serving, and what will soon: asked by `/salud/lista/` and by the look for trouble."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from base.version import VERSION
from receipts.tax_office.certificate import Certificate, NoCertificate

#: Shares of a disk that are free, below which it is told and below which nothing more is taken.
LITTLE_SPACE, NO_SPACE = 0.10, 0.01
#: Seconds between this machine's clock and the database's: dues, closes and SUNAT's terms go by the day.
CLOCK_SKEW = 5
#: Certification bodies take days to issue the next certificate.
CERTIFICATE_ENDS = timedelta(days=30)


def has_static_files() -> bool:
    """Whether `collectstatic` was run for this version: without its list of files no page can be shown."""
    listed = getattr(staticfiles_storage, "hashed_files", None)  # of a storage with a manifest, as in production
    return listed is None or bool(listed)


def has_every_migration() -> bool:
    """Whether the database has every migration that this code brings."""
    applied = set(MigrationRecorder(connection).applied_migrations())
    return applied.issuperset(_migrations())


def has_disk_space() -> bool:
    """Whether no disk of this machine is full."""
    return all(share >= NO_SPACE for share in _free_shares().values())


def warnings() -> list[str]:
    """What does not keep the portal from serving yet, one Spanish sentence each."""
    return [*_little_space(), *_other_workers(), *_wrong_clock(), *_certificate_ends()]


def _migrations() -> Iterator[tuple[str, str]]:
    """By the names of the files: importing them all would cost each process megabytes."""
    for app in apps.get_app_configs():
        for file in Path(app.path, "migrations").glob("[0-9]*.py"):
            yield app.label, file.stem


def _free_shares() -> dict[str, float]:
    """By the name of a folder, of each disk once."""
    disks = {}
    for folder in (tempfile.gettempdir(), "/var/lib/postgresql", "/"):
        if os.path.isdir(folder):
            disks[os.stat(folder).st_dev] = folder
    usage = {folder: shutil.disk_usage(folder) for folder in disks.values()}
    return {folder: space.free / space.total for folder, space in usage.items() if space.total}


def _little_space() -> Iterator[str]:
    for folder, share in _free_shares().items():
        if share < LITTLE_SPACE:
            yield f"Queda libre el {share:.0%} del disco de {folder}."


def _other_workers() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT split_part(application_name, ' ', 2) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name LIKE 'cmp-portal %% worker'"
            " AND split_part(application_name, ' ', 2) <> %s",
            [VERSION],
        )
        for (version,) in cursor.fetchall():
            yield f"Hay procesos de envíos de la versión {version}, y esta es la {VERSION}: reinícielos."


def _wrong_clock() -> Iterator[str]:
    with connection.cursor() as cursor:
        before = time.time()
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        [there] = cursor.fetchone()
    skew = there - (before + time.time()) / 2
    if abs(skew) > CLOCK_SKEW:
        yield f"El reloj de la base de datos y el de este servidor difieren en {abs(skew):.0f} segundos."


def _certificate_ends() -> Iterator[str]:
    if settings.SUNAT_ENVIRONMENT == "off" or not settings.SIGNING_CERTIFICATE:
        return
    try:
        content = Path(settings.SIGNING_CERTIFICATE).read_bytes()
        expires = Certificate.from_pkcs12(content, settings.SIGNING_PASSWORD).expires
    except (OSError, NoCertificate):
        yield "El certificado que firma los comprobantes no se puede abrir."
        return
    if expires - timezone.now() < CERTIFICATE_ENDS:
        yield f"El certificado que firma los comprobantes vence el {timezone.localtime(expires):%d/%m/%Y}."
