"""Grading: compares stored predictions with the hidden labels. Nothing else opens the labels."""

from heldout_server.grading.class_grader import ClassGrader
from heldout_server.grading.handler import GradeHandler
from heldout_server.grading.intake import LabelIntake, LabelSet
from heldout_server.grading.labels import LabelStore, LabelStoreError
from heldout_server.grading.scorer import OpenedLabels, Scorer

__all__ = [
    "ClassGrader",
    "GradeHandler",
    "LabelIntake",
    "LabelSet",
    "LabelStore",
    "LabelStoreError",
    "OpenedLabels",
    "Scorer",
]
