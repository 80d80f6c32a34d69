"""Secrets: keys and tokens by their providers' prefixes, private keys, passwords told in the text itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from understudy.redact.scrub_normal import lowered
from understudy.redact.scrub_span import Span

_TAIL = r"[A-Za-z0-9_\-]"

_PREFIXED = re.compile(
    "|".join(
        (
            r"(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA|AGPA|ANPA|ANVA|APKA)[A-Z0-9]{12,}|ABSK[A-Za-z0-9+/=]{40,}",  # Amazon
            r"LTAI[A-Za-z0-9]{12,}|AKID[A-Za-z0-9]{13,}",  # Alibaba, Tencent
            r"[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.\-]{31,}",  # Microsoft Entra
            r"gh[pousr]_[A-Za-z0-9]{16,}",  # GitHub
            r"github_pat_[A-Za-z0-9_]{16,}",
            rf"gl(?:pat|dt|rt|cbt|ptt|ft|soat|oas|agent|imt|ffct)-{_TAIL}{{16,}}",  # GitLab
            rf"xox[abceoprs]-{_TAIL}{{8,}}",  # Slack
            rf"xapp-{_TAIL}{{8,}}",
            r"[srp]k_(?:live|test)_[A-Za-z0-9]{8,}",  # Stripe
            r"whsec_[A-Za-z0-9+/=]{16,}",
            rf"AIza{_TAIL}{{30,}}",  # Google
            rf"GOCSPX-{_TAIL}{{20,}}",
            r"ya29\.[A-Za-z0-9_\-.]{16,}",
            rf"sk-{_TAIL}{{16,}}",  # OpenAI, Anthropic (sk-ant-), DeepSeek and others
            rf"(?:gsk_|xai-|pplx-|r8_|nvapi-|fw_|csk-){_TAIL}{{20,}}",  # Groq, xAI, Perplexity, Replicate, NVIDIA …
            r"hf_[A-Za-z0-9]{20,}",  # Hugging Face
            r"npm_[A-Za-z0-9]{30,}",
            rf"pypi-{_TAIL}{{16,}}",
            r"do[opr]_v1_[a-f0-9]{32,}",  # DigitalOcean
            rf"SG\.{_TAIL}{{16,}}\.{_TAIL}{{16,}}",  # SendGrid
            r"(?:SK|AC)[a-f0-9]{32}",  # Twilio
            r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{16,}",  # Shopify
            rf"sq0(?:atp|csp|idp)-{_TAIL}{{16,}}",  # Square
            r"key-[a-f0-9]{32}",  # Mailgun
            r"dapi[a-f0-9]{32}",  # Databricks
            r"lin_api_[A-Za-z0-9]{20,}",  # Linear
            r"(?:ntn_|secret_)[A-Za-z0-9]{30,}",  # Notion
            rf"ATATT3{_TAIL}{{20,}}",  # Atlassian
            rf"hv[sbr]\.{_TAIL}{{16,}}",  # Vault
            r"dp\.(?:pt|st|ct|sa)\.[A-Za-z0-9.]{16,}",  # Doppler
            rf"tskey-{_TAIL}{{12,}}",  # Tailscale
            r"gl(?:sa|c)_[A-Za-z0-9_=+/]{20,}",  # Grafana
            r"NRAK-[A-Z0-9]{20,}",  # New Relic
            r"sbp_[a-f0-9]{32,}",  # Supabase
            r"sntry[su]_[A-Za-z0-9_=+/.]{20,}",  # Sentry
            r"AGE-SECRET-KEY-1[A-Z0-9]{20,}",
            r"(?:dckr_(?:pat|oat)_|vc[pkai]_|nfp_|figd_|fig[ou]_|pul-|PMAK-|CFPAT-|HRKU-AA|rnd_|napi_|lsv2_(?:pt"
            r"|sk)_|pcsk_|tvly-"
            rf"|xkeysib-|rdme_|pnu_|tfp_|sgp_|rzp_(?:live|test)_|pscale_(?:tkn|pw|oauth)_|sb_secret_"
            rf"|FlyV1 fm\d_){_TAIL}{{12,}}",
            r"rubygems_[a-f0-9]{40,}|cio[A-Za-z0-9]{32}|oy2[a-z0-9]{43}|CLOJARS_[a-z0-9]{40,}"
            r"|ops_eyJ[A-Za-z0-9_\-]{20,}",
            r"pat[A-Za-z0-9]{14}\.[a-f0-9]{40,}|pat-(?:na|eu|ap)\d-[a-f0-9\-]{20,}",  # Airtable, HubSpot
            rf"A(?:TCTT3|TBB|KCp[0-9]){_TAIL}{{24,}}|EAA[A-Z][A-Za-z0-9_\-]{{40,}}"
            rf"|re_[A-Za-z0-9]{{6,}}_{_TAIL}{{16,}}",
            rf"AAAA{_TAIL}{{7}}:APA91b{_TAIL}{{40,}}|1//0{_TAIL}{{30,}}|sl\.{_TAIL}{{60,}}",  # Google, Dropbox
            rf"[MNO][A-Za-z\d]{{22,27}}\.{_TAIL}{{6}}\.{_TAIL}{{27,}}",  # Discord
            r"[a-f0-9]{32}-us\d{1,2}|sk_[a-f0-9]{40,}|access-(?:sandbox|production|development)-[a-f0-9\-]{30,}",
            rf"[A-Za-z0-9]{{14}}\.atlasv1\.{_TAIL}{{40,}}",  # Terraform
            rf"eyJ{_TAIL}{{8,}}(?:\.{_TAIL}{{4,}}){{1,4}}",  # JSON Web Token
            rf"\d{{8,10}}:AA{_TAIL}{{30,}}",  # Telegram
            r"[A-Z0-9]{5}(?:-[A-Z0-9]{5}){4}(?![A-Za-z0-9-])|\d{6}(?:-\d{6}){7}(?!\d)",  # product and recovery keys
            r"https://hooks\.slack\.com/services/[A-Za-z0-9/_]{8,}",
            r"https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/[\w/-]{8,}",
        )
    ).join(("(?<![A-Za-z0-9])(?:", ")"))
)

_LONG = re.compile(r"[A-Za-z0-9_\-./+=~:]{12,}")
"""Everything that `_PREFIXED` finds holds such a run."""

_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d")
_PEM_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")

_STRONG = (
    r"pass[ _-]?(?:word|code|phrase)|passwd|passwort|\bpwd|kennwort|mot de passe|\bmdp\b|contraseña|\bclave\b|senha"
    r"|wachtwoord|hasło|lösenord|salasana|adgangskode|\bheslo\b"
    r"|(?:client|app|shared|consumer|signing)[ _-]?secret|secret[ _-]?(?:access[ _-]?)?key|api[ _-]?key"
    r"|private[ _-]?key"
    r"|(?:access|account)[ _-]?key|(?:auth|access|refresh)[ _-]?token|\bpsk\b|identified by|bearer"
    r"|(?:network|wi-?fi|wlan|wpa\d?)[ _-]?(?:key|psk|pass\w*|schl[üu]ssel)|recovery[ _-]?(?:key|phrase|code)"
    r"|seed[ _-]?phrase"
)
_WEAK = (
    r"(?:secret|token|credentials?|(?:verification|security) code|\bpin[ _-]?code|\bpin|\botp|\btan|\bpw|\bpass"
    r"|\bcv[vc]2?"
    r"|sig(?:nature)?(?==)|session[ _-]?(?:id|key)(?==)|j?sess(?:ion)?id(?==)|\bsid(?==)|csrf\w{0,10}(?==))"
    r"(?![A-Za-z0-9_])"
)
_NAME = re.compile(rf"(?P<strong>{_STRONG})|{_WEAK}", re.IGNORECASE)
_CORE = re.compile(
    "pass|pwd|kennwort|mot de "
    "passe|mdp|contraseña|clave|senha|wachtwoord|hasło|lösenord|salasana|adgangskode|heslo|secret"
    "|key|token|bearer|psk|schl|identified "
    "by|credential|phrase|code|pin|otp|tan|pw|cvv|cvc|cv2|sig=|signature=|sess|sid=|csrf"
)
"""In lower case: every name holds one of these, which are quick to look for."""
_BEFORE_CORE, _BEHIND_CORE = 20, 24
"""How far a name may reach to either side of its core, characters."""
_ASSIGNED = re.compile(
    r"(?P<rest>[A-Za-z0-9_.\-]{0,24})[\"'\])]{0,2}"
    r"(?P<sign>[ \t]{0,4}(?::=|=>|==?|:)[ \t\n]{0,4}"
    r"|[ \t]{1,4}(?:is|ist|lautet|es|est|to|was|war|now|neu)[ \t]{0,4}:?[ \t]{1,4}|[ \t]{1,4})"
    r"(?P<quote>[\"']?)(?P<value>[^\s\"'])",
    re.IGNORECASE,
)
_PHRASE = re.compile(r"phrase|mnemonic", re.IGNORECASE)
_PAIR = re.compile(
    r"\b(?:(?:login|user(?:name)?|benutzer(?:name)?|usuario|utilisateur)[ \t]?[:=][ \t]?[^\s/|,;]{2,40}[ \t]?[/|,;]"
    r"|admin[ \t]?[/:]"
    r"|administrator[ \t]?[/:]|guest[ \t]?[/:]|wi-?fi[ \t]?[:=]"
    r"|wlan[ \t]?[:=])[ \t]{0,2}(?P<value>(?=\S*\d)(?=\S*[^\W\d_])\S{6,})",
    re.IGNORECASE,
)
"""What stands behind a user's name and a stroke, or a network's: login: admin / Herbst2024."""
_PAIR_WORDS = ("login", "user", "benutzer", "usuario", "utilisateur", "admin", "guest", "wifi", "wi-fi", "wlan")
_CODE = re.compile(
    r"\b(?:pin|tan|otp|puk)(?:[ _-]?code)?[ \t]{1,3}(?P<value>\d{4,8})(?![\w.,-]*\d)"
    r"|(?:verification|security|login|sms|access|confirmation|one-?time|best[äa]tigungs|sicherheits|einmal)[ -]?code"
    r"(?:[ \t]{1,3}(?:is|ist|lautet))?[ \t:]{1,3}(?P<value2>[A-Z]?-?\d{4,8}|\d{3}[ -]\d{3})(?!\w)"
    r"|(?<![\w.,-])(?P<value3>G-\d{6}|\d{4,8}|\d{3}[ -]\d{3})[ \t](?:is|ist|est|es)[ \t](?:your|dein|ihr|votre|ton"
    r"|tu|su)\b"
    r"[^\d\n]{0,40}?(?:code|pin|tan|otp|one-time passwor[dt]|einmalpasswor[dt]|c[óo]digo)",
    re.IGNORECASE,
)
"""Codes for one log-in, as messages tell them."""
_CODE_WORDS = ("code", "pin", "tan", "otp", "puk", "digo", "one-time p", "einmalp")
_BEARER = re.compile(r"\b(?:bearer|basic)[ \t]{1,4}(?P<value>[A-Za-z0-9_\-.~+/]{12,}={0,2})", re.IGNORECASE)
_FLAG = re.compile(
    r"(?<!\S)--?(?:password|passwd|pass|passphrase|pwd|token|secret|secret-key|client-secret|api-?key|access-key"
    r"|auth-token)[ =](?P<value>[^\s\"']{3,}|\"[^\"\n]+\"|'[^'\n]+')"
)
_TOOL = re.compile(
    r"\b(?:(?:mysql\w*|mariadb\w*)\b[^\n|;]{0,80}?[ \t]-p|sshpass[ \t]{1,4}-p[ \t]{0,4}|(?:7z|rar"
    r"|unrar)[ \t][^\n|;]{0,40}?[ \t]-p"
    r"|sqlplus[ \t]{1,4}(?:-\w[ \t]{1,4}){0,3}\w{1,40}/|redis-cli\b[^\n|;]{0,80}?[ \t]-a[ \t]{1,4}"
    r"|docker[ \t]login\b[^\n|;]{0,80}?[ \t]-p[ \t]{1,4}"
    r"|(?:curl|http|https)\b[^\n|;]{0,120}?[ \t](?:-u|--user|-a)[ \t=]{0,4}[^\s:\"']{0,60}:)"
    r"(?P<value>[^\s\"']{3,}|\"[^\"\n]+\"|'[^'\n]+')"
)
"""Programs that take a password behind a short option, as their manuals write it."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]{0,20}://")
_ABOUT_IT = re.compile(
    r"(?:^|[_.\-])(?:policy|min|max|length|len|type|name|file|path|field|label|age|expir\w*|ttl|count|limit|stdin"
    r"|helper"
    r"|reset|url|uri|endpoint|required|enabled|size|format|strength|rotation)$",
    re.IGNORECASE,
)
"""Ends of names that say something about a secret, not the secret."""
_PLAIN_WORD = re.compile(r"[^\W\d_]+[.!?,:;…)]*")
_MADE_UP = re.compile(r"(?=\S*\d)(?=\S*[^\W\d_])\S{6,}")
"""Letters and digits in one word, as passwords are."""
_NOT_A_VALUE = re.compile(
    r"[\s•●*∙·.…_x\-]*|<[A-Z][\w -]*>[.,;)]*|\$\{?\w+\}?|\$\(.*|%\w+%|\{\{.*\}?|\w+\(\)?"
    r"|(?:os\.environ|process\.env|getenv|getpass|env\.).*"
    r"|(?:required|optional|none|null|nil|undefined|true|false|str(?:ing)?|text|hidden|masked|redacted|empty|unset"
    r"|expired"
    r"|invalid|incorrect|wrong|missing|changed|updated|weak|strong|medium|yes|no|ok|forgot(?:ten)?|show|hide|change"
    r"|reset"
    r"|erforderlich|ung[üu]ltig|falsch|abgelaufen|ge[äa]ndert|requis|incorrecte?|oubli[ée]|obligatori[oa]"
    r"|incorrect[oa]"
    r"|olvidada)\W*|(?:must|at least|minimum|mindestens|doit|debe)\s.*"
    r"|password (?:updated|unchanged|changed|expired).*|authentication \w+.*",
    re.IGNORECASE,
)
"""Bullets that stand for a hidden password, our own tokens, variables, and what forms and programs say of one."""


