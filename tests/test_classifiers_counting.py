"""What is counted in a reading, and which of it is kept."""

import numpy as np
import pytest
from scipy import sparse

from classifiers.counting import PARTS, RAREST, Columns, columns_met, counts, weighed
from classifiers.reading import read
from classifiers.text import Names, Text

NAMES = Names(full=("Sandbank Nursery School",))
POSTS = ["The cook was drunk again", "The cook was drunk", "The cook was here", "A fair at Sandbank Nursery School"]


def counted(texts: list[str]) -> dict[str, sparse.csr_matrix]:
    return counts([read(Text(text), NAMES) for text in texts])


def test_each_part_is_counted_in_its_own_columns() -> None:
    found = counted(POSTS)
    assert {name: own.shape for name, own in found.items()} == {
        name: (len(POSTS), 1 << part.bits) for name, part in PARTS.items()
    }
    assert set(found["words"].data.tolist()) == {1.0}


def test_only_what_was_met_often_enough_is_kept() -> None:
    words = counted(POSTS)["words"]
    columns = Columns.met_in(words)
    holding = np.asarray(words.sum(axis=0)).ravel()
    assert columns.kept.tolist() == np.flatnonzero(holding >= RAREST).tolist()
    assert len(columns.kept) > 2
    assert (np.diff(columns.kept) > 0).all()


def test_the_rarer_weighs_the_more() -> None:
    columns = Columns.met_in(sparse.csr_matrix(np.array([[1, 1, 0], [1, 1, 0], [1, 1, 1], [1, 0, 0]])))
    assert columns.kept.tolist() == [0, 1]
    assert columns.weight[1] > columns.weight[0] == pytest.approx(1.0)


def test_a_row_has_length_one_and_no_strange_columns() -> None:
    columns = Columns(np.array([1, 3], np.int32), np.array([3.0, 4.0], np.float32))
    rows = columns.weighed(sparse.csr_matrix(np.array([[1, 1, 0, 1, 1], [0, 1, 0, 0, 0], [1, 0, 0, 0, 1]])))
    assert rows.toarray().tolist() == [pytest.approx([0.6, 0.8]), [1.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize("text", ["", "zzz qqq", "\U0001f600"])
def test_what_was_never_met_says_nothing(text: str) -> None:
    columns = columns_met(counted(POSTS))
    rows = weighed(counted([text]), columns)
    assert {name: own.shape for name, own in rows.items()} == {name: (1, len(columns[name].kept)) for name in PARTS}
    assert rows["words"].nnz <= 1, "only the sign between title and text was met before"
    assert all(np.isfinite(own.data).all() for own in rows.values())
