"""The kinds that read blogs and websites, against a real WordPress."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from lab import made
from real_servers import WordPress, article, comment, true_tools, wordpress

from sources.parsing import Parsers
from sources.post import Post
from sources.source import Held, Rechecks, Source, Tools

SAID = "Ava’s class at “Hollybush” & Zoë’s 3 < 5"
MARKUP = "<p>Ava's class at \"Hollybush\" &amp; Zoë's 3 &lt; 5</p>"  #: WordPress makes round quotes of it
CLOSED = "add_filter('rest_authentication_errors', fn() => new WP_Error('rest_closed', '', ['status' => 401]));"


@pytest.fixture(scope="module")
def running_blog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WordPress]:
    with wordpress(tmp_path_factory.mktemp("blog")) as started:
        yield started


@pytest.fixture
def blog(running_blog: WordPress) -> WordPress:
    """A blog in which nobody has said anything."""
    running_blog.empty()
    return running_blog


@pytest.fixture
def tools(parsers: Parsers) -> Iterator[Tools]:
    with true_tools(parsers) as made:
        yield made


def ago(**span: float) -> str:
    """Return a time as WordPress writes it, in UTC."""
    return f"{datetime.now(UTC) - timedelta(**span):%Y-%m-%d %H:%M:%S}"


def titles(posts: tuple[Post, ...]) -> list[str]:
    return [post.title for post in posts]


def test_posts_and_comments_must_arrive_in_plain_words(blog: WordPress, tools: Tools) -> None:
    at = datetime(2026, 6, 4, 9, 0, tzinfo=UTC)  # ten o'clock at the school
    number = blog.write(post_title="Fair & fun", post_content=MARKUP, post_date="2026-06-04 10:00:00")
    blog.calls(comment(number, MARKUP, comment_date_gmt="2026-06-04 12:00:00"))
    post, answer = made("wordpress", tools, url=blog.address).fetch(None).posts
    assert (post.title, post.text, post.author, post.published) == ("Fair & fun", SAID, "ann", at)
    assert post.url == f"{blog.address}/2026/06/fair-fun/"
    assert (answer.title, answer.text, answer.author) == ("Fair & fun", SAID, "Bob")
    assert answer.url == f"{post.url}#comment-1"
    assert answer.published == at + timedelta(hours=3)


def test_a_comment_must_arrive_once_it_is_approved(blog: WordPress, tools: Tools) -> None:
    reading = made("wordpress", tools, url=blog.address)
    number = blog.write(post_title="Fair", post_content="Bring cakes.")
    form = {"comment_post_ID": number, "author": "Cy", "email": "cy@fleamford.example", "comment": "Hollybush!"}
    urlopen(f"{blog.address}/wp-comments-post.php", urlencode(form).encode()).close()  # noqa: S310  # our own blog
    first = reading.fetch(None)
    assert titles(first.posts) == ["Fair"]
    blog.calls(comment(number, "A later one."), ("wp_set_comment_status", 1, "approve"))
    second = reading.fetch(first.cursor)
    assert [post.text for post in second.posts] == ["Hollybush!", "A later one."]


def test_an_edit_must_bring_even_an_old_post_again(blog: WordPress, tools: Tools) -> None:
    reading = made("wordpress", tools, url=blog.address)
    old = blog.write(post_title="Old", post_content="Nothing.", post_date=ago(days=300))
    blog.calls(*(article(post_title=f"News {n}", post_content="-", post_date=ago(days=n)) for n in range(1, 60)))
    first = reading.fetch(None)
    assert len(first.posts) == 60
    blog.calls(("wp_update_post", {"ID": old, "post_content": "Hollybush is a disgrace."}))
    second = reading.fetch(first.cursor)
    assert [(post.id, post.text) for post in second.posts] == [(f"post-{old}", "Hollybush is a disgrace.")]
    assert reading.fetch(second.cursor).posts == ()


def test_an_edited_comment_must_come_again(blog: WordPress, tools: Tools) -> None:
    reading = made("wordpress", tools, url=blog.address)
    number = blog.write(post_title="Fair", post_content="Bring cakes.")
    blog.calls(comment(number, "Nice."), comment(number, "Yes."))
    first = reading.fetch(None)
    blog.calls(("wp_update_comment", {"comment_ID": 1, "comment_content": "Hollybush hits children."}))
    assert [post.text for post in reading.fetch(first.cursor).posts] == ["Hollybush hits children."]


def test_a_burst_must_arrive_whole_and_once(blog: WordPress, tools: Tools) -> None:
    reading = made("wordpress", tools, url=blog.address)
    number = blog.write(post_title="Fair", post_content="Bring cakes.")
    cursor = reading.fetch(None).cursor
    blog.calls(*(comment(number, f"Comment {n}", comment_date_gmt=ago(minutes=n)) for n in range(120)))
    found: list[str] = []
    while posts := (fetched := reading.fetch(cursor)).posts:
        cursor, found = fetched.cursor, [*found, *(post.text for post in posts)]
    assert sorted(found) == sorted(f"Comment {n}" for n in range(120))


@pytest.mark.parametrize("way", ["without pretty addresses", "with its interface closed"])
def test_a_blog_must_be_read_the_way_it_allows(way: str, blog: WordPress, tools: Tools) -> None:
    reading = made("wordpress", tools, url=blog.address)
    number = blog.write(post_title="Fair", post_content=MARKUP, post_date=ago(minutes=5))
    blog.calls(comment(number, "Hollybush!"))
    if way.startswith("without"):
        blog.calls(("update_option", "permalink_structure", ""))
    plugin = blog.plug_in(CLOSED if way.startswith("with its") else "")
    try:
        first = reading.fetch(None)
        assert [post.text for post in first.posts] == [SAID, "Hollybush!"]
        assert reading.fetch(first.cursor).posts == ()
    finally:
        plugin.unlink()


def test_a_feed_must_be_left_alone_until_something_changes(blog: WordPress, tools: Tools) -> None:
    reading = made("feed", tools, url=f"{blog.address}/comments/feed/", platform="blog")
    number = blog.write(post_title="Fair", post_content="Bring cakes.", post_date=ago(hours=3))
    blog.calls(comment(number, MARKUP, comment_date_gmt=ago(hours=2)))
    first = reading.fetch(None)
    assert [(post.text, post.author) for post in first.posts] == [(SAID, "Bob")]
    assert reading.fetch(first.cursor).unchanged
    blog.calls(comment(number, "Hollybush!"))
    assert [post.text for post in reading.fetch(first.cursor).posts] == ["Hollybush!"]


@pytest.mark.parametrize("way", ["with pretty addresses", "without pretty addresses"])
def test_what_is_gone_from_a_blog_must_be_told_and_nothing_else(way: str, blog: WordPress, tools: Tools) -> None:
    reading = made("wordpress", tools, url=blog.address)
    if way.startswith("without"):
        blog.calls(("update_option", "permalink_structure", ""))
    kept, trashed, draft, locked = blog.calls(
        *(article(post_title=f"Post {n}", post_content=MARKUP) for n in range(4))
    )
    blog.calls(*(comment(kept, f"Comment {n}.") for n in range(3)), comment(trashed, "Below."))
    first = reading.fetch(None)
    held = tuple(Held(post.id, post.url) for post in first.posts)
    assert look_again(reading, held, first.cursor) == set()
    blog.calls(
        ("wp_trash_post", trashed),
        ("wp_update_post", {"ID": draft, "post_status": "draft"}),
        ("wp_update_post", {"ID": locked, "post_password": "secret"}),
        ("wp_spam_comment", 1),
        ("wp_delete_comment", 2, True),
    )
    gone = {f"post-{trashed}", f"post-{draft}", "comment-1", "comment-2", "comment-4"}
    assert look_again(reading, held, first.cursor) == gone


@pytest.mark.parametrize("kind", ["feed", "site"])
def test_an_address_that_answers_no_more_must_be_told(kind: str, blog: WordPress, tools: Tools) -> None:
    reading = made(kind, tools, url=f"{blog.address}/{'feed/' if kind == 'feed' else ''}")
    numbers = blog.calls(*(article(post_title=f"Post {n}", post_content=MARKUP) for n in range(3)))
    first = reading.fetch(None)
    addresses = blog.calls(*(("get_permalink", number) for number in numbers))
    held = tuple(Held(post.id, post.url) for post in first.posts if post.url in addresses)
    assert len(held) == 3
    blog.calls(("wp_trash_post", numbers[1]))
    gone = look_again(reading, held, first.cursor)
    assert gone == {post.id for post in held if post.url == addresses[1]}


def look_again(source: Source, held: tuple[Held, ...], cursor: str) -> set[str]:
    assert isinstance(source, Rechecks)
    return set(source.recheck(held, cursor).gone)


def test_a_website_must_be_found_by_its_sitemap_and_links(blog: WordPress, tools: Tools) -> None:
    reading = made("site", replace(tools, names=("Hollybush",)), url=blog.address)
    blog.calls(
        article(post_title="Fair", post_content=MARKUP),
        article(post_title="Hidden page", post_type="page", post_content="Leo P. won the <em>race</em>."),
    )
    first = reading.fetch(None)
    found = {post.url: post.text for post in first.posts}
    assert SAID in found[next(url for url in found if url.endswith("/fair/"))]
    assert "Leo P. won the race." in found[f"{blog.address}/hidden-page/"]
    blog.calls(("wp_update_post", {"ID": 2, "post_content": "A child won the race."}))
    changed = {post.url: post.text for post in reading.fetch(first.cursor).posts}
    assert "A child won" in changed[f"{blog.address}/hidden-page/"]
    assert f"{blog.address}/fair/" not in changed


def test_comments_below_a_post_must_be_found_on_its_page(blog: WordPress, tools: Tools) -> None:
    number = blog.write(post_title="Fair", post_name="fair", post_content="Bring cakes.", post_date=ago(days=1))
    blog.calls(comment(number, MARKUP), comment(number, "Hollybush!", comment_author="Cy"))
    address = blog.calls(("get_permalink", number))[0]
    selectors = {
        "item": "li.comment",
        "text": ".wp-block-comment-content",
        "author": ".wp-block-comment-author-name",
    }
    reading = made("page", tools, url=address, **selectors)
    first = reading.fetch(None)
    assert {(post.text, post.author) for post in first.posts} == {(SAID, "Bob"), ("Hollybush!", "Cy")}
    assert reading.fetch(first.cursor).posts == ()
