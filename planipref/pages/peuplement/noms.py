"""Invented people: names that a préfecture sees each day, hard ones included."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from random import Random
from typing import Any


@dataclass(frozen=True)
class Origine:
    """Where names come from.

    Args:
        nationalite: as civil status writes it.
        langue: language of the messages.
        noms: family names.
        prenoms: given names.
    """

    nationalite: str
    langue: str
    noms: tuple[str, ...]
    prenoms: tuple[str, ...]


FRANCE = Origine(
    "Française",
    "fr",
    (
        "Le Goff",
        "Schmitt",
        "d’Aubigné",
        "de La Rochefoucauld-Doudeauville",
        "Martin",
        "Müller",
        "L’Hostis",
        "Petit-Jean",
    ),
    ("Jean-Baptiste", "Anne-Sophie", "Éloïse", "Loïc", "Maël", "Marie-Thérèse", "Gaëtan", "Zoé"),
)
ORIGINES = (
    Origine(
        "Algérienne",
        "ar",
        ("Ben Abdallah", "Aït-Ouarab", "Bouzid", "Si Mohammed", "Zerrouki"),
        ("Amina", "Mohamed El-Amine", "Fatma-Zohra", "Abd er-Rahmane", "Nour"),
    ),
    Origine(
        "Marocaine",
        "ar",
        ("El Idrissi", "Benjelloun", "Aït Ben Haddou", "Lahlou"),
        ("Khadija", "Youssef", "Lalla Meryem", "Abdelhak"),
    ),
    Origine("Tunisienne", "ar", ("Ben Salah", "Trabelsi", "Haj-Khélil"), ("Ines", "Mohamed-Ali", "Salma", "Chokri")),
    Origine(
        "Syrienne",
        "ar",
        ("Al-Mansouri", "Abou al-Khayr", "Al Hariri"),
        ("Ḥusayn", "Rim", "ʿAbd al-Karim", "Layla"),
    ),
    Origine(
        "Chinoise",
        "zh",
        ("Zhang", "Ouyang", "Xu", "Lü", "Chen"),
        ("Wei", "Xiu-Ying", "Jian’guo", "Mei Ling", "Yǔ"),
    ),
    Origine("Vietnamienne", "fr", ("Nguyễn", "Trần Thị", "Lê"), ("Văn An", "Minh-Châu", "Thị Hồng Nhung")),
    Origine("Ivoirienne", "fr", ("Kouassi", "N’Guessan", "Coulibaly", "Gbagbo-Kacou"), ("Aya", "Koffi", "Marie-Ange")),
    Origine("Sénégalaise", "fr", ("N’Diaye", "Diop", "M’Baye", "Sow"), ("Fatou", "Mame Diarra", "Cheikh Tidiane")),
    Origine("Malienne", "fr", ("Traoré", "Keïta", "Diarra"), ("Oumou", "Mamadou", "Bintou")),
    Origine(
        "Malgache",
        "fr",
        ("Rakotomalala Andrianampoinimerina", "Randrianantoandro", "Ravelomanana-Rasoanaivo"),
        ("Hery Lalaina", "Voahangy", "Tojoniaina Fanomezantsoa"),
    ),
    Origine(
        "Sri-lankaise",
        "en",
        ("Wickramasinghe Mudiyanselage", "Selvarajah", "Kanagasabapathippillai"),
        ("Tharshini", "Nimal", "Sivasubramaniam"),
    ),
    Origine(
        "Portugaise",
        "pt",
        ("da Silva e Sousa", "D’Almeida", "dos Santos-Ferreira"),
        ("Conceição", "João Pedro", "Inês"),
    ),
    Origine(
        "Brésilienne",
        "pt",
        ("de Oliveira", "Gonçalves d’Ávila", "dos Anjos"),
        ("Maria Aparecida", "Thiago", "Luíza"),
    ),
    Origine("Russe", "ru", ("Kouznetsova", "Chtcherbakov", "Soloviov"), ("Ekaterina Sergueïevna", "Dmitri", "Olga")),
    Origine("Turque", "tr", ("Yıldız", "Öztürk", "Çelik-Doğan"), ("Ayşe", "Mehmet Ali", "Gülşen")),
    Origine("Colombienne", "es", ("García Márquez", "de la Torre", "Muñoz y Peña"), ("María José", "Íñigo", "Ximena")),
    Origine("Américaine", "en", ("O’Connor", "St. John-Smythe", "McAllister"), ("Mary-Kate", "D’Andre", "William III")),
    Origine("Arménienne", "ru", ("Hovhannissian", "Ter-Petrossian"), ("Anahit", "Grigor")),
    Origine("Géorgienne", "ru", ("Mtchedlichvili", "Tchkhikvadzé"), ("Ketevan", "Giorgi")),
)
VILLES_NAISSANCE = ("Alger", "Casablanca", "Canton", "Abidjan", "Saint-Louis", "Mulhouse", "L’Haÿ-les-Roses", "Izmir")
VOIES = (
    "rue de l’Église",
    "avenue du Général-de-Gaulle",
    "impasse des Lilas",
    "boulevard Jean-Jaurès",
    "place d’Armes",
    "allée de l’Île-aux-Moines",
)


def identite(alea: Random, *, etranger: bool, commune: str, code_postal: str) -> dict[str, Any]:
    """Return the identity of an invented person, as the deposit asks for it.

    Args:
        alea: source of randomness.
        etranger: whether the person holds a foreigner's number.
        commune: where they live.
        code_postal: its postcode.
    """
    origine = alea.choice(ORIGINES) if etranger else FRANCE
    nom, prenoms = alea.choice(origine.noms), alea.choice(origine.prenoms)
    rang = alea.randrange(10_000)
    return {
        "nom": nom,
        "nom_usage": alea.choice(FRANCE.noms) if alea.random() < 0.12 else "",
        "prenoms": prenoms,
        "date_naissance": date_naissance(alea),
        "commune_naissance": alea.choice(VILLES_NAISSANCE),
        "nationalite": origine.nationalite,
        "numero_etranger": f"99{alea.randrange(10**8):08d}" if etranger else "",
        "courriel": f"{_ascii(prenoms)}.{_ascii(nom)}.{rang}@example.org"[-120:],
        "telephone": f"+3363998{rang:04d}",  # numbers that ARCEP keeps for fiction
        "adresse": f"{alea.randrange(1, 180)} {alea.choice(VOIES)}",
        "code_postal": code_postal,
        "commune": commune,
        "langue": origine.langue,
    }


def date_naissance(alea: Random) -> str:
    """Return a birth date; one in twelve lacks the day, one in twelve the day and the month."""
    annee, mois, jour = alea.randrange(1942, 2007), alea.randrange(1, 13), alea.randrange(1, 29)
    tirage = alea.random()
    if tirage < 1 / 12:
        mois, jour = 0, 0
    elif tirage < 2 / 12:
        jour = 0
    return f"{annee:04d}-{mois:02d}-{jour:02d}"


def _ascii(texte: str) -> str:
    """Keep the plain letters of a name, for an address."""
    nu = unicodedata.normalize("NFKD", texte.lower()).encode("ascii", "ignore").decode()
    return "".join(c for c in nu.replace(" ", "-") if c.isalnum() or c == "-").strip("-")[:40] or "usager"
