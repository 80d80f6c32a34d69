"""A field's label says what is typed into it, in several languages; labels about something else don't."""

from __future__ import annotations

import pytest

from understudy.redact.scrub import Scrubber
from understudy.redact.scrub_span import KINDS, TextKind

LABELS: list[tuple[TextKind, str, str]] = [
    ("secret", "hunter2", "Password; Kennwort; Mot de passe; Contraseña; Clave; Lösenord"),
    ("secret", "123", "CVV; CVC; Security code; PIN; Prüfziffer; Código de seguridad"),
    ("secret", "482913", "One-time code; 2FA code; TAN; Bestätigungscode; SMS code"),
    ("card", "1234 56", "Card; Card number *; Kreditkarte; Numéro de carte; Tarjeta"),
    ("card", "09/27", "MM / YY; Card expiry date"),
    ("iban", "4417", "IBAN; Kontonummer; Compte bancaire; Cuenta bancaria; Sort code"),
    (
        "id",
        "1234",
        "SSN; Social Security Number; NIF/NIE; DNI; C.F.; BSN; PESEL; Tax ID (TIN); passport_no; Passport No.",
    ),
    (
        "id",
        "1234",
        "Steuer-IdNr.; Steuerliche Identifikationsnummer; Personalausweis-Nr.; Personnummer; Driver's license",
    ),
    ("id", "1234", "N° de sécurité sociale; Numéro de passeport; Número de pasaporte; Document number"),
    ("phone", "416 60", "Phone; Téléphone; Teléfono; Telefonnummer; Mobile; Handy; Móvil"),
    ("email", "anna", "E-mail; Email address; Correo electrónico; Adresse électronique"),
    ("birth", "4/5", "Date of birth; DOB; Geburtsdatum; Né(e) le; Fecha de nacimiento"),
    ("pay", "4200", "Salary; Gehalt; Salaire; Sueldo; Gross pay; Hourly rate"),
    ("health", "Zoster", "Diagnosis; Allergien; Antécédents; Enfermedad; Medication"),
    ("address", "Elm 5", "Address; Home address; Anschrift; Straße; Dirección; Address line 1"),
    ("address", "SW1A 1AA", "Postcode; PLZ; Code postal"),
    ("name", "Zuckmayer", "Last name; Nachname; Nom de famille; Apellidos; Contact person"),
]
TOLD = [(kind, label, text) for kind, text, labels in LABELS for label in labels.split("; ")]


@pytest.mark.parametrize(("kind", "label", "text"), TOLD)
def test_the_label_tells_the_kind(kind: TextKind, label: str, text: str) -> None:
    for written in (label, f"{label}:", f"  {label.upper()} *"):
        assert Scrubber(KINDS).scrub(text, label=written).text == f"<{kind.upper()}_1>", written


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("Password policy", "strict"),
        ("Password age (days)", "90"),
        ("Kennwortlänge", "12"),
        ("Token type", "bearer"),
        ("API key name", "staging"),
        ("Card brand", "Amex"),
        ("Phone required", "Yes"),
        ("Phone type", "2 lines"),
        ("Email frequency", "weekly"),
        ("Place of birth", "Bern 3"),
        ("IP address range", "all"),
        ("MAC address", "00-1B-44-11-3A-B7"),
        ("Web address", "shop.example.org"),
        ("Address book", "Team 5"),
        ("Street View", "on"),
        ("Salary band", "B2"),
        ("Bonus code", "SUMMER24"),
        ("Payment terms", "30 days"),
        ("Pay by", "invoice 12"),
        ("Network diagnostics", "on"),
        ("Condition", "used"),
        ("Allergies", "none"),
        ("Health check interval", "30"),
        ("Palabra clave", "report"),
        ("Pin to start", "yes"),
        ("Passport control", "gate 5"),
        ("Driver version", "5.15"),
        ("Account (ledger)", "837321"),
        ("Order ID", "860234023"),
        ("File name", "report"),
        ("Name", "report"),
        ("Cell format", "0.00"),
        ("Quantity", "12"),
        ("Search", "hunter2"),
    ],
)
def test_labels_about_something_else_dont(label: str, text: str) -> None:
    assert Scrubber(KINDS).scrub(text, label=label).text == text


def test_a_label_counts_only_for_kinds_that_are_asked_for() -> None:
    assert Scrubber(("email",)).scrub("4200", label="Salary").text == "4200"
    assert Scrubber(("pay",)).scrub("4200", label="Salary").text == "<PAY_1>"


def test_a_long_label_is_read_at_its_beginning() -> None:
    assert Scrubber(KINDS).scrub("4200", label="Salary " + "x" * 5_000).text == "<PAY_1>"
    assert Scrubber(KINDS).scrub("4200", label="x" * 5_000 + " salary").text == "4200"
