"""The smallest image and the shortest sound, in base64."""

from __future__ import annotations

import base64
import struct
import zlib


def _png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))  # 1 × 1, 8 bits per channel, RGB
    pixel = chunk(b"IDAT", zlib.compress(bytes([0, 255, 0, 0])))  # no filter, red
    return b"\x89PNG\r\n\x1a\n" + header + pixel + chunk(b"IEND", b"")


def _wav() -> bytes:
    samples = bytes([128]) * 80
    form = struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)  # PCM, mono, 8 kHz, 8 bit
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body


RED_PIXEL_PNG = base64.b64encode(_png()).decode()
SILENCE_WAV = base64.b64encode(_wav()).decode()
