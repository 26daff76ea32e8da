"""Words are found again however they are written, and only where that is meant."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from projections.templates.words import (
    CANDIDATES_MAX,
    LEXEMES_MAX,
    asked,
    distance,
    errors_forgiven,
    meant,
    query_as_typed,
    query_of,
    spellings,
    vector,
    weighed,
    words_of,
)

LETTERS = "abcdeé"
WORDS = st.text(alphabet=LETTERS, min_size=1, max_size=12)


def test_words_are_small_letters_without_accents() -> None:
    assert words_of("Prüfung: l'Hôpital_2 — ΣΊΣΥΦΟΣ ﬁle") == ["prufung", "l", "hopital", "2", "σισυφοσ", "file"]


def test_each_word_is_kept_with_all_its_weights_in_the_order_of_weights() -> None:
    assert weighed({"C": ["claims of a car"], "A": ["Car claims"]}) == {
        "car": "AC",
        "claims": "AC",
        "of": "C",
        "a": "C",
    }
    assert vector({"car": "AC", "of": "D"}) == "'car':1A,3C 'of':4D"


def test_of_a_text_that_is_very_long_the_first_words_are_kept() -> None:
    found = weighed({"A": ["name"], "C": [" ".join(f"w{number}" for number in range(2 * LEXEMES_MAX))]})
    assert len(found) == LEXEMES_MAX
    assert found["name"] == "A"


def test_distances_count_letters_left_out_added_changed_and_exchanged() -> None:
    assert [distance("invoice", other, 2) for other in ("invoice", "invoce", "invoicee", "envoice", "invocie")] == [
        0,
        1,
        1,
        1,
        1,
    ]
    assert distance("invoice", "receipt", 2) == 3
    assert distance("abc", "abcdef", 2) == 3


@given(WORDS, WORDS)
def test_words_within_what_is_forgiven_share_a_spelling(one: str, other: str) -> None:
    one, other = "".join(words_of(one)), "".join(words_of(other))
    most = min(errors_forgiven(one), errors_forgiven(other))
    if most and distance(one, other, most) <= most:
        assert spellings(one) & spellings(other)


def test_short_words_and_numbers_are_taken_as_they_stand() -> None:
    assert [errors_forgiven(word) for word in ("hr", "tax", "invoice", "insurance", "2026", "w2")] == [0, 1, 1, 2, 0, 0]
    assert spellings("2026") == {"2026"}


def test_a_search_leaves_out_words_that_tell_nothing_unless_there_are_no_others() -> None:
    assert asked("Approval of the invoice, invoice!") == ["approval", "invoice"]
    assert asked("of the") == ["of", "the"]
    assert asked("…") == []
    assert len(asked(" ".join(f"w{number}" for number in range(50)))) == 10


def test_a_known_word_means_itself_and_its_forms_and_an_unknown_one_the_nearest() -> None:
    vocabulary = {"claim": 3, "claims": 9, "blame": 1, "claire": 2}
    assert meant("claim", vocabulary) == ["claim", "claims"]
    assert meant("clam", vocabulary) == ["claim"]
    assert meant("claimz", vocabulary) == ["claims", "claim"]
    assert meant("zzzz", vocabulary) == []
    assert (
        len(meant("abcdeg", {f"abcde{letter}": 1 for letter in "hijklmnopqrstuvwxyzabcdefABCDEFGHIJ"}))
        == CANDIDATES_MAX
    )


def test_every_word_must_be_there_and_the_last_may_be_going_on() -> None:
    assert query_of(["invoce", "appr"], {"invoice": 2}) == "('invoce' | 'invoice') & ('appr' | 'appr':*)"
    assert query_as_typed(["invoce", "appr"]) == "'invoce' | 'appr'"
    assert query_of(["a"], {}) == "('a')"