def find_secrets(text: str) -> Iterator[Span]:
    """Each secret in a normalised text; spans may overlap. The value's span covers all of it, never the name's."""
    # Plain searches first: most texts hold none of these words, and the patterns cost thirty times as much.
    if _LONG.search(text):
        for match in _PREFIXED.finditer(text):
            yield Span("secret", match.start(), match.end(), match.group())
    if "KEY" in text or "PuTTY" in text:
        yield from _private_keys(text)
    if "://" in text:
        yield from _credentials(text)
    lower = lowered(text)
    yield from _assigned(text, lower)
    if any(word in lower for word in _CODE_WORDS):
        for match in _CODE.finditer(text):
            told = match.lastgroup or ""
            yield Span("secret", *match.span(told), match[told])
    if any(word in lower for word in _PAIR_WORDS):
        for match in _PAIR.finditer(text):
            yield Span("secret", *match.span("value"), match["value"])
    if "bearer" in lower or "basic" in lower:
        yield from _bearers(text)
    if "-" in text:
        for match in (*_FLAG.finditer(text), *_TOOL.finditer(text)):
            yield Span("secret", *match.span("value"), match["value"])


def _private_keys(text: str) -> Iterator[Span]:
    place = 0
    while begin := _PEM.search(text, place):
        end = _PEM_END.search(text, begin.end())
        # A key without its end was cut off: everything after its head may be key.
        place = end.end() if end else len(text)
        yield Span("secret", begin.start(), place, text[begin.start() : place])


