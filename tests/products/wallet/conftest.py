"""Payment providers on loopback, and a host who has set them up."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from besedka.core.config import Settings
from tests.fakes.payments import (
    SHOP,
    SHOP_SECRET,
    STRIPE_KEY,
    STRIPE_SECRET,
    FakePayments,
)


@pytest.fixture
async def gateway(settings: Settings) -> AsyncIterator[FakePayments]:
    """Both providers, set up in the installation."""
    async with FakePayments() as fake:
        settings.yookassa_shop_id, settings.yookassa_secret_key = SHOP, SecretStr(SHOP_SECRET)
        settings.yookassa_base_url = f"{fake.origin}/v3"
        settings.stripe_secret_key = SecretStr(STRIPE_KEY)
        settings.stripe_webhook_secret = SecretStr(STRIPE_SECRET)
        settings.stripe_base_url = fake.origin
        yield fake
