"""A program without a tree for the red team: one picture in a window, and nobody is told what it shows.

Run by the system's Python, which has GTK, with NO_AT_BRIDGE=1: `python3 gtk_picture.py PICTURE.png SHOWN.txt`. The
picture is shown anew whenever another file takes its place; SHOWN.txt then says which, by its time of change.
"""

import sys
from pathlib import Path

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk  # noqa: E402


def main(picture_path: str, shown_path: str) -> None:
    """Show the picture until the window is closed."""
    GLib.set_prgname("redteam-picture")
    Gdk.set_program_class("Redteam-picture")
    window = Gtk.Window(title="Plan")
    image = Gtk.Image(xalign=0, yalign=0)
    window.add(image)
    told = [0]

    def look() -> bool:
        changed = Path(picture_path).stat().st_mtime_ns
        if changed != told[0]:
            told[0] = changed
            image.set_from_file(picture_path)
            Path(f"{shown_path}.new").write_text(str(changed))
            Path(f"{shown_path}.new").rename(shown_path)
        return True

    window.connect("destroy", Gtk.main_quit)
    look()
    window.show_all()
    GLib.timeout_add(50, look)
    Gtk.main()


if __name__ == "__main__":
    main(*sys.argv[1:3])
