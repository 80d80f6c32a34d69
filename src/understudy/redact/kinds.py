"""Kinds of application that are known without being named: mail, chat, calendars, banks, video calls and so on.

What is known of a kind narrows every rule of a policy, whoever wrote it: other people are masked in mail, chat and
calendars, banks are out unless a rule names them itself, video calls and password managers are never recorded. A policy
that names a kind in `presets` brings its programs and pages into scope at these levels, and makes them law: no rule of
its own may loosen them then. Programs are told by executable or window class, pages by address.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from understudy.records.kept import KeyLevel

Preset = Literal[
    "mail",
    "chat",
    "calendar",
    "hr",
    "health",
    "banking",
    "passwords",
    "calls",
    "terminals",
    "office",
    "browsers",
]

Category = Literal["DATE_OF_BIRTH", "ADDRESS", "HEALTH", "PAYROLL"]
"""Kinds of sensitive text that a policy chooses, because elsewhere they are what the work is about: dates of birth,
postal addresses, words about somebody's health, amounts and words of somebody's pay."""

Treatment = Literal["in", "out", "never"]
"""What a kind means before a policy says anything: "in" is recorded where a rule has it in scope; "out" only where a
rule of the file itself names the program or the address, and never where the policy names the kind; "never" always."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of application.

    `words` is how people call its programs ("Mail"). `programs` are executables or window classes in lower case, `urls`
    address patterns as in a policy; `labels` are first labels of hosts that say what somebody serves under a name of
    their own ("webmail.example.org"). `keys` is the most that is kept of typing, `pictures` False keeps none, `titles`
    False keeps no title, `third_parties` True masks what is shown of other people. `categories` are kinds of sensitive
    text that a policy which names the kind looks for too (see `Policy.categories`).
    """

    name: Preset
    words: str
    treatment: Treatment = "in"
    programs: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    keys: KeyLevel = "text"
    pictures: bool = True
    titles: bool = True
    third_parties: bool = False
    terminal: bool = False
    categories: tuple[Category, ...] = ()


TERMINAL_PROGRAMS = frozenset(
    (
        *("alacritty", "foot", "gnome-terminal", "gnome-terminal-server", "guake", "kgx", "kitty", "konsole"),
        *("lxterminal", "mate-terminal", "ptyxis", "qterminal", "rxvt", "st", "terminator", "terminology", "tilix"),
        *("urxvt", "uxterm", "wezterm", "wezterm-gui", "x-terminal-emulator", "xfce4-terminal", "xterm", "yakuake"),
    )
)
"""Programs (and classes of WM_CLASS), in lower case, that are terminals where a policy doesn't say whether."""

BROWSERS = frozenset(
    (
        *("chromium", "chromium-browser", "chrome", "google-chrome", "google-chrome-stable", "firefox", "firefox-esr"),
        *("navigator", "librewolf", "brave", "brave-browser", "microsoft-edge", "msedge", "vivaldi", "vivaldi-bin"),
        *("vivaldi-stable", "opera", "epiphany", "epiphany-browser", "org.gnome.epiphany", "falkon", "konqueror"),
        *("qutebrowser", "midori", "tor-browser", "waterfox", "floorp", "zen", "zen-browser"),
    )
)
"""Programs (and classes) in lower case that show any page: what they may show depends on its address."""


def _names(written: str) -> tuple[str, ...]:
    return tuple(written.split(", "))


def _pages(written: str) -> tuple[str, ...]:
    """Hosts, with the beginning of a path where only that is meant, as address patterns."""
    return tuple(f"https://{page}" for page in written.split(", "))


