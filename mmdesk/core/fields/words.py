"""Words that tables use for yes and no, for missing values and for what a spreadsheet could not compute."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

CLASS_WORDS: Final = frozenset({"none", "na", "nan", "unknown"})
"""Words that are a class like any other in a column of classes, unless the schema says otherwise."""
SIGNS: Final = frozenset({"-", "--", "\u2013", "\u2014"})
"""Signs that mean missing beside numbers and dates; among classes they may be one."""

_MISSING: Final = (
    "? ?? . n/a n.a. n/d n.d. n/k n.k. null nil <na> nat k.a. k/a o.a. unbekannt unbek. fehlt fehlend "
    "inconnu inconnue manquant nr n.r. desconocido desconocida s/d sconosciuto sconosciuta desconhecido "
    "desconhecida неизвестно н/д н.д. onbekend nieznany missing unspecified"
)
_SEVERAL: Final = (
    *("not known", "not available", "not applicable", "not recorded", "not done", "n. a.", "n. d."),
    *(
        "(null)",
        "\\n",
        "weiß nicht",
        "weiss nicht",
        "ne sait pas",
        "no sabe",
        "não sabe",
        "не знаю",
        "не известно",
    ),
    *("keine angabe", "nicht bekannt", "nicht erhoben", "k. a.", "o. a."),
    *("non connu", "non renseigné", "non disponible"),
    *("no disponible", "no consta", "sin dato"),
    *("non noto", "non nota", "non disponibile"),
    *("não disponível", "não informado", "sem dados"),
    *("нет данных", "niet bekend", "brak danych"),
)


def fold(text: str) -> str:
    """Return a word as it is compared: lower case, single blanks, accents in one form."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


MISSING_WORDS: Final = frozenset(map(fold, (*_MISSING.split(), *_SEVERAL))) | CLASS_WORDS | SIGNS
"""Folded words that say that a value is missing."""

_ERRORS: Final[Mapping[str, str]] = {
    "division by zero": "#div/0! #¡div/0! #дел/0! #dziel/0! #deel/0! #division/0! #div/0",
    "not available": "#n/a #nv #n/d #n/d! #н/д #n/b #i/t #saknas!",
    "unknown name": "#name? #nom? #nombre? #¿nombre? #nome? #имя? #nazwa? #naam? #namn?",
    "no intersection": "#null! #nul! #nulo! #¡nulo! #nullo! #пусто! #zero! #leeg!",
    "not a number that can be held": "#num! #zahl! #nombre! #¡num! #núm! #число! #liczba! #getal!",
    "lost reference": "#ref! #bezug! #¡ref! #rif! #ссылка! #adr! #verw! #ref",
    "wrong type of value": ("#value! #wert! #valeur! #valor! #¡valor! #valore! #знач! #arg! #waarde! #värdefel!"),
    "result does not fit": "#spill!",
    "could not be computed": "#calc!",
    "data was not loaded": "#getting_data #busy!",
    "unknown field": "#field!",
    "blocked": "#blocked!",
    "no connection": "#connect!",
    "unknown type of value": "#unknown!",
}
SHEET_ERRORS: Final[Mapping[str, str]] = {word: meaning for meaning, words in _ERRORS.items() for word in words.split()}
"""What spreadsheet programs write into a cell whose formula has no result, and what it means."""

_PAIRS: Final = (
    ("yes", "no"),
    ("y", "n"),
    ("true", "false"),
    ("t", "f"),
    ("1", "0"),
    ("1.0", "0.0"),
    ("positive", "negative"),
    ("pos", "neg"),
    ("ja", "nein"),
    ("j", "n"),
    ("wahr", "falsch"),
    ("positiv", "negativ"),
    ("oui", "non"),
    ("o", "n"),
    ("vrai", "faux"),
    ("positif", "négatif"),
    ("sí", "no"),
    ("si", "no"),
    ("s", "n"),
    ("verdadero", "falso"),
    ("positivo", "negativo"),
    ("sì", "no"),
    ("vero", "falso"),
    ("sim", "não"),
    ("sim", "nao"),
    ("verdadeiro", "falso"),
    ("да", "нет"),
    ("д", "н"),
    ("истина", "ложь"),
    ("ja", "nee"),
    ("ja", "nej"),
    ("ja", "nei"),
    ("tak", "nie"),
    ("ano", "ne"),
    ("da", "nu"),
    ("da", "ne"),
    ("evet", "hay\u0131r"),
    ("igen", "nem"),
    ("kyllä", "ei"),
    ("так", "ні"),
    ("نعم", "لا"),
    ("是", "否"),
    ("はい", "いいえ"),
    ("예", "아니요"),
    ("present", "absent"),
)
YES: Final = frozenset(fold(yes) for yes, _ in _PAIRS)
NO: Final = frozenset(fold(no) for _, no in _PAIRS)
_KNOWN: Final = frozenset(frozenset(map(fold, pair)) for pair in _PAIRS)


_SUMS: Final = (
    "sum total totals mean average median summe gesamt mittelwert durchschnitt anzahl somme moyenne médiane "
    "écart-type suma promedio media mediana somma totale soma média итого всего среднее"
)
SUMMARIES: Final = frozenset(map(fold, _SUMS.split())) | {"grand total", "total geral", "standard deviation"}
"""Folded words that a row below a table begins with when it sums the others up."""


def are_yes_no(words: Iterable[str]) -> bool:
    """Tell whether words say yes and no: both of one pair, or one that is no mere letter.

    Example:
        >>> are_yes_no(["Ja", "nein"]), are_yes_no(["T", "N"]), are_yes_no(["F"]), are_yes_no(["0"])
        (True, False, False, True)
    """
    folded = frozenset(map(fold, words))
    if folded <= {"1", "0", "1.0", "0.0"}:
        return bool(folded)
    if len(folded) == 1:
        return next(iter(folded)) in YES | NO and len(next(iter(folded))) > 1
    return folded in _KNOWN
