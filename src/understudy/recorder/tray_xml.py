"""What the panel's entry says of itself when it is asked for its interfaces: panels read it before anything else."""

from __future__ import annotations


def _interface(name: str, *members: str) -> str:
    return f'<interface name="{name}">{"".join(members)}</interface>'


def _method(name: str, takes: str = "", gives: tuple[str, ...] = ()) -> str:
    arguments = "".join(f'<arg type="{kind}" direction="in"/>' for kind in takes.split())
    return (
        f'<method name="{name}">{arguments}{"".join(f"""<arg type="{g}" direction="out"/>""" for g in gives)}</method>'
    )


def _signal(name: str, tells: str = "") -> str:
    return f'<signal name="{name}">{"".join(f"""<arg type="{kind}"/>""" for kind in tells.split())}</signal>'


def _properties(**kinds: str) -> str:
    return "".join(f'<property name="{name}" type="{kind}" access="read"/>' for name, kind in kinds.items())


_HEAD = (
    '<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN" '
    '"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">'
)

ITEM_XML = f"""{_HEAD}<node>{
    _interface(
        "org.kde.StatusNotifierItem",
        _properties(
            Category="s",
            Id="s",
            Title="s",
            Status="s",
            WindowId="i",
            IconName="s",
            IconPixmap="a(iiay)",
            OverlayIconName="s",
            AttentionIconName="s",
            ToolTip="(sa(iiay)ss)",
            ItemIsMenu="b",
            Menu="o",
        ),
        _method("Activate", "i i"),
        _method("SecondaryActivate", "i i"),
        _method("ContextMenu", "i i"),
        _method("Scroll", "i s"),
        *(_signal(name) for name in ("NewTitle", "NewIcon", "NewToolTip")),
    )
}</node>"""

MENU_XML = f"""{_HEAD}<node>{
    _interface(
        "com.canonical.dbusmenu",
        _properties(Version="u", TextDirection="s", Status="s", IconThemePath="as"),
        _method("GetLayout", "i i as", ("u", "(ia{sv}av)")),
        _method("GetGroupProperties", "ai as", ("a(ia{sv})",)),
        _method("GetProperty", "i s", ("v",)),
        _method("Event", "i s v u"),
        _method("EventGroup", "a(isvu)", ("ai",)),
        _method("AboutToShow", "i", ("b",)),
        _method("AboutToShowGroup", "ai", ("ai", "ai")),
        _signal("LayoutUpdated", "u i"),
        _signal("ItemsPropertiesUpdated", "a(ia{sv}) a(ias)"),
        _signal("ItemActivationRequested", "i u"),
    )
}</node>"""
