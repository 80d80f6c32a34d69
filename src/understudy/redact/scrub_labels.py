"""What a field's label says of the text typed into it: the label counts even where the text looks harmless."""

from __future__ import annotations

import re

from understudy.redact import scrub_ids
from understudy.redact.scrub_health import harmless_answer
from understudy.redact.scrub_span import Span, TextKind

MAX_LABEL_LENGTH = 200
"""Longer labels are prose; only their beginning is read. Characters."""

_LABELS: tuple[tuple[TextKind, re.Pattern[str]], ...] = (
    (
        "secret",
        re.compile(
            r"pass[ _-]?(?:word|code|phrase)|passwor[td]|\bpasswd|\bpwd\b|kennwort|losung|mot de passe|\bmdp\b"
            r"|contrase[ñn]a"
            r"|\bsenha\b|wachtwoord|parola|has[łl]o|l[öo]senord|\bheslo\b|jelsz[óo]|salasana|\bpasord|adgangskode"
            r"|(?<!palabra )\bclave\b|\bpin\b(?! (?:to|board))|\bpincode|geheimzahl|\bsecret\b(?! (?:question|santa))"
            r"|\b(?:api|access|secret|private|license|recovery|encryption|ssh|signing|account)[ _-]?key(?! (?:name"
            r"|size|type))"
            r"|zugangsschl(?:ü|ue)ssel|cl[ée] (?:api|secr[èe]te|priv[ée]e)"
            r"|\b(?:api|access|auth|bearer|security|personal access|refresh|id|bot|webhook)[ _-]?token|^\W*token\W*$"
            r"|\b(?:otp|2fa|mfa|tan|puk)\b|one[ -]?time|(?:verification|backup|recovery|authenti\w+|confirmation"
            r"|sms) code"
            r"|sicherheitscode|best[äa]tigungscode|code de (?:s[ée]curit[ée]|v[ée]rification)"
            r"|c[óo]digo de (?:seguridad|verificaci[óo]n)"
            r"|codice di sicurezza|seed phrase|connection string|security answer|sicherheitsfrage|security code"
            r"|\bcv[vc]2?\b|\bcsc\b|\bcvn\b|kartenpr[üu]f\w*|pr[üu]fziffer|cryptogramme|credentials?\b"
        ),
    ),
    (
        "birth",
        re.compile(
            r"birth ?(?:date|day)?|\bd\.? ?o\.? ?b\b|\bborn\b|geburts(?!ort|name)|geboren|\bgeb\.|naissance"
            r"|\bn[ée]\(?e?\)? le"
            r"|nacimiento|nascita|nascimento|geboorte(?!plaats)|data urodzenia|f[öo]delse|f[øo]dsels?dato|syntym"
        ),
    ),
    (
        "iban",
        re.compile(
            r"\biban\b|kontonummer|bank ?account|\baccount (?:number|no\b|#)|num(?:é|e)ro de compte|compte bancaire"
            r"|cuenta bancaria|n(?:ú|u)mero de cuenta|coordinate bancarie|conto corrente|bankverbindung|bankrekening"
            r"|rekeningnummer|\brouting (?:number|no)|\bsort code|\bbankleitzahl|\bblz\b|\brib\b|kontonr"
        ),
    ),
    (
        "card",
        re.compile(
            r"(?:credit|debit|bank|payment|gift)[ _-]?card|card[ _-]?(?:number|no\b|nr\b|num\b|#)"
            r"|cc[ _-]?(?:number|num|no)\b|^\W*(?:card|visa|mastercard|amex|pan|karte|carte|tarjeta|carta)\W*$"
            r"|kreditkarte"
            r"|kartennummer|kartennr|num(?:é|e)ro de (?:la )?carte|carte (?:bancaire|bleue|de cr(?:é|e)dit)"
            r"|n(?:ú|u|º|°|\.|o)m?(?:ero)?\.? de (?:la )?tarjeta|tarjeta de (?:cr(?:é|e)dito|d(?:é|e)bito)"
            r"|kaartnummer"
            r"|numero (?:di |della )?carta|carta di credito|creditcard|kortnummer|numer karty"
            r"|card (?:expir|valid)|valid (?:thru|until)|\bmm ?/ ?(?:yy|jj|aa)"
        ),
    ),
    (
        "phone",
        re.compile(
            r"\b(?:tele)?phone\b|\btel\b|\bmobile\b(?! (?:view|app|site))|\bcell\b(?! (?:value|format|range"
            r"|reference))|\bfax\b"
            r"|\bhandy(?:nummer)?\b|t[ée]l[ée]?(?:f|ph)on|\bmobil(?:nummer|e?nr|telefon)|rufnummer|whatsapp"
            r"|\bm[óo]vil\b"
            r"|cellulare"
            r"|\bcelular|\bgsm\b|telefoon|\bportable\b|contact number|r[üu]ckruf|\bpuhelin"
        ),
    ),
    (
        "email",
        re.compile(
            r"\be-?mails?\b(?! (?:frequency|format|template|subject|preferences|notifications?|signature|provider"
            r"|client|type))"
            r"|\be-?mail-?(?:adresse|adres|address)|courriel|correo(?: electr(?:ó|o)nico)?\b|\bmailadresse"
            r"|adresse (?:é|e)lectronique|\be-?post\b|posta elettronica"
        ),
    ),
    ("id", scrub_ids.WORD),
    (
        "id",
        re.compile(
            r"^\W*(?:c\.? ?f\.?|nir|sin|ein|rfc|cuil|cuit|rut|nric|\bid\b nr|ssn? ?#?)\W*$|social insurance"
            r"|versicherungsnummer|document (?:number|no)|dokumenten?n(?:umme)?r|photo id"
            r"|insurance (?:number|no\b|id)|identit(?:y|ä|a)ts?(?:nummer| number| no)|identification number"
            r"|\bni number"
            r"|n(?:°|º|o|um(?:é|e)ro)?\.? (?:de )?s(?:é|e)cu|tax ?payer|fiscal (?:number|code)|license number"
            r"|patient (?:id|number)"
        ),
    ),
    (
        "pay",
        re.compile(
            r"salar(?:y|ies|ie|io|is)\b|\bwages?\b|compensation\b|gehalt|\blohn|stundenlohn|verdienst|salaire|sueldo"
            r"|n(?:ó|o)mina"
            r"|stipendio|remunerat|r(?:é|e)mun(?:é|e)rat|verg(?:ü|u)tung|\b(?:annual|monthly|net|gross|household"
            r"|yearly)? ?income\b"
            r"|einkommen|hourly rate|\bbonus\b(?! (?:code|points?|track))|wynagrodzenie|\bl(?:ö|ø)nn?\b|m(?:å"
            r"|a)nadsl(?:ö|o)n"
            r"|^\W*(?:gross|net|base|basic|annual|monthly|hourly|weekly|take[- ]home|current|desired|expected"
            r"|overtime)? ?pay"
            r"(?: rate)?\W*$"
        ),
    ),
    (
        "health",
        re.compile(
            r"diagn(?:os|ós)|^\W*(?:medical |health |pre-?existing |chronic )?conditions?\W*$|allerg|medication"
            r"|medikament"
            r"|medicines?\b|krankheit|krankengeschichte|krankheitsgrund|erkrankung|symptom|s(?:í|i)ntoma|illness"
            r"|disease|disabilit"
            r"|blood (?:type|group)|blutgruppe|groupe sanguin|grupo sangu|medical (?:history|notes?|problem|reason)"
            r"|health (?:problem|issue|history|notes?)|behinderung|schwangerschaft|pregnan|maladie|ant(?:é|e)c(?:é"
            r"|e)dents"
            r"|enfermedad|malattia|ziekte|handicap|treatment\b|behandlung|therap(?:y|ie)|prescription"
            r"|reason for (?:sick|absence)"
            r"|motif d'arr(?:ê|e)t|befund"
        ),
    ),
    (
        "address",
        re.compile(
            r"^\W*(?:(?:home|street|postal|mailing|shipping|billing|delivery|residential|permanent|current|your|full"
            r"|private|work"
            r"|invoice|company|customer|employee|patient)(?: (?:street|postal"
            r"|mailing))? )?address(?: ?(?:line)? ?\d\W*"
            r"| \W.*|\W*)$"
            r"|\bstreet\b(?! view)|anschrift|\b(?:haus|privat|liefer|rechnungs|post|wohn|heim)?adresse\b(?! (?:mac"
            r"|ip|web|url|internet"
            r"|(?:é|e)lectronique))|stra(?:ß|ss)e\b|hausnummer|wohnort|domicilio|direcci(?:ó|o)n\b(?! (?:ip|web|mac"
            r"|de correo))"
            r"|indirizzo\b(?! (?:ip|mac|e-?mail|web))|\b(?:huis|woon|post)?adres\b|endere(?:ç|c)o|\badress\b"
            r"|gatuadress|osoite"
            r"|^\W*(?:adres|domicile|rue|calle|via)\W*$|post ?code\b|postal ?code|\bzip(?: ?code)?\b(?! file)"
            r"|\bplz\b|postleitzahl"
            r"|code postal|c(?:ó|o)digo postal"
        ),
    ),
    (
        "name",
        re.compile(
            r"\b(?:first|last|given|family|full|middle|maiden|legal|customer|patient|employee|contact"
            r"|emergency contact)"
            r"(?:'s)?[ _-]?name|\bsurname\b|\bcard ?holder\b|\bvorname\b|\bnachname\b|\bfamilienname\b|geburtsname"
            r"|\bpr(?:é|e)nom\b|nom de famille|nom complet|nombre completo|\bapellidos?\b|\bcognome\b|achternaam"
            r"|voornaam"
            r"|efternamn|f(?:ö|o)rnamn|name on (?:the )?card|karteninhaber|kontoinhaber|titulaire|titular"
            r"|(?:card ?holder|account holder)'?s?(?: name)?|contact person|kontaktperson|ansprechpartner(?:in)?"
            r"|next of kin"
            r"|emergency contact|notfallkontakt|beneficiary|(?:vor|nach)-? ?(?:und|/) ?(?:nach|zu)?name"
        ),
    ),
)
"""In order: the first that fits decides ("Card security code" is a secret, not a card number)."""

