"""Cities as people write them: in Russian and English, inflected, in short, in transliteration."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

_WORD: Final = re.compile(r"[a-zа-я]+")
_SHORTEST_STEM: Final = 3
# The longest first: «-ого» before «-о».
_ENDINGS: Final = (
    "ого", "его", "ому", "ему", "ыми", "ими", "ами", "ями", "ой", "ей", "ом", "ем", "ым", "им", "ую", "юю", "ая",
    "яя", "ий", "ый", "ое", "ее", "ых", "их", "ые", "ие", "ах", "ях", "ью", "а", "я", "ы", "и", "у", "ю", "е", "о", "ь", "й",
)  # fmt: skip
_LATIN: Final = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "e",
            "zh",
            "z",
            "i",
            "y",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "kh",
            "ts",
            "ch",
            "sh",
            "shch",
            "_",
            "y",
            "_",
            "e",
            "yu",
            "ya",
        ],
        strict=True,
    )
)

_CITIES: Final = """
Москва|Moscow|мск|msk|moskva
Санкт-Петербург|Saint Petersburg|спб|питер|петербург|st petersburg|spb|piter|sankt peterburg|ленинград
Новосибирск|Novosibirsk|нск
Екатеринбург|Yekaterinburg|екб|ekaterinburg
Казань|Kazan
Нижний Новгород|Nizhny Novgorod|nizhniy novgorod|nizhnii novgorod
Великий Новгород|Veliky Novgorod|velikiy novgorod
Челябинск|Chelyabinsk
Красноярск|Krasnoyarsk
Самара|Samara
Уфа|Ufa
Ростов-на-Дону|Rostov-on-Don|ростов|rostov|rostov na donu
Краснодар|Krasnodar
Омск|Omsk
Воронеж|Voronezh
Пермь|Perm
Волгоград|Volgograd
Саратов|Saratov
Тюмень|Tyumen
Тольятти|Tolyatti|togliatti
Барнаул|Barnaul
Ижевск|Izhevsk
Махачкала|Makhachkala
Хабаровск|Khabarovsk
Ульяновск|Ulyanovsk
Иркутск|Irkutsk
Владивосток|Vladivostok|владик
Ярославль|Yaroslavl
Севастополь|Sevastopol
Ставрополь|Stavropol
Томск|Tomsk
Кемерово|Kemerovo
Набережные Челны|Naberezhnye Chelny
Оренбург|Orenburg
Новокузнецк|Novokuznetsk
Балашиха|Balashikha
Рязань|Ryazan
Чебоксары|Cheboksary
Калининград|Kaliningrad
Пенза|Penza
Липецк|Lipetsk
Киров|Kirov
Астрахань|Astrakhan
Тула|Tula
Сочи|Sochi
Курск|Kursk
Улан-Удэ|Ulan-Ude
Тверь|Tver
Магнитогорск|Magnitogorsk
Сургут|Surgut
Брянск|Bryansk
Иваново|Ivanovo
Якутск|Yakutsk
Владимир|Vladimir
Симферополь|Simferopol
Белгород|Belgorod
Калуга|Kaluga
Чита|Chita
Грозный|Grozny
Волжский|Volzhsky
Смоленск|Smolensk
Подольск|Podolsk
Саранск|Saransk
Череповец|Cherepovets|череповц
Курган|Kurgan
Вологда|Vologda
Орёл|Oryol|орл|orel
Владикавказ|Vladikavkaz
Мурманск|Murmansk
Тамбов|Tambov
Петрозаводск|Petrozavodsk
Стерлитамак|Sterlitamak
Нижневартовск|Nizhnevartovsk
Йошкар-Ола|Yoshkar-Ola
Кострома|Kostroma
Новороссийск|Novorossiysk
Таганрог|Taganrog
Комсомольск-на-Амуре|Komsomolsk-on-Amur
Сыктывкар|Syktyvkar
Нальчик|Nalchik
Дзержинск|Dzerzhinsk
Химки|Khimki
Мытищи|Mytishchi
Люберцы|Lyubertsy
Королёв|Korolyov|korolev
Красногорск|Krasnogorsk
Одинцово|Odintsovo
Зеленоград|Zelenograd
Долгопрудный|Dolgoprudny
Иннополис|Innopolis
Псков|Pskov
Архангельск|Arkhangelsk
Великие Луки|Velikiye Luki
Благовещенск|Blagoveshchensk
Южно-Сахалинск|Yuzhno-Sakhalinsk
Петропавловск-Камчатский|Petropavlovsk-Kamchatsky
Абакан|Abakan
Минск|Minsk
Гомель|Gomel
Брест|Brest
Гродно|Grodno
Витебск|Vitebsk
Могилёв|Mogilev
Киев|Kyiv|kiev|київ
Харьков|Kharkiv|kharkov
Одесса|Odesa|odessa
Львов|Lviv|lvov
Днепр|Dnipro
Алматы|Almaty|алма ата|alma ata
Астана|Astana|нур султан|nur sultan
Шымкент|Shymkent
Караганда|Karaganda
Ташкент|Tashkent
Самарканд|Samarkand
Бишкек|Bishkek
Душанбе|Dushanbe
Ашхабад|Ashgabat
Баку|Baku
Ереван|Yerevan
Тбилиси|Tbilisi
Батуми|Batumi
Кишинёв|Chisinau|kishinev
Рига|Riga
Вильнюс|Vilnius
Таллин|Tallinn|таллинн
Варшава|Warsaw
Краков|Krakow
Прага|Prague
Брно|Brno
Будапешт|Budapest
Вена|Vienna
Берлин|Berlin
Мюнхен|Munich
Гамбург|Hamburg
Франкфурт|Frankfurt
Кёльн|Cologne
Париж|Paris
Лондон|London
Манчестер|Manchester
Дублин|Dublin
Амстердам|Amsterdam
Брюссель|Brussels
Цюрих|Zurich
Женева|Geneva
Милан|Milan
Рим|Rome
Мадрид|Madrid
Барселона|Barcelona
Валенсия|Valencia
Лиссабон|Lisbon
Стокгольм|Stockholm
Хельсинки|Helsinki
Осло|Oslo
Копенгаген|Copenhagen
Афины|Athens
Лимассол|Limassol
Никосия|Nicosia
Белград|Belgrade
Нови-Сад|Novi Sad
Подгорица|Podgorica
София|Sofia
Бухарест|Bucharest
Стамбул|Istanbul
Анкара|Ankara
Анталья|Antalya|анталия
Тель-Авив|Tel Aviv
Иерусалим|Jerusalem
Хайфа|Haifa
Дубай|Dubai
Абу-Даби|Abu Dhabi
Доха|Doha
Нью-Дели|Delhi|new delhi
Мумбаи|Mumbai
Бангалор|Bangalore|bengaluru
Хайдарабад|Hyderabad
Пуна|Pune
Ченнаи|Chennai
Бангкок|Bangkok
Пхукет|Phuket
Сингапур|Singapore
Пекин|Beijing
Шанхай|Shanghai
Гонконг|Hong Kong
Токио|Tokyo
Сеул|Seoul
Сидней|Sydney
Мельбурн|Melbourne
Нью-Йорк|New York|nyc
Сан-Франциско|San Francisco
Лос-Анджелес|Los Angeles
Сиэтл|Seattle
Бостон|Boston
Чикаго|Chicago
Остин|Austin
Майами|Miami
Торонто|Toronto
Ванкувер|Vancouver
Монреаль|Montreal
Мехико|Mexico City
Буэнос-Айрес|Buenos Aires
Сан-Паулу|Sao Paulo
"""


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.lower().replace("ё", "е")))


def _stem(word: str) -> str:
    """Cut the ending of a case; short words only lose one vowel."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)].removesuffix("ь")
    return word[:-1] if len(word) == _SHORTEST_STEM and word[-1] in "аеуыи" else word


