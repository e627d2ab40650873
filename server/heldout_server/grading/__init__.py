"""Grading: compares stored predictions with the hidden labels. Nothing else opens the labels."""

from heldout_server.grading.answer_values import Answer
from heldout_server.grading.board_ties import TieGrader
from heldout_server.grading.class_comparison import ClassGrader
from heldout_server.grading.contamination_worker import ContaminationWorker
from heldout_server.grading.handler import GradeHandler, record_scores
from heldout_server.grading.label_corrections import LabelIntake, LabelSet
from heldout_server.grading.labels import LabelStore, LabelStoreError, OtherLabels
from heldout_server.grading.opened_labels import OpenedLabels, Scorer
from heldout_server.grading.tie_worker import TieWorker
from heldout_server.grading.twin_worker import TwinWorker

__all__ = [
    "Answer",
    "ClassGrader",
    "ContaminationWorker",
    "GradeHandler",
    "LabelIntake",
    "LabelSet",
    "LabelStore",
    "LabelStoreError",
    "OpenedLabels",
    "OtherLabels",
    "Scorer",
    "TieGrader",
    "TieWorker",
    "TwinWorker",
    "record_scores",
]
