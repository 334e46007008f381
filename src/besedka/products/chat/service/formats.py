"""Chats of other places as ours: what ChatGPT and Open WebUI export, and our own exports.

Sources: `conversations.json` of a ChatGPT export (a tree: `mapping`, of nodes with `parent` and `message`, and `current_node`);
"Export Chats" of Open WebUI (`chat.history`: `messages` by id with `parentId`, and `currentId`).
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypeAlias

from pydantic import JsonValue, ValidationError

from besedka.kernel.conversations.types import LONGEST_BODY, LONGEST_TITLE
from besedka.products.chat.schemas import ExportRead, TurnRead
from besedka.products.chat.service.prompts import tidy_tags
from besedka.products.chat.types import LONGEST_INSTRUCTIONS, Foreign, Node, Note, Rating

MOST_NODES: Final = 5000
LONGEST_NAME: Final = 200
MOST: Final = 10**15
"""Above what nobody believes a number of tokens or micro-units."""
Object: TypeAlias = Mapping[str, JsonValue]
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_ROLES: Final = {"user": False, "assistant": True}


def read_chat(given: JsonValue) -> Foreign | Note:
    """Return a chat from elsewhere, or why it does not come in."""
    if not isinstance(given, dict):
        return Note("", "unknown")
    title = _line(given.get("title"), LONGEST_TITLE)
    if isinstance(given.get("mapping"), dict):
        found: Foreign | Note = _chatgpt(given, title)
    elif isinstance(_object(given.get("chat")).get("history"), dict):
        found = _open_webui(given, title)
    elif isinstance(given.get("messages"), list) and "instructions" in given:
        found = _own(given, title)
    else:
        return Note(title, "unknown")
    return found if isinstance(found, Note) else _checked(found)


def _checked(found: Foreign) -> Foreign | Note:
    if not found.nodes:
        return Note(found.title, "empty")
    if len(found.nodes) > MOST_NODES:
        return Note(found.title, "too_many", len(found.nodes))
    return found


def _chatgpt(given: Object, title: str) -> Foreign:
    mapping = _object(given.get("mapping"))
    notes = _Left()
    raw: list[_Raw] = []
    for name, value in mapping.items():
        node = _object(value)
        raw.append(_chatgpt_node(name, node, notes))
    key = _text(given.get("conversation_id")) or _text(given.get("id")) or _hash(given)
    nodes, leaf = _tree(raw, _text(given.get("current_node")), notes)
    return Foreign(
        key=f"chatgpt:{key}", title=title, nodes=nodes, leaf=leaf, is_archived=given.get("is_archived") is True,
        is_favorite=given.get("is_starred") is True, notes=notes.told(title),
    )  # fmt: skip


def _chatgpt_node(name: str, node: Object, notes: "_Left") -> "_Raw":
    message = _object(node.get("message"))
    meta = _object(message.get("metadata"))
    role = _text(_object(message.get("author")).get("role"))
    content = _object(message.get("content"))
    parts = content.get("parts")
    words = [part for part in parts if isinstance(part, str)] if isinstance(parts, list) else []
    if content.get("content_type") in {"code", "execution_output"} or role == "tool":
        notes.add("tools", bool(role))
        words = []
    elif isinstance(parts, list):
        notes.add("files", len(parts) - len(words))
    if meta.get("is_visually_hidden_from_conversation") is True:
        words = []
    attached = meta.get("attachments")
    notes.add("files", len(attached) if isinstance(attached, list) else 0)
    return _Raw(
        name, _text(node.get("parent")), role=role, words="\n\n".join(words), at=message.get("create_time"),
        model=_line(meta.get("model_slug"), LONGEST_NAME),
    )  # fmt: skip


def _open_webui(given: Object, title: str) -> Foreign:
    chat = _object(given.get("chat"))
    history = _object(chat.get("history"))
    notes = _Left()
    raw: list[_Raw] = []
    for name, value in _object(history.get("messages")).items():
        node = _object(value)
        files = node.get("files")
        notes.add("files", len(files) if isinstance(files, list) else 0)
        raw.append(
            _Raw(
                name, _text(node.get("parentId")), role=_text(node.get("role")), words=_text(node.get("content")),
                at=node.get("timestamp"), model=_line(node.get("model"), LONGEST_NAME),
            )
        )  # fmt: skip
    title = title or _line(chat.get("title"), LONGEST_TITLE)
    key = _text(given.get("id")) or _text(chat.get("id")) or _hash(given)
    nodes, leaf = _tree(raw, _text(history.get("currentId")), notes)
    tags = _object(given.get("meta")).get("tags") or chat.get("tags")
    return Foreign(
        key=f"open-webui:{key}", title=title, nodes=nodes, leaf=leaf, tags=_tags(tags),
        is_archived=given.get("archived") is True, is_favorite=given.get("pinned") is True,
        instructions=_text(chat.get("system"))[:LONGEST_INSTRUCTIONS], notes=notes.told(title),
    )  # fmt: skip


def _own(given: Object, title: str) -> Foreign | Note:
    try:
        read = ExportRead.model_validate(given)
    except ValidationError:
        return Note(title, "unknown")
    notes = _Left()
    nodes: list[Node] = []
    for turn in read.messages:
        notes.add("files", len(turn.attachments))
        if turn.content:
            parent = nodes[-1].id if nodes else None
            nodes.append(_own_node(turn, str(len(nodes)), parent, notes))
    return Foreign(
        key=f"besedka:{_hash(given)}", title=_line(read.title, LONGEST_TITLE), nodes=nodes, leaf=nodes[-1].id if nodes else "",
        tags=tidy_tags(read.tags), model=_line(read.model, LONGEST_NAME),
        instructions=_text(read.instructions)[:LONGEST_INSTRUCTIONS], notes=notes.told(title),
    )  # fmt: skip


def _own_node(turn: TurnRead, name: str, parent: str | None, notes: "_Left") -> Node:
    told = turn.model_dump(
        mode="json",
        include={
            "model", "finish", "failure", "usage", "cost", "seconds", "provider", "instead_of", "about", "trimmed", "summed_up", "unread", "assistant", "mode",
            "citations",
        },
    )  # fmt: skip
    cost, usage = turn.cost, turn.usage
    if cost is not None and not (_CURRENCY.fullmatch(cost.currency) and 0 <= cost.micro < MOST):
        told["cost"] = None
    if usage is not None and not all(0 <= each < MOST for each in (usage.input, usage.output)):
        told["usage"] = None
    is_answer = turn.role == "assistant"
    rating = {"good": Rating.GOOD, "bad": Rating.BAD}.get(turn.rating or "")
    return Node(
        id=name, parent=parent, is_answer=is_answer, text=_cut(turn.content, notes), at=_aware(turn.created_at),
        meta=_clean(told) if is_answer else {}, rating=rating if is_answer else None,
    )  # fmt: skip


class _Raw:
    """A node of a tree as it was read, before it is known whether it is a turn."""

    def __init__(
        self, name: str, parent: str, *, role: str, words: str, at: JsonValue, model: str
    ) -> None:
        self.name, self.parent, self.role, self.model = name, parent, role, model
        self.words = _printable(words).strip()
        self.at = _moment(at)

    @property
    def is_turn(self) -> bool:
        """Whether somebody reads it as a question or an answer."""
        return self.role in _ROLES and bool(self.words)


class _Left:
    """What is left out of a chat, by reasons."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def add(self, reason: str, count: int) -> None:
        """Count."""
        if count:
            self._counts[reason] = self._counts.get(reason, 0) + count

    def told(self, title: str) -> tuple[Note, ...]:
        """Return it as notes."""
        return tuple(Note(title, reason, count) for reason, count in self._counts.items())


