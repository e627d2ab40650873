"""Names such as “Blue Heron” for boards that show no names. Pure but for chance."""

from __future__ import annotations

import secrets
from collections.abc import Collection

COLOURS = (
    "Amber", "Apricot", "Auburn", "Azure", "Beige", "Black", "Blue", "Bronze", "Brown", "Cherry",
    "Cobalt", "Copper", "Coral", "Cream", "Crimson", "Cyan", "Ebony", "Emerald", "Fawn", "Golden",
    "Green", "Grey", "Hazel", "Indigo", "Ivory", "Jade", "Lavender", "Lemon", "Lilac", "Lime",
    "Maroon", "Mint", "Mustard", "Navy", "Ochre", "Olive", "Opal", "Orange", "Pearl", "Pink",
    "Plum", "Purple", "Red", "Ruby", "Rust", "Saffron", "Sandy", "Scarlet", "Sepia", "Silver",
    "Tawny", "Teal", "Topaz", "Turquoise", "Umber", "Vanilla", "Violet", "White", "Yellow",
)  # fmt: skip
ANIMALS = (
    "Albatross", "Antelope", "Badger", "Bat", "Bear", "Beaver", "Bison", "Bittern", "Bumblebee",
    "Buzzard", "Camel", "Chamois", "Cicada", "Condor", "Coot", "Cormorant", "Cougar", "Crab",
    "Crane", "Cricket", "Crow", "Curlew", "Deer", "Dolphin", "Dormouse", "Dragonfly", "Duck",
    "Eagle", "Egret", "Elk", "Falcon", "Ferret", "Finch", "Firefly", "Flamingo", "Fox", "Frog",
    "Gazelle", "Gecko", "Giraffe", "Goose", "Grouse", "Gull", "Hare", "Hawk", "Hedgehog", "Heron",
    "Hoopoe", "Ibex", "Ibis", "Jackdaw", "Jay", "Kestrel", "Kingfisher", "Kite", "Koala", "Lark",
    "Lemur", "Lizard", "Lynx", "Magpie", "Marmot", "Marten", "Mole", "Moose", "Moth", "Newt",
    "Octopus", "Oriole", "Osprey", "Otter", "Owl", "Panda", "Partridge", "Pelican", "Penguin",
    "Pheasant", "Plover", "Puffin", "Quail", "Rabbit", "Raven", "Robin", "Salmon", "Seahorse",
    "Seal", "Shrew", "Sparrow", "Squirrel", "Starling", "Stoat", "Stork", "Swallow", "Swan",
    "Swift", "Tapir", "Tern", "Thrush", "Toad", "Tortoise", "Trout", "Turtle", "Vole", "Walrus",
    "Warbler", "Weasel", "Whale", "Wolf", "Wombat", "Woodpecker", "Wren", "Zebra",
)  # fmt: skip
TRIES = 50


def any_pseudonym() -> str:
    """A colour and an animal, drawn by chance: it says nothing of whoever gets it."""
    return f"{secrets.choice(COLOURS)} {secrets.choice(ANIMALS)}"


def pseudonym(taken: Collection[str]) -> str:
    """One that isn't `taken`; with a number behind it once nearly all of them are."""
    for _ in range(TRIES):
        if (found := any_pseudonym()) not in taken:
            return found
    return f"{found} {len(taken) + 1}"
