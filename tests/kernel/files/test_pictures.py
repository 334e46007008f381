"""Pictures over HTTP: smaller copies, refusals, and what is deleted with them."""

import httpx
import pytest

from besedka.core.runtime import Runtime
from tests.factories import make_workspace
from tests.fakes.jobs import settled
from tests.kernel.files import samples
from tests.kernel.files.conftest import PNG, TEXT, Uploader, on_disk


async def test_photo_is_shown_with_its_size_its_blurred_look_and_smaller_copies(
    owner: Uploader,
) -> None:
    shown = (await owner.send(samples.photo(1600, 1200), "photo.jpg", "image/jpeg")).json()
    assert (shown["kind"], shown["media_type"]) == ("image", "image/jpeg")
    assert (shown["width"], shown["height"], shown["duration_ms"]) == (1200, 1600, None)
    assert 24 <= len(shown["placeholder"]) <= 40
    sizes = {each["name"]: (each["width"], each["height"]) for each in shown["variants"]}
    assert sizes == {"thumbnail": (240, 320), "preview": (960, 1280)}
    assert (await owner.get(shown["id"])).json() == shown
    whole = await owner.client.get(shown["url"], headers=owner.person.headers)
    assert len(whole.content) == shown["size"]
    assert b"Ivan" not in whole.content
    small = await owner.client.get(shown["variants"][0]["url"], headers=owner.person.headers)
    assert (small.headers["content-type"], small.content[8:12]) == ("image/webp", b"WEBP")
    assert len(small.content) == shown["variants"][0]["size"]
    assert small.headers["content-disposition"].startswith("attachment;")
    assert small.headers["etag"] != whole.headers["etag"]
    part = await owner.get(f"{shown['id']}/content?variant=thumbnail", range="bytes=8-11")
    assert (part.status_code, part.content) == (206, b"WEBP")


async def test_smaller_copy_of_what_is_small_or_no_picture_is_the_file_itself(
    owner: Uploader,
) -> None:
    for data in (PNG, TEXT):
        shown = (await owner.send(data, "a")).json()
        assert shown["variants"] == []
        got = await owner.get(f"{shown['id']}/content?variant=preview")
        assert len(got.content) == shown["size"]
    wrong = await owner.get(f"{shown['id']}/content?variant=../original")
    assert wrong.status_code == 422


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (samples.photo()[:900], "image_unreadable"),
        (samples.encoded(samples.drawing(9, 9), "TIFF"), "image_refused"),
    ],
)
async def test_picture_that_cannot_be_drawn_is_refused_and_others_are_taken(
    owner: Uploader, runtime: Runtime, data: bytes, code: str
) -> None:
    before = len(on_disk(runtime))
    refused = await owner.send(data, "photo.jpg", "image/jpeg")
    assert (refused.status_code, refused.json()["code"]) == (415, code)
    assert len(on_disk(runtime)) == before
    assert on_disk(runtime, "incoming") == []
    assert (await owner.send(PNG)).status_code == 201


async def test_deleted_picture_is_gone_with_its_smaller_copies(
    owner: Uploader, runtime: Runtime
) -> None:
    before, data = len(on_disk(runtime)), samples.photo(700, 500)
    first, second = await owner.stored(data, "a.jpg"), await owner.stored(data, "b.jpg")
    await settled(runtime)
    assert len(on_disk(runtime)) == before + 2
    await owner.client.delete(f"/api/v1/files/{first}", headers=owner.person.headers)
    await settled(runtime)
    assert (await owner.get(f"{second}/content?variant=thumbnail")).content[8:12] == b"WEBP"
    await owner.client.delete(f"/api/v1/files/{second}", headers=owner.person.headers)
    await settled(runtime)
    assert len(on_disk(runtime)) == before


async def test_stranger_sees_no_smaller_copy(
    owner: Uploader, runtime: Runtime, client: httpx.AsyncClient
) -> None:
    file_id = await owner.stored(samples.photo(), "a.jpg")
    stranger = Uploader(client, (await make_workspace(runtime)).owner)
    got = await stranger.get(f"{file_id}/content?variant=thumbnail")
    assert got.status_code == 404


async def test_recording_is_shown_with_its_length(owner: Uploader) -> None:
    voice = (await owner.send(samples.wav(1.5), "voice.wav", "audio/wav")).json()
    assert (voice["kind"], voice["duration_ms"], voice["width"]) == ("audio", 1500, None)
    film = (await owner.send(samples.webm(None), "film.webm", "video/webm")).json()
    assert (film["kind"], film["duration_ms"]) == ("video", None)
