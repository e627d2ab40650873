"""Grading: compares stored predictions with the hidden labels. Nothing else opens the labels."""

from heldout_server.grading.class_comparison import ClassGrader
from heldout_server.grading.handler import GradeHandler, record_scores
from heldout_server.grading.label_corrections import LabelIntake, LabelSet
from heldout_server.grading.labels import LabelStore, LabelStoreError
from heldout_server.grading.opened_labels import OpenedLabels, Scorer

__all__ = [
    "ClassGrader",
    "GradeHandler",
    "LabelIntake",
    "LabelSet",
    "LabelStore",
    "LabelStoreError",
    "OpenedLabels",
    "Scorer",
    "record_scores",
]
