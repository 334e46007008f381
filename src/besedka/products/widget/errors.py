"""What can go wrong with a widget."""

from besedka.core.errors import Forbidden, NotFound, Unauthenticated


class WidgetNotFound(NotFound):
    """There is no widget of this key."""

    code = "widget_not_found"


class OriginNotAllowed(Forbidden):
    """The widget may not be used on this site (`origin`)."""

    code = "origin_not_allowed"


class VisitorUnknown(Unauthenticated):
    """The visitor's token is not known: begin a session anew."""

    code = "visitor_unknown"
