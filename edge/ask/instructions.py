"""Sentences that give orders to a language model, which have no place in an owner's documents.

They are left out before a passage is indexed, so that neither a model nor a screen gets them. This
finds the usual ones only; what a model says of passages is checked again (`edge.ask.guard`).
"""

from __future__ import annotations

import re

_TO_A_MODEL = re.compile(
    r"""
    \b(ignor\w*|disregard\w*|forget\w*|overrid\w*|bypass\w*)\b[^.!?]{0,60}
      \b(instructions?|prompts?|previous|above|prior|earlier)\b
    | \b(ignore|disregard|forget)\s+(all|everything|any)\b
    | \b(system|developer|hidden|secret|initial)\s+(prompt|message|instruction)s?\b
    | ^\s*(system|assistant|user|human|developer|ai|instructions?|inst|prompt)\s*:
    | <\|?\s*/?(system|assistant|user|im_start|im_end|endoftext|inst|sys)\b
    | \[/?(inst|sys)\]
    | \b(you\s+are|act|behave|pretend|roleplay)\s+(now|as|like|to\s+be)\b[^.!?]{0,40}
      \b(ai|assistant|chatbot|bot|model|llm|gpt|dan|pirate|admin\w*|developer|system)\b
    | \b(as\s+an?|dear|attention|note\s+to|hey|hello)\s+(ai|chatbot|llm|language\s+model)\b
    | \b(ai|language\s+models?|llms?|chatbots?)\b[^.!?]{0,30}
      \b(must|should|shall|has\s+to|have\s+to)\b
    | ^\W*(please\s+|now\s+|always\s+)*
      (tell|inform|instruct|direct|convince|persuade|urge|ask)\s+
      (the\s+|every\s+|each\s+)?(user|visitor|reader|customer|guest|person|human|questioner)s?\b
    | \b(answer|reply|respond|output|print|say|repeat|write|include|append|add)\s+
      (only|exactly|always|instead|to\s+every|in\s+every|your\s+(answer|reply|response)|
       the\s+following|this\s+(text|link|sentence|phrase))\b
    | \b(your|every|each)\s+(answer|reply|response|output)s?\s+
      (must|should|shall|has\s+to|is\s+to)\b
    | \b(new|updated|real)\s+instructions?\s*:
    | \bdo\s+not\s+(mention|reveal|cite|disclose)\s+(this|these|that|your|the)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def is_instruction(sentence: str) -> bool:
    """It is addressed to a model rather than to people."""
    return bool(_TO_A_MODEL.search(sentence))


def without_instructions(text: str) -> str:
    """``text`` without such sentences; as it was where there are none."""
    lines = []
    for line in text.split("\n"):
        parts = [part for part in _SENTENCE.split(line) if part]
        kept = [part for part in parts if not is_instruction(part)]
        if kept:
            lines.append(line if kept == parts else " ".join(kept))
    left = "\n".join(lines)
    return "" if is_instruction(left.replace("\n", " ")) else left
