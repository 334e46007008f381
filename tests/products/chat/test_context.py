"""What a model is given to read: as much as it can take, and files as it can read them."""

import json
from base64 import b64decode
from pathlib import Path

import pytest

from besedka.core.config import Settings
from tests.fakes.llm import Say
from tests.products.chat.scenes import API, Scene

PIXEL = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
HOSTS = """
[[models]]
id = "fake-small"
provider = "openai"
context = 200
abilities = []

[[models]]
id = "fake-large"
provider = "openai"
context = 20000
abilities = ["vision"]
"""


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """The host says how much models can take."""
    settings.models_file = tmp_path / "models.toml"
    settings.models_file.write_text(HOSTS)
    return settings


async def test_what_has_no_room_is_left_out_and_the_answer_says_how_much(scene: Scene) -> None:
    long = "many words about nothing " * 8
    scene.model.then(Say("A1"), Say("A2"))
    await scene.ask(long)
    await scene.ask(long)
    said = (await scene.ask("short", model="fake-small")).json()["message"]
    assert said["trimmed"] == 2
    assert [role for role, _ in scene.heard()] == ["user", "assistant", "user"]
    refused = await scene.ask(long * 40, model="fake-small")
    assert (refused.status_code, refused.json()["code"]) == (422, "llm_context_too_long")


async def test_answer_shows_what_was_told_of_the_person_who_asked(scene: Scene) -> None:
    kept = {"values": [{"name": "honesty", "weight": 0.9}]}
    told = await scene.client.put(f"{API}/profile", headers=scene.made.headers, json=kept)
    assert told.status_code == 200, told.text
    words = (await scene.client.get(f"{API}/profile/prompt", headers=scene.made.headers)).json()
    await scene.send("PATCH", "", {"instructions": "Be brief."})
    said = (await scene.ask("Who am I?")).json()["message"]
    assert "honesty" in said["about"]
    assert said["about"] in words.values()
    assert scene.heard()[:2] == [("system", "Be brief."), ("system", said["about"])]


async def test_files_are_read_as_pictures_and_as_text_by_a_model_that_can(scene: Scene) -> None:
    ids = []
    for name, data in (("dot.png", PIXEL), ("notes.txt", "Секрет: 42".encode())):
        sent = await scene.client.post(
            f"{API}/files/upload", headers=scene.made.headers, files={"file": (name, data)}
        )
        ids.append(sent.json()["id"])
    said = (await scene.ask("What is it?", attachments=ids)).json()["message"]
    assert said["unread"] == []
    parts = json.loads(scene.heard()[-1][1])
    assert {part["type"] for part in parts} == {"text", "image_url"}
    assert "Секрет: 42" in json.dumps(parts, ensure_ascii=False)
    scene.model.then(Say("Blind."))
    again = await scene.send("POST", "/messages/1/regenerate", {"model": "fake-small"})
    assert again.json()["message"]["unread"] == ["dot.png"]
