"""Tesseract's own library, by ctypes: it reads pictures out of memory, and starts no program and no file of its own.

Its C interface (tesseract/capi.h) is stable through version 5. Only the data of its language, English, is read from
the disk, once.
"""

from __future__ import annotations

import ctypes
import os
from typing import NamedTuple

LIBRARIES = ("libtesseract.so.5", "libtesseract.so.4")
SPARSE_TEXT = 11
"""Tesseract's page segmentation mode for text anywhere, in no particular order (PSM_SPARSE_TEXT, publictypes.h)."""
LINE_DPI = 96
"""The resolution that a screen is taken to have; enlarged pictures have a multiple of it."""
_WORD_LEVEL, _COLUMNS = "5", 12
"""The level of words in Tesseract's table of results, and the columns of that table."""


class TesseractMissing(Exception):
    """Tesseract or its data is not installed; the message says what to install."""


class TesseractWord(NamedTuple):
    """A word: its box in px of the picture as it was given, `confidence` 0 to 100."""

    text: str
    left: int
    top: int
    width: int
    height: int
    confidence: int


class Tesseract:
    """One reader, of about 60 MB. Not for two threads at once. Raises TesseractMissing."""

    def __init__(self) -> None:
        # Read when its library loads: more threads take more time, not less, for pictures of this size.
        os.environ["OMP_THREAD_LIMIT"] = "1"
        self._library = _load()
        self._handle = self._library.TessBaseAPICreate()
        if self._library.TessBaseAPIInit3(self._handle, None, b"eng"):
            raise TesseractMissing("Tesseract's data for English is missing: sudo apt-get install -y tesseract-ocr-eng")
        # What it has to say would go to standard error, words that it read included.
        self._library.TessBaseAPISetVariable(self._handle, b"debug_file", b"/dev/null")
        self._library.TessBaseAPISetPageSegMode(self._handle, SPARSE_TEXT)

    def read(
        self, grey: bytes, width: int, height: int, *, enlarged: int, deadline_ms: int
    ) -> list[TesseractWord] | None:
        """The words of a picture, dark on light; None when it wasn't read to its end within `deadline_ms`.

        `grey` holds width * height bytes. `enlarged` says how many times larger than on the screen it is.
        """
        if len(grey) != width * height:
            raise ValueError(f"a picture of {width}x{height} px holds {width * height} bytes, not {len(grey)}")
        library, handle = self._library, self._handle
        library.TessBaseAPISetImage(handle, grey, width, height, 1, width)
        library.TessBaseAPISetSourceResolution(handle, LINE_DPI * enlarged)
        monitor = library.TessMonitorCreate()
        try:
            library.TessMonitorSetDeadlineMSecs(monitor, deadline_ms)
            if library.TessBaseAPIRecognize(handle, monitor):
                return None
            told = library.TessBaseAPIGetTsvText(handle, 0)
            if not told:
                return None
            try:
                table = (ctypes.cast(told, ctypes.c_char_p).value or b"").decode(errors="replace")
            finally:
                library.TessDeleteText(told)
        finally:
            library.TessMonitorDelete(monitor)
            library.TessBaseAPIClear(handle)
            # What it learned of the letters of one picture must not change how it reads the next.
            library.TessBaseAPIClearAdaptiveClassifier(handle)
        return words_of(table)


def words_of(table: str) -> list[TesseractWord]:
    """The words in a table of results (tab-separated: level, four numbers of places, box, confidence, text)."""
    found = []
    for row in table.splitlines():
        columns = row.split("\t", _COLUMNS - 1)
        if len(columns) == _COLUMNS and columns[0] == _WORD_LEVEL and columns[-1].strip():
            left, top, width, height = map(int, columns[6:10])
            found.append(TesseractWord(columns[-1], left, top, width, height, max(0, int(float(columns[10])))))
    return found


def _load() -> ctypes.CDLL:
    for name in LIBRARIES:
        try:
            return _typed(ctypes.CDLL(name))
        except OSError:
            continue
    raise TesseractMissing("Tesseract is missing: sudo apt-get install -y tesseract-ocr")


def _typed(library: ctypes.CDLL) -> ctypes.CDLL:
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    signatures: dict[str, tuple[object, tuple[object, ...]]] = {
        "TessBaseAPICreate": (pointer, ()),
        "TessBaseAPIInit3": (number, (pointer, text, text)),
        "TessBaseAPISetVariable": (number, (pointer, text, text)),
        "TessBaseAPISetPageSegMode": (None, (pointer, number)),
        "TessBaseAPISetImage": (None, (pointer, text, number, number, number, number)),
        "TessBaseAPISetSourceResolution": (None, (pointer, number)),
        "TessMonitorCreate": (pointer, ()),
        "TessMonitorDelete": (None, (pointer,)),
        "TessMonitorSetDeadlineMSecs": (None, (pointer, number)),
        "TessBaseAPIRecognize": (number, (pointer, pointer)),
        "TessBaseAPIGetTsvText": (pointer, (pointer, number)),
        "TessDeleteText": (None, (pointer,)),
        "TessBaseAPIClear": (None, (pointer,)),
        "TessBaseAPIClearAdaptiveClassifier": (None, (pointer,)),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, list(arguments)
    return library
