"""Small files that a careless reader makes large, and the ones treasurers really send: seconds, memory and sentence."""

import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from bench.measure import ROOT, heading, row

MOST_MEMORY_MB = 300
CASES = ROOT / "tests" / "files" / "cases"
NAMES = ("cmp", "tipo", "mes", "monto", "canal", "referencia", "fecha_pago")
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
HEADER = ";".join(NAMES) + "\n"


def report(directory: Path) -> None:
    heading("Hostile files")
    for name, write in FILES.items():
        path = directory / name
        write(path)
        _show(path)
    heading("Files as treasurers have them")
    for path in sorted(CASES.iterdir()):
        _show(path)


def _show(path: Path) -> None:
    """In a process of its own, whose memory is measured."""
    command = [sys.executable, "-m", "bench.files.hostile", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, megabytes, sentence = done.stdout.strip().split("|", 2)
    row(f"{path.name} ({path.stat().st_size:,} bytes)", f"{seconds} s", ratio=float(megabytes), limit=MOST_MEMORY_MB)
    print(f"    {sentence[:180]}")


def _workbook(pieces: Iterable[bytes]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
            sheets = '<sheets><sheet name="Hoja1" sheetId="1" r:id="r1"/></sheets>'
            book.writestr("xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{sheets}</workbook>')
            link = f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
            book.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{PACKAGE}">{link}</Relationships>')
            book.writestr("[Content_Types].xml", "<Types/>")
            cells = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in NAMES)
            with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
                sheet.write(f'<worksheet xmlns="{MAIN}"><sheetData><row>{cells}</row>'.encode())
                for piece in pieces:
                    sheet.write(piece)
                sheet.write(b"</sheetData></worksheet>")

    return write


def _text(pieces: Iterable[str]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with path.open("w") as file:
            file.write(HEADER)
            file.writelines(pieces)

    return write


def _used_range() -> Iterable[bytes]:
    row_ = "<row>" + '<c s="1"/>' * 7 + "</row>"
    return ((row_ * 1_000).encode() for _ in range(1_048))


FILES: dict[str, Callable[[Path], None]] = {
    "empty_rows.xlsx": _workbook(b"<row/>" * 100_000 for _ in range(240)),
    "long_cell.xlsx": _workbook(
        [b'<row><c t="inlineStr"><is><t>', *([b"A" * 1_000_000] * 140), b"</t></is></c></row>"]
    ),
    "used_range.xlsx": _workbook(_used_range()),
    "long_line.csv": _text("A" * 1_000_000 for _ in range(140)),
    "open_quote.csv": _text(['1;"abierta\n', *["1;2;3;4;5;6;7\n"] * 1_000_000]),
    "blank_rows.csv": _text(";;;;;;\n" for _ in range(5_000_000)),
}


def _read(path: Path) -> str:
    """What the payments file loads as, or the sentence with which it is refused."""
    import django

    django.setup()
    from base.files import tables
    from dues.imports.payment_files import PAYMENTS_COLUMNS
    from members import roll

    columns = roll.COLUMNS if path.name.startswith(("r0", "x19")) else PAYMENTS_COLUMNS
    problems: list[tables.Problem] = []
    try:
        file = tables.examine(path)
        rows = sum(1 for _ in tables.rows(file, columns, problems, tables.Totals()))
    except tables.BadTable as bad:
        return str(bad.problems[0])
    return "; ".join([f"{rows} filas", *map(str, problems[:1]), file.notice]).rstrip("; ")


def _peak_mb() -> int:
    """Of this process alone: getrusage would count what its parent held."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024


if __name__ == "__main__":
    began = time.monotonic()
    said = _read(Path(sys.argv[1]))
    peak = _peak_mb()
    print(f"{time.monotonic() - began:.1f}|{peak}|{said}")
