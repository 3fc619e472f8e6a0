"""Unpacks an asset as Lambda does: with the modes of its files, and so that nobody can write to it.

The zipfile module of Python leaves the modes out, and a handler that is a script would not be executable.
"""

import os
import sys
import zipfile

archive, folder = sys.argv[1:]
with zipfile.ZipFile(archive) as content:
    for entry in content.infolist():
        path = content.extract(entry, folder)
        mode = entry.external_attr >> 16 & 0o777
        if mode and not entry.is_dir():
            os.chmod(path, mode & 0o555)
