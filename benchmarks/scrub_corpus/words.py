"""The words from which made-up values are drawn, one set a half: the rules are tuned on the one, judged on the other.

Which word is drawn depends on how many there are: one added or taken out changes the corpus.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Street(NamedTuple):
    """Where addresses of one country are made: streets, and towns with the form of their postcodes."""

    streets: Sequence[str]
    towns: Sequence[str]


@dataclass(frozen=True)
class Words:
    """What one half draws its values from, kept apart from the other half's."""

    domains: Sequence[str]
    mailboxes: Sequence[str]
    passwords: Sequence[str]
    addresses: dict[str, Street]
    health: dict[str, Sequence[str]]


HELDOUT = Words(
    domains=(
        "brightwell-logistics.com",
        "mail.example.org",
        "kontor-nordsee.de",
        "example.co.uk",
        "atelier-lumiere.fr",
        "ops.hallam.example",
        "talleres-rioja.es",
        "post.example",
        "müller-bau.example",
        "quartz.io",
    ),
    mailboxes=("warehouse", "buchhaltung", "no-reply", "x", "pallet.king", "front.desk", "o'hara", "2ndfloor"),
    passwords=("Kettle", "Sommer", "Harbour", "Tiger", "Bosque", "Lavande", "Winter", "Bridge", "Marmalade", "Quasar"),
    addresses={
        "us": Street(
            ("Maple Ave", "W 43rd St", "Old Mill Road", "Sunset Blvd", "County Road 12", "Cedar Ct"),
            ("Dayton, OH", "Tucson, AZ", "Portland, ME", "Boise, ID", "Baton Rouge, LA"),
        ),
        "uk": Street(
            ("Church Lane", "Victoria Road", "The Crescent", "Mill Street", "Station Approach"),
            ("Leeds LS", "London SW", "Cardiff CF", "Norwich NR", "Bath BA"),
        ),
        "de": Street(
            ("Hauptstraße", "Lindenweg", "Am Alten Markt", "Goethestr.", "Schloßallee", "Ostring"),
            ("Köln", "Dresden", "Freiburg im Breisgau", "Oldenburg", "Fürth"),
        ),
        "fr": Street(("rue des Lilas", "avenue Jean Jaurès", "chemin du Moulin"), ("Lyon", "Nantes", "Saint-Étienne")),
        "es": Street(("Calle Mayor", "Avda. de la Constitución", "C/ Olmo"), ("Sevilla", "Zaragoza", "A Coruña")),
        "it": Street(("Via Garibaldi", "Corso Vittorio Emanuele", "Piazza Dante"), ("Bologna", "Torino", "Bari")),
        "nl": Street(("Kerkstraat", "Prinsengracht", "Molenweg"), ("Utrecht", "Amsterdam", "Groningen")),
        "se": Street(("Storgatan", "Björkvägen"), ("Uppsala", "Malmö")),
    },
    health={
        "en": (
            "type 2 diabetes",
            "bipolar disorder",
            "breast cancer",
            "multiple sclerosis",
            "asthma",
            "hepatitis C",
            "epilepsy",
            "burnout",
            "Crohn's disease",
        ),
        "de": ("Depression", "Bluthochdruck", "Brustkrebs", "Lungenentzündung", "Migräne", "Rheuma"),
    },
)

DEV = Words(
    domains=(
        "fernhill-supply.com",
        "example.net",
        "spedition-alster.de",
        "team.example.com",
        "papeterie-duval.fr",
        "it.morland.example",
        "ferreteria-sol.es",
        "bücherstube.example",
        "onyx.dev",
    ),
    mailboxes=("dispatch", "einkauf", "noreply", "a1", "stamp.queen", "reception", "hr", "4thfloor"),
    passwords=("Teapot", "Herbst", "Lantern", "Panda", "Playa", "Citron", "Spring", "Tunnel", "Pickle", "Nebula"),
    addresses={
        "us": Street(
            ("Oak Street", "E 9th Ave", "River Road", "Lincoln Dr", "Highland Pkwy"),
            ("Akron, OH", "Fresno, CA", "Salem, OR", "Macon, GA", "Duluth, MN"),
        ),
        "uk": Street(
            ("High Street", "Queens Road", "Park Drive", "Bridge Street"),
            ("York YO", "London N", "Derby DE", "Hull HU"),
        ),
        "de": Street(
            ("Bahnhofstraße", "Rosenweg", "Am Stadtpark", "Schillerstr.", "Westring"),
            ("Bremen", "Leipzig", "Kassel", "Lübeck", "Münster"),
        ),
        "fr": Street(("rue de la Gare", "boulevard Victor Hugo", "impasse des Roses"), ("Lille", "Rennes", "Dijon")),
        "es": Street(("Calle Real", "Paseo de Gracia", "Avda. del Puerto"), ("Valencia", "Málaga", "Gijón")),
        "it": Street(("Via Roma", "Viale Mazzini"), ("Napoli", "Verona")),
        "nl": Street(("Dorpsstraat", "Herengracht"), ("Leiden", "Haarlem")),
    },
    health={
        "en": (
            "high blood pressure",
            "leukaemia",
            "schizophrenia",
            "arthritis",
            "anxiety disorder",
            "type 1 diabetes",
            "tuberculosis",
        ),
        "de": ("Diabetes", "Herzinfarkt", "Angststörung", "Neurodermitis", "Hautkrebs"),
    },
)
