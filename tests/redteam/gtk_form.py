"""A small GTK program for the red team: labelled fields, hidden and plain, with a button that reveals the hidden ones.

Run by the system's Python, which has GTK: `python3 gtk_form.py FORM.json STATE.json`. FORM.json says title, fields and
the button's name; STATE.json is written anew all the time: where each field is in the window, and what it holds.
"""

import json
import sys
from pathlib import Path

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk  # noqa: E402


def main(form_path: str, state_path: str) -> None:
    """Show the form until it is closed."""
    form = json.loads(Path(form_path).read_text())
    GLib.set_prgname("redteam-form")
    Gdk.set_program_class("Redteam-form")
    window = Gtk.Window(title=form["title"])
    window.set_default_size(460, 120)
    grid = Gtk.Grid(row_spacing=4, column_spacing=8, border_width=8)
    window.add(grid)
    entries, changed = {}, []
    for row, field in enumerate(form["fields"]):
        label = Gtk.Label(label=field["label"], xalign=0)
        entry = Gtk.Entry(hexpand=True, visibility=not field.get("hidden", False))
        if field.get("hidden"):
            entry.set_input_purpose(Gtk.InputPurpose.PASSWORD)
        label.set_mnemonic_widget(entry)
        entry.set_text(field.get("text", ""))
        changed.append(entry)
        grid.attach(label, 0, row, 1, 1)
        grid.attach(entry, 1, row, 1, 1)
        entries[field["id"]] = entry
    button = Gtk.Button(label=form["button"])
    reveal = Gtk.Button(label="Reveal")
    hidden = [entries[field["id"]] for field in form["fields"] if field.get("hidden")]
    reveal.connect("clicked", lambda _: [entry.set_visibility(not entry.get_visibility()) for entry in hidden])
    grid.attach(button, 0, len(entries), 1, 1)
    grid.attach(reveal, 1, len(entries), 1, 1)

    def tell(*_: object) -> bool:
        focus = next((id_ for id_, entry in entries.items() if entry.has_focus()), "")
        values = {id_: entry.get_text() for id_, entry in entries.items()}
        state = {"places": {}, "values": values, "focus": focus}
        for id_, widget in {**entries, "button": button, "reveal": reveal}.items():
            place = widget.translate_coordinates(window, 0, 0)
            if place:
                size = widget.get_allocation()
                state["places"][id_] = [*place, size.width, size.height]
        Path(f"{state_path}.new").write_text(json.dumps(state))
        Path(f"{state_path}.new").rename(state_path)
        return True

    for entry in changed:
        # At once: the program may be killed in the middle of a word.
        entry.connect("changed", tell)
    window.connect("destroy", Gtk.main_quit)
    window.show_all()
    tell()
    GLib.timeout_add(100, tell)
    Gtk.main()


if __name__ == "__main__":
    main(*sys.argv[1:3])
