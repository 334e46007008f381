"""What a client knows of one chat from events alone; it must always come to equal a fresh fetch."""

import json
from dataclasses import dataclass, field
from typing import Any

from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service
from besedka.kernel.conversations.service.spelling import spell
from besedka.kernel.conversations.types import ConversationId, Viewer
from tests.kernel.realtime.client import Client, Frame

SHOWN = ("title", "state", "assignee", "epoch")


@dataclass
class Replica:
    """A chat as one client has put it together."""

    runtime: Runtime
    viewer: Viewer
    workspace: Any
    chat: ConversationId
    cursor: int = 0
    messages: dict[int, Frame] = field(default_factory=dict)
    head: dict[str, Any] = field(default_factory=dict)
    stale: bool = False
    applied: int = 0

    def apply(self, frame: Frame) -> None:
        """Take one event; what is not newer than the cursor was seen before."""
        if frame.get("chat") != str(self.chat) or frame["type"] not in {
            "message",
            "message.changed",
            "chat.changed",
        }:
            return
        self.applied += 1
        if frame["data"].get("stale"):
            self.stale = True
            return
        if frame["type"] == "chat.changed":
            if frame["mod"] >= self.head.get("mod", 0):
                self.head = frame["data"] | {"mod": frame["mod"]}
        else:
            known = self.messages.get(frame["seq"])
            if known is None or known["mod"] < frame["mod"]:
                self.messages[frame["seq"]] = frame["data"]
        if not self.stale:
            self.cursor = max(self.cursor, frame["mod"])

    def take(self, client: Client) -> None:
        """Apply all that has arrived."""
        while not client.inbox.empty():
            self.apply(client.inbox.get_nowait())

    async def mend(self) -> None:
        """Fetch what the server has given up sending, as `GET /changes` does."""
        while self.stale:
            self.stale = False
            async with self.runtime.db.fast.acquire(self.workspace) as conn:
                entry = await service.get_readable(
                    conn, self.chat, actor=self.viewer.actor_id, staff=True
                )
                changes = await service.changes_since(
                    conn, self.chat, viewer=self.viewer, since_mod=self.cursor, limit=10_000
                )
            for message in changes:
                self.messages[message.seq] = json.loads(spell(message))
            head = entry.conversation
            self.head = service.chat_json(
                head, internal=self.viewer.internal, assignee=entry.assignee
            )
            self.cursor = max(self.cursor, head.mod)

    async def check(self) -> None:
        """Compare with a fresh fetch."""
        async with self.runtime.db.fast.acquire(self.workspace) as conn:
            fresh = await service.page(
                conn, self.chat, viewer=self.viewer, after_seq=0, limit=10_000
            )
            head = await service.get_conversation(conn, self.chat)
        assert [self.messages[seq] for seq in sorted(self.messages)] == [
            json.loads(spell(m)) for m in fresh
        ]
        if self.head:
            shown = service.chat_json(head, internal=self.viewer.internal)
            mine = {name: self.head.get(name) for name in SHOWN}
            assert mine == {**{name: shown[name] for name in SHOWN}, "assignee": mine["assignee"]}
            assignee = self.head.get("assignee")
            assert (assignee or {}).get("id") == (
                str(head.assignee_id) if head.assignee_id else None
            )