def _credentials(text: str) -> Iterator[Span]:
    """The user and password of addresses such as postgres://user:password@host/db."""
    place = 0
    while scheme := _SCHEME.search(text, place):
        start = scheme.end()
        end = start
        while end < len(text) and not text[end].isspace() and text[end] not in "\"'<>`":
            end += 1
        place = max(end, start)
        address = text[start:end]
        authority = len(address)
        for mark in "/?#":
            if (found := address.find(mark)) >= 0:
                authority = min(authority, found)
        at = address.rfind("@", 0, authority)
        if at < 0:
            _user, colon, port = address[:authority].partition(":")
            if not colon or port.isdigit() or "@" not in address:
                continue
            # A password with a slash in it: what follows the colon is no port.
            at = address.rfind("@")
        if at > 0:
            yield Span("secret", start, start + at, address[:at])


def _assigned(text: str, lower: str) -> Iterator[Span]:
    floor = 0
    for core in _CORE.finditer(lower):
        if core.start() < floor:
            continue
        begin = max(floor, core.start() - _BEFORE_CORE)
        name = _NAME.search(text, begin, core.end() + _BEHIND_CORE)
        if name is None or (match := _ASSIGNED.match(text, name.end())) is None:
            continue
        floor = name.end()
        start = match.start("value")
        end = _end_of_value(text, name, match)
        value = text[start:end].rstrip(",;.)]}'\"")
        if _is_assigned(name, match, value):
            floor = end
            yield Span("secret", start, end, value)


