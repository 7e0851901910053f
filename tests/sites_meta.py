"""Scripted Graph interface: a Page and an account of the school's own."""

from typing import Any

from scripted_site import FAULTS, Fault, Item, ScriptedSite, path_of, wanted
from social_answers import json_answer
from web_server import Answer, Asked

from sources.errors import Malformed, RateLimited, Refused, Unreachable


def graph_error(code: int, status: int = 400, subcode: int = 0) -> Answer:
    """Return a failure as the Graph interface writes it."""
    error = {"message": "m", "type": "OAuthException", "code": code, "error_subcode": subcode, "fbtrace_id": "A"}
    return json_answer({"error": error}, status)


class Facebook(ScriptedSite):
    """A Page on which visitors write."""

    backlog = 120
    faults = FAULTS | {
        "token run out": Fault(graph_error(190), (Refused,)),
        "no permission": Fault(graph_error(200, 403), (Refused,)),
        "too often": Fault(graph_error(4), (RateLimited,)),
        "trouble": Fault(graph_error(2), (Unreachable,)),
        "odd question": Fault(graph_error(100), (Malformed,)),
        "error with 200": Fault(graph_error(190, 200), (Refused,)),
    }
    account = "104400000000001"
    edge = "feed"

    def table(self) -> dict[str, Any]:
        return {"page": self.account, "token": "EAAGtoken"}

    def hosts(self) -> tuple[str, ...]:
        return ("graph.facebook.com",)

    def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization") != "Bearer EAAGtoken":
            return graph_error(190, 401)
        if path_of(asked).endswith(self.account):
            return json_answer({"id": self.account, "name": "Hollybush"})
        if wanted(asked).get("fields") == "id":
            number = path_of(asked).rpartition("/")[2].rpartition("_")[2]
            return json_answer({"id": number}) if self.shown(number) else graph_error(100, subcode=33)
        shown = self.items if path_of(asked).endswith(f"/{self.edge}") else []
        start = int(wanted(asked).get("after", "0"))
        cursors = {"cursors": {"before": "x", "after": str(start + 50)}}
        more = {"next": "https://graph.facebook.com/next"} if start + 50 < len(shown) else {}
        page = [self.row(item) for item in shown[start : start + 50]]
        return json_answer({"data": page, "paging": cursors | more})

    def row(self, item: Item) -> dict[str, Any]:
        """Return a post as the edge writes it."""
        return {
            "id": f"{self.account}_{item.number}",
            "message": f"{item.title}\n{item.text}",
            "created_time": item.at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "permalink_url": f"https://www.facebook.com/{self.account}/posts/{item.number}",
        }


class Instagram(Facebook):
    """An account that others tag."""

    account = "17841400000000001"
    edge = "tags"

    def table(self) -> dict[str, Any]:
        return {"account": self.account, "token": "EAAGtoken"}

    def row(self, item: Item) -> dict[str, Any]:
        return {
            "id": str(item.number),
            "caption": f"{item.title}\n{item.text}",
            "timestamp": item.at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "permalink": f"https://www.instagram.com/p/{item.number}/",
            "username": "ann",
        }
