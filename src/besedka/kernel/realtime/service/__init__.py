"""Use cases of realtime."""

from besedka.kernel.realtime.service.checks import check_sessions, watch_sessions
from besedka.kernel.realtime.service.dispatch import receive
from besedka.kernel.realtime.service.hub import Command, Hub, Immediate, TopicOf, revoke_session
from besedka.kernel.realtime.service.presence import Presences, keep_renewing, presence_topic
from besedka.kernel.realtime.service.requests import Request
from besedka.kernel.realtime.service.sockets import Socket
from besedka.kernel.realtime.service.tickets import TICKET_SECONDS, Tickets, issue_ticket

__all__ = [
    "TICKET_SECONDS",
    "Command",
    "Hub",
    "Immediate",
    "Presences",
    "Request",
    "Socket",
    "Tickets",
    "TopicOf",
    "check_sessions",
    "issue_ticket",
    "keep_renewing",
    "presence_topic",
    "receive",
    "revoke_session",
    "watch_sessions",
]
