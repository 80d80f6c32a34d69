"""The GTK 3 programs of the tasks: an order form, a list of files, a keypad, a settings dialog; one at a time.

Run with the system's Python (`python3-gi`, `gir1.2-gtk-3.0`) and the path of a socket. Each line that comes there is a
JSON object: {"load": {...}} shows that instance, {"state": true} asks what was done; each is answered by a line.
"""

# ruff: noqa: ANN001, ANN201, ANN202, ANN204 - GTK has no types for Python.
import json
import socket
import sys

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import GLib, Gtk  # noqa: E402


def named(widget, name):
    widget.get_accessible().set_name(name)
    return widget


def button(label, pressed):
    made = Gtk.Button(label=label)
    made.connect("clicked", lambda _button: pressed())
    return made


class Programs:
    def __init__(self, path):
        self.window = Gtk.Window(title="Tasks")
        self.window.connect("delete-event", Gtk.main_quit)
        self.window.show_all()
        self.done = None
        self.menu = None
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(path)
        self.server.listen(1)
        GLib.io_add_watch(self.server.fileno(), GLib.IO_IN, self.connected)

    def connected(self, _descriptor, _condition):
        self.connection, _ = self.server.accept()
        self.lines = self.connection.makefile("r")
        GLib.io_add_watch(self.connection.fileno(), GLib.IO_IN | GLib.IO_HUP, self.told)
        return True

    def told(self, _descriptor, _condition):
        line = self.lines.readline()
        if not line:
            Gtk.main_quit()
            return False
        asked = json.loads(line)
        if "load" in asked:
            self.load(asked["load"])
        self.connection.sendall((json.dumps({"state": self.done}) + "\n").encode())
        return True

    def load(self, spec):
        if self.menu is not None:
            self.menu.popdown()
            self.menu = None
        if self.window.get_child() is not None:
            self.window.remove(self.window.get_child())
        self.done = None
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=8, border_width=12)
        self.window.add(box)
        self.window.set_title(
            {"order": "Order form", "files": "Files", "keypad": "Keypad"}.get(spec["kind"], "Settings")
        )
        getattr(self, spec["kind"])(spec, box)
        x, y, width, height = spec["place"]
        self.window.move(x, y)
        self.window.resize(width, height)
        box.show_all()
        self.window.set_focus(None)
        self.window.present()

    def order(self, spec, box):
        entries, radios = {}, []
        for part in spec["parts"]:
            if part == "items":
                frame = Gtk.Frame(label="Item")
                inner = Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
                nothing = Gtk.RadioButton.new_with_label_from_widget(None, "nothing yet")
                inner.add(nothing)
                for item in spec["items"]:
                    radio = Gtk.RadioButton.new_with_label_from_widget(nothing, item)
                    radios.append((item, radio))
                    inner.add(radio)
                frame.add(inner)
                box.add(frame)
                continue
            row = Gtk.Box(spacing=8)
            label = Gtk.Label(label=part + ":")
            entries[part] = named(Gtk.Entry(hexpand=True), part)
            label.set_mnemonic_widget(entries[part])
            row.add(label)
            row.add(entries[part])
            box.add(row)
        if spec["express"]:
            box.add(Gtk.CheckButton(label="Express delivery"))

        def place():
            told = {part: entry.get_text() for part, entry in entries.items()}
            self.done = told | {"item": next((item for item, radio in radios if radio.get_active()), "")}

        row = Gtk.Box(spacing=8)
        buttons = [button("Place order", place), button("Help", lambda: None)]
        for each in buttons if spec["below"] else reversed(buttons):
            row.add(each)
        box.add(row)

    def files(self, spec, box):
        self.done = []
        store = Gtk.ListStore(str, str)
        for name, size in zip(spec["names"], spec["sizes"], strict=True):
            store.append([name, size])
        view = Gtk.TreeView(model=store)
        for index, title in enumerate(("Name", "Size")):
            view.append_column(Gtk.TreeViewColumn(title, Gtk.CellRendererText(), text=index))

        def pressed(_view, event):
            if event.button != 3:
                return False
            found = view.get_path_at_pos(int(event.x), int(event.y))
            if found is None:
                return False
            view.get_selection().select_path(found[0])
            file = store[found[0]][0]
            menu = self.menu = Gtk.Menu()
            for verb in spec["verbs"]:
                item = Gtk.MenuItem(label=verb)
                item.connect("activate", lambda _item, verb=verb: self.done.append([verb, file]))
                menu.append(item)
            menu.attach_to_widget(view)
            menu.show_all()
            menu.popup_at_pointer(event)
            return True

        view.connect("button-press-event", pressed)
        view.set_vexpand(True)
        box.add(view)

    def keypad(self, spec, box):
        entered = []
        shown = named(Gtk.Label(label="0"), "result")
        box.add(shown)
        grid = Gtk.Grid(row_homogeneous=True, column_homogeneous=True, row_spacing=4, column_spacing=4, vexpand=True)

        def press(key):
            entered.append(key)
            shown.set_text(" ".join(entered))

        def back():
            if entered:
                entered.pop()
            shown.set_text(" ".join(entered) or "0")

        def equals():
            self.done = list(entered)

        for index, key in enumerate(spec["keys"]):
            made = button(key, lambda key=key: press(key))
            grid.attach(made, index % spec["columns"], index // spec["columns"], 1, 1)
        box.add(grid)
        row = Gtk.Box(spacing=4, homogeneous=True)
        row.add(button("back", back))
        row.add(button("equals", equals))
        box.add(row)

    def settings(self, spec, box):
        book = Gtk.Notebook(vexpand=True)
        boxes = {}
        for page, switches in spec["pages"]:
            inner = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6, border_width=10)
            for switch in switches:
                boxes[switch] = Gtk.CheckButton(label=switch)
                boxes[switch].set_active(switch in spec["on"])
                inner.add(boxes[switch])
            book.append_page(inner, Gtk.Label(label=page))
        box.add(book)

        def apply():
            self.done = sorted(switch for switch, each in boxes.items() if each.get_active())

        row = Gtk.Box(spacing=8)
        row.add(button("Help", lambda: None))
        row.add(button("Apply", apply))
        box.add(row)


Programs(sys.argv[1])
Gtk.main()
