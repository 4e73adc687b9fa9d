"""What spreadsheets leave in a cell beside its text, and the cells whose text is lost."""

import re
import unicodedata

#: A formula that the program that wrote the workbook never calculated.
UNCALCULATED = "\ue000"
# By length first: normalising a long text costs time. No column holds as much.
LONGEST_CELL = 2_000
REPLACEMENT = "\ufffd"
#: Excel's errors in English and Spanish, and a number too wide for its column.
ERROR = re.compile(
    r"#(?:N/?A|N/?D|[¡¿]?(?:DIV/0|NULL|NULO|REF|VALUE|VALOR|NAME|NOMBRE|NUM|SPILL|DESBORDAMIENTO|CALC|CALCULO|CÁLCULO"
    r"|FIELD|CAMPO|BLOCKED|BLOQUEADO|CONNECT|UNKNOWN|DESCONOCIDO|BUSY|OCUPADO)[!?]?|GETTING_DATA|#+)",
    re.IGNORECASE,
)
#: `="048937"`: how a CSV file tells Excel that the cell is a text.
TEXT_FORMULA = re.compile(r'="((?:[^"]|"")*)"')
#: A number that Excel cut: its last digits are gone.
SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d{1,3}")
CUT = (
    "«{}» es un número que Excel cortó: vuelva al archivo original, dé a la columna el formato «Texto» "
    "antes de pegar los datos y guárdelo otra vez"
)


def clean(cell: str) -> str:
    """The cell without invisible marks, doubled spaces, and what only tells Excel that it is a text.

    Raises ValueError with the reason when the text is lost: an error of Excel, a formula without its value, a
    damaged character, or a cell of more than LONGEST_CELL characters.
    """
    if len(cell) > LONGEST_CELL:
        raise ValueError(f"tiene {len(cell)} caracteres; el máximo es {LONGEST_CELL}")
    if not cell.isascii():
        cell = _plain_characters(cell)
    cell = " ".join(cell.split())
    if cell[:1] in ("=", "'", "#"):
        cell = _of_excel(cell)
    return cell


def _plain_characters(cell: str) -> str:
    if UNCALCULATED in cell:
        raise ValueError("tiene una fórmula sin calcular: abra el libro en Excel, guárdelo y súbalo otra vez")
    if REPLACEMENT in cell:
        raise ValueError(f"«{cell.strip()[:60]}» tiene un carácter dañado (�): corríjalo en el archivo")
    cell = unicodedata.normalize("NFC", cell)
    return "".join(character for character in cell if unicodedata.category(character) != "Cf")


def _of_excel(cell: str) -> str:
    if ERROR.fullmatch(cell):
        raise ValueError(f"«{cell}» es un error de Excel, no un dato: corrija la celda")
    if match := TEXT_FORMULA.fullmatch(cell):
        return match[1].replace('""', '"')
    return cell[1:].lstrip() if cell.startswith("'") else cell
