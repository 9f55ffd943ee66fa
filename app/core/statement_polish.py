"""The texts of the shipped playbooks in Polish: first statements, questions to have answers to."""

from __future__ import annotations

from typing import Final

_CLOSING: Final = " Powiemy więcej, gdy tylko będziemy to wiedzieć."
_FIRST: Final = {
    "coordinated-attack": "Wiele wpisów o marce {brand} od {since} jest do siebie podobnych i "
    "wygląda na zorganizowane. Wyjaśniamy to z platformami i odpowiadamy na każde prawdziwe "
    "pytanie.",
    "safety-recall": "Od {since} docierają do nas zgłoszenia, że produkt marki {brand} może nie "
    "być bezpieczny. Bezpieczeństwo jest najważniejsze: prosimy nie używać go, dopóki go nie "
    "sprawdzimy.",
    "data-breach": "Od {since} mamy zgłoszenia dotyczące bezpieczeństwa danych w {brand}. Nasz "
    "zespół bezpieczeństwa je bada, a osoby, których to dotyczy, powiadomimy.",
    "ethics-scandal": "Od {since} pojawiają się poważne zarzuty wobec marki {brand}. Traktujemy "
    "je poważnie i zlecamy ich zbadanie.",
    "outage": "Od {since} usługi {brand} nie działają u części klientów. Pracujemy nad tym i "
    "przepraszamy za kłopot.",
    "payment-failure": "Od {since} część płatności dla {brand} przebiegła nieprawidłowo. To, co "
    "pobrano błędnie, zwrócimy; nie trzeba nic robić.",
    "product-defect": "Od {since} klienci zgłaszają nam wadę produktu marki {brand}. Sprawdzamy "
    "ją i powiemy, co zrobić z wadliwymi egzemplarzami.",
    "misdescription": "Od {since} klienci zgłaszają nam, że towary {brand} różnią się od opisu. "
    "Sprawdzamy opisy, a towar niezgodny z opisem można zwrócić.",
    "delivery-wave": "Od {since} wiele przesyłek {brand} dociera z opóźnieniem lub wcale. "
    "Przepraszamy i ustalamy, gdzie są.",
    "price-backlash": "Słyszymy krytykę cen {brand} od {since} i wyjaśnimy, co się zmieniło i "
    "dlaczego.",
    "refund-dispute": "Od {since} klienci czekają na pieniądze od {brand}. Sprawdzamy każdy "
    "niezałatwiony zwrot.",
    "service-failure": "Od {since} obsługa klienta {brand} nie działa tak, jak powinna. "
    "Przepraszamy i kierujemy do niej więcej osób.",
    "unclassified": "Widzimy wiadomości o marce {brand} od {since} i ustalamy, co się stało.",
}
_QUESTIONS: Final = {
    "coordinated-attack": "Czy to, co głoszą te wpisy, jest prawdą? Kto za nimi stoi? Co robi "
    "{brand}?",
    "safety-recall": "Których produktów i partii to dotyczy? Co mam zrobić ze swoim? Czy ktoś "
    "ucierpiał i gdzie mogę zadzwonić?",
    "data-breach": "Czy są wśród nich moje dane i które? Co mam teraz zrobić? Czy zgłoszono to "
    "do urzędu?",
    "ethics-scandal": "Czy zarzuty są prawdziwe? Kto je bada i do kiedy? Co zmienia się do tego "
    "czasu?",
    "outage": "Co nie działa i u kogo? Kiedy znów będzie działać? Czy coś z tego, co robiłem, "
    "przepadło?",
    "payment-failure": "Czy pobrano mi pieniądze błędnie lub dwa razy? Kiedy je odzyskam? Czy "
    "można teraz bezpiecznie płacić?",
    "product-defect": "Które produkty mają wadę? Czy mój będzie naprawiony, wymieniony lub "
    "opłacony? Czy jest niebezpieczny?",
    "misdescription": "Które oferty były błędne? Kto płaci za odesłanie? Czy to podróbka?",
    "delivery-wave": "Gdzie jest moje zamówienie i kiedy dotrze? Czy mogę je anulować? Kto "
    "zapłaci za to, co mnie to kosztowało?",
    "price-backlash": "Co jest droższe i od kiedy? Dlaczego? Co z tymi, którzy zamówili wcześniej?",
    "refund-dispute": "Kiedy dostanę pieniądze? Dlaczego to trwa tak długo? Kogo mogę zapytać?",
    "service-failure": "Jak się z kimś skontaktować? Jak długo czeka się na odpowiedź? Co stanie "
    "się z moim dawnym zgłoszeniem?",
    "unclassified": "Co się stało? Kogo to dotyczy? Kiedy {brand} powie więcej?",
}
_BRIEF: Final = (
    "{brand}: {scenario}, poziom: {severity}, stan: {state}, od {since} (na {updated}). Negatywne "
    "wzmianki: {negatives} z {mentions}. Zespół: {team}. Rzecznik: {spokesperson}. Wezwana rola: "
    "{role}. Pierwsza ocena do: {assess_by}. Kryzys {crisis_id}."
)

POLISH_TEXTS: Final = {
    **{f"{name}-holding": text + _CLOSING for name, text in _FIRST.items()},
    **{f"{name}-faq": text for name, text in _QUESTIONS.items()},
    "internal-brief": _BRIEF,
}
