"""What show notes say besides the episode: the named kinds of boilerplate and how each is recognised.

Only patterns may enter, each with the kind that it proves; how notes are cut into pieces is `bot.reading.notes`. They
were written on real feeds (docs/decisions/notes.md has the figures). A pattern must be sure by itself: what is merely
short, or merely bears an address, is no boilerplate.
"""

from __future__ import annotations

from enum import StrEnum

import regex


class Reason(StrEnum):
    """Why a piece of show notes was left out."""

    SPONSOR = "sponsor"
    SUPPORT = "appeal for support"
    FOLLOW = "where to follow or to write"
    LINKS = "links"
    HOSTING = "hosting or privacy notice"
    CREDITS = "credits"
    DISCLAIMER = "disclaimer"
    CHAPTERS = "chapters"
    TAGS = "hashtags"
    REPEATED = "stands in most items of the feed"


_DOMAIN = (
    r"(?:com|org|net|io|co|fm|tv|dev|app|ai|me|ly|gg|us|uk|de|fr|eu|ch|at|nl|it|es|be|se|no|dk|pl|info|show|link|to|gl"
    r"|news|club|shop|store|xyz|audio|media|be|in|ca|au|world|live|blog|page|studio)"
)
_BARE = rf"\b(?:[a-z0-9-]{{1,40}}\.){{1,4}}{_DOMAIN}\b"
ADDRESS = regex.compile(
    rf"(?i:\b(?:https?://|www\.)[^\s<>]++|{_BARE}/[^\s<>]++)|[\w.+-]{{1,64}}@[\w-]{{1,64}}(?:\.[\w-]{{1,40}}){{1,4}}"
)
# Also the name of many a company and library ("Booking.com", "ASP.NET"): proof of a link only where little else stands.
BARE_ADDRESS = regex.compile(rf"(?i:{_BARE})(?![\w@/(<])")
HANDLE = regex.compile(r"(?<![\w@/])@[\w.]{2,40}|(?<![\w/])(?:r|u)/\w{3,30}\b|(?<!\w)#\p{L}[\p{L}\p{M}\p{N}_]*+")
HASHTAG = regex.compile(r"(?:[#＃][\p{L}\p{N}_]*\p{L}[\p{L}\p{M}\p{N}_]*\s*)+")
# What a row that is nothing but a reference names: the place where it leads.
_PLACE = (
    r"(?:apple(?: podcasts?| music)?|itunes|spotify|youtube(?: music)?|google(?: podcasts?)?|amazon(?: music)?|audible|"
    r"overcast|pocket ?casts|castbox|stitcher|deezer|tunein|iheart(?:radio)?|podchaser|soundcloud|rss(?: feed)?|"
    r"(?:podcast )?feed|x|x ?/ ?twitter|twitter(?: ?/ ?x)?|facebook|instagram|insta|ig|linkedin|threads|bluesky|"
    r"mastodon|tiktok|reddit|discord|slack|telegram|whatsapp|snapchat|twitch|pinterest|github|patreon|substack|medium|"
    r"goodreads|website|web ?site|webseite|homepage|blog|newsletter|merch|store|shop|e-?mail|contact|kontakt|"
    r"social media|socials)"
)


def _any(*patterns: str) -> regex.Pattern[str]:
    return regex.compile("|".join(f"(?:{pattern})" for pattern in patterns), regex.IGNORECASE)


