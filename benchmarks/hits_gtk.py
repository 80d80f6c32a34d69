"""A GTK 3 program that tells which of its widgets got each press, as JSON lines on its standard output.

Run with the system's Python (`python3-gi`, `gir1.2-gtk-3.0`); started by benchmarks/bench_elements.py. It tells what
GTK itself says of the press (the widget whose window got the event, the row under it, the item that was activated, the
page that was switched to), never what AT-SPI says.
"""

# ruff: noqa: ANN001, ANN003, ANN201, ANN202 - GTK has no types for Python.
import json
import sys

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, GObject, Gtk  # noqa: E402

ROLES = (
    (Gtk.ComboBoxText, "combobox"),
    (Gtk.SpinButton, "spinbutton"),
    (Gtk.CheckMenuItem, "menuitemcheckbox"),
    (Gtk.MenuItem, "menuitem"),
    (Gtk.RadioButton, "radio"),
    (Gtk.CheckButton, "checkbox"),
    (Gtk.ToggleButton, "toggle"),
    (Gtk.LinkButton, "link"),
    (Gtk.Button, "button"),
    (Gtk.Entry, "textbox"),
    (Gtk.TextView, "textbox"),
    (Gtk.Scale, "slider"),
    (Gtk.Switch, "switch"),
    (Gtk.DrawingArea, "drawing"),
    (Gtk.Label, "label"),
)
"""What a widget is; the first that fits."""


def tell(**what):
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def role_of(widget):
    return next((role for kind, role in ROLES if isinstance(widget, kind)), "")


def text_of(widget):
    if isinstance(widget, Gtk.ComboBoxText):
        return widget.get_active_text()
    if isinstance(widget, Gtk.Button | Gtk.MenuItem) and widget.get_label():
        return widget.get_label().replace("_", "")
    if isinstance(widget, Gtk.Label):
        return widget.get_text()
    return widget.get_accessible().get_name() or ""


def place_of(widget):
    # A text view has several windows under the same name of method.
    window = Gtk.Widget.get_window(widget)
    if window is None:
        return None
    _, x, y = window.get_origin()
    area = widget.get_allocation()
    if widget.get_has_window():
        # The allocation counts from the parent's window.
        return [x, y, area.width, area.height]
    return [x + area.x, y + area.y, area.width, area.height]


def cell_of(view, event):
    if event.window != view.get_bin_window():
        return None
    found = view.get_path_at_pos(int(event.x), int(event.y))
    if not found:
        return None
    path, column, _, _ = found
    box = view.get_cell_area(path, column)
    _, x, y = view.get_bin_window().get_origin()
    for cell in column.get_cells():
        # An icon and a name are two cells of one column.
        offset, width = column.cell_get_position(cell)
        if box.x + offset <= event.x < box.x + offset + width:
            name = ""
            if isinstance(cell, Gtk.CellRendererText):
                column.cell_set_cell_data(view.get_model(), view.get_model().get_iter(path), False, False)
                name = cell.get_property("text")
            # A renderer may reach into the gap before the next column; AT-SPI tells a column of several renderers as
            # one cell with others inside. Either is right.
            left, top = box.x + x + offset, box.y + y
            also = [[left, top, min(width, box.width - offset), box.height], [box.x + x, top, box.width, box.height]]
            return {"role": "gridcell", "name": name or "", "rect": [left, top, width, box.height], "also": also}
    return None


seen = set()


def pressed(widget, event):
    """An emission hook: called first for the widget whose window got the event, then for its parents."""
    stamp = (event.time, event.button.button if hasattr(event.button, "button") else event.button)
    if stamp in seen:
        return True
    seen.add(stamp)
    truth = None
    if isinstance(widget, Gtk.TreeView):
        truth = cell_of(widget, event)
    if truth is None:
        at = widget
        while at is not None and not role_of(at):
            at = at.get_parent()
        # A combo box is made of a button; who presses that presses the box.
        at = (at and at.get_ancestor(Gtk.ComboBoxText)) or at
        if at is not None and not isinstance(widget, Gtk.MenuShell):
            truth = {"role": role_of(at), "name": text_of(at), "rect": place_of(at)}
    tell(what="press", x=int(event.x_root), y=int(event.y_root), truth=truth, widget=type(widget).__name__)
    return True


def activated(item):
    """Menu items get no press of their own: the menu does, and activates the item under it."""
    tell(what="item", truth={"role": role_of(item), "name": text_of(item), "rect": place_of(item)})
    return True


def switched(notebook, page, _number):
    label = notebook.get_tab_label(page)
    tell(what="item", truth={"role": "tab", "name": label.get_text(), "rect": None})
    return True


