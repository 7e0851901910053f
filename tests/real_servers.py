"""Real servers on loopback, from Debian's packages: WordPress on MariaDB and MediaWiki on SQLite, served by PHP.

Each lives in a folder of its own, which goes away with it; nothing of the system's own configuration is touched.
"""

import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from databases import free_port
from needs import missing, program

from sources.client import Client
from sources.manners import Manners
from sources.parsing import Parsers
from sources.source import Tools

LONGEST_START = 60.0  #: seconds
WORDPRESS = Path("/usr/share/wordpress")
MEDIAWIKI = Path("/usr/share/mediawiki")
_WORDPRESS_SETTINGS = """<?php
define('DB_NAME', 'wordpress'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:{socket}'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('WP_HOME', '{address}'); define('WP_SITEURL', '{address}');
define('DISABLE_WP_CRON', true); define('WP_HTTP_BLOCK_EXTERNAL', true);
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $name) {{
    define("{{$name}}_KEY", bin2hex(random_bytes(16))); define("{{$name}}_SALT", bin2hex(random_bytes(16)));
}}
$table_prefix = 'wp_';
defined('ABSPATH') || define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""
#: What every web server in front of WordPress does: files are served, everything else is WordPress's.
_WORDPRESS_ROUTER = """<?php
$path = __DIR__ . parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if (is_file($path) && !str_ends_with($path, 'robots.txt')) { return false; }
require __DIR__ . '/index.php';
"""
_WORDPRESS_INSTALL = """
define('WP_INSTALLING', true);
function wp_mail() { return true; }
require 'wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('Parents of Fleamford', 'ann', 'ann@fleamford.example', true, '', bin2hex(random_bytes(16)));
update_option('timezone_string', 'Europe/London');
"""
#: Calls functions of WordPress, given as JSON, and writes down what they return.
_WORDPRESS_CALLS = """
require 'wp-load.php';
require_once ABSPATH . 'wp-admin/includes/admin.php';
foreach (json_decode(file_get_contents('php://stdin'), true) as [$function, $arguments]) {
    $answers[] = $function(...$arguments);
}
echo json_encode($answers);
"""
#: A database that need not survive a power cut, and settings that tests may change.
_MEDIAWIKI_SETTINGS = """
$wgDBservers = [[
    'type' => 'sqlite', 'dbname' => $wgDBname, 'dbDirectory' => $wgSQLiteDataDir, 'load' => 1,
    'variables' => [ 'synchronous' => 'OFF' ], 'trxMode' => 'IMMEDIATE', 'flags' => DBO_DEFAULT,
]];
foreach (json_decode(file_get_contents(__DIR__ . '/settings.json'), true) as $name => $value) {
    $GLOBALS[$name] = is_array($value) ? array_replace_recursive($GLOBALS[$name], $value) : $value;
}
"""


@contextmanager
def true_tools(parsers: Parsers) -> Iterator[Tools]:
    """Yield what a source may use, with the true time, as the servers have it, and patience for a busy machine."""
    manners = Manners(allow=("127.0.0.0/8",), spacing=0.0, read_timeout=20.0)
    client = Client(manners)
    try:
        yield Tools(client, parsers, ("Hollybush Nursery School",), lambda: datetime.now(UTC))
    finally:
        client.close()


@contextmanager
def _running(
    says: str, *command: object, cwd: Path, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Run a server; it is ready once it says so in its log."""
    with subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=cwd,
        env=os.environ | (environment or {}),
    ) as process:
        assert process.stderr
        limit = threading.Timer(LONGEST_START, process.kill)
        limit.start()
        said = next((line for line in process.stderr if says.encode() in line), b"")
        limit.cancel()
        rest = threading.Thread(target=process.stderr.read)  # a full pipe would stop the server
        rest.start()
        try:
            assert said, f"{command[0]} never said {says!r}"
            yield
        finally:
            process.terminate()
            process.wait(LONGEST_START)
            rest.join()


