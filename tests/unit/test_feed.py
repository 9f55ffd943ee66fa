"""RSS and Atom: entries as plain text, and feeds that are hostile or none."""

from __future__ import annotations

import pytest

from app.sources.feed import MOST, BadFeedError, Entry, read_feed, unwrapped
from app.sources.html_text import text_of

RSS = b"""<?xml version="1.0" encoding="ISO-8859-2"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
     xmlns:content="http://purl.org/rss/1.0/modules/content/">
 <channel><title>News</title><pubDate>Sun, 01 Mar 2026 12:00:00 GMT</pubDate>
  <item><title>Larkmoor &amp;amp; parcels</title><link>https://example.com/1</link>
   <description><![CDATA[<p>Late <b>ag</b>ain</p><script>x()</script>]]></description>
   <content:encoded>not this</content:encoded>
   <dc:creator>Ann Lee</dc:creator><guid isPermaLink="false">n-1</guid>
   <pubDate>Sun, 01 Mar 2026 11:00:00 +0100</pubDate></item>
  <item><link>https://example.com/2</link><description>za\xbf\xf3\xb3\xe6</description>
   <author>ann@example.com (Ann Lee)</author></item>
  <item><link>https://example.com/3</link></item>
 </channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Google Alert</title><id>f</id>
 <entry><id>tag:google.com,2013:googlealerts/feed:1</id>
  <title type="html">&lt;b&gt;Larkmoor&lt;/b&gt; refunds</title>
  <link href="https://www.google.com/url?rct=j&amp;sa=t&amp;url=https://example.com/a%3Fb&amp;ct=ga"/>
  <link rel="self" href="https://example.com/self"/>
  <published>2026-03-01T10:00:00Z</published><updated>2026-03-01T11:00:00Z</updated>
  <content type="html">Paid &amp;lt;twice&amp;gt;&lt;br&gt;no answer</content>
  <author><name>Ann</name><email>ann@example.com</email><uri>https://e.com</uri></author></entry>
 <entry><id>2</id><title>1 &lt; 2</title><updated>2026-03-01T11:00:00+01:00</updated>
  <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One</p><p>t<b>w</b>o</p></div>
  </content></entry>
</feed>"""
RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
 <channel><title>x</title></channel>
 <item><title>Old form</title><link>http://example.com/</link>
 <dc:date>2026-03-01T10:00:00Z</dc:date></item></rdf:RDF>"""


def test_rss_becomes_plain_text() -> None:
    assert read_feed(RSS) == [
        Entry(
            id="n-1",
            text="Larkmoor & parcels\nLate again",
            url="https://example.com/1",
            author="Ann Lee",
            published_at="2026-03-01T10:00:00.000Z",
        ),
        Entry(
            id="https://example.com/2", text="zażółć", url="https://example.com/2", author="Ann Lee"
        ),
    ]


def test_atom_and_the_links_of_google_alerts() -> None:
    assert read_feed(ATOM) == [
        Entry(
            id="tag:google.com,2013:googlealerts/feed:1",
            text="Larkmoor refunds\nPaid <twice> no answer",
            url="https://example.com/a?b",
            author="Ann",
            published_at="2026-03-01T10:00:00.000Z",
        ),
        Entry(id="2", text="1 < 2\nOne two", published_at="2026-03-01T10:00:00.000Z"),
    ]


def test_the_first_rss_is_read_too() -> None:
    (entry,) = read_feed(RDF)
    assert (entry.text, entry.published_at) == ("Old form", "2026-03-01T10:00:00.000Z")


@pytest.mark.parametrize(
    "url",
    [
        "https://www.google.com/url?sa=t&url=javascript:alert(1)",
        "https://example.com/url?url=https://elsewhere.example",
        "https://www.google.com.evil.example/url?url=https://example.com",
        "https://www.google.com/search?q=https://example.com",
    ],
)
def test_any_other_link_stays_as_it_is(url: str) -> None:
    assert unwrapped(url) == url


def test_a_link_that_is_none_of_the_web_is_left_out() -> None:
    (entry,) = read_feed(b"<rss><item><title>x</title><link>javascript:a()</link></item></rss>")
    assert entry.url is None


def test_an_id_that_is_too_long_or_odd_is_its_hash_always_the_same() -> None:
    long = "i" * 300
    feed = f"<rss><item><guid>{long}</guid><title>x</title></item></rss>".encode()
    (entry,) = read_feed(feed)
    assert len(entry.id) == 64
    assert read_feed(feed) == [entry]


def test_a_text_is_cut_and_a_mail_address_is_no_name() -> None:
    item = f"<title>{'x ' * 9_000}</title><author>ann@example.com</author>"
    (entry,) = read_feed(f"<rss><item>{item}</item></rss>".encode())
    assert len(entry.text) == 8_000
    assert entry.author is None


BOMB = (
    b'<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b"<rss><item><title>&b;</title></item></rss>"
)
OUTSIDE = b'<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><item>&a;</item></rss>'


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "no XML"),
        (b"<html><body>moved</body></html>", "neither RSS nor Atom"),
        (b'{"json": true}', "no XML"),
        (b"<rss><item><title>x</title></rss>", "no XML at line 1"),
        (b"<rss><item><title>x", "no XML"),
        (BOMB, "declares an entity"),
        (OUTSIDE, "declares an entity"),
        (b"<rss><item><title>&unknown;</title></item></rss>", "no XML"),
        (b"<rss>" + b"<a>" * 100 + b"</a>" * 100 + b"</rss>", "nested deeper"),
        (b"<rss>" + b"<item/>" * (MOST + 1) + b"</rss>", "more than 2000 entries"),
        (b'<?xml version="1.0" encoding="klingon"?><rss/>', "encoding"),
    ],
)
def test_what_is_no_feed_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(BadFeedError, match=why):
        read_feed(body)


def test_a_document_type_without_entities_is_let_through() -> None:
    head = b'<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://x/y.dtd">'
    (entry,) = read_feed(head + b"<rss><item><title>x</title></item></rss>")
    assert entry.text == "x"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain", "plain"),
        ("a < b && c > d", "a < b && c > d"),
        ("<style>p{}</style>x<noscript>y</noscript>", "x"),
        ("<li>one</li><li>two</li>", "one two"),
        ("&lt;b&gt; &#378; &nosuch;", "<b> ź &nosuch;"),
        ("</script>x", "x"),
    ],
)
def test_html_becomes_what_a_reader_sees(html: str, text: str) -> None:
    assert text_of(html) == text
