"""People are never followed."""

import pytest

from sources.keys import Wrong
from sources.profiles import public_page

PEOPLE = [
    "https://www.facebook.com/jane.smith.5",
    "https://facebook.com/profile.php?id=100001",
    "https://m.facebook.com/jane.smith",
    "https://www.facebook.com/people/Jane-Smith/100001",
    "https://fb.com/jane.smith",
    "https://en-gb.facebook.com/jane.smith",
    "https://x.com/janesmith",
    "https://x.com/janesmith/with_replies",
    "https://twitter.com/janesmith",
    "https://mobile.twitter.com/janesmith",
    "https://www.twitter.com/janesmith/status/1",
    "https://instagram.com/janesmith",
    "https://www.instagram.com/janesmith/",
    "https://www.instagram.com/janesmith/tagged/",
    "https://www.tiktok.com/@janesmith",
    "https://tiktok.com/@janesmith/video/1",
    "https://www.linkedin.com/in/jane-smith",
    "https://uk.linkedin.com/in/jane-smith",
    "https://www.linkedin.com/pub/jane-smith",
    "https://www.threads.net/@janesmith",
    "https://threads.com/@janesmith",
    "https://www.snapchat.com/add/janesmith",
    "https://snapchat.com/@janesmith",
    "https://www.reddit.com/user/janesmith",
    "https://reddit.com/u/janesmith",
    "https://old.reddit.com/user/janesmith.rss",
    "https://www.reddit.com/user/janesmith/comments/",
    "https://bsky.app/profile/jane.bsky.social",
    "https://bsky.app/profile/did:plc:abc/rss",
    "https://mastodon.social/@janesmith",
    "https://mastodon.social/@janesmith.rss",
    "https://fosstodon.org/users/janesmith",
    "https://mas.to/users/janesmith.atom",
    "https://toot.wales/@jane",
    "https://pixelfed.social/@jane",
    "https://www.pinterest.co.uk/janesmith/",
    "https://pinterest.com/janesmith",
    "https://nextdoor.co.uk/profile/01abc",
    "https://vk.com/id12345",
    "https://vk.com/janesmith",
    "https://www.flickr.com/people/janesmith",
    "https://flickr.com/photos/janesmith",
    "https://www.quora.com/profile/Jane-Smith",
    "https://ask.fm/janesmith",
    "https://onlyfans.com/janesmith",
    "https://www.roblox.com/users/1234/profile",
    "https://www.mumsnet.com/profile/jane",
    "https://steamcommunity.com/id/jane",
    "https://steamcommunity.com/profiles/7656",
    "https://medium.com/@janesmith",
    "https://forum.example/members/jane.12/",
    "https://forum.example/member.php?u=12",
    "https://forum.example/memberlist.php?mode=viewprofile&u=12",
    "https://forum.example/profile.php?id=12",
    "https://forum.example/user/jane",
    "https://forum.example/users/jane",
    "https://forum.example/u/jane",
    "https://forum.example/u/jane/activity.rss",
    "https://forum.example/index.php?action=profile;u=12",
    "https://blog.example/author/jane-smith",
    "https://blog.example/author/jane-smith/feed/",
    "https://blog.example/?author=3",
]
PLACES = [
    "https://news.example/feed",
    "https://www.reddit.com/r/walsall/search.rss?q=sandbank",
    "https://x.com/search?q=sandbank",
    "https://x.com/hashtag/sandbank",
    "https://www.facebook.com/groups/bloxwich",
    "https://www.facebook.com/events/12",
    "https://mastodon.social/tags/walsall.rss",
    "https://www.youtube.com/@sandbanknursery",
    "https://forum.example/members",
    "https://forum.example/t/nurseries/12",
    "https://blog.example/feed",
    "https://www.flickr.com/groups/walsall",
    "https://blog.example/2026/11/users-guide",
    "https://news.example/profile-of-a-town",
]


@pytest.mark.parametrize("address", PEOPLE)
def test_a_persons_profile_must_be_refused(address: str) -> None:
    with pytest.raises(Wrong, match="never followed"):
        public_page(address)


@pytest.mark.parametrize("address", PLACES)
def test_topics_and_places_must_be_taken(address: str) -> None:
    assert public_page(address) == address
