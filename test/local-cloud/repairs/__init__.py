"""What the pinned MiniStack lacks or does otherwise than AWS, and this kit needs: a module for each gap."""

from .function_url import StreamingFunctionUrl
from .global_table import GlobalTableSettings
from .secret import SecretRefAndGeneration
from .stubbed_types import StubbedTypes

REPAIRS = [SecretRefAndGeneration, GlobalTableSettings, StreamingFunctionUrl, StubbedTypes]
