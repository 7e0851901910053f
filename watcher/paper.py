"""Sections of plain text to print. The one door to fpdf2 (extra `paper`); without it, they stay a text file."""

import logging
from collections.abc import Sequence
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fpdf import FPDF

#: Fonts with most of the world's letters, where the system has them; else the letters of Western Europe.
_FONTS = (
    Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"),
    Path("/usr/share/fonts/TTF/DejaVuSans.ttf"),
    Path("/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf"),
)
NOTE = 'Letters this paper cannot show stand as "?"; the text files beside it have them all.'


def paper(sections: Sequence[tuple[str, str]], made_at: datetime) -> tuple[str, bytes]:
    """Return a file's ending and content: headings with their texts, ready to print.

    A PDF where fpdf2 is installed, else plain text. Every text is only a text: no links, no markup, no pictures.
    """
    if find_spec("fpdf"):
        return "pdf", _pdf(sections, made_at)
    return "txt", "\n\n".join(f"{heading}\n\n{text.strip()}\n" for heading, text in sections).encode()


def _pdf(sections: Sequence[tuple[str, str]], made_at: datetime) -> bytes:
    from fpdf import FPDF

    logging.getLogger("fpdf").setLevel(logging.ERROR)  # a letter without a picture is no news
    pdf = FPDF(format="A4")
    pdf.set_creation_date(made_at)
    pdf.set_margin(20)
    pdf.set_auto_page_break(True, 20)
    pdf.add_page()
    font = next((path for path in _FONTS if path.exists()), None)
    if font:
        pdf.add_font("text", fname=str(font))
    family = "text" if font else "Helvetica"
    for number, (heading, text) in enumerate(sections):
        _write(pdf, family, 16 if number == 0 else 12, 8, heading)
        _write(pdf, family, 10, 5.5, text)
        pdf.ln(4)
    _write(pdf, family, 9, 5, NOTE)
    return bytes(pdf.output())


def _write(pdf: "FPDF", family: str, size: int, height: float, text: str) -> None:
    from fpdf.enums import WrapMode, XPos, YPos

    pdf.set_font(family, size=size)
    shown = text if family == "text" else text.encode("latin-1", "replace").decode("latin-1")
    wrap = WrapMode.CHAR if _runs_on(text) else WrapMode.WORD
    pdf.multi_cell(0, height, shown or " ", align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT, wrapmode=wrap)


def _runs_on(text: str) -> bool:
    """Tell whether a text has a word longer than a line."""
    return any(len(word) > 70 for word in text.split())
