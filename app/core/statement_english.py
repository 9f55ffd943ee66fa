"""The texts of the shipped playbooks in English: first statements, questions to have answers to."""

from __future__ import annotations

from typing import Final

_CLOSING: Final = " We will say more as soon as we know it."
_FIRST: Final = {
    "coordinated-attack": "Many posts about {brand} since {since} look alike and seem to be "
    "organised. We are looking into it with the platforms, and answer every real question.",
    "safety-recall": "Since {since} we have heard reports that a product of {brand} may not be "
    "safe. Your safety comes first: please stop using it until we have checked it.",
    "data-breach": "Since {since} we have had reports that concern the security of data at "
    "{brand}. Our security team is examining them, and whoever is affected will hear from us.",
    "ethics-scandal": "Serious accusations against {brand} have been made since {since}. We take "
    "them seriously and are having them examined.",
    "outage": "Services of {brand} have been failing for some customers since {since}. We are "
    "working on it and are sorry for the trouble.",
    "payment-failure": "Since {since} some payments to {brand} have gone wrong. What was charged "
    "in error will be paid back, and you need not do anything.",
    "product-defect": "Since {since} customers have told us of a fault in a product of {brand}. "
    "We are checking it and will say what to do with faulty ones.",
    "misdescription": "Since {since} customers have told us that goods from {brand} are not what "
    "was shown. We are checking our descriptions, and you can return what is not as described.",
    "delivery-wave": "Many deliveries from {brand} have been late or missing since {since}. We "
    "are sorry, and are finding out where they are.",
    "price-backlash": "We have heard your criticism of the prices of {brand} since {since}, and "
    "will explain what has changed and why.",
    "refund-dispute": "Since {since} customers have been waiting for their money from {brand}. "
    "Every open refund is being checked.",
    "service-failure": "Since {since} our customer service at {brand} has not been there for you "
    "as it should. We are sorry, and are putting more people on it.",
    "unclassified": "We see your messages about {brand} since {since}, and are finding out what "
    "happened.",
}
_QUESTIONS: Final = {
    "coordinated-attack": "Is what these posts claim true? Who is behind them? What is {brand} "
    "doing about it?",
    "safety-recall": "Which products and batches are concerned? What shall I do with mine? Was "
    "anybody hurt, and whom can I call?",
    "data-breach": "Is my data among it, and which? What shall I do now? Was it reported to the "
    "authority?",
    "ethics-scandal": "Are the accusations true? Who is examining them, and until when? What "
    "changes until then?",
    "outage": "What does not work, and for whom? When will it work again? Is anything lost that I "
    "did meanwhile?",
    "payment-failure": "Was I charged wrongly or twice? When do I have my money back? Is it safe "
    "to pay now?",
    "product-defect": "Which products have the fault? Is mine repaired, replaced or paid back? Is "
    "it dangerous?",
    "misdescription": "Which offers were wrong? Who pays for sending it back? Is it a fake?",
    "delivery-wave": "Where is my order, and when does it come? Can I cancel it? Who pays for "
    "what it cost me?",
    "price-backlash": "What costs more, and since when? Why? What about those who ordered before?",
    "refund-dispute": "When do I have my money? Why does it take so long? Whom can I ask?",
    "service-failure": "How do I reach somebody? How long does an answer take? What becomes of my "
    "old request?",
    "unclassified": "What happened? Who is affected? When will {brand} say more?",
}
_BRIEF: Final = (
    "{brand}: {scenario}, {severity}, {state} since {since} (as of {updated}). Negative mentions: "
    "{negatives} of {mentions}. Team: {team}. Spokesperson: {spokesperson}. Asked to act: {role}. "
    "First assessment due: {assess_by}. Crisis {crisis_id}."
)

ENGLISH_TEXTS: Final = {
    **{f"{name}-holding": text + _CLOSING for name, text in _FIRST.items()},
    **{f"{name}-faq": text for name, text in _QUESTIONS.items()},
    "internal-brief": _BRIEF,
}