def _done(*command: object, cwd: Path, given: str = "", environment: Mapping[str, str] | None = None) -> str:
    """Run a program to its end and return what it wrote."""
    ended = subprocess.run(
        [str(part) for part in command],
        input=given,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=os.environ | (environment or {}),
        timeout=LONGEST_START,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr or ended.stdout
    return ended.stdout


@dataclass(frozen=True)
class WordPress:
    """A blog."""

    address: str
    folder: Path

    def calls(self, *calls: Sequence[Any]) -> list[Any]:
        """Call functions of WordPress, each a name and its arguments, and return their answers."""
        given = json.dumps([[call[0], call[1:]] for call in calls])
        answers: list[Any] = json.loads(_done("php", "-r", _WORDPRESS_CALLS, cwd=self.folder, given=given))
        return answers

    def write(self, **post: Any) -> int:
        """Publish a post and return its number."""
        return int(self.calls(article(**post))[0])

    def plug_in(self, code: str) -> Path:
        """Install a plugin; it is gone with its file."""
        plugins = self.folder / "wp-content" / "mu-plugins"
        plugins.mkdir(exist_ok=True)
        (plugins / "test.php").write_text(f"<?php\n{code}\n", encoding="utf-8")
        return plugins / "test.php"

    def empty(self) -> None:
        """Leave a blog in which nobody has said anything, with readable addresses."""
        code = (
            "require 'wp-load.php'; global $wpdb, $wp_rewrite;"
            "foreach (['posts', 'postmeta', 'comments', 'commentmeta'] as $t) $wpdb->query(\"TRUNCATE wp_$t\");"
            "$wp_rewrite->set_permalink_structure('/%year%/%monthnum%/%postname%/'); flush_rewrite_rules();"
        )
        _done("php", "-r", code, cwd=self.folder)


def article(**post: Any) -> tuple[str, dict[str, Any]]:
    """Return the call that publishes a post."""
    return "wp_insert_post", {"post_status": "publish", "post_author": 1, **post}


def comment(post: int, said: str, **more: Any) -> tuple[str, dict[str, Any]]:
    """Return the call that publishes a comment."""
    return "wp_insert_comment", {"comment_post_ID": post, "comment_content": said, "comment_author": "Bob", **more}


@contextmanager
def wordpress(folder: Path) -> Iterator[WordPress]:
    """Run WordPress."""
    if not (WORDPRESS / "wp-content/themes/twentytwentythree").exists():
        missing("WordPress", "wordpress wordpress-theme-twentytwentythree")
    php = program("php", "php-cli")
    site = folder / "wordpress"
    _done("cp", "-r", WORDPRESS, site, cwd=folder)
    with _mariadb(folder) as socket:
        address = f"127.0.0.1:{free_port()}"
        settings = _WORDPRESS_SETTINGS.format(socket=socket, address=f"http://{address}")
        (site / "wp-config.php").write_text(settings, encoding="utf-8")
        (site / "router.php").write_text(_WORDPRESS_ROUTER, encoding="utf-8")
        _done(php, "-r", _WORDPRESS_INSTALL, cwd=site)
        with _running("Development Server", php, "-S", address, "router.php", cwd=site):
            yield WordPress(f"http://{address}", site)


@contextmanager
def _mariadb(folder: Path) -> Iterator[Path]:
    """Run a database of its own that nobody but this user can reach; yield its socket."""
    server, installer = (program(name, "mariadb-server-core") for name in ("mariadbd", "mariadb-install-db"))
    data, socket, first = folder / "data", folder / "socket", folder / "first.sql"
    user = ["--user=root"] if os.geteuid() == 0 else []
    normal = "--auth-root-authentication-method=normal"
    _done(installer, "--no-defaults", f"--datadir={data}", normal, "--skip-test-db", *user, cwd=folder)
    first.write_text("CREATE DATABASE wordpress CHARACTER SET utf8mb4;", encoding="utf-8")
    with _running(
        "ready for connections",
        server,
        "--no-defaults",
        f"--datadir={data}",
        f"--socket={socket}",
        f"--init-file={first}",
        "--skip-networking",
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-doublewrite=0",
        *user,
        cwd=folder,
    ):
        yield socket


@dataclass(frozen=True)
class MediaWiki:
    """A wiki."""

    address: str
    folder: Path

    @property
    def api(self) -> str:
        """The address that programs ask."""
        return f"{self.address}/api.php"

    def maintain(self, script: str, *arguments: object, given: str = "") -> str:
        """Run one of MediaWiki's own maintenance scripts and return what it wrote."""
        settings = {"MW_CONFIG_FILE": str(self.folder / "LocalSettings.php")}
        return _done(
            "php", f"maintenance/{script}.php", *arguments, cwd=MEDIAWIKI, given=given, environment=settings
        )

    def write(self, title: str, text: str) -> None:
        """Write a page, or a new version of it."""
        self.maintain("edit", "--user", "Ann", "--summary", "news", title, given=text)

    def write_many(self, pages: Mapping[str, str]) -> None:
        """Write many pages at once."""
        for title, text in pages.items():
            (self.folder / f"{title}.txt").write_text(text, encoding="utf-8")
        files = [self.folder / f"{title}.txt" for title in pages]
        self.maintain("importTextFiles", "--user", "Ann", "--rc", "--overwrite", *files)

    def titles(self) -> set[str]:
        """Return the titles of all pages."""
        titles: set[str] = set()
        for namespace in (0, 1):
            asked = f"action=query&format=json&list=allpages&aplimit=500&apnamespace={namespace}"
            with urlopen(f"{self.api}?{asked}") as answer:  # noqa: S310  # our own
                titles |= {page["title"] for page in json.load(answer)["query"]["allpages"]}
        return titles

    def delete(self, *titles: str) -> None:
        """Delete pages, as an administrator does."""
        self.maintain("deleteBatch", given="\n".join(titles))

    def set(self, **settings: Any) -> None:
        """Change the wiki's settings; without any, they are as usual again."""
        (self.folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")


@contextmanager
def mediawiki(folder: Path) -> Iterator[MediaWiki]:
    """Run MediaWiki."""
    if not MEDIAWIKI.exists():
        missing("MediaWiki", "mediawiki php-sqlite3")
    php = program("php", "php-cli")
    address = f"127.0.0.1:{free_port()}"
    wiki = MediaWiki(f"http://{address}", folder)
    wiki.maintain(
        "install",
        f"--confpath={folder}",
        "--dbtype=sqlite",
        f"--dbpath={folder}",
        f"--server=http://{address}",
        "--scriptpath=",
        "--pass=a-password-for-tests",
        "Fleamford",
        "Ann",
    )
    settings_file = folder / "LocalSettings.php"
    usual = settings_file.read_text(encoding="utf-8").replace("'NORMAL'", "'OFF'")
    settings_file.write_text(usual + _MEDIAWIKI_SETTINGS, encoding="utf-8")
    wiki.set()
    settings = {"MW_CONFIG_FILE": str(folder / "LocalSettings.php")}
    with _running("Development Server", php, "-S", address, cwd=MEDIAWIKI, environment=settings):
        yield wiki
