"""Words that mail, chat, calendar and personnel programs use everywhere: mechanics, even in lists. A closed list.

English, German and French; lower case, without counts and punctuation. What isn't here is taken for content.
"""

from __future__ import annotations


def _words(written: str) -> frozenset[str]:
    return frozenset(phrase.strip() for phrase in written.split(","))


COMMON = _words(
    # folders and lists
    "inbox, starred, snoozed, important, sent, sent mail, sent items, sent messages, drafts, draft, trash, bin, "
    "spam, junk, junk mail, junk email, outbox, archive, archives, all mail, deleted, deleted items, "
    "deleted messages, scheduled, templates, folders, labels, categories, local folders, unread, flagged, favorites, "
    "favourites, search, search folders, primary, social, promotions, updates, forums, focused, other, all, more, "
    "less, show more, show less, posteingang, gesendet, gesendete elemente, entwürfe, papierkorb, gelöscht, "
    "gelöschte elemente, archiv, postausgang, ungelesen, markiert, wichtig, ordner, vorlagen, boîte de réception, "
    "envoyés, brouillons, corbeille, indésirables, archives, importants, modèles, "
    # chat
    "channels, direct messages, threads, mentions, mentions and reactions, activity, later, dms, home, apps, people, "
    "rooms, spaces, chats, calls, contacts, groups, teams, channel, new message, new messages, add channels, kanäle, "
    "direktnachrichten, erwähnungen, räume, kontakte, gruppen, canaux, messages directs, mentions, groupes, "
    # calendar
    "day, week, month, year, agenda, schedule, today, work week, my calendars, other calendars, calendars, tasks, "
    "reminders, birthdays, all day, all-day, tag, woche, monat, jahr, heute, kalender, aufgaben, ganztägig, jour, "
    "semaine, mois, année, aujourd'hui, calendrier, tâches, "
    # personnel and other desks
    "dashboard, employees, payroll, benefits, reports, settings, time off, absences, documents, recruiting, "
    "onboarding, directory, org chart, approvals, requests, help, profile, overview, notifications, administration, "
    # headers of messages and of columns
    "to, cc, bcc, from, subject, date, received, size, attachments, attachment, recipients, sender, reply to, name, "
    "status, type, location, time, start, end, title, description, an, von, betreff, datum, empfangen, größe, "
    "anhang, anhänge, empfänger, absender, ort, beginn, ende, titel, beschreibung, à, de, objet, pièces jointes, "
    "taille, lieu, "
    # what is done
    "reply, reply all, forward, delete, compose, new, new mail, new email, write, send, save, save draft, discard, "
    "close, cancel, ok, yes, no, edit, move, move to, copy, copy link, print, refresh, mark as read, mark as unread, "
    "mark as spam, report spam, snooze, star, unstar, flag, pin, unpin, mute, unmute, archive, select, select all, "
    "none, read, open, download, upload, attach, attach files, attach file, insert, undo, redo, bold, italic, "
    "underline, link, emoji, add reaction, react, reply in thread, start a thread, more actions, more options, "
    "options, menu, back, next, previous, forward, apply, filter, sort, sort by, create, add, remove, rename, "
    "create event, new event, add event, save event, accept, decline, maybe, tentative, join, leave, invite, share, "
    "call, video call, settings, preferences, help, sign out, log out, sign in, log in, expand, collapse, show, "
    "hide, show details, hide details, details, view, done, skip, got it, dismiss, load more, jump to present, "
    "submit, approve, reject, export, import, antworten, allen antworten, weiterleiten, löschen, verfassen, "
    "schreiben, neu, senden, speichern, verwerfen, schließen, abbrechen, ja, nein, bearbeiten, verschieben, "
    "kopieren, drucken, öffnen, herunterladen, anhängen, rückgängig, zurück, weiter, erstellen, hinzufügen, "
    "entfernen, umbenennen, annehmen, ablehnen, teilen, einstellungen, hilfe, abmelden, anmelden, anzeigen, "
    "ausblenden, mehr, fertig, répondre, répondre à tous, transférer, supprimer, écrire, nouveau, envoyer, "
    "enregistrer, annuler, fermer, oui, non, modifier, déplacer, copier, imprimer, ouvrir, télécharger, joindre, "
    "précédent, suivant, créer, ajouter, accepter, refuser, partager, paramètres, aide, se déconnecter, afficher, "
    "masquer, plus, terminé, "
    # states that lists tell beside
    "navigation, main, toolbar, banner, search results, message list, messages, conversations, conversation list, "
    "mail, chat, calendar, nachrichten, unterhaltungen, courrier, message body, message, content, main menu, "
    "main content, mail folders, folder list, event details, event list, message actions, formatting, "
    "formatting toolbar"
)
"""Whole texts, once counts and punctuation are gone."""

FILLERS = _words("unread, new, message, messages, item, items, selected, ungelesen, neu, nachrichten, non lu, lus, the")
"""Words beside a common one that change nothing ("Inbox 3 unread")."""

DATE_WORDS = _words(
    "january, february, march, july, september, october, november, december, feb, apr, jul, aug, sep, sept, oct, "
    "nov, dec, monday, tuesday, wednesday, thursday, friday, saturday, sunday, tues, wed, thu, thurs, fri, today, "
    "tomorrow, yesterday, am, pm, nd, rd, th, januar, februar, märz, juli, oktober, dezember, montag, dienstag, "
    "mittwoch, donnerstag, freitag, samstag, sonntag, heute, gestern, uhr, janvier, février, juillet, août, "
    "septembre, octobre, novembre, décembre, lundi, mardi, mercredi, jeudi, vendredi, samedi, dimanche, aujourd'hui, "
    "demain, hier"
)
"""A text of these and of numbers is a date, and dates are what a calendar is worked by. Words that are names of people
too (April, May, June, Sun, Jan, Sam) aren't among them."""
