"""Topics: which tags name one, how they are spelled, and an edition's digests grouped by them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush

import regex

from bot.digest.words import word_set
from bot.model.digest import Digest, TopicGroup
from bot.text import fold

# An episode may carry any number of tags; these many are topics.
MOST = 8
_LONGEST = 40
# Tags about the medium, not about what is said.
_GENERIC = word_set("""
    podcast podcasts podcasting podcastclips podcastclip podcastshorts podcaster short shorts ytshorts
    youtubeshorts youtube video videos viral trending trend fyp foryou foryoupage reels reel tiktok instagram
    clip clips episode episodes newepisode interview interviews show talk talks news new subscribe spotify
    applepodcasts audio motivation content creator live explore untitled misc other general uncategorized
    uncategorised none
""")
# The best-known spelling where it is not the plain word with a capital.
_KNOWN = """
    OKRs, KPIs,
    AI, AGI, LLM, LLMs, GPU, GPUs, CPU, API, APIs, ML, NLP, AR, VR, IoT, SaaS, B2B, B2C, CEO, CTO, CFO, VC, IPO,
    SEO, UX, UI, AWS, GCP, SQL, NoSQL, HTML, CSS, JavaScript, TypeScript, Node.js, Next.js, PHP, C++, C#, F#,
    .NET, iOS, iPhone, iPad, macOS, GitHub, GitLab, LinkedIn, YouTube, TikTok, PayPal, OpenAI, ChatGPT, GPT,
    DeepMind, DeepSeek, NVIDIA, AMD, IBM, TSMC, DevOps, MLOps, PostgreSQL, MySQL, SQLite, GraphQL, Kubernetes,
    WebAssembly, EU, UK, US, USA, UN, NATO, NASA, FBI, CIA, FDA, DNA, RNA, HIV, ADHD, HR, PR, DIY, NFL, NBA,
    NFT, NFTs, DeFi, ETF, ESG, GDP, R&D, Open source, Machine learning, Deep learning, Artificial intelligence,
    Generative AI, AI agents, AI safety, Climate change, Mental health, Venture capital, Real estate, Personal
    finance, Data science, Computer science, Software engineering, Product management
"""
_SPELLINGS = {
    spelling.casefold().replace(" ", "").replace("-", ""): spelling for spelling in " ".join(_KNOWN.split()).split(", ")
}


def topics(tags: Iterable[str]) -> tuple[str, ...]:
    """The topics among an episode's tags: no medium ("podcast", "shorts"), none twice, in their best-known spelling."""
    found: dict[str, str] = {}
    for tag in tags:
        name = fold(tag.replace("#", " ") if not tag.casefold().endswith("#") else tag)
        if not name or len(name) > _LONGEST or not regex.search(r"\p{L}", name) or _key(name) in _GENERIC:
            continue
        found.setdefault(_key(name), spelled([name]))
        if len(found) == MOST:
            break
    return tuple(found.values())


def spelled(spellings: Sequence[str]) -> str:
    """One topic as we show it: its best-known spelling, else the most used one with capitals, else with a first one."""
    known = _SPELLINGS.get(_key(spellings[0]))
    if known:
        return known
    capitals = [spelling for spelling in spellings if spelling != spelling.lower()]
    chosen = Counter(capitals or spellings).most_common(1)[0][0]
    return chosen if capitals else chosen[:1].upper() + chosen[1:]


def groups(digests: Sequence[Digest], *, rest: str) -> tuple[TopicGroup, ...]:
    """The digests, each in exactly one group; `rest` is the title of the group for those that share no topic.

    Again and again the topic that most of the remaining digests carry takes them, as long as that is two or more. A
    topic carried by more than half of them, from six digests on, parts nothing and comes last. The largest group is
    printed first, the rest last; inside a group the given order stays. Takes n log n time in the number of tags.
    """
    carriers: dict[str, list[int]] = {}
    names: dict[str, list[str]] = {}
    for index, one in enumerate(digests):
        for key, topic in {_key(topic): topic for topic in one.topics}.items():
            carriers.setdefault(key, []).append(index)
            names.setdefault(key, []).append(topic)
    broad = len(digests) // 2 if len(digests) >= 6 else len(digests)
    order = {key: rank for rank, key in enumerate(carriers)}
    queue = [(len(held) > broad, -len(held), order[key], key) for key, held in carriers.items() if len(held) > 1]
    heapify(queue)
    free = set(range(len(digests)))
    found: list[tuple[str, list[int]]] = []
    while queue:
        late, size, rank, key = heappop(queue)
        held = [index for index in carriers[key] if index in free]
        if len(held) < 2:
            continue
        if len(held) < -size:
            carriers[key] = held
            heappush(queue, (late, -len(held), rank, key))
            continue
        found.append((spelled(names[key]), held))
        free.difference_update(held)
    found.sort(key=lambda group: (-len(group[1]), group[1][0]))
    if free:
        found.append((rest, sorted(free)))
    return tuple(TopicGroup(name, tuple(digests[index] for index in held)) for name, held in found)


def _key(topic: str) -> str:
    return topic.casefold().replace(" ", "").replace("-", "")