_ABOUT_IT = re.compile(
    r"(?:pass[ -]?\w+|kennwort|token|key|mot de passe|contrase[ñn]a)s?(?: \w+)? ?\W?(?:policy|age\b|strength|length"
    r"|expir|manager"
    r"|rules|requirements|(?:last )?changed|reset|attempts|type|history|complexity)|(?:kennwort"
    r"|passwort)-?(?:richtlinie"
    r"|l[äa]nge|st[äa]rke|alter|ablauf)|(?:length|strength|age|expiry|number) of (?:the )?pass"
)
"""Labels of settings about secrets, not of secrets."""
_NOT_THIS = re.compile(
    r"\b(?:ip|mac|web|url|server|memory|host|proxy|base|start|end|hardware|bus|i2c|wallet|e-?mail) address"
    r"|address (?:book|bar|space"
    r"|range|type|format)|(?:card|phone|address|account|health|salary|pay|name|id|allergy) (?:type|brand|format"
    r"|status|check|band|grade"
    r"|scale|component|period|frequency|date|month|terms|mode|method|run)\b|health (?:check|status)|(?:network"
    r"|device|disk|system|auto"
    r"|tele|self)[ -]?diagnos|diagnostic|conditional|place of birth|country of birth|birth(?:place| ?country)"
    r"|water treatment"
)
_NEED_DIGITS = frozenset(("card", "iban", "phone", "id", "birth", "pay"))
_DIGIT = re.compile(r"\d")


def kind_of_label(label: str, kinds: frozenset[TextKind]) -> TextKind | None:
    """The kind that a label announces, None when it announces none of `kinds`. `label` is normalised text."""
    if not label:
        return None
    text = label[:MAX_LABEL_LENGTH].casefold()
    for kind, pattern in _LABELS:
        if pattern.search(text):
            if kind != "email" and (_ABOUT_IT if kind == "secret" else _NOT_THIS).search(text):
                return None
            return kind if kind in kinds else None
    return None


def labelled(text: str, kind: TextKind) -> Span | None:
    """The whole of `text` as a `kind`, because its label says so; None where it can't be one.

    Numbers need a digit; an e-mail address that is only half typed has no blank in it; "none" tells no illness.
    """
    core = text.strip()
    if not core:
        return None
    if kind in _NEED_DIGITS and not _DIGIT.search(core):
        return None
    if kind == "email" and "@" not in core and any(character.isspace() for character in core):
        return None
    if kind in ("name", "address", "health") and not any(character.isalnum() for character in core):
        return None
    if kind == "name" and not any(character.isalpha() for character in core):
        return None
    if kind in ("health", "address") and harmless_answer(core):
        return None
    start = text.index(core)
    return Span(kind, start, start + len(core), core)
