"""Folders: whose they are, and what becomes of their chats."""

import httpx

from besedka.core.runtime import Runtime
from tests.factories import make_person, make_workspace

API = "/api/v1"


async def test_folder_is_its_owners_alone_and_its_chats_outlive_it(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    other = await make_person(runtime, workspace)
    mine, theirs = workspace.headers, other.headers
    made = await client.post(f"{API}/folders", json={"name": "Trips"}, headers=mine)
    folder = f"{API}/folders/{made.json()['id']}"
    again = await client.post(f"{API}/folders", json={"name": "trips"}, headers=mine)
    assert (made.status_code, again.json()["code"]) == (201, "folder_taken")
    chats = [
        (await client.post(f"{API}/chats", json={"title": title}, headers=who)).json()["id"]
        for title, who in (("Kazan", mine), ("Omsk", mine), ("Perm", theirs))
    ]
    into = {"folder_id": made.json()["id"]}
    put = await client.patch(f"{API}/chats/{chats[0]}", json=into, headers=mine)
    assert put.json()["folder_id"] == into["folder_id"]
    for path, body in ((f"{API}/chats/{chats[2]}", into), (folder, {"name": "Ours"})):
        refused = await client.patch(path, json=body, headers=theirs)
        assert refused.json()["code"] == "folder_not_found"
    assert (await client.get(f"{API}/folders", headers=theirs)).json() == []
    listed = f"{API}/chats?folder={into['folder_id']}"
    for query, titles in (("", ["Kazan"]), ("&q=kaz", ["Kazan"]), ("&q=omsk", [])):
        found = (await client.get(listed + query, headers=mine)).json()
        assert [chat["title"] for chat in found] == titles
    assert (await client.get(f"{API}/folders", headers=mine)).json()[0]["chats"] == 1
    assert (await client.delete(folder, headers=mine)).status_code == 204
    kept = (await client.get(f"{API}/chats/{chats[0]}", headers=mine)).json()
    assert (kept["title"], kept["folder_id"]) == ("Kazan", None)
