"""Which language words are in, told by their script and their commonest little words.

Rough on purpose: it needs no model, and it says nothing where it cannot tell. Latin texts are told
apart by function words (Grefenstette, "Comparing two language identification schemes", 1995).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\d_]+(?:['’][^\W\d_]+)?|\d+")
LEAST_LETTERS = 12
LEAST_HITS = 2
OTHER_SCRIPT = 0.5
SCRIPTS = {
    "ARABIC": "Arabic script",
    "CJK": "Chinese or Japanese",
    "CYRILLIC": "Cyrillic script",
    "DEVANAGARI": "Devanagari script",
    "GREEK": "Greek",
    "HANGUL": "Korean",
    "HEBREW": "Hebrew",
    "HIRAGANA": "Japanese",
    "KATAKANA": "Japanese",
    "THAI": "Thai",
}
LITTLE_WORDS = {
    "English": "the and of is in to with that on it as are for this at by from an its his her who "
    "while they be has was their which a",
    "German": "der die das und ist ein eine mit auf dem den im zu von nicht sich für wird auch "
    "einem einer sie er es",
    "French": "le la les et est un une des du dans avec sur pour qui que il elle au en ce sont pas "
    "de à",
    "Spanish": "el la los las y es un una con en por para que se del su al como más de está son",
    "Portuguese": "o a os as e é um uma com em por para que se do da no na seu sua ao não está são",
    "Italian": "il la lo gli e è un una con in per che si del della di sono nel al come non",
    "Dutch": "de het een en is met op van in te dat die voor niet zijn aan er wordt bij hij",
    "Swedish": "och är en ett med på som av det den för att inte sig till har från han hon",
    "Danish or Norwegian": "og er en et med på som av det den til for ikke sig seg har fra han hun "
    "der",
    "Polish": "i jest w na z się do to nie że jak o od po dla przez są oraz jego",
    "Turkish": "ve bir bu ile için da de olan olarak çok ne gibi var daha kadar",
    "Indonesian": "yang dan di dengan ini itu untuk dari adalah pada tidak dalam sebuah seorang ke",
    "Vietnamese": "và là của một có trong cho với những được không người này đang các trên",
}
_LITTLE = {language: frozenset(words.split()) for language, words in LITTLE_WORDS.items()}


def words_of(text: str) -> list[str]:
    """Return the words in lower case; scripts without spaces give their characters."""
    return [word.casefold() for word in WORD.findall(text)]


def language_of(text: str) -> str:
    """Return the name of a language or script, or nothing where it cannot be told.

    Names, numbers and lists of nouns tell nothing: there must be two little words at least, and
    more of one language than of any other.
    """
    letters = [letter for letter in text if letter.isalpha()]
    if len(letters) < LEAST_LETTERS:
        return ""
    scripts = Counter(_script(letter) for letter in letters)
    script, count = scripts.most_common(1)[0]
    if script in SCRIPTS and count > OTHER_SCRIPT * len(letters):
        kana = scripts["HIRAGANA"] + scripts["KATAKANA"]
        return "Japanese" if kana else SCRIPTS[script]
    words = words_of(text)
    hits = {language: sum(word in known for word in words) for language, known in _LITTLE.items()}
    best, second = sorted(hits, key=lambda language: -hits[language])[:2]
    return best if hits[best] >= LEAST_HITS and hits[best] > hits[second] else ""


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").split(" ")[0]