def places(window):
    """Where its widgets are, for the one who drives the pointer."""
    found = []

    def visit(widget):
        if not widget.get_mapped():
            return
        role = role_of(widget)
        place = place_of(widget)
        if role and place and place[2] > 6 and place[3] > 6:
            found.append({"role": role, "name": text_of(widget), "rect": place})
        if isinstance(widget, Gtk.TreeView) and widget.get_realized():
            _, x, y = widget.get_bin_window().get_origin()
            for row in range(len(widget.get_model())):
                for column in widget.get_columns():
                    box = widget.get_cell_area(Gtk.TreePath(row), column)
                    found.append(
                        {"role": "gridcell", "name": "", "rect": [x + box.x, y + box.y, box.width, box.height]}
                    )
        if isinstance(widget, Gtk.Notebook):
            for number in range(widget.get_n_pages()):
                label = widget.get_tab_label(widget.get_nth_page(number))
                found.append({"role": "tab", "name": label.get_text(), "rect": place_of(label)})
        if isinstance(widget, Gtk.Container):
            widget.forall(visit)

    visit(window)
    return found


def all_places():
    found = []
    for window in Gtk.Window.list_toplevels():
        if window.get_mapped():
            found.append(
                {
                    "popup": window.get_window_type() == Gtk.WindowType.POPUP,
                    "modal": window.get_modal(),
                    "places": places(window),
                }
            )
    return found


def command(source, _condition):
    line = source.readline()
    if not line:
        Gtk.main_quit()
        return False
    if line.strip() == "look":
        tell(what="places", windows=all_places())
    return True


def menu_bar(window):
    bar = Gtk.MenuBar()
    for head, items in (
        ("_File", ("_New order", "_Open file…", "_Quit later")),
        ("_View", ("_Zoom in", "_Full screen")),
    ):
        top, menu = Gtk.MenuItem.new_with_mnemonic(head), Gtk.Menu()
        top.set_submenu(menu)
        for name in items:
            item = Gtk.MenuItem.new_with_mnemonic(name)
            if name.startswith("_Open"):
                item.connect("activate", lambda _item: open_file(window))
            menu.append(item)
        menu.append(Gtk.CheckMenuItem.new_with_mnemonic("Show _ruler"))
        bar.append(top)
    return bar


def open_file(window):
    dialog = Gtk.FileChooserDialog(title="Open a file", parent=window, action=Gtk.FileChooserAction.OPEN)
    dialog.add_buttons("Cancel it", Gtk.ResponseType.CANCEL, "Open it", Gtk.ResponseType.ACCEPT)
    dialog.connect("response", lambda d, _r: d.destroy())
    dialog.show_all()


def ask(window):
    dialog = Gtk.MessageDialog(
        transient_for=window, modal=True, text="Delete this order?", buttons=Gtk.ButtonsType.YES_NO
    )
    dialog.connect("response", lambda d, _r: d.destroy())
    dialog.show_all()


def build():
    window = Gtk.Window(title="Hits in GTK")
    window.set_default_size(700, 560)
    box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
    window.add(box)
    box.pack_start(menu_bar(window), False, False, 0)
    notebook = Gtk.Notebook()
    box.pack_start(notebook, True, True, 0)
    form = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
    row = Gtk.Box(spacing=6)
    button = Gtk.Button(label="Ask me")
    button.connect("clicked", lambda _b: ask(window))
    combo = Gtk.ComboBoxText()
    for word in ("daily", "weekly", "monthly"):
        combo.append_text(word)
    combo.set_active(0)
    for widget in (button, Gtk.ToggleButton(label="Pin"), Gtk.CheckButton(label="Urgent"), Gtk.Switch(),
                   Gtk.SpinButton.new_with_range(0, 9, 1), combo):  # fmt: skip
        row.pack_start(widget, False, False, 0)
    first = Gtk.RadioButton.new_with_label(None, "By mail")
    second = Gtk.RadioButton.new_with_label_from_widget(first, "By post")
    scale = Gtk.Scale.new_with_range(Gtk.Orientation.HORIZONTAL, 0, 10, 1)
    send = Gtk.Button(label="_Send it", use_underline=True)
    for widget in (row, Gtk.Label(label="A plain label"), Gtk.Entry(text="some entry"), first, second, scale, send):
        form.pack_start(widget, False, False, 0)
    text = Gtk.TextView()
    text.get_buffer().set_text("first line\nsecond line")
    form.pack_start(text, True, True, 0)
    notebook.append_page(form, Gtk.Label(label="Form"))
    store = Gtk.ListStore(str, str)
    for index in range(8):
        store.append([f"item {index}", f"price {index}"])
    view = Gtk.TreeView(model=store)
    for index, head in enumerate(("Item", "Price")):
        view.append_column(Gtk.TreeViewColumn(head, Gtk.CellRendererText(), text=index))
    notebook.append_page(view, Gtk.Label(label="Table"))
    area = Gtk.DrawingArea()
    area.add_events(Gdk.EventMask.BUTTON_PRESS_MASK)
    notebook.append_page(area, Gtk.Label(label="Drawing"))
    window.connect("destroy", Gtk.main_quit)
    window.show_all()
    return window


def main():
    for kind, hook, signal in (
        (Gtk.Widget, pressed, "button-press-event"),
        (Gtk.MenuItem, activated, "activate"),
        (Gtk.Notebook, switched, "switch-page"),
    ):
        GObject.add_emission_hook(kind, signal, hook)
    build()
    GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, command)
    tell(what="ready")
    Gtk.main()


if __name__ == "__main__":
    main()
