"""The summary of an event in English."""

from __future__ import annotations

from app.core.crisis import EventType, Severity, State
from app.core.summary_words import Words

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
        EventType.CONFIRMED: "The crisis of {brand}{about} was confirmed as a real one{by} at "
        "{when}, severity {severity}.",
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
        EventType.OPPORTUNITY: "{brand}{about} is praised unusually much at {when}: an "
        "opportunity, not a crisis.",
        EventType.SOURCE_SILENT: "No mention of {brand} has come from {source} since {since}: "
        "that may be its feed, and is no sign of calm.",
        EventType.SOURCE_BACK: "{brand} is heard of from {source} again since {when}; before that "
        "nothing had come since {since}.",
        EventType.SOURCE_GONE: "Nothing has come about {brand} from {source} since {since}, so it "
        "is expected no longer.",
        EventType.DRILL_STARTED: "A drill of {brand} began at {when}.",
        EventType.DRILL_ENDED: "The drill of {brand} was ended{by} at {when}.",
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
        EventType.CONFIRMED: "It counts as no false alarm.",
        EventType.FALSE_POSITIVE: "Nobody is asked to act.",
        EventType.REOPENED: "Somebody should look at it.",
        EventType.CLOSED: "Another rise begins another crisis.",
        EventType.SILENCED: "Its crises are still followed, but nobody is told.",
        EventType.UNSILENCED: "Notifications are sent again.",
        EventType.ERASED: "The command names the author by pseudonym alone.",
        EventType.REFUSED: "Nothing was changed.",
        EventType.CORRECTED: "No published count changes.",
        EventType.WARMED: "From now on every rule judges.",
        EventType.OPPORTUNITY: "It is told once and asks for nothing.",
        EventType.SOURCE_SILENT: "Somebody should look at the feed; until it is back, no crisis "
        "that came from there is called over.",
        EventType.SOURCE_BACK: "It counts again.",
        EventType.SOURCE_GONE: "What comes without it is learnt as usual.",
        EventType.DRILL_STARTED: "Its mentions are invented: nobody has to act.",
        EventType.DRILL_ENDED: "What it opened is over too.",
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
        "watch_reach": "Negative mentions of {brand}{about} have reached unusually many people "
        "since {when}: a watch, not yet a crisis.",
        "watch_rating_drop": "Ratings of {brand}{about} have been well below the usual since "
        "{when}: a watch, not yet a crisis.",
        "watch_cascade": "One post about {brand}{about} has drawn unusually many answers, most of "
        "them negative, since {when}: a watch, not yet a crisis.",
        "watch_risk_keyword": "Complaints about {brand}{about} have had a risk keyword since "
        "{when}: a watch, not yet a crisis.",
        "volume": "{mentions} came in {span} ({start} to {end} UTC){expected}{negatives}.",
        "of_them": "; negative among them: {number}{expected}",
        "calm": "{mentions} came in {span} ({start} to {end} UTC){expected}.",
        "about": " about {theme}",
        "named": "What began around {brand} without a theme turned out to be{about} at {when}.",
        "by": " by {name}",
        "sender": " from {name}",
        "no_role": "the next role",
        "no_owner": "somebody",
        "some_source": "a source",
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
        "not_learnt": "the negative share is {now}, and what is usual is not learnt yet",
        "before": "the negative share is {now}, {before} before",
        "change": "Since {when} the negatives of an hour went from {negatives_before} to "
        "{negatives}, their share from {share_before} to {share}.",
        "drivers": "Behind it: {parts}.",
        "reach": "complaints of unusually wide reach",
        "rating_drop": "ratings of {value} stars in six hours, usually {expected}",
        "cascade": "{value} answers to one post in an hour",
        "risk_keyword": "the risk keyword {about}, by {value} authors in an hour",
        "theme": "{value} ({percent})",
        "place": "from {value} ({percent})",
        "product": "product {value} ({percent})",
        "terms": "words such as {value}",
        "nothing": "no theme or word stands out",
        "anger": "anger in {now} of the negatives, usually {before}",
        "fear": "fear in {now} of the negatives, usually {before}",
        "inauthentic": "{percent} from accounts that look like bots",
        "scenario": "it looks like {scenario}",
        "assess_by": "first assessment due at {when}",
        "not_known": "not known yet",
        "asked": "Asked to act: {name}",
        "owner": "owner: {name}",
        "untaken": "nobody has taken it yet",
        "silenced": "silenced, so nobody is told before {when}",
    },
    scenarios={
        "coordinated_attack": "a coordinated attack",
        "safety_recall": "an unsafe product",
        "data_breach": "a data breach",
        "ethics_scandal": "a scandal over ethics",
        "outage": "an outage",
        "payment_failure": "failing payments",
        "product_defect": "a defective product",
        "misdescription": "goods not as described",
        "delivery_wave": "failing deliveries",
        "price_backlash": "anger at prices",
        "refund_dispute": "refunds not paid",
        "service_failure": "failing service",
        "unclassified": "not classified yet",
    },
    states={state: state.value for state in State},
    decimal=".",
    thousands=",",
    has_few=False,
)
