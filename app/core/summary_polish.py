"""The summary of an event in Polish."""

from __future__ import annotations

from app.core.crisis import EventType, Severity, State
from app.core.summary_words import Words

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
        EventType.CONFIRMED: "Kryzys marki {brand}{about} został potwierdzony jako prawdziwy{by} "
        "{when}, poziom: {severity}.",
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
        EventType.OPPORTUNITY: "Marka {brand}{about} zbiera {when} niezwykle dużo pochwał: to "
        "szansa, nie kryzys.",
        EventType.SOURCE_SILENT: "Od {since} nie przyszła żadna wzmianka o marce {brand} "
        "(źródło: {source}): to może być awaria, a nie spokój.",
        EventType.SOURCE_BACK: "Od {when} znów przychodzą wzmianki o marce {brand} (źródło: "
        "{source}); poprzednia przyszła przed {since}.",
        EventType.SOURCE_GONE: "Od {since} nic nie przyszło o marce {brand} (źródło: {source}); "
        "już się na nie nie czeka.",
        EventType.DRILL_STARTED: "Ćwiczenia z marką {brand} rozpoczęły się {when}.",
        EventType.DRILL_ENDED: "Ćwiczenia z marką {brand} zakończono{by} {when}.",
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
        EventType.CONFIRMED: "Nie liczy się jako fałszywy alarm.",
        EventType.FALSE_POSITIVE: "Nikt nie musi działać.",
        EventType.REOPENED: "Ktoś powinien się temu przyjrzeć.",
        EventType.CLOSED: "Kolejny wzrost zacznie nowy kryzys.",
        EventType.SILENCED: "Kryzysy są nadal śledzone, ale nikt nie jest powiadamiany.",
        EventType.UNSILENCED: "Powiadomienia są znów wysyłane.",
        EventType.ERASED: "Polecenie wskazuje autora tylko pseudonimem.",
        EventType.REFUSED: "Nic się nie zmieniło.",
        EventType.CORRECTED: "Żadna opublikowana liczba się nie zmienia.",
        EventType.WARMED: "Odtąd działają wszystkie reguły.",
        EventType.OPPORTUNITY: "To jednorazowa wiadomość, nikt nie musi działać.",
        EventType.SOURCE_SILENT: "Ktoś powinien sprawdzić to źródło; dopóki milczy, kryzysu, który "
        "stamtąd przyszedł, nie uznaje się za zakończony.",
        EventType.SOURCE_BACK: "Znów się liczy.",
        EventType.SOURCE_GONE: "To, co przychodzi bez niego, jest odtąd zwykłe.",
        EventType.DRILL_STARTED: "Wzmianki są zmyślone: nikt nie musi działać.",
        EventType.DRILL_ENDED: "To, co w ich trakcie otwarto, też jest zakończone.",
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
        "watch_reach": "Od {when} negatywne wzmianki o marce {brand}{about} docierają do niezwykle "
        "wielu osób: to obserwacja, jeszcze nie kryzys.",
        "watch_rating_drop": "Od {when} oceny marki {brand}{about} są znacznie niższe niż zwykle: "
        "to obserwacja, jeszcze nie kryzys.",
        "watch_cascade": "Od {when} jeden wpis o marce {brand}{about} zbiera niezwykle dużo "
        "odpowiedzi, przeważnie negatywnych: to obserwacja, jeszcze nie kryzys.",
        "watch_risk_keyword": "Od {when} w skargach na markę {brand}{about} pada słowo ryzyka: to "
        "obserwacja, jeszcze nie kryzys.",
        "volume": "W ciągu {span} ({start}–{end} UTC) {mentions} (bez kopii){expected}{negatives}.",
        "of_them": "; w tym negatywnych: {number}{expected}",
        "calm": "W ciągu {span} ({start}–{end} UTC) {mentions} (bez kopii){expected}.",
        "about": " (temat: {theme})",
        "named": "To, co zaczęło się wokół marki {brand} bez tematu, zyskało temat {when}{about}.",
        "by": " przez {name}",
        "sender": " (od: {name})",
        "no_role": "kolejna",
        "no_owner": "nie podano",
        "some_source": "nie podano",
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
        "not_learnt": "udział negatywnych to {now}; co jest zwykłe, nie jest jeszcze znane",
        "before": "udział negatywnych to {now}, przedtem {before}",
        "change": "Od {when} liczba negatywnych na godzinę zmieniła się z {negatives_before} na "
        "{negatives}, ich udział z {share_before} na {share}.",
        "drivers": "Co za tym stoi: {parts}.",
        "reach": "skargi o niezwykle szerokim zasięgu",
        "rating_drop": "średnia ocena w sześć godzin: {value}, zwykle {expected}",
        "cascade": "odpowiedzi na jeden wpis w godzinę: {value}",
        "risk_keyword": "słowo ryzyka {about}, autorzy w godzinę: {value}",
        "theme": "{value} ({percent})",
        "place": "skąd: {value} ({percent})",
        "product": "produkt: {value} ({percent})",
        "terms": "słowa: {value}",
        "nothing": "żaden temat ani słowo się nie wyróżnia",
        "anger": "złość w {now} negatywnych, zwykle w {before}",
        "fear": "strach w {now} negatywnych, zwykle w {before}",
        "inauthentic": "{percent} z kont, które wyglądają na boty",
        "scenario": "wygląda to na: {scenario}",
        "assess_by": "pierwsza ocena do {when}",
        "not_known": "jeszcze nieznane",
        "asked": "Wezwana rola: {name}",
        "owner": "odpowiada: {name}",
        "untaken": "nikt jeszcze tego nie przyjął",
        "silenced": "wyciszone, nikt nie jest powiadamiany do {when}",
    },
    scenarios={
        "coordinated_attack": "zorganizowany atak",
        "safety_recall": "niebezpieczny produkt",
        "data_breach": "wyciek danych",
        "ethics_scandal": "skandal etyczny",
        "outage": "awaria",
        "payment_failure": "błędne płatności",
        "product_defect": "wadliwy produkt",
        "misdescription": "towar niezgodny z opisem",
        "delivery_wave": "zawodzące dostawy",
        "price_backlash": "gniew z powodu cen",
        "refund_dispute": "brak zwrotów pieniędzy",
        "service_failure": "zawodząca obsługa",
        "unclassified": "jeszcze nierozpoznany",
    },
    states={
        State.QUIET: "spokój",
        State.WATCH: "obserwacja",
        State.OPEN: "otwarty",
        State.ACKNOWLEDGED: "przyjęty",
        State.RECOVERING: "wygasa",
        State.RESOLVED: "zakończony",
        State.CLOSED: "zamknięty",
        State.DISMISSED: "odwołany",
    },
    decimal=",",
    thousands="\u00a0",
    has_few=True,
)