def _stems(text: str) -> tuple[str, ...]:
    return tuple(_stem(word) for word in _words(text))


@cache
def _known() -> tuple[tuple[tuple[str, ...], str], ...]:
    """Return the stems of every name with the city's own, the longest names first."""
    found = []
    for line in _CITIES.strip().splitlines():
        names = line.split("|")
        found += [(_stems(name), names[0]) for name in names]
    return tuple(sorted(found, key=lambda each: -len(each[0])))


def cities_in(text: str) -> tuple[str, ...]:
    """Return the cities that a text names, by their Russian names."""
    return tuple(dict.fromkeys(_scan(_stems(text))))


def has_long_name(text: str) -> bool:
    """Whether a text holds a city's name of several words, as no person is called."""
    stems = _stems(text)
    return any(
        stems[place : place + len(name)] == name
        for name, _ in _known()
        if len(name) > 1
        for place in range(len(stems))
    )


def _scan(stems: Sequence[str]) -> Iterator[str]:
    place = 0
    while place < len(stems):
        step = 1
        for name, city in _known():
            if tuple(stems[place : place + len(name)]) == name:
                yield city
                step = len(name)
                break
        place += step


def spellings(text: str) -> list[str]:
    """Return a place as it is typed and, of a known city, in all its names; in lower case."""
    cities = cities_in(text)
    lines = [line.lower() for line in _CITIES.strip().splitlines()]
    names = [line.split("|") for line in lines if line.split("|")[0] in map(str.lower, cities)]
    return [text.lower(), *(name for each in names for name in each)]


def latin(text: str) -> str:
    """Return a text's words in Latin letters, without what transliterations differ in."""
    words = " ".join(_stems(text))
    plain = "".join(_LATIN.get(letter, letter) for letter in words).replace("_", "")
    for one, other in (("yy", "y"), ("iy", "y"), ("kh", "h"), ("ye", "e"), ("i", "y"), ("j", "y")):
        plain = plain.replace(one, other)
    return plain


def fits(answer: str, location: str) -> bool | None:
    """Whether an answer names the place; None when it names no place that is known."""
    wanted = cities_in(location)
    named = cities_in(answer)
    if wanted and named:
        return bool(set(wanted) & set(named))
    spoken, place = latin(answer), latin(location)
    if place and re.search(rf"\b{re.escape(place)}\b", spoken):
        return True
    return False if named else None
