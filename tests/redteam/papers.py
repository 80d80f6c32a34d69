"""Documents that the red team's programs open: a PDF and a table of values."""

from __future__ import annotations

from collections.abc import Sequence


def pdf_of(lines: Sequence[str]) -> bytes:
    """A PDF of one page with these lines (ASCII), as small as ISO 32000 allows."""
    shown = "".join(f"({line.translate(_ESCAPED)}) Tj 0 -22 Td\n" for line in lines)
    content = f"BT /F1 15 Tf 40 800 Td\n{shown}ET".encode("ascii")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R "
        b"/Resources << /Font << /F1 4 0 R >> >> >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    )
    data = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(data)
    return data + b"xref\n0 6\n0000000000 65535 f \n" + table + trailer


def csv_of(rows: Sequence[Sequence[str]]) -> str:
    """The rows as comma-separated values."""
    return "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows)


_ESCAPED = str.maketrans({"(": r"\(", ")": r"\)", "\\": r"\\"})
