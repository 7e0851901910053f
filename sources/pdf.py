"""The text of PDF documents. The one door to pypdf. Runs in the parser pool."""

import io
import logging

from sources.errors import Malformed
from sources.markup import tidy

MOST_PAGES = 60  #: of one document that are read


def read_pdf(body: bytes, host: str) -> tuple[str, tuple[str, ...]]:
    """Return a document's title, "" where it has none, and the text of each page. Raises Malformed."""
    import pypdf.errors  # only the pool's children pay for it

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it tells of every careless document
    try:
        document = pypdf.PdfReader(io.BytesIO(body))
        if document.is_encrypted and not document.decrypt(""):
            raise Malformed(f"{host} sent a PDF that opens with a password only")
        title = str((document.metadata and document.metadata.title) or "")
        pages = tuple(tidy(page.extract_text()) for page in document.pages[:MOST_PAGES])
    except pypdf.errors.PyPdfError as error:  # whatever else a broken document leads pypdf to, the pool tells
        raise Malformed(f"{host} sent a PDF that cannot be read ({type(error).__name__})") from error
    return title, pages