# Each sentence or line that one of these meets is boilerplate of that kind, whatever else stands round it.
SURE: tuple[tuple[Reason, regex.Pattern[str]], ...] = (
    (
        Reason.HOSTING,
        _any(
            r"\b(?:hosted (?:on|by)|gehostet (?:von|bei)|hébergé (?:par|sur)|alojado en|in hosting su) (?:acast"
            r"|simplecast|"
            r"ausha|megaphone|art19|podigee|julephosting|omny|captivate|libsyn|buzzsprout)",
            r"\b(?:acast|art19|simplecast|redcircle|omnystudio|megaphone|podbean|audioboom|podcastchoices|julephosting)"
            r"\.(?:com|fm|de)/(?:privacy|adchoices|listener)",
            r"^(?:learn more about|about) your ad[- ]choices|\bpodcastchoices\.com",
            r"^see (?:the |our )?privacy policy at\b|\bcalifornia privacy notice at\b",
            r"^(?:our |unsere )?(?:general |allgemeinen? )?(?:gdpr|dsgvo|datenschutz\w*) ?(?:privacy policy )?"
            r"(?:was updated|wurde aktualisiert|richtlinien)",
            r"^see (?:acast|omnystudio|pcm\.adswizz|www\.)\S+",
            r"^(?:powered|hosted|published) (?:by|with|on) (?:firstory|anchor|spreaker|buzzsprout|redcircle|acast"
            r"|simplecast|"
            r"podbean|transistor|riverside|zencastr|freedom ?controller|spotify for (?:podcasters|creators))\b",
            r"^this (?:page|feed) (?:was )?created with\b|^last modified \d|^(?:advertising|ad) inquiries:|"
            r"^privacy & opt-out:",
            r"^this is a (?:public|free) (?:episode|preview)\b|^get full access to .{1,120} at ",
            r"^(?:impressum|datenschutz(?:erklärung)?|privacy policy|terms of (?:use|service)|cookie policy)\b.{0,80}$",
        ),
    ),
    (
        Reason.SPONSOR,
        _any(
            r"\b(?:is|are|was|were)(?: also| proudly)? (?:brought to you|sponsored|presented|supported|made possible)"
            r" by\b",
            r"^(?:brought to you|(?:proudly )?sponsored|presented|supported) by\b",
            r"\b(?:thank(?:s| you)?(?: so much| very much)? to|check out|from) (?:all )?(?:our|my|today['’]s|this"
            r" (?:week|episode|"
            r"month)['’]s|the show['’]s) (?:\w+ )?(?:sponsors?|advertisers?)\b",
            r"^(?:our|today['’]s|this (?:week|episode|month)['’]s) (?:\w+ )?sponsors?\b|^a word from our sponsor",
            r"\b(?:promo|discount|coupon|offer|referral|voucher|rabatt|gutschein)[- ]?codes?\b|\bcode promo\b",
            r"\b(?:use|enter|using|with|w/|mit|apply) (?:the |my |our |dem |checkout )?codes?\b ?:?"
            r" ?(?-i:[\"“'‘]?[A-Z][A-Z0-9-]{2,30}\b)",
            r"\b\d{1,2} ?% (?:off|discount|rabatt)\b|\bsave \d{1,2} ?%|\$\d+ off\b",
            r"\bfree (?:trial|shipping)\b.{0,80}\b(?:at|go to|visit|order|https?)\b|\bmoney[- ]back guarantee\b",
            r"\bexclusive\b.{0,40}\b(?:deal|offer|discount)\b.{0,80}(?:\bhttps?:|\bwww\.|\.com\b|\bat\b)",
            r"^(?:anzeige|werbung|advertisement|ad|sponsored|sponsor)\b ?[:*–-]",
            r"\b(?:affiliate|referral) (?:links?|commission)\b|\bas an amazon associate\b",
            r"\bwir danken unser\w* (?:sponsor|werbepartner|partner)|\b(?:wird|wurde) (?:dir |euch )?(?:gesponsert"
            r"|präsentiert) von\b",
        ),
    ),
    (
        Reason.SUPPORT,
        _any(
            r"\bpatreon\b|\bko-fi\b|\bbuy(?: me| us)? ?a ?coffee\b|\bpaypal\b|\bvenmo\b|\bgofundme\b"
            r"|\bsteady(?:hq)?\b\.com",
            r"\b(?:podcasters\.spotify|anchor)\.(?:com|fm)/\S*/(?:support|message|subscribe)\b",
            r"\b(?:please |consider |by )?support(?:ing)? (?:the|this|our|my|us|me)\b ?(?:show|podcast|channel|work"
            r"|independent|"
            r"production|stream)?(?=.{0,80}(?:here|at|https?:|patreon|donat|member|subscrib|time|[!.:]"
            r"|$))(?!.{0,10}(?:idea|"
            r"claim|view|notion|argument))(?:.{0,80}(?:here|https?:|donat|member|time\b|boost)|(?:show|podcast"
            r"|channel|work)"
            r"[!.:]?$|.{0,30}production!?$|[!:]?$)",
            r"\bbecome (?:a|an|our) (?:\w+ ){0,3}(?:member|supporter|patron|subscriber|producer)\b(?=.{0,60}(?:here"
            r"|at|!|:|club|"
            r"https?|today|support|$))",
            r"\b(?:not a|for our|content for|chapters? for) (?:supporters?|subscribers?|members?|patrons?)\b(?: yet)?|"
            r"\bsupporter content\b|\bbonus content\b.{0,60}\b(?:supporters|members|subscribers)\b",
            r"\b(?:extra|bonus|exclusive|ad[- ]free) (?:content|episodes?)\b.{0,120}(?:https?:|subscrib|member|sign"
            r" up|join)",
            r"\bplease support (?:it|us|them|me)\b",
            r"^(?:please )?(?:donate|donations?)\b.{0,80}$|^(?:boost|crank) .{0,120}(?:apps?|sats|value)\b",
            r"\b(?:unterstütze|unterstützt) (?:uns|mich|den podcast|diesen podcast)\b|^(?:spenden?|spendet)\b.{0,60}$",
            r"\bbuy (?:the |our |my )?(?:merch|t-?shirts?)\b|^(?:merch|merchandise)\b.{0,60}$",
        ),
    ),
    (
        Reason.FOLLOW,
        _any(
            rf"\b(?:follow|find|like|add|connect with|stay connected with) (?:us|me|him|her|them|the (?:show|podcast)"
            rf"|\S+(?: \S+)?) "
            rf"(?:on|at|over at|via) (?:our |the )?(?:{_PLACE}|https?:|www\.|@|social)",
            r"\b(?:please )?(?:rate|leave|write|drop)\b(?: (?:us|me|and|a|an|your|,|review|rate|subscribe|5|five"
            r"|-?star)){1,6} "
            r"(?:review|rating|comment|stars?)\b|\brate,? (?:and |& )?review\b",
            r"^(?:and )?(?:please |don['’]t forget to |be sure to |make sure (?:to|you) |remember to |search for and )?"
            r"(?:like,? |share,? |rate,? |follow,? )*(?:and |& )?subscribe\b(?: (?:to|on|for|here|now|at|via|wherever"
            r"|in|and|today"
            r"|with|if|so)\b|[!.:]|$)",
            r"\bsubscribe (?:to|on)\b.{0,80}\b(?:wherever|apple|spotify|youtube|podcasts?|channel|newsletter|feed)\b",
            r"\bwherever you (?:get|listen to|find|download|stream) (?:your|our)? ?(?:favou?rite )?podcasts?\b",
            r"\b(?:sign ?up|subscribe|join) (?:for|to|now|today|here)?\b.{0,30}\b(?:newsletters?|mailing list|email"
            r" list)\b",
            r"\bjoin (?:us|our|the|in)\b.{0,40}\b(?:discord|slack|telegram|facebook|community|mailing list"
            r"|subreddit)\b",
            r"\b(?:send (?:us|me|in)|leave us|drop us) (?:a |an |your |some )?(?:\w+ ){0,2}(?:voice|e-?mails?|message"
            r"|feedback|line|"
            r"voicemails?|text|note)\b|^(?:e-?mail|write(?: to)?|contact|text|call|tweet(?: at)?) (?:us|me)\b",
            r"^new episodes? (?:air|drop|come|release|are|is|every|weekly|each|on)\b.{0,160}$",
            r"^get in touch\b|^reach (?:out to )?us\b|^let us know\b.{0,90}(?:@|https?:|content and format|[!.])$",
            r"^(?:listen|watch|stream|download|available|also)(?: \w+){0,4} (?:on|at|via|in) (?:our |your"
            r" )?(?:favou?rite )?"
            rf"(?:{_PLACE}|podcast)\b.{{0,80}}$|\b(?:watch|view) (?:it|this episode|the (?:video|episode)) on"
            rf" youtube\b",
            r"^(?:folgt?|abonniert?|abonniere|bewertet?) (?:uns|mich|den|diesen|unseren)\b|\babonniert (?:uns|den"
            r"|unseren)\b",
            r"^thank(?:s| you)(?: so much| all)? for (?:listening|watching|tuning in|being here|subscribing)\b",
            r"^(?:visit|check out|see) (?:our|the|my|us at)\b.{0,30}\b(?:website|site|store|shop|socials?|channel"
            r"|backlog)\b",
            r"^(?:download the (?:mp3|episode|audio)|(?:rss )?podcast feed|(?:read )?(?:episode )?transcripts?(?:"
            r" here)?|shownotes?"
            r"(?: archive.{0,80})?)$",
        ),
    ),
    (
        Reason.CREDITS,
        _any(
            r"^(?:(?:intro|outro|opening|closing|theme|title|original|incidental|background|additional|our|the|all"
            r"|end of show|"
            r"voice|episode|cover|podcast|executive|associate|co-?|senior|assistant|sound|audio|video|show|music|art"
            r"|and|&)[ -]+)*"
            r"(?:music|song|theme|themes?(?: song| music)?|tune|art(?:work)?|cover(?: art)?|logo|graphics"
            r"|illustrations?|photos?|"
            r"photography|design|mix(?:es|ing)?|mastering|engineer(?:ing|s)?|editors?|editing|edit|producers?"
            r"|production|"
            r"hosts?|co-?hosts?|writers?|narrators?|research(?:ers?)?|fact[- ]check(?:ing|ers?)?|score|composer|sound"
            r" design|"
            r"recording|chapters|clip custodian|back office|voice ?over|musik|schnitt|produktion|moderation|redaktion|"
            r"sprecher(?:in)?|gestaltung|weather)(?: ?[/&,] ?\w+| (?:and|&|und) \w+(?: \w+)?)? ?"
            r"(?::(?=\s*\S)|\bby\b|\bfrom\b|\bcomposed\b|\bperformed\b|\bprovided\b|\bcourtesy\b|\bvon\b)",
            r"^(?:(?:this|the) (?:episode|show|podcast|series) (?:is|was) )?(?:written|produced|edited|mixed"
            r"|engineered|mastered|"
            r"narrated|hosted|recorded|composed|directed|created|researched|fact[- ]checked|performed|production"
            r"|sound design(?:ed)?|"
            r"mixed and mastered)(?:,? (?:and |& )?(?:written|produced|edited|mixed|engineered|mastered|narrated"
            r"|hosted|recorded|"
            r"directed|created|performed|sound designed))*,? by\b(?!.{110})",
            r"^an? (?:production|podcast) (?:of|from|by)\b.{0,80}$|^©|^copyright\b|^all rights reserved",
            r"^the voice of .{1,60} (?:is|was)\b|^(?:our |the )?(?:theme|intro|outro|title) (?:music|song|tune) (?:is"
            r"|was|by|comes)\b",
            r"^starring .{1,80} as\b",
            r"^\S+(?: \S+){0,3} ?[-–—:] ?(?:host|co-?host|producer|executive producer|editor|engineer)$",
        ),
    ),
    (
        Reason.DISCLAIMER,
        _any(
            r"\b(?:not|nothing|none)\b.{0,80}\b(?:constitutes?|intended as|be (?:construed|taken|considered) as|is"
            r"|are)\b.{0,40}"
            r"\b(?:financial|legal|medical|investment|tax|professional)\b.{0,40}\badvice\b",
            r"\b(?:solely|only) for (?:educational|informational|entertainment)(?: \w+ \w+)? purposes\b",
            r"\bfor (?:educational|informational|entertainment)(?: \w+ \w+)? purposes only\b",
            r"^please consult\b.{0,60}\bprofessionals?\b",
            r"\b(?:views|opinions)\b.{0,40}\bexpressed\b.{0,80}\b(?:do not|are (?:solely )?those|not necessarily)\b",
            r"^disclaimers?\b",
        ),
    ),
)

