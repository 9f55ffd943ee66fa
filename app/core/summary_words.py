"""What a summary is made of in each language: templates, and the words that go into them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from app.core.crisis import EventType, Severity


class Words(NamedTuple):
    """One language. Every mapping is complete: a type, theme or severity without words fails a
    test.

    ``heads``: what happened. ``tails``: what else is worth saying where nobody is asked for
    anything. ``mentions`` (the negative ones), ``all_mentions`` and ``authors``: the forms for
    one, few and many.
    """

    heads: Mapping[EventType, str]
    tails: Mapping[EventType, str]
    themes: Mapping[str, str]
    severities: Mapping[Severity, str]
    sources: Mapping[str, str]
    labels: Mapping[str, str]
    mentions: tuple[str, str, str]
    all_mentions: tuple[str, str, str]
    authors: tuple[str, str]
    phrases: Mapping[str, str]
    decimal: str
    thousands: str
    has_few: bool  # 2 to 4 have a form of their own, but for 12 to 14


ENGLISH = Words(
    heads={
        EventType.WATCH: "Negative mentions of {brand}{about} have been unusually many since {when}"
        ": a watch, not yet a crisis.",
        EventType.DISMISSED: "The watch on {brand}{about} ended at {when}.",
        EventType.OPENED: "A crisis of {brand}{about} was opened{by} at {when}, severity "
        "{severity}.",
        EventType.UPDATED: "The crisis of {brand}{about} goes on at {when}, severity {severity}.",
        EventType.SEVERITY_CHANGED: "The crisis of {brand}{about} has had severity {severity} "
        "since {when}.",
        EventType.ESCALATED: "Nobody had acknowledged the crisis of {brand}{about} by {when}, "
        "severity {severity}: the next to be asked is {role}.",
        EventType.ACKNOWLEDGED: "The crisis of {brand}{about} was acknowledged{by} at {when}, "
        "severity {severity}.",
        EventType.ASSIGNED: "The crisis of {brand}{about} was assigned to {owner}{by} at {when}, "
        "severity {severity}.",
        EventType.ANNOTATED: "A note was added to the crisis of {brand}{about}{by} at {when}.",
        EventType.MILESTONE: "By {when}, {percent} of the peak's excess of negative mentions in "
        "the crisis of {brand}{about} was gone.",
        EventType.RECOVERING: "The crisis of {brand}{about} has been recovering since {when}: "
        "negative mentions are back in their usual range.",
        EventType.RELAPSED: "The crisis of {brand}{about} came back at {when} before it was over, "
        "severity {severity}.",
        EventType.RESOLVED: "The crisis of {brand}{about} was resolved{by} at {when}.",
        EventType.FALSE_POSITIVE: "The crisis of {brand}{about} was marked as a false positive{by} "
        "at {when}.",
        EventType.REOPENED: "The crisis of {brand}{about} was reopened{by} at {when}, severity "
        "{severity}.",
        EventType.CLOSED: "The crisis of {brand}{about} was closed for good at {when}.",
        EventType.SILENCED: "Notifications about {brand} were silenced{by} at {when} until "
        "{until}.",
        EventType.UNSILENCED: "The silence of {brand} was ended{by} at {when}.",
        EventType.ERASED: "An author was erased from what is remembered of {brand}{by} at {when}.",
        EventType.REFUSED: "A command{sender} for {brand} was refused at {when}{reason}.",
        EventType.CORRECTED: "The label of a mention of {brand} was corrected{by} at {when}"
        "{labels}.",
        EventType.WARMED: "What is usual for {brand} has been known since {when}.",
    },
    tails={
        EventType.WATCH: "Nobody is asked to act yet.",
        EventType.DISMISSED: "It never became a crisis.",
        EventType.OPENED: "Somebody should look at it.",
        EventType.UPDATED: "Somebody is on it.",
        EventType.SEVERITY_CHANGED: "Somebody is on it.",
        EventType.ESCALATED: "Somebody should acknowledge it.",
        EventType.ACKNOWLEDGED: "Somebody is on it.",
        EventType.ASSIGNED: "Somebody is on it.",
        EventType.ANNOTATED: "The note is kept with this event.",
        EventType.MILESTONE: "Somebody is on it.",
        EventType.RECOVERING: "It ends by itself if it stays so.",
        EventType.RELAPSED: "Somebody should look at it.",
        EventType.RESOLVED: "If it comes back soon, it is reopened.",
        EventType.FALSE_POSITIVE: "Nobody is asked to act.",
        EventType.REOPENED: "Somebody should look at it.",
        EventType.CLOSED: "Another rise begins another crisis.",
        EventType.SILENCED: "Its crises are still followed, but nobody is told.",
        EventType.UNSILENCED: "Notifications are sent again.",
        EventType.ERASED: "The command names the author by pseudonym alone.",
        EventType.REFUSED: "Nothing was changed.",
        EventType.CORRECTED: "No published count changes.",
        EventType.WARMED: "From now on every rule judges.",
    },
    themes={
        "delivery": "delivery",
        "quality": "quality",
        "misdescription": "goods that are not as described",
        "payment": "payment",
        "refund": "refunds",
        "service": "service",
        "price": "prices",
        "security": "security",
        "outage": "an outage",
        "safety": "safety",
        "ethics": "ethics",
    },
    severities={severity: severity.value for severity in Severity},
    sources={
        "social": "social media",
        "news": "news",
        "review": "reviews",
        "forum": "forums",
        "survey": "surveys",
        "support": "support",
    },
    labels={
        "negative": "negative",
        "neutral": "neutral",
        "positive": "positive",
        "uncertain": "uncertain",
        "unscored": "unscored",
    },
    mentions=(
        "{n} distinct negative mention",
        "{n} distinct negative mentions",
        "{n} distinct negative mentions",
    ),
    all_mentions=("{n} distinct mention", "{n} distinct mentions", "{n} distinct mentions"),
    authors=("author", "authors"),
    phrases={
        "loud": "Mentions of {brand}{about} have been unusually many since {when}: a watch, not "
        "yet a crisis.",
        "volume": "{mentions} came in {span} ({start} to {end} UTC){expected}{negatives}.",
        "of_them": "; negative among them: {number}{expected}",
        "calm": "{mentions} came in {span} ({start} to {end} UTC){expected}.",
        "about": " about {theme}",
        "by": " by {name}",
        "sender": " from {name}",
        "no_role": "the next role",
        "no_owner": "somebody",
        "no_until": "further notice",
        "relabelled": ": {before} is now {label}",
        "confirmed": ": {label}, as before",
        "labelled": ": now {label}",
        "recounted": "It counts anew in the step of {when}.",
        "numbers": "{mentions} by {authors} came in {span} ({start} to {end} UTC){expected}{own}; "
        "{share}.",
        "own": ", {number} of them of this crisis",
        "hardly": "under 0.1",
        "at_least": "at least {authors}",
        "expected": ", {number} expected",
        "usually": "the negative share is {now}, usually {before}",
        "before": "the negative share is {now}, {before} before",
        "change": "Since {when} the negatives of an hour went from {negatives_before} to "
        "{negatives}, their share from {share_before} to {share}.",
        "drivers": "Behind it: {parts}.",
        "theme": "{value} ({percent})",
        "place": "from {value} ({percent})",
        "product": "product {value} ({percent})",
        "terms": "words such as {value}",
        "nothing": "no theme or word stands out",
        "inauthentic": "{percent} from accounts that look like bots",
        "asked": "Asked to act: {name}",
        "owner": "owner: {name}",
        "untaken": "nobody has taken it yet",
        "silenced": "silenced, so nobody is told before {when}",
    },
    decimal=".",
    thousands=",",
    has_few=False,
)

POLISH = Words(
    heads={
        EventType.WATCH: "Od {when} negatywnych wzmianek o marce {brand}{about} jest niezwykle "
        "dużo: to obserwacja, jeszcze nie kryzys.",
        EventType.DISMISSED: "Obserwacja marki {brand}{about} zakończyła się {when}.",
        EventType.OPENED: "Kryzys marki {brand}{about} został otwarty{by} {when}, poziom: "
        "{severity}.",
        EventType.UPDATED: "Kryzys marki {brand}{about} trwa ({when}), poziom: {severity}.",
        EventType.SEVERITY_CHANGED: "Kryzys marki {brand}{about} ma od {when} poziom: {severity}.",
        EventType.ESCALATED: "Do {when} nikt nie przyjął kryzysu marki {brand}{about}, poziom: "
        "{severity}; następna wezwana rola: {role}.",
        EventType.ACKNOWLEDGED: "Kryzys marki {brand}{about} został przyjęty{by} {when}, poziom: "
        "{severity}.",
        EventType.ASSIGNED: "Kryzys marki {brand}{about} został przydzielony{by} {when}, poziom: "
        "{severity}; odpowiada: {owner}.",
        EventType.ANNOTATED: "Do kryzysu marki {brand}{about} została dodana notatka{by} {when}.",
        EventType.MILESTONE: "Do {when} w kryzysie marki {brand}{about} ustąpiło {percent} "
        "nadwyżki negatywnych wzmianek ze szczytu.",
        EventType.RECOVERING: "Kryzys marki {brand}{about} wygasa od {when}: negatywne wzmianki "
        "wróciły do zwykłego poziomu.",
        EventType.RELAPSED: "Kryzys marki {brand}{about} wrócił {when}, zanim wygasł, poziom: "
        "{severity}.",
        EventType.RESOLVED: "Kryzys marki {brand}{about} został zakończony{by} {when}.",
        EventType.FALSE_POSITIVE: "Kryzys marki {brand}{about} został uznany za fałszywy alarm{by} "
        "{when}.",
        EventType.REOPENED: "Kryzys marki {brand}{about} został ponownie otwarty{by} {when}, "
        "poziom: {severity}.",
        EventType.CLOSED: "Kryzys marki {brand}{about} został ostatecznie zamknięty {when}.",
        EventType.SILENCED: "Powiadomienia o marce {brand} zostały wyciszone{by} {when}, do: "
        "{until}.",
        EventType.UNSILENCED: "Wyciszenie marki {brand} zostało zakończone{by} {when}.",
        EventType.ERASED: "Autor został usunięty{by} z tego, co zapamiętano o marce {brand}, "
        "{when}.",
        EventType.REFUSED: "Polecenie dla marki {brand}{sender} zostało odrzucone {when}{reason}.",
        EventType.CORRECTED: "Etykieta wzmianki o marce {brand} została poprawiona{by} {when}"
        "{labels}.",
        EventType.WARMED: "Od {when} wiadomo, co jest zwykłe dla marki {brand}.",
    },
    tails={
        EventType.WATCH: "Na razie nikt nie musi działać.",
        EventType.DISMISSED: "Do kryzysu nie doszło.",
        EventType.OPENED: "Ktoś powinien się temu przyjrzeć.",
        EventType.UPDATED: "Ktoś się tym zajmuje.",
        EventType.SEVERITY_CHANGED: "Ktoś się tym zajmuje.",
        EventType.ESCALATED: "Ktoś powinien przyjąć kryzys.",
        EventType.ACKNOWLEDGED: "Ktoś się tym zajmuje.",
        EventType.ASSIGNED: "Ktoś się tym zajmuje.",
        EventType.ANNOTATED: "Notatka jest zapisana przy tym zdarzeniu.",
        EventType.MILESTONE: "Ktoś się tym zajmuje.",
        EventType.RECOVERING: "Jeśli tak zostanie, kryzys skończy się sam.",
        EventType.RELAPSED: "Ktoś powinien się temu przyjrzeć.",
        EventType.RESOLVED: "Jeśli szybko wróci, zostanie otwarty ponownie.",
        EventType.FALSE_POSITIVE: "Nikt nie musi działać.",
        EventType.REOPENED: "Ktoś powinien się temu przyjrzeć.",
        EventType.CLOSED: "Kolejny wzrost zacznie nowy kryzys.",
        EventType.SILENCED: "Kryzysy są nadal śledzone, ale nikt nie jest powiadamiany.",
        EventType.UNSILENCED: "Powiadomienia są znów wysyłane.",
        EventType.ERASED: "Polecenie wskazuje autora tylko pseudonimem.",
        EventType.REFUSED: "Nic się nie zmieniło.",
        EventType.CORRECTED: "Żadna opublikowana liczba się nie zmienia.",
        EventType.WARMED: "Odtąd działają wszystkie reguły.",
    },
    themes={
        "delivery": "dostawa",
        "quality": "jakość",
        "misdescription": "niezgodność z opisem",
        "payment": "płatność",
        "refund": "zwrot pieniędzy",
        "service": "obsługa",
        "price": "cena",
        "security": "bezpieczeństwo danych",
        "outage": "awaria",
        "safety": "zagrożenie dla zdrowia",
        "ethics": "etyka",
    },
    severities={
        Severity.INFO: "informacja",
        Severity.WARNING: "ostrzeżenie",
        Severity.ERROR: "poważny",
        Severity.CRITICAL: "krytyczny",
    },
    sources={
        "social": "media społecznościowe",
        "news": "wiadomości",
        "review": "recenzje",
        "forum": "fora",
        "survey": "ankiety",
        "support": "zgłoszenia do obsługi",
    },
    labels={
        "negative": "negatywna",
        "neutral": "neutralna",
        "positive": "pozytywna",
        "uncertain": "niepewna",
        "unscored": "bez oceny",
    },
    mentions=(
        "przyszła {n} negatywna wzmianka",
        "przyszły {n} negatywne wzmianki",
        "przyszło {n} negatywnych wzmianek",
    ),
    all_mentions=("przyszła {n} wzmianka", "przyszły {n} wzmianki", "przyszło {n} wzmianek"),
    authors=("autora", "autorów"),
    phrases={
        "loud": "Od {when} wzmianek o marce {brand}{about} jest niezwykle dużo: to obserwacja, "
        "jeszcze nie kryzys.",
        "volume": "W ciągu {span} ({start}–{end} UTC) {mentions} (bez kopii){expected}{negatives}.",
        "of_them": "; w tym negatywnych: {number}{expected}",
        "calm": "W ciągu {span} ({start}–{end} UTC) {mentions} (bez kopii){expected}.",
        "about": " (temat: {theme})",
        "by": " przez {name}",
        "sender": " (od: {name})",
        "no_role": "kolejna",
        "no_owner": "nie podano",
        "no_until": "odwołania",
        "relabelled": ": była {before}, jest {label}",
        "confirmed": ": {label}, jak dotąd",
        "labelled": ": teraz {label}",
        "recounted": "Liczy się na nowo w kroku z {when}.",
        "numbers": "W ciągu {span} ({start}–{end} UTC) {mentions} (bez kopii) od {authors}"
        "{expected}{own}; {share}.",
        "own": ", z tego {number} w tym kryzysie",
        "hardly": "poniżej 0.1",
        "at_least": "co najmniej {authors}",
        "expected": ", oczekiwano {number}",
        "usually": "udział negatywnych to {now}, zwykle {before}",
        "before": "udział negatywnych to {now}, przedtem {before}",
        "change": "Od {when} liczba negatywnych na godzinę zmieniła się z {negatives_before} na "
        "{negatives}, ich udział z {share_before} na {share}.",
        "drivers": "Co za tym stoi: {parts}.",
        "theme": "{value} ({percent})",
        "place": "skąd: {value} ({percent})",
        "product": "produkt: {value} ({percent})",
        "terms": "słowa: {value}",
        "nothing": "żaden temat ani słowo się nie wyróżnia",
        "inauthentic": "{percent} z kont, które wyglądają na boty",
        "asked": "Wezwana rola: {name}",
        "owner": "odpowiada: {name}",
        "untaken": "nikt jeszcze tego nie przyjął",
        "silenced": "wyciszone, nikt nie jest powiadamiany do {when}",
    },
    decimal=",",
    thousands="\u00a0",
    has_few=True,
)
