"""Files of a model folder as its manifest lists them."""

import hashlib
from pathlib import Path


def described(file: Path, folder: Path) -> dict:
    data = file.read_bytes()
    path = file.relative_to(folder).as_posix()
    return {"path": path, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
