"""Names that can't be told apart on a projector, by a small part of Unicode's rules. Pure.

From the confusables of UTS 39: letters of Latin, Cyrillic, Greek, Armenian and
Cherokee that look like one letter or digit of ASCII; a capital that is one stroke is taken for I,
since capitals don't count. Names in any script stay possible: only two
names that look alike are one too many.
"""

from __future__ import annotations

import unicodedata

# Pairs of equally long strings, a letter above what it looks like.
_PAIRS = (
    ("ıƄƍƖƦƧƷƼƽǀȜȢȣɑɡɣɩɪɯʋʏᴄᴏᴑᴜᴠᴡᴢᶃᶌẝỿꜱꝚꝪꝮꞘꞙꞟꞫꞲꞳꞴꬲꬵꬽꭇꭈꭎꭒꭚ",
     "ibglR235sl388agyiiwuycoouvwzgyfys239Ffu3JXBeforruuy"),
    ("ЅІЈАВЕЗКМНОРСТУХЬабгеорсухѕіјѡѴѵҮүһҽӀӏӠԁԌԛԜԝꙄꙇ",
     "SIJABE3KMHOPCTYXba6reopcyxsijwVvYyheIi3dGqWw2i"),
    ("ͿΑΒΕΖΗΙΚΜΝΟΡΤΥΧαγινορσυϜϳϺᴦ",
     "JABEZHIKMNOPTYXayivopouFjMr"),
    ("ՍՏՕագզհոռսցքօ",
     "USOwqqhnnugfo"),
    ("ᎠᎡᎢᎥᎩᎪᎫᎬᎳᎷᎻᎽᏀᏂᏃᏎᏏᏒᏔᏕᏙᏚᏞᏟᏢᏦᏧᏮᏳᏴꭵꮁꮃꮓꮩꮪꮯ",
     "DRTiYAJEWMHYGhZ4bRWSVSLCPKd6GBirwzvsc"),
)  # fmt: skip
_LOOKS_LIKE = {k: v for seen, like in _PAIRS for k, v in str.maketrans(seen, like).items()}
_DIGITS = str.maketrans("01", "ol")
# In most fonts I, l, 1 and | are one stroke. Honest names differ by it (Ali, All), ours need not.
_STROKES = str.maketrans("i|", "ll")


def skeleton(name: str) -> str:
    """What the name looks like: two names with one skeleton are mistaken for each other."""
    seen = unicodedata.normalize("NFKC", name).translate(_LOOKS_LIKE)
    seen = "".join(c for c in seen if unicodedata.category(c) != "Cf")  # what nobody sees
    return seen.casefold().translate(_DIGITS)


def outline(name: str) -> str:
    """The skeleton without blanks and signs, strokes being one: for names that nobody may have."""
    return "".join(c for c in skeleton(name).translate(_STROKES) if c.isalnum())
