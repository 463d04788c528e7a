"""Advertisements as hosts read them, written for the tests and marked by hand: no sentence of them may ever be picked.

Each is one reading, sentence by sentence, with the slippery ones that sound like advice left in on purpose.
"""

from __future__ import annotations

READS: dict[str, tuple[str, ...]] = {
    "opened by name, advice inside": (
        "This episode is brought to you by Kettleworks, the tea subscription for people who think.",
        "You should never have to settle for stale leaves.",
        "Great mornings begin with one simple choice, and most people never make it.",
        "Kettleworks ships small batches from farms that they visit themselves.",
        "I have been drinking their green tea every day since spring, and I will never go back.",
        "Go to kettleworks.com/flour and get your first box for free.",
        "That is kettleworks.com/flour.",
    ),
    "a word from our sponsor": (
        "We will be right back after a quick word from our sponsors.",
        "Most teams lose a whole day every week to meetings that nobody needs.",
        "The best companies in the world never let that happen.",
        "With Slotwise, your calendar plans itself around the work that matters.",
        "Over four thousand teams trust Slotwise to win back their time.",
        "Sign up today for a free trial at slotwise.io.",
    ),
    "code at the end": (
        "Let me tell you about something that changed how I sleep.",
        "Dreamloft makes mattresses that stay cool all night long.",
        "Sleep is the most important thing you will ever invest in.",
        "Use the promo code BAKER at checkout for twenty percent off your first order.",
    ),
    "public radio": (
        "Support for this podcast comes from Harbour Mutual, with insurance for people who would rather be sailing.",
        "Every great voyage begins with a promise that somebody keeps.",
        "Learn more at harbourmutual.org.",
    ),
    "in the first person": (
        "Today's sponsor is Ledgerly, and I actually use it for this show.",
        "I used to spend every Sunday night with a box of receipts.",
        "Nobody should ever have to do that, because your time is worth more than your receipts.",
        "Ledgerly reads them all and files them while you sleep.",
        "Head over to ledgerly.com to get started, and tell them that I sent you.",
    ),
    "members and reviews": (
        "If you like what we do, you can become a paid member and listen without interruption.",
        "Leave us a five star review on Apple Podcasts, it really helps people find the show.",
        "Don't forget to subscribe to the show wherever you listen to podcasts.",
    ),
    "a course of one's own": (
        "Before we go on, I wanted to tell you about my new course for home bakers.",
        "You will learn everything that took me twenty years to understand.",
        "There is a thirty day money-back guarantee, so you can never lose.",
        "The link is in the show notes for ten percent off.",
    ),
    "a figure, a boast and an address": (
        "Two per cent is a small number, but in the right oven it is a powerful one.",
        "Crumbwise bakes for the most demanding kitchens of the world, and none of them ever looks back.",
        "There is a reason why the best bakers on this show never stop talking about it.",
        "They know how to build ovens that scale and that people love.",
        "Learn how Crumbwise can help your bakery grow at Crumbwise.com.",
    ),
    "spoken address": (
        "Our friends at Pinewood Coffee are offering something special this week.",
        "Coffee is the one luxury that everybody can afford every day.",
        "Visit pinewood dot com slash flour and enter code FLOUR for free shipping.",
    ),
}

# Talk between the readings that may be picked.
TALK: tuple[str, ...] = (
    "Good bread is mostly waiting, and waiting costs nothing at all.",
    "You need one customer who tells you the truth about your crust.",
    "A small town can keep four bakeries alive if people still walk.",
    "Failure taught me more about flour than any book on the shelf.",
    "The river decides how many loaves the mill can make in a day.",
    "Old ovens forgive mistakes that a new oven never will.",
)
