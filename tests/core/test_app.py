"""The application as a whole: health, problems, headers, paths."""

import httpx


async def test_health_answers(client: httpx.AsyncClient) -> None:
    response = await client.get("/health")
    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in response.headers["content-security-policy"]


async def test_ready_with_database_answers_ok_with_or_without_slash(
    client: httpx.AsyncClient,
) -> None:
    for path in ("/health/ready", "/health/ready/"):
        response = await client.get(path)
        assert response.json() == {"status": "ok", "database": "ok"}


async def test_unknown_path_is_a_problem_in_the_callers_language(client: httpx.AsyncClient) -> None:
    response = await client.get("/api/v1/nothing", headers={"Accept-Language": "ru"})
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"] == "Не найдено."
