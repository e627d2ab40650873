"""Grading: compares stored predictions with the hidden labels. Nothing else opens the labels."""

from heldout_server.grading.class_grader import ClassGrader, ClassVote, PairCounts
from heldout_server.grading.handler import GradeHandler
from heldout_server.grading.labels import LabelStore, LabelStoreError

__all__ = [
    "ClassGrader",
    "ClassVote",
    "GradeHandler",
    "LabelStore",
    "LabelStoreError",
    "PairCounts",
]