def _tree(raw: Sequence[_Raw], current: str, notes: _Left) -> tuple[Sequence[Node], str]:
    """Return the turns of a tree, parents first, and the one that was shown last.

    What is no turn is left out, and what comes after it follows the turn before it; answers that come in pieces are one.
    """
    known = {each.name: each for each in raw}
    children: dict[str, list[_Raw]] = {}
    for each in raw:
        children.setdefault(each.parent if each.parent in known else "", []).append(each)
    nodes: dict[str, Node] = {}
    place: dict[str, str | None] = {"": None}
    waiting = list(reversed(children.get("", [])))
    while waiting:
        each = waiting.pop()
        before = place[each.parent if each.parent in known else ""]
        place[each.name] = _put(each, before, nodes, children, notes) if each.is_turn else before
        waiting.extend(reversed(children.pop(each.name, [])))
    leaf = place.get(current) or next(reversed(nodes), "")
    return list(nodes.values()), leaf


def _put(
    each: _Raw, before: str | None, nodes: dict[str, Node], children: Mapping[str, Sequence[_Raw]], notes: _Left
) -> str:  # fmt: skip
    is_answer = _ROLES[each.role]
    parent = nodes[before] if before is not None else None
    alone = len(children.get(each.parent, ())) < 2
    if parent is not None and is_answer and parent.is_answer and alone:
        words = _cut(f"{parent.text}\n\n{each.words}", notes)
        nodes[parent.id] = Node(
            id=parent.id, parent=parent.parent, is_answer=True, text=words, at=parent.at, meta=parent.meta
        )  # fmt: skip
        return parent.id
    meta: dict[str, JsonValue] = {"model": each.model or None, "finish": "stop"}
    nodes[each.name] = Node(
        id=each.name, parent=before, is_answer=is_answer, text=_cut(each.words, notes), at=each.at,
        meta=meta if is_answer else {},
    )  # fmt: skip
    return each.name


def _cut(words: str, notes: _Left) -> str:
    words = _printable(words).strip()
    if len(words) > LONGEST_BODY:
        notes.add("shortened", 1)
    return words[:LONGEST_BODY]


def _moment(value: JsonValue) -> datetime | None:
    if not isinstance(value, int | float) or not 0 < value < 10**11:
        return None
    return datetime.fromtimestamp(value if value < 10**10 else value / 1000, UTC)


def _aware(value: datetime | None) -> datetime | None:
    """Return a moment that was written by somebody, None for one that cannot be kept."""
    if value is None or not 1971 < value.year < 3000:
        return None
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


def _object(value: JsonValue) -> Object:
    return value if isinstance(value, dict) else {}


def _text(value: JsonValue) -> str:
    return _printable(value) if isinstance(value, str) else ""


def _line(value: JsonValue, longest: int) -> str:
    return " ".join(_text(value).split())[:longest]


def _tags(value: JsonValue) -> tuple[str, ...]:
    return tidy_tags(list(_tag_words(value))) if isinstance(value, list) else ()


def _tag_words(value: Sequence[JsonValue]) -> Iterator[str]:
    for each in value:
        words = _text(each) or _text(_object(each).get("name"))
        if words:
            yield words


def _printable(words: str) -> str:
    """Return words as the database can keep them."""
    return words.replace("\x00", "").encode("utf-8", "replace").decode()


def _clean(told: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return what is told of an answer without characters that cannot be kept."""
    spelled = json.dumps(told).replace("\\u0000", "")
    cleaned: dict[str, JsonValue] = json.loads(_printable(json.dumps(json.loads(spelled), ensure_ascii=False)))  # fmt: skip
    return cleaned


def _hash(given: Object) -> str:
    spelled = json.dumps(given, sort_keys=True)
    return hashlib.sha256(spelled.encode()).hexdigest()
