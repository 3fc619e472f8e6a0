"""What the pinned MiniStack lacks or does otherwise than AWS, and this kit needs: a module for each gap."""

from .ecr_images import MissingImages
from .fargate import FargateServices
from .function_url import StreamingFunctionUrl
from .global_table import GlobalTableSettings
from .network_types import NetworkTypes
from .secret import SecretRefAndGeneration
from .serverless_cache import ServerlessCache
from .stubbed_types import StubbedTypes
from .vpc_attributes import VpcAttributes

REPAIRS = [
    SecretRefAndGeneration,
    GlobalTableSettings,
    StreamingFunctionUrl,
    StubbedTypes,
    NetworkTypes,
    ServerlessCache,
    MissingImages,
    FargateServices,
    VpcAttributes,
]
