"""Texts cut to what a model reads at once: nothing lost, nothing twice, never over the limit."""

from __future__ import annotations

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE, WordLevel
from tokenizers.processors import TemplateProcessing

from embeddings.pieces import Piece, PieceMaker
from tests.property.strategies import PROPERTY

VOCABULARY = {word: at for at, word in enumerate(("[UNK]", "[CLS]", "[SEP]", "lezen", "taal"))}
PROMPT = "query: "  # two tokens in front of every text
SPECIAL = 2  # [CLS] and [SEP]


def _framed(tokenizer: Tokenizer) -> Tokenizer:
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    return tokenizer


def by_word() -> Tokenizer:
    """Every word is a token."""
    tokenizer = Tokenizer(WordLevel(VOCABULARY, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return _framed(tokenizer)


def by_letter() -> Tokenizer:
    """Every character of a word is a token."""
    tokenizer = Tokenizer(WordLevel(VOCABULARY, "[UNK]"))
    letters = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), letters])
    return _framed(tokenizer)


def by_byte() -> Tokenizer:
    """Every byte of UTF-8 is a token, blanks included."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(BPE({byte: at for at, byte in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return _framed(tokenizer)


TOKENIZERS = {"word": by_word(), "letter": by_letter(), "byte": by_byte()}

blanks = st.sampled_from([" ", "  ", "\n", "\t \n", "\u00a0", " " * 40])
words = st.text("abcdé", min_size=1, max_size=8)
prompts = st.sampled_from(["", PROMPT])


@st.composite
def texts(draw: st.DrawFn) -> str:
    parts = draw(st.lists(st.tuples(words, blanks), min_size=1, max_size=120))
    return "".join(word + blank for word, blank in parts)


def _texts(pieces: list[Piece], prompt: str) -> list[str]:
    assert {piece.prompt for piece in pieces} == {prompt}
    return [piece.text for piece in pieces]


def _words(pieces: list[Piece], prompt: str = "") -> list[str]:
    return [word for text in _texts(pieces, prompt) for word in text.split()]


def test_a_text_that_fits_is_one_piece_and_whole() -> None:
    text = "  lezen\n taal "
    (piece,) = PieceMaker(by_word(), 6).pieces(text, PROMPT)
    assert (piece.prompt, piece.text) == (PROMPT, text)
    assert piece.tokens.tolist() == [1, 0, 0, 3, 4, 2]


def test_one_token_over_the_limit_is_two_windows() -> None:
    pieces = PieceMaker(by_word(), 6).pieces("lezen taal lezen", PROMPT)
    assert _texts(pieces, PROMPT) == ["lezen", "taal lezen"]
    assert [piece.tokens.tolist() for piece in pieces] == [[1, 0, 0, 3, 2], [1, 0, 0, 4, 3, 2]]


@PROPERTY
@given(texts(), prompts, st.integers(6, 40))
def test_windows_are_the_fewest_there_can_be_and_of_equal_length(
    text: str, prompt: str, limit: int
) -> None:
    """Where a word is a token, so that a cut is never moved."""
    pieces = PieceMaker(TOKENIZERS["word"], limit).pieces(text, prompt)
    room = limit - SPECIAL - len(prompt.split()) * 2
    lengths = [len(piece.tokens) for piece in pieces]
    assert len(pieces) == ceil(len(text.split()) / room)
    assert max(lengths) <= limit
    assert max(lengths) - min(lengths) <= 1


@PROPERTY
@given(texts(), prompts, st.sampled_from(sorted(TOKENIZERS)), st.integers(40, 90))
def test_every_word_is_in_one_window_and_in_its_place(
    text: str, prompt: str, kind: str, limit: int
) -> None:
    """So windows begin at words: a word that was cut would be two words here."""
    pieces = PieceMaker(TOKENIZERS[kind], limit).pieces(text, prompt)
    assert _words(pieces, prompt) == text.split()
    assert max(len(piece.tokens) for piece in pieces) <= limit


@PROPERTY
@given(st.text(max_size=150), prompts, st.sampled_from(sorted(TOKENIZERS)), st.integers(24, 40))
def test_no_character_is_lost_whatever_the_text(
    text: str, prompt: str, kind: str, limit: int
) -> None:
    pieces = PieceMaker(TOKENIZERS[kind], limit).pieces(text, prompt)
    assert "".join(_words(pieces, prompt)) == "".join(text.split())
    assert max(len(piece.tokens) for piece in pieces) <= limit


@PROPERTY
@given(texts(), prompts, st.sampled_from(sorted(TOKENIZERS)), st.integers(12, 40))
def test_the_tokens_of_a_window_are_those_of_its_text(
    text: str, prompt: str, kind: str, limit: int
) -> None:
    tokenizer = TOKENIZERS[kind]
    for piece in PieceMaker(tokenizer, limit).pieces(text, prompt):
        assert piece.tokens.tolist() == tokenizer.encode(prompt + piece.text).ids


def test_a_word_longer_than_the_limit_is_cut_in_equal_parts() -> None:
    word = "".join("abcdefghij"[at % 10] for at in range(5000))
    pieces = PieceMaker(by_letter(), 512).pieces(word, "")
    assert "".join(_words(pieces)) == word
    assert [len(piece.tokens) for piece in pieces] == [502] * 10


def test_words_around_a_word_longer_than_the_limit_are_kept() -> None:
    text = "lezen " + "x" * 5000 + " taal"
    pieces = PieceMaker(by_letter(), 512).pieces(text, PROMPT)
    assert "".join(_words(pieces, PROMPT)) == "".join(text.split())
    assert max(len(piece.tokens) for piece in pieces) <= 512


@pytest.mark.parametrize("kind", sorted(TOKENIZERS))
def test_a_long_stretch_of_blanks_makes_no_empty_window(kind: str) -> None:
    text = "lezen" + " " * 5000 + "taal" + "\n" * 5000
    pieces = PieceMaker(TOKENIZERS[kind], 16).pieces(text, "")
    assert _words(pieces) == ["lezen", "taal"]
    assert all(text.strip() for text in _texts(pieces, ""))
    assert max(len(piece.tokens) for piece in pieces) <= 16


def test_without_a_limit_nothing_is_cut() -> None:
    (piece,) = PieceMaker(by_word(), None).pieces("lezen " * 5000, PROMPT)
    assert len(piece.tokens) == 5000 + 2 + SPECIAL


def test_a_prompt_that_leaves_room_for_one_word_gives_one_window_a_word() -> None:
    pieces = PieceMaker(by_word(), 5).pieces("lezen taal lezen", PROMPT)
    assert _words(pieces, PROMPT) == ["lezen", "taal", "lezen"]
    assert [len(piece.tokens) for piece in pieces] == [5, 5, 5]


@pytest.mark.parametrize("limit", [1, 3, 4])
def test_a_prompt_that_fills_the_limit_leaves_one_piece_of_the_limit(limit: int) -> None:
    (piece,) = PieceMaker(by_word(), limit).pieces("lezen taal lezen", PROMPT)
    assert len(piece.tokens) == limit


def test_a_character_of_more_tokens_than_the_limit_does_not_go_on_forever() -> None:
    (piece,) = PieceMaker(by_byte(), 5).pieces("🦄", "")
    assert (piece.text, len(piece.tokens)) == ("🦄", 5)


def test_settings_of_the_tokenizer_itself_cut_and_pad_nothing() -> None:
    tokenizer = by_word()
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=50)
    (piece,) = PieceMaker(tokenizer, 16).pieces("lezen taal lezen taal", "")
    assert piece.tokens.tolist() == [1, 3, 4, 3, 4, 2]


def test_the_words_of_a_prompt_within_a_text_are_text() -> None:
    pieces = PieceMaker(by_word(), 8).pieces("query: lezen query: taal", PROMPT)
    assert _texts(pieces, PROMPT) == ["query: lezen", "query: taal"]
