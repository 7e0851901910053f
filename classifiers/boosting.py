"""The second stage: boosted trees fitted per question and laid out as plain arrays."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier

from classifiers.model import Trees

DEPTH = 4
ROUNDS = 90
SETTINGS = {
    "n_estimators": ROUNDS,
    "learning_rate": 0.07,
    "max_depth": DEPTH,
    "min_samples_leaf": 15,
    "subsample": 0.7,
    "max_features": 0.15,
}


def fit_trees(columns: np.ndarray, right: np.ndarray, seed: int) -> Trees:
    """Fit trees for each question. Reproducible.

    `columns` has shape (rows, columns), `right` (rows, questions) with 0 and 1.
    """

    def fitted(question: int) -> GradientBoostingClassifier:
        return GradientBoostingClassifier(**SETTINGS, random_state=seed).fit(columns, right[:, question])

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return _laid_out(list(pool.map(fitted, range(right.shape[1]))))


def _laid_out(fitted: Sequence[GradientBoostingClassifier]) -> Trees:
    trees = [(tree.tree_, question) for question, model in enumerate(fitted) for tree in model.estimators_[:, 0]]
    shape = (len(trees), max(tree.node_count for tree, _ in trees))
    feature, threshold = np.zeros(shape, np.int16), np.zeros(shape, np.float32)
    value = np.zeros(shape, np.float32)
    left, right = np.zeros(shape, np.int16), np.zeros(shape, np.int16)
    for row, (tree, _) in enumerate(trees):
        own = np.arange(tree.node_count)
        leaf = tree.children_left < 0
        feature[row, own] = np.where(leaf, 0, tree.feature)
        threshold[row, own] = tree.threshold
        left[row, own] = np.where(leaf, own, tree.children_left)
        right[row, own] = np.where(leaf, own, tree.children_right)
        value[row, own] = np.where(leaf, tree.value[:, 0, 0], 0.0) * SETTINGS["learning_rate"]
    question = np.array([question for _, question in trees], dtype=np.int16)
    return Trees(feature, threshold, left, right, value, question, DEPTH)