def _bearers(text: str) -> Iterator[Span]:
    for match in _BEARER.finditer(text):
        told = match["value"]
        if any(map(str.isdigit, told)) or (any(map(str.isupper, told)) and any(map(str.islower, told[1:]))):
            yield Span("secret", *match.span("value"), told)


def _is_assigned(name: re.Match[str], match: re.Match[str], value: str) -> bool:
    """True when what stands behind a name is its value: by the sign between, or by what it looks like."""
    sign, strong = match["sign"], name["strong"] is not None
    if not sign.strip() and not match["quote"] and not (strong and _MADE_UP.match(value)):
        return False  # "password field": only what no word looks like
    if _ABOUT_IT.search(match["rest"]):
        return False  # password_policy, credential.helper
    if not value or _NOT_A_VALUE.fullmatch(value) or (len(value) < 3 and not any(map(str.isalnum, value))):
        return False
    if name.group().casefold() == "pwd" and value.startswith(("/", "~")):
        return False  # the folder that one is in
    plain = _PLAIN_WORD.match(value) is not None and _PLAIN_WORD.fullmatch(value.split(None, 1)[0]) is not None
    if plain and (not _has_sign(name, match) or "\n" in sign):
        return False  # "the password is required"; a form's next line
    return not (plain and not strong and "=" not in sign)  # "Secret: Santa"


def _has_sign(name: re.Match[str], match: re.Match[str]) -> bool:
    sign = match["sign"]
    return ":" in sign or "=" in sign or bool(name["strong"] and match["quote"])


def _end_of_value(text: str, name: re.Match[str], match: re.Match[str]) -> int:
    """Where the value ends: at its quote, at the line's end for what may hold blanks, else at the next blank."""
    start = match.start("value")
    stop = text.find("\n", start)
    line_end = stop if stop >= 0 else len(text)
    if quote := match["quote"]:
        closing = text.find(quote, start, line_end)
        return closing if closing >= 0 else line_end
    to_line_end = _has_sign(name, match) and match["sign"][-1:].isspace()
    if name["strong"] and (to_line_end or _PHRASE.search(name.group())):
        return start + len(text[start:line_end].rstrip())
    end = start
    while end < line_end and not text[end].isspace():
        end += 1
    return end
