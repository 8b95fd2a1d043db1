"""Files that are sent with a form: never written to the disk, and never more than a picture may have.

The limit holds before a byte is read where the browser says how much will come, and while the
bytes come where it does not or lies. The name of a file is not looked at.
"""

from __future__ import annotations

from typing import Any, Final

from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload

from entente_node.attachments.reducing import LARGEST

_AROUND: Final = 64 << 10
"""Bytes of a form around its file."""


class InMemory(FileUploadHandler):
    """Takes one file of at most :data:`LARGEST` bytes; of a larger one, nothing."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._parts: list[bytes] = []
        self._size = 0
        self._announced = 0

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803  Django's name
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> None:
        """How much is announced: what stands before the file, with the token against forgery, is still read."""
        del input_data, META, boundary, encoding
        self._announced = content_length

    def new_file(self, *args: Any, **more: Any) -> None:
        """What is announced as too much is not read."""
        super().new_file(*args, **more)
        self._parts, self._size = [], 0
        if self._announced > LARGEST + _AROUND:
            raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """What turns out to be too much is not kept."""
        del start
        self._size += len(raw_data)
        if self._size > LARGEST:
            self._parts.clear()
            raise StopUpload(connection_reset=True)
        self._parts.append(raw_data)
        return None

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        """The file, under no name."""
        del file_size
        data = b"".join(self._parts)
        return SimpleUploadedFile("file", data, content_type="application/octet-stream")
