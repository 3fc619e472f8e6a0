import os

from .repair import Repair, handlers
from .stubbed_types import announce

TYPE = "AWS::ElastiCache::ServerlessCache"


class ServerlessCache(Repair):
    """MiniStack has replication groups, but no serverless caches. One that a test has started is named by the variable
    LOCAL_CLOUD_CACHE, as host:port; without it the type is a stub."""

    name = "CloudFormation: a serverless cache is the server that a test has started"

    def gap(self):
        return TYPE not in handlers()

    def apply(self):
        def create(logical_id, props, stack_name):
            name = props.get("ServerlessCacheName") or f"{stack_name}-{logical_id}".lower()[:40]
            host, _, port = os.environ.get("LOCAL_CLOUD_CACHE", "").partition(":")
            if not port:
                announce(stubbed=TYPE)
            endpoint = {"Address": host or "cache.invalid", "Port": port or "6379"}
            attributes = {f"{which}.{part}": value for which in ("Endpoint", "ReaderEndpoint") for part, value in endpoint.items()}
            attributes["ARN"] = f"arn:aws:elasticache:us-east-1:000000000000:serverlesscache:{name}"
            return name, attributes

        handlers()[TYPE] = {
            "create": create,
            "update": lambda physical_id, _old, props, stack_name: create(physical_id, props, stack_name),
            "delete": lambda _physical_id, _props: None,
        }
