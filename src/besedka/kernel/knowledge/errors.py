"""Errors of knowledge. Those of reading a document are in `extraction.errors`."""

from besedka.core.errors import BesedkaError, Conflict, InvalidInput, NotFound


class CollectionNotFound(NotFound):
    """The workspace has no such collection."""

    code = "collection_not_found"


class SourceNotFound(NotFound):
    """The workspace has no such source."""

    code = "source_not_found"


class PassageNotFound(NotFound):
    """The workspace has no such passage."""

    code = "passage_not_found"


class DocumentBusy(Conflict):
    """The source is being read at this moment: what is changed by hand now could be lost."""

    code = "document_busy"


class VersionNotFound(NotFound):
    """The source has no such version, or it is too old."""

    code = "document_version_not_found"


class SourceEmpty(InvalidInput):
    """There are no words in what was given."""

    code = "source_empty"


class PageRefused(BesedkaError):
    """The page's server answered with an error (`host`, `answer`)."""

    code = "page_refused"
    status = 502


class PageNotText(BesedkaError):
    """What the address gives is not a page of text (`host`, `media_type`)."""

    code = "page_not_text"
    status = 422


class IndexingStopped(BesedkaError):
    """Reading was interrupted too often, or ended by a fault of ours."""

    code = "indexing_stopped"
    status = 500


class NotSite(InvalidInput):
    """The source is no site."""

    code = "not_site"


class NotRefreshable(InvalidInput):
    """Only what stands at an address can be read again by itself."""

    code = "not_refreshable"


class SiteWithoutPages(BesedkaError):
    """No page of the site could be read, or all of them are left out (`host`)."""

    code = "site_without_pages"
    status = 422


class RobotsUnavailable(BesedkaError):
    """The site cannot say now what it allows (`host`, `answer`): until it does, nothing may be asked for."""

    code = "robots_unavailable"
    status = 502
    permanent = False
