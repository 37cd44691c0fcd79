from __future__ import annotations

import pytest

from seesay.describe.languages import language_of, words_of

SAID = {
    "English": "A cat sits on the piano and looks at the person who plays it.",
    "German": "Eine Katze sitzt auf dem Klavier und sieht die Person an, die spielt.",
    "French": "Un chat est assis sur le piano et regarde la personne qui joue.",
    "Spanish": "Un gato está en el piano y mira a la persona que toca una canción.",
    "Portuguese": "Um gato está no piano e olha para a pessoa que não toca uma música.",
    "Italian": "Un gatto è seduto sul piano e guarda la persona che suona con gli occhi chiusi.",
    "Dutch": "Een kat zit op de piano en kijkt naar het meisje dat niet speelt.",
    "Swedish": "En katt sitter på pianot och ser på flickan som inte spelar för att den är trött.",
    "Polish": "Kot siedzi na pianinie i patrzy na osobę, która gra, ale to nie jest jego dom.",
    "Turkish": "Bir kedi piyanonun üzerinde ve bu çocuk için çok güzel bir şarkı var.",
    "Indonesian": "Seekor kucing yang duduk di atas piano dengan seorang anak dan itu lucu.",
    "Vietnamese": "Một con mèo là bạn của người chơi đàn và đang ngồi trên ghế.",
    "Cyrillic script": "Кошка сидит на пианино и смотрит на человека.",
    "Greek": "Μια γάτα κάθεται στο πιάνο και κοιτάζει.",
    "Arabic script": "قطة تجلس على البيانو وتنظر إلى الشخص",
    "Hebrew": "חתול יושב על הפסנתר ומביט באיש",
    "Devanagari script": "एक बिल्ली पियानो पर बैठी है और देख रही है",
    "Thai": "แมวนั่งอยู่บนเปียโนและมองไปที่คน",
    "Korean": "고양이가 피아노 위에 앉아 사람을 바라본다",
    "Japanese": "猫がピアノの上に座って人を見ている様子です",
    "Chinese or Japanese": "一只猫坐在钢琴上看着弹琴的人并且等待食物",
}


@pytest.mark.parametrize("language", SAID)
def test_each_language_is_known_by_a_sentence(language):
    assert language_of(SAID[language]) == language


@pytest.mark.parametrize(
    "text",
    ["", "cat", "4 vs 2 / 2001", "piano, guitar, violin, cello, trumpet", "🐈🐈🐈🐈🐈🐈🐈🐈🐈"],
)
def test_nothing_is_said_where_it_cannot_be_told(text):
    assert language_of(text) == ""


def test_words_are_words_in_any_script():
    assert words_of("The CAT's 2 猫です, don't—stop!") == [
        *("the", "cat's", "2", "猫", "で", "す", "don't", "stop"),
    ]
