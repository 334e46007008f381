"""Installations to back up from and restore to."""

from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from besedka.core.config import Settings
from tests.cli.shell import SECONDS, Said, Shell

MODEL_KEY = "sk-kept-over-the-backup"


@dataclass(frozen=True, slots=True)
class Place:
    """An empty installation: a fresh database and a data folder of its own."""

    database_url: str
    data_dir: Path
    patience: float = SECONDS
    """For a command."""

    @property
    def shell(self) -> Shell:
        """The command line there."""
        return Shell(
            {
                "DATABASE_URL": self.database_url,
                "BESEDKA_DATA_DIR": str(self.data_dir),
                "BESEDKA_LOG_LEVEL": "error",
            },
            self.patience,
        )

    @property
    def settings(self) -> Settings:
        """Settings of a server there."""
        return Settings(
            _env_file=None, env="test", database_url=self.database_url, data_dir=self.data_dir,
            log_level="error", rate_limits=False, outgoing_private=True, database_pool=4,
        )  # fmt: skip


def whole(archive: Path) -> bool:
    """Whether an archive has its name, is for its owner alone, and left nothing unfinished beside it."""
    beside = list(archive.parent.glob("*.part"))
    return archive.stat().st_mode & 0o077 == 0 and beside == []


async def backed_up(shell: Shell, folder: Path) -> Path:
    """Back up, and return the archive."""
    target = folder / f"{token_hex(4)}.zip"
    said = await shell.besedka("backup", str(target))
    assert said.status == 0, said.text
    assert whole(target)
    return target


async def restored(place: Place, archive: Path, *more: str) -> Said:
    return await place.shell.besedka("restore", str(archive), *more)
