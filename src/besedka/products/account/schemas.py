"""Forms of the pages. Unknown fields are ignored: a form also carries its CSRF token."""

from pydantic import BaseModel, Field

from besedka.kernel.accounts.service import NewPerson
from besedka.kernel.mail.types import MailServer, Security

LONGEST = 1000


class PersonForm(BaseModel):
    """Somebody who signs up; `token` is that of the host's first link."""

    email: str = Field("", max_length=LONGEST)
    password: str = Field("", max_length=LONGEST)
    name: str = Field("", max_length=LONGEST)
    company: str = Field("", max_length=LONGEST)
    token: str = Field("", max_length=LONGEST)

    def person(self) -> NewPerson:
        """Return what accounts take."""
        return NewPerson(
            email=self.email, password=self.password, name=self.name, company=self.company
        )

    def shown(self) -> dict[str, str]:
        """Return what the form shows again after an error: all but the password."""
        return {"email": self.email, "name": self.name, "company": self.company}


class MailForm(BaseModel):
    """The mail server; an empty password keeps the stored one."""

    host: str = Field("", max_length=LONGEST)
    port: int = Field(587, ge=1, le=65535)
    security: Security = Security.STARTTLS
    username: str = Field("", max_length=LONGEST)
    password: str = Field("", max_length=LONGEST)
    sender: str = Field("", max_length=LONGEST)

    def server(self) -> MailServer:
        """Return what mail takes."""
        return MailServer(
            host=self.host.strip(), port=self.port, security=self.security, username=self.username.strip(),
            password=self.password, sender=self.sender.strip(),
        )  # fmt: skip
