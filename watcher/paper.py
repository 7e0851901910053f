"""The one door to fpdf2: sections of plain text on A4."""

import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import WrapMode, XPos, YPos

#: Fonts with most of the world's letters, where the system has them; else the letters of Western Europe.
_FONTS = (
    Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"),
    Path("/usr/share/fonts/TTF/DejaVuSans.ttf"),
    Path("/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf"),
)
NOTE = 'Letters this paper cannot show stand as "?"; the text files beside it have them all.'


def paper(sections: Sequence[tuple[str, str]], made_at: datetime) -> bytes:
    """Return a PDF of headings with their texts. Every text is only a text: no links, no markup, no pictures."""
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


def _write(pdf: FPDF, family: str, size: int, height: float, text: str) -> None:
    pdf.set_font(family, size=size)
    shown = text if family == "text" else text.encode("latin-1", "replace").decode("latin-1")
    wrap = WrapMode.CHAR if _runs_on(text) else WrapMode.WORD
    pdf.multi_cell(0, height, shown or " ", align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT, wrapmode=wrap)


def _runs_on(text: str) -> bool:
    """Tell whether a text has a word longer than a line."""
    return any(len(word) > 70 for word in text.split())
