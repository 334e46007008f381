"""Errors of webhooks."""

from besedka.core.errors import Conflict, InvalidInput, NotFound


class WebhookNotFound(NotFound):
    """The workspace has no such webhook."""

    code = "webhook_not_found"


class DeliveryNotFound(NotFound):
    """The webhook has no such delivery."""

    code = "webhook_delivery_not_found"


class UnknownKind(InvalidInput):
    """There is no such kind of event (`kind`)."""

    code = "webhook_unknown_kind"


class NoKind(InvalidInput):
    """No kind of event was chosen."""

    code = "webhook_no_kind"


class TooManyWebhooks(Conflict):
    """The workspace has as many webhooks as it may have (`limit`)."""

    code = "webhook_too_many"


class WebhookOff(Conflict):
    """The webhook is switched off: switch it on first."""

    code = "webhook_off"