# A heading, and of what kind the short lines below it are. Substance ("Topics", "In this episode", "Guests") has none.
HEADS: tuple[tuple[Reason, regex.Pattern[str]], ...] = (
    (
        Reason.SPONSOR,
        _any(
            r"(?:our |today['’]s |episode |this (?:week|episode)['’]s )?(?:sponsors?|sponsored by|partners?|werbung"
            r"|deals)"
        ),
    ),
    (
        Reason.SUPPORT,
        _any(
            r"(?:ways to )?support(?: (?:us|the (?:show|podcast)|this (?:show|podcast)))?|donate|donations|merch|"
            r"our stuff"
        ),
    ),
    (
        Reason.FOLLOW,
        _any(
            r"socials?(?: media| links)?|contact(?: us| info)?|connect(?: with us)?|follow(?: us)?(?: online| on)?"
            r"|find us(?: online)?"
            r"|(?:where to )?find (?:us|me|him|her|them)|get in touch|stay in touch|listen(?: on| now| here)?"
            r"|subscribe|"
            r"where to listen|links & socials|join us|kontakt|social-media"
        ),
    ),
    (
        Reason.LINKS,
        _any(
            r"(?:(?:show|episode|useful|related|relevant|further|mentioned|referenced|other) )?(?:links?|ressourcen"
            r"|resources|references|"
            r"quellen|sources|further reading|reading list|mentions|mentioned|weiterführende links)"
            r"(?: (?:and|&|und) (?:links|resources|references|mentions|show ?notes))?(?: (?:mentioned|discussed|from)"
            r"(?: (?:in|on|during) (?:this|the|today['’]s) (?:episode|show|podcast))?)?|(?:links|things|resources"
            r"|books) (?:we )?mentioned"
            r"|in this episode,? we mentioned the following (?:resources|links)|timestamps (?:&|and) referenced"
            r" resources"
        ),
    ),
    (
        Reason.CREDITS,
        _any(r"(?:show |episode )?credits|(?:the )?team|crew|hosts?|staff|art by|end of show mixes|engineering.{0,40}"),
    ),
    (
        Reason.CHAPTERS,
        _any(
            r"(?:time ?stamps?|time ?codes?|chapters?|kapitel(?:marken)?|table of contents|outline|contents)(?:"
            r" ?[:&].{0,40})?"
        ),
    ),
)
PLACE = regex.compile(rf"(?:(?:on|the|our|my|us on|auf) )?{_PLACE}", regex.IGNORECASE)
# Selling, where it stands right behind a sponsor's name: it belongs to the same reading.
SELLING = regex.compile(
    r"\b(?:free|discount|sign up|get started|try it|go to|visit|trial|checkout|offer|deal|off your|learn more|head to"
    r"|listeners)\b|"
    r"https?:|\bwww\.|\.com\b",
    regex.IGNORECASE,
)
