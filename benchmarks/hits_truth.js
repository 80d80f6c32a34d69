// What a page's own DOM says was pressed. Served into every page of benchmarks/bench_elements.py before its own scripts.
// Nothing here knows how Understudy finds elements: the rule is in `pressed` below.
(() => {
  const ACTING_TAGS = new Set(["button", "select", "textarea", "option", "summary"]);
  const ACTING_ROLES = new Set([
    "button", "link", "checkbox", "radio", "switch", "tab", "menuitem", "menuitemcheckbox", "menuitemradio", "option",
    "slider", "spinbutton", "textbox", "searchbox", "combobox", "treeitem", "gridcell", "columnheader",
  ]);
  const ITEMS = new Set(["li", "td", "th", "dt", "dd"]);
  const INPUT_ROLES = {
    button: "button", submit: "button", reset: "button", image: "button", file: "button", color: "color",
    checkbox: "checkbox", radio: "radio", range: "slider", number: "spinbutton", password: "password",
    date: "date", time: "date", "datetime-local": "date", month: "date", week: "date",
  };
  const query = new URLSearchParams(location.search);

  const role = (e) => {
    const told = (e.getAttribute("role") || "").trim().split(" ")[0];
    if (told && told !== "presentation" && told !== "none") return told;
    const tag = e.localName;
    if (tag === "a" || tag === "area") return e.hasAttribute("href") || e.href ? "link" : "generic";
    if (tag === "input") return INPUT_ROLES[e.type] || "textbox";
    if (tag === "select") return e.multiple || e.size > 1 ? "listbox" : "combobox";
    if (tag === "textarea") return "textbox";
    if (tag === "button" || tag === "summary" || tag === "option" || tag === "canvas") return tag;
    if (ITEMS.has(tag)) return tag;
    if (tag === "img" || tag === "svg" || e.ownerSVGElement) return "image";
    if (e.isContentEditable && (!e.parentElement || !e.parentElement.isContentEditable)) return "editor";
    return "generic";
  };

  const acts = (e) => {
    const told = (e.getAttribute("role") || "").trim().split(" ")[0];
    if (ACTING_ROLES.has(told)) return true;
    if (told === "dialog" || told === "tabpanel" || told === "alertdialog" || told === "listbox") return false;
    if (ACTING_TAGS.has(e.localName)) return true;
    if (e.localName === "input") return e.type !== "hidden";
    if (e.localName === "a" || e.localName === "area") return e.hasAttribute("href");
    if (e.isContentEditable && (!e.parentElement || !e.parentElement.isContentEditable)) return true;
    return e.hasAttribute("tabindex") && e.tabIndex >= 0;
  };

  const shown = (e) => {
    const style = getComputedStyle(e);
    return style.display !== "none" && style.visibility !== "hidden";
  };
  const words = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeType !== Node.ELEMENT_NODE || !shown(node) || node.getAttribute("aria-hidden") === "true") return "";
    if (node.localName === "script" || node.localName === "style") return "";
    if (node.localName === "img") return node.alt || "";
    if (node.localName === "slot") return node.assignedNodes().map(words).join("");
    if (node.hasAttribute("aria-label")) return node.getAttribute("aria-label");
    return [...(node.shadowRoot || node).childNodes].map(words).join("");
  };
  const from_content = new Set(["button", "summary", "link", "option", "tab", "menuitem", "menuitemcheckbox", "menuitemradio",
    "checkbox", "radio", "switch", "treeitem", "gridcell", "columnheader", "td", "th"]);
  // The accessible name, as far as these pages need it: labelled by, label, own content, title, placeholder.
  const name = (e) => {
    const by = e.getAttribute("aria-labelledby");
    if (by) return by.split(/\s+/).map((id) => e.getRootNode().getElementById(id)).filter(Boolean).map(words).join(" ");
    if (e.getAttribute("aria-label")) return e.getAttribute("aria-label");
    if (e.labels && e.labels.length) return [...e.labels].map(labelled(e)).join(" ");
    const told = role(e);
    if (e.localName === "input" && told === "button") return e.value || { submit: "Submit", reset: "Reset", file: "Choose File" }[e.type] || "";
    if (e.localName === "img" || e.localName === "area") return e.alt || e.title;
    if (from_content.has(told) && e.localName !== "input" && words(e).trim()) return words(e);
    return e.title || e.placeholder || "";
  };
  // A label's words without those of the control inside it.
  const labelled = (control) => (label) => [...label.childNodes].filter((n) => n !== control).map(words).join("");

  const rect = (r, dx, dy) => [r.left + dx, r.top + dy, r.width, r.height];
  const text_at = (x, y) => {
    const caret = document.caretPositionFromPoint(x, y, { shadowRoots: roots });
    const node = caret && caret.offsetNode;
    if (!node || node.nodeType !== Node.TEXT_NODE) return null;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const r of range.getClientRects())
      if (x >= r.left && x < r.right && y >= r.top && y < r.bottom) return { name: node.data, rect: range.getBoundingClientRect() };
    return null;
  };
  const roots = [];
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (init) {
    const root = attach.call(this, init);
    roots.push(root);
    return root;
  };

  // The rule. The innermost element whose tag or ARIA role says that it acts, from the one that got the press outwards.
  // Where none acts, what was hit is the innermost element: its text under the pointer, itself, or the list item or
  // cell that it stands in, or the control whose label it is; all are handed over, and where there is no text, every
  // container around the place.
  const pressed = (event) => {
    const dx = event.screenX - event.clientX, dy = event.screenY - event.clientY;
    const path = event.composedPath().filter((e) => e instanceof Element);
    const whole = { role: "document", name: "", tag: "body", rect: [dx, dy, innerWidth, innerHeight] };
    const one = (e, kind) => e === document.body || e === document.documentElement ? { kind, ...whole } : ({ kind, role: role(e), name: name(e), tag: e.localName, rect: rect(e.getBoundingClientRect(), dx, dy) });
    const acting = path.find(acts);
    if (acting) return { acting: true, right: [one(acting, "acting")] };
    const right = [], label = path.find((e) => e.localName === "label" && e.control);
    if (label) right.push(one(label.control, "labelled"));
    const text = text_at(event.clientX, event.clientY);
    if (text) right.push({ kind: "text", role: "text", name: text.name, tag: "#text", rect: rect(text.rect, dx, dy) });
    if (path.length) right.push(one(path[0], "element"));
    const item = path.find((e) => ITEMS.has(e.localName) || e.localName === "label");
    if (item) right.push(one(item, "item"));
    if (!text) for (const e of path.slice(1)) right.push(one(e, "around"));
    return { acting: false, right };
  };

  const tell = (what) => navigator.sendBeacon("/told", JSON.stringify({ ...what, page: location.pathname }));
  addEventListener("mousedown", (event) => tell({ what: "press", button: event.button, x: event.screenX, y: event.screenY,
    at: performance.timeOrigin + event.timeStamp, ...pressed(event) }), true);
  addEventListener("input", (event) => {
    const e = event.composedPath()[0];
    if (e.localName === "select") tell({ what: "chosen", name: e.selectedOptions[0].label });
  }, true);

  // Places worth pressing, for the one who drives the pointer: no truth comes from here.
  const look = (left, top) => {
    if (query.has("at")) [left, top] = query.get("at").split(",").map(Number);
    const found = [];
    const visit = (root) => {
      for (const e of root.querySelectorAll("*")) {
        if (e.shadowRoot) visit(e.shadowRoot);
        if (!shown(e) || ["html", "body", "iframe", "script"].includes(e.localName)) continue;
        const r = e.getBoundingClientRect();
        const x0 = Math.max(2, r.left + 2), y0 = Math.max(2, r.top + 2);
        const x1 = Math.min(innerWidth - 3, r.right - 3), y1 = Math.min(innerHeight - 3, r.bottom - 3);
        if (x1 < x0 || y1 < y0) continue;
        const x = x0 + Math.random() * (x1 - x0), y = y0 + Math.random() * (y1 - y0);
        if (root.elementFromPoint(x, y) !== e && !e.contains(root.elementFromPoint(x, y))) continue;
        const leaf = [...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.data.trim());
        const kind = acts(e) ? "acting" : leaf ? "text" : "other";
        found.push({ x: Math.round(x + left), y: Math.round(y + top), kind, tag: e.localName, name: words(e).trim().slice(0, 40) });
      }
    };
    visit(document);
    tell({ what: "places", places: found });
  };
  const commands = new EventSource("/commands");
  commands.onmessage = (event) => {
    const [verb, ...rest] = event.data.split(" ");
    if (verb === "look") look(Number(rest[0]), Number(rest[1]));
    if (verb === "go" && window === top) location.href = rest[0];
    if (verb === "scroll") { document.scrollingElement.scrollTop = 0; }
  };
  addEventListener("pagehide", () => commands.close());
  addEventListener("load", () => tell({ what: "loaded" }));
})();