KINDS: tuple[Kind, ...] = (
    Kind(
        name="mail",
        words="Mail",
        programs=_names(
            "thunderbird, thunderbird-bin, thunderbird-esr, thunderbird-default, betterbird, evolution, "
            "org.gnome.evolution, geary, org.gnome.geary, kmail, kmail2, claws-mail, sylpheed, balsa, mailspring, "
            "trojita, tutanota-desktop, proton-mail, protonmail-bridge, hiri, bluemail"
        ),
        urls=_pages(
            "mail.google.com, inbox.google.com, outlook.live.com, outlook.office.com/mail, "
            "outlook.office365.com/mail, outlook.office.com/owa, outlook.office365.com/owa, outlook.cloud.microsoft, "
            "*.mail.yahoo.com, mail.yahoo.com, mail.proton.me, app.tuta.com, app.fastmail.com, "
            "www.fastmail.com/mail, mail.zoho.com, mail.zoho.eu, www.icloud.com/mail, mail.aol.com, *.gmx.net, "
            "*.web.de, mail.yandex.com, mail.yandex.ru, e.mail.ru, app.hey.com, mail.superhuman.com, "
            "*.missiveapp.com, app.frontapp.com, groups.google.com"
        ),
        titles=False,
        third_parties=True,
        labels=_names("mail, webmail, email, owa, roundcube, zimbra, sogo, rainloop, snappymail, horde, squirrelmail"),
    ),
    Kind(
        name="chat",
        words="Chat",
        programs=_names(
            "slack, discord, discordcanary, discordptb, vesktop, webcord, element, element-desktop, "
            "io.element.element, schildichat-desktop, signal, signal-desktop, telegram-desktop, telegram, "
            "telegramdesktop, org.telegram.desktop, whatsapp-for-linux, whatsdesk, zapzap, mattermost, "
            "mattermost-desktop, rocketchat, rocketchat-desktop, rocket.chat, zulip, wire, wire-desktop, pidgin, "
            "gajim, dino, dino-im, im.dino.dino, hexchat, polari, quassel, konversation, fractal, org.gnome.fractal, "
            "nheko, fluffychat, neochat, caprine, ferdium, rambox, franz, session-desktop, threema, viber, viberpc, "
            "beeper, irssi, weechat, psi, psi-plus"
        ),
        urls=_pages(
            "app.slack.com, *.slack.com, discord.com/channels, discord.com/app, ptb.discord.com, canary.discord.com, "
            "app.element.io, web.whatsapp.com, web.telegram.org, webk.telegram.org, webz.telegram.org, "
            "chat.google.com, www.messenger.com, www.facebook.com/messages, messages.google.com/web, app.wire.com, "
            "web.threema.ch, *.zulipchat.com, *.rocket.chat, *.cloud.mattermost.com, www.linkedin.com/messaging, "
            "x.com/messages, app.gitter.im, web.wechat.com, wx.qq.com"
        ),
        titles=False,
        third_parties=True,
        labels=_names("chat, mattermost, rocketchat, zulip, element, matrix, xmpp, messenger, im"),
    ),
    Kind(
        name="calendar",
        words="Calendar",
        programs=_names(
            "gnome-calendar, org.gnome.calendar, korganizer, merkuro-calendar, kalendar, orage, maya, "
            "io.elementary.calendar, california, minetime, morgen, calcure, evolution-calendar"
        ),
        urls=_pages(
            "calendar.google.com, outlook.live.com/calendar, outlook.office.com/calendar, "
            "outlook.office365.com/calendar, outlook.cloud.microsoft/calendar, calendar.proton.me, "
            "www.icloud.com/calendar, calendar.zoho.com, calendar.zoho.eu, calendly.com, app.cal.com, doodle.com, "
            "*.doodle.com, calendar.yahoo.com, calendar.notion.so, contacts.google.com, outlook.live.com/people, "
            "outlook.office.com/people"
        ),
        titles=False,
        third_parties=True,
        labels=_names("calendar, kalender, cal, caldav, calendrier, agenda, contacts, addressbook"),
    ),
    Kind(
        name="hr",
        words="Personnel",
        programs=_names("orangehrm, sage-hr, lexware-lohn, datev-lohn"),
        urls=_pages(
            "*.workday.com, *.myworkday.com, *.myworkdayjobs.com, *.bamboohr.com, *.personio.de, *.personio.com, "
            "*.successfactors.com, *.successfactors.eu, *.sapsf.com, *.sapsf.eu, *.adp.com, *.paychex.com, "
            "*.gusto.com, gusto.com, *.rippling.com, *.hibob.com, *.ukg.com, *.ultipro.com, *.ceridian.com, "
            "*.dayforcehcm.com, *.paycom.com, *.paylocity.com, *.namely.com, *.deel.com, *.remote.com, "
            "*.factorialhr.com, *.greenhouse.io, *.lever.co, *.recruitee.com, *.sage.hr, *.payfit.com, "
            "*.rexx-systems.com, *.hrworks.de, *.orangehrmlive.com"
        ),
        keys="shape",
        titles=False,
        third_parties=True,
        categories=("PAYROLL", "DATE_OF_BIRTH", "ADDRESS"),
        labels=_names("hr, hris, payroll, personnel, personal, lohn, recruiting, karriere, people"),
    ),
    Kind(
        name="health",
        words="Health",
        programs=_names("gnuhealth, gnuhealth-client, gnumed, freemedforms, ehr, oscar-emr, weasis, aeskulap"),
        urls=_pages(
            "*.epic.com, *.mychart.org, mychart.com, *.mychart.com, *.athenahealth.com, "
            "*.athenanet.athenahealth.com, *.cerner.com, *.doctolib.de, *.doctolib.fr, *.doctolib.it, *.zocdoc.com, "
            "*.jameda.de, *.teladoc.com, *.nhs.uk, *.drchrono.com, *.practicefusion.com, *.simplepractice.com, "
            "*.followmyhealth.com, *.eclinicalworks.com, *.nextgen.com, *.patientfusion.com, *.ada.com, *.tk.de, "
            "*.aok.de, *.ameli.fr, www.medicare.gov, *.va.gov"
        ),
        keys="shape",
        titles=False,
        third_parties=True,
        categories=("HEALTH", "DATE_OF_BIRTH", "ADDRESS"),
        labels=_names("patient, patients, mychart, clinic, praxis, ehr, emr"),
    ),
    Kind(
        name="banking",
        words="Banking",
        treatment="out",
        programs=_names(
            "gnucash, org.gnucash.gnucash, kmymoney, homebank, hibiscus, jameica, moneyplex, skrooge, grisbi, "
            "denaro, org.nickvision.money, portfolioperformance, portfolio performance, moneydance, electrum, "
            "exodus, ledger live, ledger-live-desktop, bitcoin-qt, trezor-suite, monero-wallet-gui"
        ),
        urls=_pages(
            "*.paypal.com, paypal.com, *.chase.com, *.bankofamerica.com, *.wellsfargo.com, *.citi.com, "
            "*.citibankonline.com, *.usbank.com, *.capitalone.com, *.americanexpress.com, *.discover.com, *.pnc.com, "
            "*.hsbc.com, *.hsbc.co.uk, *.barclays.co.uk, *.lloydsbank.co.uk, *.natwest.com, *.santander.co.uk, "
            "*.monzo.com, *.starlingbank.com, *.revolut.com, wise.com, *.wise.com, *.n26.com, *.ing.de, *.ing.com, "
            "*.ing.nl, *.deutsche-bank.de, *.commerzbank.de, *.sparkasse.de, *.dkb.de, *.comdirect.de, "
            "*.postbank.de, *.volksbank.de, *.atruvia.de, *.consorsbank.de, *.c24.de, *.bnpparibas.net, "
            "*.labanquepostale.fr, *.credit-agricole.fr, *.societegenerale.fr, *.particuliers.sg.fr, "
            "*.boursobank.com, *.caixabank.es, *.bbva.es, *.rabobank.nl, *.abnamro.nl, *.raiffeisen.ch, *.ubs.com, "
            "*.postfinance.ch, *.erstegroup.com, *.coinbase.com, *.kraken.com, *.binance.com, *.schwab.com, "
            "*.fidelity.com, *.vanguard.com, *.interactivebrokers.com, dashboard.stripe.com, *.klarna.com, "
            "*.venmo.com"
        ),
        keys="shape",
        titles=False,
        third_parties=True,
        labels=_names("banking, onlinebanking, online-banking, ebanking, e-banking, netbanking, homebanking, bank"),
    ),
    Kind(
        name="passwords",
        words="Password managers",
        treatment="never",
        programs=_names(
            "1password, bitwarden, bitwarden-desktop, buttercup, dashlane, enpass, gnome-secrets, keepass, keepass2, "
            "keepassx, keepassxc, keepassxc-proxy, keeper, keeperpasswordmanager, kwalletmanager5, kwalletmanager, "
            "kwalletd5, kwalletd6, lastpass, nordpass, passwordsafe, proton-pass, pwsafe, qtpass, seahorse, secrets, "
            "authenticator, authpass"
        ),
        urls=_pages(
            "passwords.google.com, vault.bitwarden.com, vault.bitwarden.eu, *.1password.com, *.1password.eu, "
            "*.1password.ca, app.dashlane.com, vault.keepersecurity.com, keepersecurity.com/vault, "
            "lastpass.com/vault, vault.lastpass.com, app.nordpass.com, pass.proton.me, www.icloud.com/passwords"
        ),
        labels=_names("vault, passwords, bitwarden, vaultwarden, passbolt"),
    ),
    Kind(
        name="calls",
        words="Video calls",
        treatment="never",
        programs=_names(
            "zoom, zoom-client, zoom.real, us.zoom.zoom, teams, teams-for-linux, microsoft teams - preview, "
            "teams-insiders, msteams, webex, ciscocollabhost, ciscocollabhostexe, jitsi-meet, jitsi meet, jitsi, "
            "skype, skypeforlinux, skypeforlinux.real, gotomeeting, bluejeans, bluejeans-v2, linphone, ring, jami, "
            "jami-gnome, jami-qt, mumble, ekiga"
        ),
        urls=_pages(
            "meet.google.com, zoom.us, *.zoom.us, *.zoom.com, *.zoomgov.com, teams.microsoft.com, teams.live.com, "
            "teams.cloud.microsoft, *.teams.microsoft.com, *.teams.microsoft.us, *.webex.com, meet.jit.si, *.8x8.vc, "
            "8x8.vc, whereby.com, *.whereby.com, meet.goto.com, *.gotomeeting.com, *.gotowebinar.com, "
            "*.bluejeans.com, web.skype.com, app.chime.aws, facetime.apple.com, *.livestorm.co, *.demio.com, "
            "*.around.co, *.gather.town, *.daily.co, *.vonage.com, talk.google.com, duo.google.com, "
            "www.messenger.com/groupcall, app.slack.com/huddle, video.yahoo.com, *.senfcall.de, *.bigbluebutton.org"
        ),
        labels=_names("meet, jitsi, bbb, bigbluebutton, webex, zoom, videocall, videoconference, conference"),
    ),
    Kind(
        name="terminals",
        words="Terminals",
        programs=tuple(sorted(TERMINAL_PROGRAMS)),
        keys="nothing",
        pictures=False,
        terminal=True,
    ),
    Kind(
        name="office",
        words="Office",
        programs=_names(
            "soffice.bin, soffice, libreoffice, libreoffice-writer, libreoffice-calc, libreoffice-impress, "
            "libreoffice-draw, libreoffice-math, libreoffice-base, libreoffice-startcenter, onlyoffice, "
            "desktopeditors, onlyoffice desktop editors, onlyoffice-desktopeditors, wps, et, wpp, gnumeric, abiword, "
            "calligrawords, calligrasheets, calligrastage, scribus, mousepad, gedit, xed, gnome-text-editor, "
            "org.gnome.texteditor, kate, kwrite, pluma, featherpad, leafpad, evince, org.gnome.evince, okular, "
            "atril, xreader, papers, org.gnome.papers"
        ),
        urls=_pages(
            "docs.google.com, sheets.google.com, slides.google.com, *.officeapps.live.com, www.office.com, "
            "m365.cloud.microsoft, *.sharepoint.com, www.notion.so"
        ),
    ),
    Kind(
        name="browsers",
        words="Browsers",
        programs=tuple(sorted(BROWSERS)),
    ),
)
"""Every kind, in the order in which their rules are looked at."""

