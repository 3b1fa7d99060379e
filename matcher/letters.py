"""Which letters Schakel sends; the value is the word that is stored with each."""

from __future__ import annotations

from enum import StrEnum


class Letter(StrEnum):
    INTRODUCTION_ASKED = "introductie-gevraagd"
    INTRODUCTION_ASKED_AGAIN = "introductie-herinnering"
    INTRODUCTION_DECLINED = "introductie-afgewezen"
    INTRODUCTION_UNANSWERED = "introductie-onbeantwoord"
    INTRODUCTION_REVEALED = "introductie-onthuld"
    INTRODUCTION_PLAN_AGAIN = "introductie-nog-plannen"
    INTRODUCTION_PLANNED = "introductie-gepland"
    INTRODUCTION_HELD_AGAIN = "introductie-al-gevoerd"
    INTRODUCTION_CONCLUDE = "introductie-opbrengst"
    INTRODUCTION_CONCLUDE_AGAIN = "introductie-nog-opbrengst"
    INTRODUCTION_CONCLUDED = "introductie-afgerond"
    INTRODUCTION_LAPSED = "introductie-verlopen"
    INTRODUCTION_WITHDRAWN = "introductie-ingetrokken"
    INVITATION = "uitnodiging"
    RESET = "herstel"
