"""The tables of a dataset: every column with its type, unit and meaning. docs/dataset.md prints this.

Times are relative: `episodes`, `app_usage` and `marks` count from the start of their recording, `steps` and
`trajectories` from the start of their episode, by the clock that the levels choose (`pacing`). No table tells a
wall-clock time. Coordinates are px of the X screen
in force at that event, origin at its top left.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

FORMAT_VERSION = 1
"""Version of the dataset format as a whole: manifest, tables, sealing. Raised when a meaning changes."""


@dataclass(frozen=True)
class Column:
    """One column. `unit` is "" for what has none; `null` says what null means, "" for columns never null."""

    name: str
    type: pa.DataType
    doc: str
    unit: str = ""
    null: str = ""


TEXT = pa.string()
INT = pa.int32()
MS = pa.int64()
TEXTS = pa.list_(pa.field("item", pa.string(), nullable=False))
POINT = pa.struct(
    [
        pa.field("t_ms", pa.int64(), nullable=False),
        pa.field("x", pa.int32(), nullable=False),
        pa.field("y", pa.int32(), nullable=False),
    ]
)
POINTS = pa.list_(pa.field("item", POINT, nullable=False))
CORRECTION = pa.struct(
    [pa.field("at", pa.int32(), nullable=False), pa.field("removed", pa.string(), nullable=False)],
)
CORRECTIONS = pa.list_(pa.field("item", CORRECTION, nullable=False))
ELEMENT = pa.struct(
    [
        pa.field("role", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("value_class", pa.string(), nullable=False),
        pa.field("states", pa.string(), nullable=False),
        pa.field("parent", pa.int32(), nullable=False),
        pa.field("x", pa.int32()),
        pa.field("y", pa.int32()),
        pa.field("width", pa.int32()),
        pa.field("height", pa.int32()),
        pa.field("secure", pa.bool_(), nullable=False),
    ]
)
ELEMENTS = pa.list_(pa.field("item", ELEMENT, nullable=False))

QUALITY_PARTS = pa.struct(
    [
        pa.field(name, pa.float32())
        for name in ("fresh", "grounded", "busy", "readable", "succeeded", "unique", "direct")
    ]
)
"""Fields of `records.actions.QualityParts`."""
LIKENESS = pa.list_(pa.field("item", pa.uint32(), nullable=False))

EPISODES = (
    Column("episode_id", TEXT, "Names the episode; the same whenever the same recording is built."),
    Column("recording_id", TEXT, "The recording's pseudonym in datasets; not its id in the spool."),
    Column("contributor", TEXT, "The contributor's pseudonym."),
    Column("index", INT, "Place in the recording, from 0."),
    Column("task", TEXT, "The task as told by the contributor, scrubbed; empty when none was told."),
    Column("start", MS, "Start of the episode since the recording's start.", "ms"),
    Column("end", MS, "End of the episode since the recording's start.", "ms"),
    Column("steps", INT, "Number of steps."),
    Column("cause", TEXT, 'What ended it: "end" of the recording, "task" mark, "pause" or "edit".'),
    Column("consent_id", TEXT, "The consent that it was recorded under."),
    Column("notice_version", TEXT, "Version of the notice that the contributor was shown."),
    Column("notice_sha256", TEXT, "SHA-256 of that notice's words."),
    Column("purposes", TEXTS, "Purposes that the consent names."),
    Column("profile", TEXT, '"own-work" or "workplace".'),
    Column("policy_sha256", TEXT, "SHA-256 of the policy file in force."),
    Column("demo", pa.bool_(), "True when no person gave the consent (the demonstration)."),
    Column("product_version", TEXT, "Version of Understudy that recorded."),
    Column("schema_version", INT, "Version of the record types."),
    Column(
        "outcome", TEXT, "Whether the task was done, as an imported source says: success or failure.", null="not judged"
    ),
    Column("quality", pa.float32(), "Score from 0 to 1.", null="not scored: cut or joined by hand, or an old version"),
    Column(
        "quality_parts",
        QUALITY_PARTS,
        "What the score is made of, each from 0 to 1, null where it doesn't apply: new pictures, known elements, time "
        "in use, not redacted, done, no near-duplicate before it, no slips. See docs/quality.md.",
        null="an old version; all its fields where the episode is not scored",
    ),
    Column(
        "template",
        TEXT,
        "The task's words with the values that vary from one episode to the next taken out (·).",
        null="no task was told, or an old version",
    ),
    Column(
        "likeness",
        LIKENESS,
        "MinHash signature of task, actions and elements shown, to find near-duplicates by.",
        null="cut or joined by hand, or an old version",
    ),
)

STEPS = (
    Column("step_id", TEXT, "Names the step."),
    Column("episode_id", TEXT, "The episode that it belongs to."),
    Column("index", INT, "Place in the episode, from 0."),
    Column("kind", TEXT, "click, double_click, triple_click, long_press, drag, scroll, type, hotkey, press or wait."),
    Column("start", MS, "Start of the action since the episode's start, by the clock of the levels.", "ms"),
    Column("duration", MS, "How long the action took.", "ms", null="withheld by the timing level"),
    Column("x", INT, "Where the action began.", "px", null="no place (keys, waits)"),
    Column("y", INT, "Where the action began.", "px", null="no place (keys, waits)"),
    Column("to_x", INT, "Where a drag ended.", "px", null="no drag"),
    Column("to_y", INT, "Where a drag ended.", "px", null="no drag"),
    Column("button", TEXT, "left, middle, right, back or forward; empty for what needs none."),
    Column("modifiers", TEXTS, "Modifiers held throughout."),
    Column("keys", TEXTS, "Keysym names of a hotkey (modifiers first) or a press."),
    Column("count", INT, "Repeats of a press; 1 otherwise."),
    Column(
        "text",
        TEXT,
        "Text that came into an element by this action, after its edits, scrubbed, or its shape; empty where none is "
        "kept. Typed, or pasted, restored and so on by the hotkey or click that this step is.",
    ),
    Column("text_level", TEXT, "How much of the text was kept.", null="no text came in"),
    Column(
        "entered",
        TEXT,
        "How the text came in: typed, completed, committed, pasted, filled, restored or moved.",
        null="no text came in, or a version before this was told",
    ),
    Column("corrections", INT, "Characters taken back while typing."),
    Column(
        "corrected",
        CORRECTIONS,
        "What was taken back, in that order: the characters removed, and how many of the text's stand before their "
        "place; empty where the keys alone don't tell.",
        "characters",
    ),
    Column(
        "correction",
        TEXT,
        "Its part where the person corrected themselves: slip, undo, repair, or within (its own text was corrected "
        "while it was typed).",
        null="no correction, or an old version",
    ),
    Column("correction_span", INT, "Numbers the corrections of an episode from 0.", null="no correction"),
    Column(
        "correction_rule",
        TEXT,
        "How it was found: typed, undone, erased, toggled, chosen, repeated, returned or missed.",
        null="no correction",
    ),
    Column("scroll_x", INT, "Scrolled to the right.", "wheel notches"),
    Column("scroll_y", INT, "Scrolled down.", "wheel notches"),
    Column("still_id", TEXT, "The still of the screen before the action.", null="no picture before it"),
    Column(
        "frame_age",
        pa.float64(),
        "How old that picture was; 0 when nothing had changed since. On the nominal clock one of 0, 100, 250, 500, "
        "1000, 2000, 5000.",
        "ms",
        "no picture",
    ),
    Column("screen_width", INT, "Width of the screen.", "px", "unknown"),
    Column("screen_height", INT, "Height of the screen.", "px", "unknown"),
    Column("target_role", TEXT, "AT-SPI role of the element acted upon.", null="no element known"),
    Column("target_name", TEXT, "Its name, scrubbed.", null="no element known"),
    Column("target_x", INT, "Left edge of its bounds.", "px", "no bounds known"),
    Column("target_y", INT, "Top edge of its bounds.", "px", "no bounds known"),
    Column("target_width", INT, "Width of its bounds.", "px", "no bounds known"),
    Column("target_height", INT, "Height of its bounds.", "px", "no bounds known"),
    Column("target_states", TEXTS, "Its AT-SPI states; empty when no element is known."),
    Column("target_path", TEXTS, "Roles from the window down to it; empty when no element is known."),
    Column("target_url", TEXT, "Address of the document that it sits in.", null="no element known"),
    Column("target_value_class", TEXT, "What it held: empty, text, number or bullets.", null="no element known"),
    Column("target_secure", pa.bool_(), "True for a password field.", null="no element known"),
    Column("observation_id", TEXT, "The elements on screen before the action.", null="no tree read before it"),
    Column("target_index", INT, "The target's place among those elements.", null="it isn't among them"),
    Column("target_confidence", TEXT, "rested, pressed, moving, scrolled, focus, window or none."),
    Column("app", TEXT, "Application of the window acted upon; empty when unknown."),
    Column("window_title", TEXT, "Its title, scrubbed; empty when unknown or not kept."),
    Column("url", TEXT, "Address of the page shown; empty when none or unknown."),
)

OBSERVATIONS = (
    Column("observation_id", TEXT, "Names the observation; steps refer to it."),
    Column("recording_id", TEXT, "The recording's pseudonym."),
    Column("x", INT, "Left edge of the window.", "px"),
    Column("y", INT, "Top edge of the window.", "px"),
    Column("width", INT, "Width of the window.", "px"),
    Column("height", INT, "Height of the window.", "px"),
    Column("url", TEXT, "Address of its document; empty when none or unknown."),
    Column("complete", pa.bool_(), "False when reading stopped early: what is absent may have been there."),
    Column(
        "elements",
        ELEMENTS,
        "The window's elements in document order: role, scrubbed name and text, class of value, states (with commas "
        "between), index of the parent (-1 at the top), bounds (null when not told). What stands in text fields is "
        "never told.",
        "px",
    ),
    Column(
        "hints",
        TEXTS,
        "For each element what its program calls it inside, scrubbed: in a page tag, id, classes and the colour behind "
        "it (#rrggbb); empty where not told.",
        null="a version before this was told",
    ),
)

TRAJECTORIES = (
    Column("step_id", TEXT, "The step that the path leads to and through."),
    Column("episode_id", TEXT, "The episode that it belongs to."),
    Column("level", TEXT, "The motion level: targets, coarse or full."),
    Column(
        "points", POINTS, "The path; times since the episode's start. At targets: only where the action was.", "ms, px"
    ),
)

KEYSTROKES = (
    Column("step_id", TEXT, "The step that the key belongs to."),
    Column("episode_id", TEXT, "The episode that it belongs to."),
    Column("index", INT, "Place among the step's keys, from 0."),
    Column("key", TEXT, "Keysym name; empty where the policy keeps none."),
    Column("dwell", MS, "From down to up; in buckets at timing bucketed.", "ms", "no release recorded"),
    Column("flight", MS, "From the last key's up to this down; negative when they overlap.", "ms", "first of the step"),
)

APP_USAGE = (
    Column("recording_id", TEXT, "The recording's pseudonym."),
    Column("index", INT, "Place in the recording, from 0."),
    Column("start", MS, "Start of the span since the recording's start.", "ms"),
    Column("end", MS, "End of the span since the recording's start.", "ms"),
    Column("state", TEXT, '"focused", "no_focus", "out_of_scope" or "paused".'),
    Column("app", TEXT, "Application with the focus; empty unless the state is focused."),
    Column("window_title", TEXT, "Title, scrubbed; empty when unknown or not kept."),
    Column("url", TEXT, "Address of the page shown; empty when none or unknown."),
    Column("switched", pa.bool_(), "True when the span before was another application's."),
)

MARKS = (
    Column("recording_id", TEXT, "The recording's pseudonym."),
    Column("index", INT, "Place in the recording, from 0."),
    Column("time", MS, "Since the recording's start.", "ms"),
    Column("kind", TEXT, "What happened to the recording: dropped, left_scope, pause and so on."),
    Column("reason", TEXT, "Why, from the closed list of reasons; empty where none is due."),
    Column("what", TEXT, "For dropped: the stream that the dropped content belonged to."),
    Column("detail", TEXT, "Application in scope, scrubbed task, or counters in JSON; never captured content."),
)

TABLES: dict[str, tuple[Column, ...]] = {
    "episodes": EPISODES,
    "steps": STEPS,
    "observations": OBSERVATIONS,
    "trajectories": TRAJECTORIES,
    "keystrokes": KEYSTROKES,
    "app_usage": APP_USAGE,
    "marks": MARKS,
}
"""All tables, in the order in which they are listed everywhere."""


def field_name(column: Column) -> str:
    """The column's name as stored: with its unit where that is ms."""
    return f"{column.name}_ms" if column.unit == "ms" else column.name


def schema(table: str) -> pa.Schema:
    """The Arrow schema of a table. Raises KeyError for a name that is no table."""
    return pa.schema(
        [pa.field(field_name(column), column.type, nullable=bool(column.null)) for column in TABLES[table]]
    )


def as_markdown(table: str) -> str:
    """The table's columns as a Markdown table, as docs/dataset.md prints it."""
    lines = ["| column | type | unit | meaning | null |", "|---|---|---|---|---|"]
    for column in TABLES[table]:
        type_ = "list<struct<t_ms, x, y>>" if column.type == POINTS else str(column.type)
        type_ = "list<struct<at, removed>>" if column.type == CORRECTIONS else type_
        type_ = "list<struct<role, name, …>>" if column.type == ELEMENTS else type_
        type_ = "list<string>" if column.type == TEXTS else type_
        type_ = "list<uint32>" if column.type == LIKENESS else type_
        type_ = "struct<fresh, grounded, …>" if column.type == QUALITY_PARTS else type_
        lines.append(
            f"| `{field_name(column)}` | {type_} | {column.unit or '–'} | {column.doc} | {column.null or 'never'} |"
        )
    return "\n".join(lines)