PRESETS_BY_NAME: dict[str, Kind] = {kind.name: kind for kind in KINDS}


def _by_program() -> dict[str, tuple[Kind, ...]]:
    found: dict[str, tuple[Kind, ...]] = {}
    for kind in KINDS:
        for program in kind.programs:
            found[program] = (*found.get(program, ()), kind)
    return found


_BY_PROGRAM = _by_program()


def kinds_of_program(program: str, app: str) -> tuple[Kind, ...]:
    """The kinds that a program is of, by its executable or its window class."""
    ours, theirs = _BY_PROGRAM.get(program.casefold(), ()), _BY_PROGRAM.get(app.casefold(), ())
    return ours if ours == theirs else tuple(dict.fromkeys((*ours, *theirs)))


@lru_cache(maxsize=1024)
def kinds_of_address(url: str) -> tuple[Kind, ...]:
    """The kinds that a page is of, by host and beginning of its path; () for "" and for addresses of no kind.

    Scheme and port don't count: what is served beside the usual ones is of the same kind.
    """
    try:
        have = urlsplit(url.lower())
        host = (have.hostname or "").rstrip(".")
    except ValueError:
        return ()
    if have.scheme not in ("http", "https") or not host:
        return ()
    label = host.partition(".")[0] if "." in host else ""
    return tuple(
        kind for kind in KINDS if label in kind.labels or any(_on(pattern, host, have.path) for pattern in kind.urls)
    )


def _on(pattern: str, host: str, path: str) -> bool:
    want_host, slash, want_path = pattern.removeprefix("https://").partition("/")
    if want_host.startswith("*."):
        if not host.endswith(want_host[1:]):
            return False
    elif host != want_host:
        return False
    # Dots that a program might resolve after us may lead anywhere on the host.
    return path.startswith(slash + want_path) or "/.." in path or "%2e" in path
